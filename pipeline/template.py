"""Templates (模板): an Excel workbook for every sheet kind, made from its declaration.

What is filled in reads back through `parse` without a finding. Headers are locked, data areas are
open; choices are drop-downs, numbers and dates are checked on entry, every header has a note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from audits.scorecard import Edition, Item
from pipeline.sheets.declaration import Column, Filler, SheetKind
from pipeline.sheets.scorecard import NOT_APPLICABLE

ROWS = 500  # rows prepared for data in a list
FRONT = "行程"  # the first sheet of a workbook of many cards
COUNTERS = 3  # counter encounters that a scorecard has columns for
_TICK = 4 + COUNTERS  # column of 不适用, from 0
FILLER_ZH = {"office": "系统取数", "branch": "网点填报"}
_CREATED = datetime(2000, 1, 1)
_GREEN, _GREY, _LIGHT = "#00695C", "#ECEFF1", "#E0F2F1"
_TEXTUAL = ("code", "text", "month", "time")
_NUMBER_FORMAT = {"count": "0", "money": "#,##0.00", "rate": "0.00%", "date": "yyyy-mm-dd"}


@dataclass(frozen=True)
class Card:
    """A scorecard filled in beforehand: its sheet, a line over it, values of head fields by id."""

    sheet: str
    lead: str
    given: Mapping[str, str]


class _Book:
    """The workbook being written, with its formats."""

    def __init__(self, path: Path) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
        # the same content gives the same bytes, and says nothing of who made it when
        self.book.set_properties({"created": _CREATED})
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(
                {"font_name": "等线", "valign": "vcenter", **properties}
            )
        return self._formats[key]

    def title(self) -> Any:
        return self.format(bold=True, font_size=14, font_color=_GREEN)

    def header(self, filler: Filler = "office") -> Any:
        fill = _GREY if filler == "office" else _LIGHT
        return self.format(bold=True, border=1, text_wrap=True, align="center", bg_color=fill)

    def entry(self, column: Column) -> Any:
        shown = "@" if column.type in _TEXTUAL else _NUMBER_FORMAT.get(column.type, "General")
        return self.format(locked=False, border=1, num_format=shown)


def _header_text(column: Column) -> str:
    unit = column.unit if column.type in ("money", "count") else ""
    return f"{column.zh}（{unit}）" if unit else column.zh


def _note(column: Column) -> str:
    need = "必填。Required.\n" if column.mandatory else ""
    return f"{need}{column.help_zh}\n{column.help_en}"


def _bounds(column: Column) -> dict[str, Any]:
    """The input check of a numeric column."""
    kind = "integer" if column.type in ("count", "year") else "decimal"
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}
    least = low if low is not None else -(10**15)
    return {"validate": kind, "criteria": ">=", "value": least}


def _check(column: Column) -> dict[str, Any] | None:
    """The input check of a column in xlsxwriter's words; None if anything may be written."""
    if column.choices:
        if sum(len(c) + 1 for c in column.choices) > 255:
            return None  # Excel's limit for an inline list; the caller uses a list sheet
        check: dict[str, Any] = {"validate": "list", "source": list(column.choices)}
    elif column.type in ("count", "year", "money", "number"):
        check = _bounds(column)
    else:
        return None
    return check | {
        "ignore_blank": True,
        "error_title": column.zh[:32],
        "error_message": (column.help_zh or column.zh)[:255],
    }


def _lists(book: _Book, columns: list[Column]) -> dict[str, str]:
    """Ranges of choices too long for an inline list, on a hidden sheet: column id → formula."""
    long = [c for c in columns if c.choices and _check(c) is None]
    if not long:
        return {}
    page = book.book.add_worksheet("选项")
    page.hide()
    ranges = {}
    for col, column in enumerate(long):
        page.write_column(0, col, column.choices)
        name = xlsxwriter.utility.xl_col_to_name(col)
        ranges[column.id] = f"=选项!${name}$1:${name}${len(column.choices)}"
    return ranges


def _protect(page: Any) -> None:
    page.protect(
        "", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}
    )


