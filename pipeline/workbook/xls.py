"""`.xls`: xlrd sees values and facts alike, so it does both; formulas always keep a value there."""

from __future__ import annotations

import io
import re
from typing import Any

from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.serials import plain, serial_date
from pipeline.workbook.sheet import Sheet, address
from pipeline.workbook.styles import meaning

# The stream's name in UTF-16, in whatever case.
_STREAM = 2  # the kind of a directory entry
_BOOK = re.compile(b"(?:W\0o\0r\0k\0)?B\0o\0o\0k\0", re.I)


def _utf16(word: str) -> bytes:
    return word.encode("utf-16-le")


def read_xls(data: bytes, name: str, limits: Limits) -> tuple[list[Sheet], list[str]]:
    """Sheets and notices of an OLE file; encryption, Word, `.et` and damage are refused."""
    _refuse_others(data, name)
    import xlrd

    try:
        _refuse_circles(data)
        # ragged: no row is filled up to a width that the file only claims
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, logfile=io.StringIO(), ragged_rows=True
        )
        if book.nsheets > limits.sheets:
            raise Refused("file_sheets", count=book.nsheets, limit=limits.sheets)
        sheets = [_sheet(book, book.sheet_by_index(i), i, limits) for i in range(book.nsheets)]
    except (Refused, MemoryError):
        raise
    except Exception as error:  # xlrd raises whatever comes: AssertionError, struct.error, …
        encrypted = "encrypt" in str(error).lower()
        raise Refused("file_encrypted" if encrypted else "file_corrupt") from error
    return sheets, ["has_macros"] if _utf16("_VBA_PROJECT") in data else []


def _refuse_circles(data: bytes) -> None:
    """xlrd follows the sectors of a short stream for ever where they lead back to themselves."""
    from xlrd.compdoc import CompDoc

    book = CompDoc(data, logfile=io.StringIO())
    for entry in book.dirlist:
        if entry.etype == _STREAM and entry.tot_size < book.min_size_std_stream:
            sector, met = entry.first_SID, 0
            while 0 <= sector < len(book.SSAT):
                sector, met = book.SSAT[sector], met + 1
                if met > len(book.SSAT):
                    raise Refused("file_corrupt")


def _refuse_others(data: bytes, name: str) -> None:
    if _utf16("EncryptedPackage") in data:
        raise Refused("file_encrypted")
    if name.lower().endswith(".et"):
        raise Refused("file_et")
    if _BOOK.search(data):
        return
    if _utf16("WordDocument") in data:
        raise Refused("file_not_workbook", what_zh="Word 文档", what_en="a Word document")
    if _utf16("PowerPoint Document") in data:
        raise Refused("file_not_workbook", what_zh="演示文稿", what_en="a presentation")
    raise Refused("file_corrupt")


def _sheet(book: Any, raw: Any, position: int, limits: Limits) -> Sheet:
    if raw.nrows * raw.ncols > limits.extent_cells:
        raise Refused("sheet_extent", raw.name, last=address(raw.nrows, raw.ncols),
                      count=raw.nrows * raw.ncols)  # fmt: skip
    sheet = Sheet(raw.name, position, raw.visibility == 0, book.datemode == 1)
    sheet.hidden_rows = [r + 1 for r, info in sorted(raw.rowinfo_map.items()) if info.hidden]
    sheet.hidden_cols = [c + 1 for c, info in sorted(raw.colinfo_map.items())
                         if info.hidden and c < max(raw.ncols, 1)]  # fmt: skip
    sheet.merged = [[r1 + 1, c1 + 1, r2, c2] for r1, r2, c1, c2 in raw.merged_cells]
    for row in range(raw.nrows):
        for col, cell in enumerate(raw.row(row)):
            if said := _text(book, cell):
                sheet.cells.append((row + 1, col + 1, *said))
    return sheet


def _text(book: Any, cell: Any) -> tuple[str, str] | None:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_TEXT:
        return (cell.value, "") if cell.value else None
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return ("true" if cell.value else "false", "")
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return (xlrd.error_text_from_code.get(cell.value, "#ERROR"), "error")
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return _number(book, cell)
    return None


def _number(book: Any, cell: Any) -> tuple[str, str]:
    if cell.ctype == 3:
        return serial_date(cell.value, book.datemode == 1), "date"
    if abs(cell.value) >= 1e15:
        return plain(cell.value), "long"
    key = book.xf_list[cell.xf_index].format_key if cell.xf_index is not None else 0
    form = book.format_map.get(key)
    kind = meaning(key, form.format_str if form else None)
    if kind == "date":
        return serial_date(cell.value, book.datemode == 1), "date"
    return plain(cell.value), kind
