"""`.xlsb`: a walk over the binary records.

Record numbers after [MS-XLSB] 2.3. Not visible here: formulas without a stored result (Excel
always stores one). The fast reader rounds numbers to nine decimals and shows a date outside its
calendar as a blank, so it gives the second opinion only (`second.py`).
"""

from __future__ import annotations

import math
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.ooxml import Book, SheetPart, refuse_sheets, targets
from pipeline.workbook.serials import plain, serial_date
from pipeline.workbook.sheet import Sheet, address
from pipeline.workbook.styles import Styles, meaning

_ROW, _BLANK, _RK, _ERROR, _REAL = 0, 1, 2, 3, 5
_LAST_CELL, _FORMULA_NUMBER, _FORMULA_ERROR = 11, 9, 11
_OWN_TEXT, _SHARED_TEXT, _FORMULA_TEXT, _TEXT_ITEM = 6, 7, 8, 19
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


def read_xlsb(parts: dict[str, bytes], workbook: str, limits: Limits) -> list[Sheet]:
    """All worksheets of a binary workbook at their true addresses."""
    try:
        book = _book(parts, workbook)
        refuse_sheets(book, limits)
        look = _Look(
            replace(_styles(parts.get("xl/styles.bin", b"")), date1904=book.date1904),
            _texts(parts.get("xl/sharedStrings.bin", b"")),
            limits,
        )
        return [_sheet(i, part, parts[part.part], look) for i, part in enumerate(book.sheets)]
    except (struct.error, ET.ParseError, LookupError, UnicodeDecodeError) as error:
        raise Refused("file_corrupt") from error


@dataclass(frozen=True)
class _Look:
    """What the cells of a workbook refer to, and what they may cost."""

    styles: Styles
    texts: list[str]
    limits: Limits


def _texts(data: bytes) -> list[str]:
    return [_wide(payload, 1)[0] for number, payload in records(data) if number == _TEXT_ITEM]


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
    return Styles.of([meaning(n, codes.get(n)) for n in formats])


def _sheet(position: int, part: SheetPart, data: bytes, look: _Look) -> Sheet:
    sheet = Sheet(part.name, position, part.visible, look.styles.date1904)
    row, right = 0, 0
    seen: set[tuple[int, int]] = set()
    for number, payload in records(data):
        if number == _ROW:
            row = struct.unpack_from("<I", payload)[0] + 1
            if len(payload) > 12 and payload[11] & 0x10:
                sheet.hidden_rows.append(row)
        elif _BLANK < number <= _LAST_CELL:
            col = struct.unpack_from("<I", payload)[0] + 1
            right = max(right, col)
            _refuse_extent(part.name, row, right, len(seen), look.limits)
            if (row, col) in seen:
                raise Refused("sheet_duplicate_cells", part.name, row=row, col=col)
            seen.add((row, col))
            sheet.cells.append((row, col, *_said(number, payload, look)))
        elif number in (_COL, _MERGE):
            _layout(sheet, number, payload)
    return sheet


def _refuse_extent(name: str, row: int, right: int, cells: int, limits: Limits) -> None:
    # As in the other formats, so that a workbook saved in another one is judged alike.
    if row * right > limits.extent_cells or cells > limits.cells:
        raise Refused("sheet_extent", name, last=address(row, right), count=row * right)


def _layout(sheet: Sheet, number: int, payload: bytes) -> None:
    if number == _COL:
        first, last, _, _, flags = struct.unpack_from("<IIIIH", payload)
        if flags & 1:
            sheet.hidden_cols += range(first + 1, min(last, first + 255) + 2)
    else:
        top, bottom, left, right = struct.unpack_from("<IIII", payload)
        sheet.merged.append([top + 1, left + 1, bottom + 1, right + 1])


def _said(number: int, payload: bytes, look: _Look) -> tuple[str, str]:
    """Text and flag of a cell record."""
    if number in (_ERROR, _FORMULA_ERROR):
        return _ERRORS.get(payload[8], "#ERROR"), "error"
    if number not in (_RK, _REAL, _FORMULA_NUMBER):
        return _word(number, payload, look.texts), ""
    value = _rk(payload) if number == _RK else struct.unpack_from("<d", payload, 8)[0]
    style = int.from_bytes(payload[4:7], "little")
    if not math.isfinite(value):
        return "#NUM!", "error"
    if style in look.styles.dates:
        return serial_date(value, look.styles.date1904), "date"
    if abs(value) >= 1e15:
        return plain(value), "long"
    return plain(value), look.styles.flag(style)


def _word(number: int, payload: bytes, texts: list[str]) -> str:
    """The text of a text or logical cell ([MS-XLSB] 2.4.307 and its neighbours)."""
    if number == _SHARED_TEXT:
        return texts[struct.unpack_from("<I", payload, 8)[0]]
    if number in (_OWN_TEXT, _FORMULA_TEXT):
        return _wide(payload, 8)[0]
    return "true" if payload[8] else "false"


def _rk(payload: bytes) -> float:
    """[MS-XLSB] 2.5.123: 30 bits of an integer or of a double, perhaps hundredths."""
    (raw,) = struct.unpack_from("<I", payload, 8)
    if raw & 2:
        number = float((raw >> 2) - (1 << 30 if raw & 0x80000000 else 0))
    else:
        (number,) = struct.unpack("<d", struct.pack("<II", 0, raw & 0xFFFFFFFC))
    return number / 100 if raw & 1 else number