def columns_for(kind: SheetKind, filler: Filler | None) -> list[Column]:
    """The columns a template shows: all, or one filler's beside those that identify a row."""
    own = [c for c in kind.columns if not c.derived]
    if filler is None or all(c.filler == own[0].filler for c in own):
        return own
    identity = {*kind.key, "branch_code", "branch_name"}
    return [c for c in own if c.filler == filler or c.id in identity]


def _groups(page: Any, book: _Book, columns: list[Column], row: int) -> None:
    """系统取数 / 网点填报 over the headers, merged where neighbours agree."""
    start = 0
    for col in range(1, len(columns) + 1):
        if col == len(columns) or columns[col].filler != columns[start].filler:
            filler = columns[start].filler
            if col - start > 1:
                page.merge_range(row, start, row, col - 1, FILLER_ZH[filler], book.header(filler))
            else:
                page.write_string(row, start, FILLER_ZH[filler], book.header(filler))
            start = col


def _write(page: Any, row: int, col: int, value: Any, look: Any) -> None:
    if value is None:
        page.write_blank(row, col, None, look)
    elif isinstance(value, date):
        page.write_datetime(row, col, value, look)
    elif isinstance(value, str):
        page.write_string(row, col, value, look)
    else:
        page.write_number(row, col, value, look)


def _list_page(
    book: _Book, kind: SheetKind, columns: list[Column], values: Sequence[Sequence[Any]] = ()
) -> None:
    rows = max(ROWS, len(values))
    page = book.book.add_worksheet(kind.zh)
    ranges = _lists(book, columns)
    page.write_string(0, 0, kind.zh, book.title())
    page.write_string(1, 0, f"{kind.help_zh} {kind.help_en}")
    _groups(page, book, columns, 2)
    for col, column in enumerate(columns):
        page.write_string(3, col, _header_text(column), book.header(column.filler))
        page.write_comment(3, col, _note(column), {"x_scale": 2})
        page.set_column(col, col, max(12, len(column.zh) * 2.2))
        for row in range(4, 4 + rows):
            value = values[row - 4][col] if row - 4 < len(values) else None
            _write(page, row, col, value, book.entry(column))
        check = _check(column)
        if column.id in ranges:
            check = {"validate": "list", "source": ranges[column.id]}
        if check:
            page.data_validation(4, col, 3 + rows, col, check)
    page.freeze_panes(4, min(2, len(columns)))
    _protect(page)


def answer_choices(item: Item) -> tuple[str, ...]:
    """The answers that an item's drop-down offers; empty for free numbers."""
    if item.kind == "yes_no":
        given: tuple[str, ...] = ("是", "否")
    elif item.kind == "ordinal":
        given = tuple(str(n) for n in range((item.levels or 0) + 1))
    else:
        return ()
    return (*given, NOT_APPLICABLE) if item.na_allowed or item.depends_on else given


def _head(
    page: Any, book: _Book, kind: SheetKind, edition: Edition, given: Mapping[str, str], notes: bool
) -> int:
    """Writes the pairs two to a row, with what is `given`; the row after them."""
    preset = {"edition": edition.id} | dict(given)
    for n, column in enumerate(kind.head):
        row, col = 2 + n // 2, 3 * (n % 2)
        page.write_string(row, col, column.zh, book.header("branch"))
        if notes:
            page.write_comment(row, col, _note(column), {"x_scale": 2})
        page.write_string(row, col + 1, preset.get(column.id, ""), book.entry(column))
        if column.id not in preset:
            page.write_blank(row, col + 1, None, book.entry(column))
        check = _check(column)
        if check:
            page.data_validation(row, col + 1, row, col + 1, check)
    return 2 + (len(kind.head) + 1) // 2


def _items(page: Any, book: _Book, edition: Edition, first: int) -> None:
    fixed = book.format(border=1, text_wrap=True)
    open_ = book.format(locked=False, border=1, num_format="@")
    shut = book.format(border=1, bg_color=_GREY)
    for row, item in enumerate(edition.items, start=first):
        page.write_string(row, 0, item.id, fixed)
        page.write_string(row, 1, item.zh, fixed)
        page.write_number(row, 2, float(item.points), fixed)
        choices = answer_choices(item)
        for encounter in range(COUNTERS + 1):
            asked = (item.scope == "visit") == (encounter == 0)
            page.write_blank(row, 3 + encounter, None, open_ if asked else shut)
        if choices:
            left, right = (3, 3) if item.scope == "visit" else (4, 3 + COUNTERS)
            check = {"validate": "list", "source": list(choices)}
            page.data_validation(row, left, row, right, check)
        page.write_blank(row, _TICK, None, open_)
        page.write_blank(row, _TICK + 1, None, open_)
    last = first + len(edition.items) - 1
    page.data_validation(first, _TICK, last, _TICK, {"validate": "list", "source": ["√"]})


