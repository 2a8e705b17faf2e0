"""An .xlsx with the same content at the same addresses, of what is no OOXML workbook."""

from __future__ import annotations

import contextlib
import io
import re
from datetime import datetime
from typing import Any

from pipeline.workbook.facts import plain
from pipeline.workbook.sheet import Sheet

_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,14})?\Z")
_DATES = (
    ("%Y-%m-%d", "yyyy-mm-dd"),
    ("%Y-%m-%d %H:%M:%S", "yyyy-mm-dd hh:mm:ss"),
    ("%H:%M:%S", "hh:mm:ss"),
)
_FORBIDDEN = re.compile(r"[\\/*?:\[\]\x00-\x1f]")
_CELL_LIMIT = 32_767
_NAME_LIMIT = 31


def equivalent(sheets: list[Sheet], typed: bool) -> bytes:
    """The workbook. `typed`: numbers, dates, percentages as such; else (CSV) all is text."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    cells = _cells(sheets)
    for number, (sheet, name) in enumerate(zip(sheets, _names(sheets), strict=True)):
        page = book.add_worksheet(name)
        _shape(page, sheet)
        for row, col, text, flag in cells[number]:
            _write(book, page, row - 1, col - 1, text[:_CELL_LIMIT], flag if typed else "text")
    if not sheets:
        book.add_worksheet("Sheet1")
    book.close()
    return out.getvalue()


def _names(sheets: list[Sheet]) -> list[str]:
    """Names that Excel takes, each once: other formats allow long ones, which begin alike."""
    taken: set[str] = set()
    names = []
    for number, sheet in enumerate(sheets, 1):
        own = _FORBIDDEN.sub("_", sheet.name)[:_NAME_LIMIT].strip("'") or f"Sheet{number}"
        name, again = own, 1
        while name.lower() in taken:
            again += 1
            name = f"{own[: _NAME_LIMIT - len(str(again)) - 2]}({again})"
        taken.add(name.lower())
        names.append(name)
    return names


def _cells(sheets: list[Sheet]) -> list[list[tuple[int, int, str, str]]]:
    from pipeline.workbook.long_form import LongForm

    form = LongForm()
    for number, sheet in enumerate(sheets):
        form.add(number, sheet)
    found: list[list[tuple[int, int, str, str]]] = [[] for _ in sheets]
    places, words = form.tables()
    said = list(zip(words["text"].to_pylist(), words["flag"].to_pylist(), strict=True))
    columns = [places[name].to_pylist() for name in ("file", "row", "col", "word")]
    for number, row, col, word in zip(*columns, strict=True):
        found[number].append((row, col, *said[word]))
    return found


def _shape(page: Any, sheet: Sheet) -> None:
    """What is merged or hidden: the meaning of a header hangs on it."""
    from xlsxwriter.exceptions import XlsxWriterException

    for top, left, bottom, right in sheet.merged:
        if (top, left) != (bottom, right):
            with contextlib.suppress(XlsxWriterException):  # ranges that overlap
                page.merge_range(top - 1, left - 1, bottom - 1, right - 1, "")
    for row in sheet.hidden_rows:
        page.set_row(row - 1, None, None, {"hidden": True})
    for col in sheet.hidden_cols:
        page.set_column(col - 1, col - 1, None, None, {"hidden": True})
    if not sheet.visible:
        page.hide()


def _write(book: Any, page: Any, row: int, col: int, text: str, flag: str) -> None:
    if flag == "percent" and _is_number(text):
        page.write_number(row, col, float(text), _format(book, "0.00%"))
    elif flag == "date" and (moment := _moment(text)):
        page.write_datetime(row, col, moment[0], _format(book, moment[1]))
    elif flag == "error" and text in _ERRORS:
        page.write_formula(row, col, f"={text}", None, text)
    elif flag == "" and _is_number(text):
        page.write_number(row, col, float(text))
    elif text[:1] in tuple("=+-@\t\r＝＋－＠"):
        page.write_string(row, col, text, _format(book, "@", quote_prefix=True))
    else:
        page.write_string(row, col, text, _format(book, "@"))


def _format(book: Any, shown: str, **more: Any) -> Any:
    known = book.__dict__.setdefault("known_formats", {})
    key = (shown, *more)
    if key not in known:
        known[key] = book.add_format({"num_format": shown, **more})
    return known[key]


def _is_number(text: str) -> bool:
    """Whether a number cell would read back as this very text."""
    return bool(_NUMBER.match(text)) and plain(float(text)) == text


def _moment(text: str) -> tuple[datetime, str] | None:
    for pattern, shown in _DATES:
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, pattern), shown
    return None
