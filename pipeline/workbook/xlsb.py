"""`.xlsb`: a walk over the binary records for addresses and facts; values through fastexcel.

Record numbers after [MS-XLSB] 2.3. Not visible here: formulas without a stored result (Excel
always stores one), sheets' duplicate cells are found as in OOXML.
"""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from pipeline.workbook.facts import Facts
from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.ooxml import Book, SheetPart, load, open_reader, refuse_sheets, targets
from pipeline.workbook.serials import plain, serial_date
from pipeline.workbook.sheet import Block, Sheet, address
from pipeline.workbook.styles import Styles, meaning

_ROW, _BLANK, _RK, _ERROR, _REAL = 0, 1, 2, 3, 5
_LAST_CELL, _FORMULA_NUMBER, _FORMULA_ERROR = 11, 9, 11
_OWN_TEXT, _SHARED_TEXT, _FORMULA_TEXT, _TEXT_ITEM = 6, 7, 8, 19
_NUMBERS = (_RK, _REAL, _FORMULA_NUMBER)
_BUNDLE, _PROPERTIES, _COL, _MERGE = 156, 153, 60, 176
_FMT, _XF, _BEGIN_XFS, _END_XFS = 44, 47, 617, 618
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!",
           42: "#N/A", 43: "#GETTING_DATA"}  # fmt: skip


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(record number, payload) of a binary part; stops with Refused at a cut-off record."""
    at, end = 0, len(data)
    try:
        while at < end:
            number, at = _variable(data, at, 2)
            size, at = _variable(data, at, 4)
            if at + size > end:
                raise Refused("file_corrupt")
            yield number, data[at : at + size]
            at += size
    except IndexError as error:
        raise Refused("file_corrupt") from error


def _variable(data: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for i in range(most):
        byte = data[at]
        value |= (byte & 0x7F) << (7 * i) if most == 4 else byte << (8 * i)
        at += 1
        if not byte & 0x80:
            break
    return (value if most == 4 else _number(value)), at


def _number(raw: int) -> int:
    return (raw & 0x7F) | (raw >> 8 & 0x7F) << 7 if raw & 0x80 else raw


def _wide(data: bytes, at: int) -> tuple[str, int]:
    (count,) = struct.unpack_from("<I", data, at)
    if count == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * count
    return data[at + 4 : end].decode("utf-16-le"), end


def read_xlsb(data: bytes, parts: dict[str, bytes], workbook: str, limits: Limits) -> list[Sheet]:
    """All worksheets of a binary workbook at their true addresses."""
    try:
        book = _book(parts, workbook)
        styles = _styles(parts.get("xl/styles.bin", b""))
        refuse_sheets(book, limits)
        known = [_scan(s, parts[s.part], styles, limits) for s in book.sheets]
    except (struct.error, ET.ParseError, KeyError, UnicodeDecodeError) as error:
        raise Refused("file_corrupt") from error
    reader = open_reader(data)
    return [_sheet(reader, i, *pair, book) for i, pair in enumerate(zip(book.sheets, known,
            strict=True))]  # fmt: skip


def _sheet(reader: object, position: int, part: SheetPart, facts: Facts, book: Book) -> Sheet:
    sheet = Sheet(part.name, position, part.visible, book.date1904,
                  facts.hidden_rows, facts.hidden_cols, facts.merged)  # fmt: skip
    batch = load(reader, part.name) if facts.hulls else None
    if batch is None:
        return sheet
    first, last, bottom = facts.hulls[0]
    if last - first + 1 != batch.num_columns or bottom < batch.num_rows:
        raise Refused("sheet_unlocatable", part.name)
    sheet.block = Block(batch.columns, first, facts.marks)
    return sheet


def _book(parts: dict[str, bytes], workbook: str) -> Book:
    links, sheets, date1904 = targets(parts, workbook), [], False
    for number, payload in records(parts[workbook]):
        if number == _BUNDLE:
            (state,) = struct.unpack_from("<I", payload)
            link, at = _wide(payload, 8)
            name, _ = _wide(payload, at)
            part, kind = links.get(link, ("", ""))
            if kind == "worksheet" and part in parts:
                sheets.append(SheetPart(name, part, state == 0))
        elif number == _PROPERTIES and payload:
            date1904 = bool(payload[0] & 1)
    return Book(sheets, date1904)


def _styles(data: bytes) -> Styles:
    codes: dict[int, str] = {}
    formats: list[int] = []
    inside = False
    for number, payload in records(data):
        if number == _FMT:
            codes[struct.unpack_from("<H", payload)[0]] = _wide(payload, 2)[0]
        elif number in (_BEGIN_XFS, _END_XFS):
            inside = number == _BEGIN_XFS
        elif number == _XF and inside:
            formats.append(struct.unpack_from("<H", payload, 2)[0])
    kinds = [meaning(n, codes.get(n)) for n in formats]
    return Styles(
        frozenset(i for i, k in enumerate(kinds) if k == "date"),
        frozenset(i for i, k in enumerate(kinds) if k == "percent"),
    )


def _scan(part: SheetPart, data: bytes, styles: Styles, limits: Limits) -> Facts:
    facts, row, seen = Facts(), 0, set()
    left, right, bottom = 1 << 20, 0, 0
    for number, payload in records(data):
        if number == _ROW:
            row = struct.unpack_from("<I", payload)[0] + 1
            if len(payload) > 12 and payload[11] & 0x10:
                facts.hidden_rows.append(row)
        elif _BLANK < number <= _LAST_CELL:
            col = struct.unpack_from("<I", payload)[0] + 1
            if (row, col) in seen:
                raise Refused("sheet_duplicate_cells", part.name, row=row, col=col)
            seen.add((row, col))
            left, right, bottom = min(left, col), max(right, col), max(bottom, row)
            if (right - left + 1) * bottom > limits.extent_cells or len(seen) > limits.cells:
                raise Refused("sheet_extent", part.name, last=address(bottom, right),
                              count=(right - left + 1) * bottom)  # fmt: skip
            _mark(facts, row, col, number, payload, styles)
        elif number in (_COL, _MERGE):
            _layout(facts, number, payload)
    facts.hulls = [(left, right, bottom)] if right else []
    return facts


def _layout(facts: Facts, number: int, payload: bytes) -> None:
    if number == _COL:
        first, last, _, _, flags = struct.unpack_from("<IIIIH", payload)
        if flags & 1:
            facts.hidden_cols += range(first + 1, min(last, first + 255) + 2)
    else:
        top, bottom, left, right = struct.unpack_from("<IIII", payload)
        facts.merged.append([top + 1, left + 1, bottom + 1, right + 1])


def _mark(facts: Facts, row: int, col: int, number: int, payload: bytes, styles: Styles) -> None:
    if number in (_ERROR, _FORMULA_ERROR):
        facts.marks.append((row, col, "error", _ERRORS.get(payload[8], "#ERROR")))
        return
    if number not in (_RK, _REAL, _FORMULA_NUMBER):
        return
    style = int.from_bytes(payload[4:7], "little")
    if style in styles.dates:
        facts.marks.append((row, col, "date", None))
    elif number != _RK and abs(struct.unpack_from("<d", payload, 8)[0]) >= 1e15:
        facts.marks.append((row, col, "long", None))
    elif style in styles.percents:
        facts.marks.append((row, col, "percent", None))


def read_xlsb_values(parts: dict[str, bytes], workbook: str) -> list[Sheet]:
    """Sheets with their values decoded here, without the fast reader: the second opinion."""
    book = _book(parts, workbook)
    styles = _styles(parts.get("xl/styles.bin", b""))
    texts = [_wide(payload, 1)[0] for number, payload in
             records(parts.get("xl/sharedStrings.bin", b"")) if number == _TEXT_ITEM]  # fmt: skip
    sheets = []
    for position, part in enumerate(book.sheets):
        sheet, row = Sheet(part.name, position, date1904=book.date1904), 0
        for number, payload in records(parts[part.part]):
            if number == _ROW:
                row = struct.unpack_from("<I", payload)[0] + 1
            elif _BLANK < number <= _LAST_CELL:
                col, style = struct.unpack_from("<II", payload)
                text = _value(number, payload, texts)
                dated = number in _NUMBERS and style & 0xFFFFFF in styles.dates
                flag = "date" if dated else "error" if number in (_ERROR, _FORMULA_ERROR) else ""
                if dated:
                    text = serial_date(float(text), book.date1904)
                sheet.cells.append((row, col + 1, text, flag))
        sheets.append(sheet)
    return sheets


def _value(number: int, payload: bytes, texts: list[str]) -> str:
    """The text of a cell record ([MS-XLSB] 2.4.307 and its neighbours)."""
    if number == _RK:
        return plain(_rk(struct.unpack_from("<I", payload, 8)[0]))
    if number in (_REAL, _FORMULA_NUMBER):
        return plain(struct.unpack_from("<d", payload, 8)[0])
    if number == _SHARED_TEXT:
        return texts[struct.unpack_from("<I", payload, 8)[0]]
    if number in (_OWN_TEXT, _FORMULA_TEXT):
        return _wide(payload, 8)[0]
    if number in (_ERROR, _FORMULA_ERROR):
        return _ERRORS.get(payload[8], "#ERROR")
    return "true" if payload[8] else "false"


def _rk(raw: int) -> float:
    """[MS-XLSB] 2.5.123: 30 bits of an integer or of a double, perhaps hundredths."""
    if raw & 2:
        number = float((raw >> 2) - (1 << 30 if raw & 0x80000000 else 0))
    else:
        (number,) = struct.unpack("<d", struct.pack("<II", 0, raw & 0xFFFFFFFC))
    return number / 100 if raw & 1 else number