def _scorecard_page(
    book: _Book, kind: SheetKind, edition: Edition, card: Card | None = None
) -> None:
    page = book.book.add_worksheet(card.sheet if card else kind.zh)
    page.write_string(0, 0, edition.zh, book.title())
    page.write_string(1, 0, card.lead if card else f"{kind.help_zh} {kind.help_en}")
    # Notes cost more than all else of a page: a workbook of many cards explains itself once.
    row = _head(page, book, kind, edition, card.given if card else {}, card is None) + 1
    answers = ["检查结果（厅堂）", *(f"检查结果（柜台{n}）" for n in range(1, COUNTERS + 1))]
    by_id = {c.id: c for c in kind.columns}
    headers = [(by_id[i].zh, by_id[i]) for i in ("item_id", "item_text", "points")]
    headers += [(text, by_id["answer"]) for text in answers]
    headers += [(by_id[i].zh, by_id[i]) for i in ("not_applicable", "reason")]
    for col, (text, column) in enumerate(headers):
        page.write_string(row, col, text, book.header("branch"))
        if card is None:
            page.write_comment(row, col, _note(column), {"x_scale": 2})
        page.set_column(col, col, 48 if column.id == "item_text" else 16)
    _items(page, book, edition, row + 1)
    page.freeze_panes(row + 1, 0)
    _protect(page)


def _visit_list_page(book: _Book, kind: SheetKind, edition: Edition) -> None:
    items = [
        Column(i.id, i.id, i.id, "text", choices=answer_choices(i), help_zh=i.zh, help_en=i.en)
        for i in edition.items
    ]
    _list_page(book, kind, [*kind.columns, *items])


def write_template(
    kind: SheetKind, path: Path, filler: Filler | None = None, edition: Edition | None = None
) -> Path:
    """Writes the template of a kind to `path` and gives the path back.

    `filler` leaves only that side's columns (None: all). Scorecards need an `edition`; ValueError
    without one. OSError if the file cannot be written.
    """
    if kind.layout != "list" and edition is None:
        raise ValueError("a scorecard template needs an edition")
    book = _Book(path)
    if kind.layout == "list" or edition is None:
        _list_page(book, kind, columns_for(kind, filler))
    elif kind.layout == "one_visit":
        _scorecard_page(book, kind, edition)
    else:
        _visit_list_page(book, kind, edition)
    return _closed(book, path)


def write_rows(kind: SheetKind, path: Path, values: Sequence[Sequence[Any]]) -> Path:
    """Writes the template of a list with rows in it, in the kind's order of columns.

    OSError if it cannot be written.
    """
    book = _Book(path)
    _list_page(book, kind, columns_for(kind, None), values)
    return _closed(book, path)


def write_cards(path: Path, edition: Edition, front: Sequence[str], cards: Sequence[Card]) -> Path:
    """Writes a workbook with a scorecard for each of `cards`, and its first sheet with `front`.

    Below the lines of `front` there is a link to each card. OSError if it cannot be written.
    """
    from pipeline.sheets import kinds

    book = _Book(path)
    page = book.book.add_worksheet(FRONT)
    page.set_column(0, 0, 110)
    for row, line in enumerate(front):
        page.write_string(row, 0, line, book.title() if row == 0 else None)
    for row, card in enumerate(cards, start=len(front) + 1):
        page.write_url(row, 0, f"internal:'{card.sheet}'!A1", string=card.lead)
    for card in cards:
        _scorecard_page(book, kinds()["scorecard"], edition, card)
    return _closed(book, path)


def _closed(book: _Book, path: Path) -> Path:
    try:
        book.book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error
    return path
