"""The sheets of a whole chunk of files melted into numbered cells in one go (PLACE_SCHEMA).

All columns of all sheets are laid end to end and the addresses made with numpy: a frame per
file would cost more than the reading. Each distinct text is looked at once, and sent once.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.workbook.serials import plain, serial_date
from pipeline.workbook.sheet import Sheet

# fastexcel prints floats with nine decimals, without zeros at the end: 1234567890.1 comes as
# 1234567890.099999905, 516547069.561 as 516547069.56099999.
_DECIMALS = r"^-?\d+\.\d{0,8}[1-9]$"
_SERIAL = re.compile(r"-?\d+(\.\d+)?\Z")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?\Z")


class _Laid(NamedTuple):
    """A block where it was laid: its sheet, the place of its first cell, its measures in cells, and
    the column of the sheet in which it begins."""

    sheet: int
    start: int
    height: int
    width: int
    first_col: int


class LongForm:
    """Collects the sheets of a chunk; :meth:`tables` melts them."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.blocks: list[_Laid] = []
        self.sheets: list[tuple[int, int]] = []  # file, position
        self.size = 0
        self.marks: list[tuple[int, str, str | None, bool]] = []
        self.loose: list[tuple[int, int, int, str, str]] = []  # sheet, row, col, text, flag

    def add(self, file: int, sheet: Sheet) -> None:
        """Take the cells of one sheet of file number `file`."""
        owner = len(self.sheets)
        self.sheets.append((file, sheet.position))
        self.loose += [(owner, *cell) for cell in sheet.cells if cell[2].strip()]
        if sheet.block is None:
            return
        block, height = sheet.block, len(sheet.block.columns[0])
        start, width = self.size, len(block.columns)
        for row, col, flag, text in block.marks:
            if 0 < row <= height and 0 <= col - block.first_col < width:
                at = start + (col - block.first_col) * height + row - 1
                self.marks.append((at, flag, text, sheet.date1904))
        self.arrays += block.columns
        self.blocks.append(_Laid(owner, start, height, width, block.first_col))
        self.size += height * width

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Non-blank cells: file, position, row, col, word; and the words: text, flag.

        In reading order, but for `loose` ones at the end. A word may come twice.
        """
        words = _Words(self.arrays)
        for at, flag, text, date1904 in self.marks:
            old = words.read_at(at) if text is None else None
            new = (iso_date(old, date1904) if flag == "date" else old) if text is None else text
            words.write(at, new, flag)
        loose = np.array([(*cell[:3], words.of(*cell[3:])) for cell in self.loose], np.int64)
        pairs = zip(self._block_cells(words), loose.reshape(-1, 4).T, strict=True)
        owner, row, col, word = map(np.concatenate, pairs)
        file, position = np.array(self.sheets, np.int64).reshape(-1, 2).T.take(owner, axis=1)
        numbers, table = words.table(word)
        return _places(file, position, row, col, numbers), table

    def _block_cells(self, words: _Words) -> tuple[Any, Any, Any, Any]:
        """Sheet, row, column and word of what the blocks say, row by row."""
        numbers = [np.empty(0, np.int32)]
        for _, start, height, width, _ in self.blocks:
            columns = words.number[start : start + height * width].reshape(width, height)
            numbers.append(columns.T.ravel())
        number = np.concatenate(numbers)
        kept = np.flatnonzero(words.said().take(number))
        blocks = np.array(self.blocks, np.int64).reshape(-1, 5)
        ends = np.searchsorted(kept, [0, *blocks[:, 1] + blocks[:, 2] * blocks[:, 3]])
        sheet, start, _, width, first = blocks.T.repeat(np.diff(ends), axis=1)
        row, col = np.divmod(kept - start, width)
        return sheet, row + 1, col + first, number.take(kept)


class _Words:
    """What the cells of a chunk say. `number`: the word of each, in columns laid end to end."""

    def __init__(self, columns: list[Any]) -> None:
        text = pa.concat_arrays(columns) if columns else pa.array([], pa.string())
        coded = text.dictionary_encode()
        self._read = _shortest(coded.dictionary)
        self._nothing = len(self._read)  # the number of what an empty cell says
        self.number = _numbers(coded.indices.fill_null(self._nothing), np.int32).copy()
        self._more: dict[tuple[str, str], int] = {}

    def read_at(self, place: int) -> str | None:
        """The text that was read there."""
        number = int(self.number[place])
        return None if number == self._nothing else self._read[number].as_py()

    def write(self, place: int, text: str | None, flag: str) -> None:
        """What is said there instead."""
        self.number[place] = self._nothing if text is None else self.of(text, flag)

    def of(self, text: str, flag: str) -> int:
        """The number of a word that was not read as it is."""
        return self._more.setdefault((text, flag), self._nothing + 1 + len(self._more))

    def _texts(self) -> pa.Array:
        more = [None, *(text for text, _ in self._more)]
        return pa.concat_arrays([self._read, pa.array(more, pa.string())])

    def said(self) -> np.ndarray:
        """By number: whether it is not blank."""
        text = self._texts()
        blank = pc.or_(pc.equal(pc.binary_length(text), 0), pc.utf8_is_space(text))
        return _numbers(pc.fill_null(pc.invert(blank), False).cast(pa.uint8()), np.uint8) > 0

    def table(self, used: np.ndarray) -> tuple[np.ndarray, pa.Table]:
        """`used`, numbered anew, and the words that it has: text, flag."""
        met = np.zeros(self._nothing + 1 + len(self._more), bool)
        met[used] = True
        flags = ["", *(flag for _, flag in self._more)]
        which = np.flatnonzero(met)
        flag = pa.array(flags).take(pa.array(np.maximum(which - self._nothing, 0)))
        text = self._texts().take(pa.array(which))
        return (np.cumsum(met) - 1)[used], pa.table({"text": text, "flag": flag})


def _numbers(array: Any, kind: Any) -> np.ndarray:
    # not array.to_numpy(): pyarrow would import pandas for it
    found: np.ndarray = np.frombuffer(array.buffers()[1], kind)
    return found[array.offset : array.offset + len(array)]


def _places(file: Any, position: Any, row: Any, col: Any, word: Any) -> pa.Table:
    # never by numpy's casts: a column beyond 65,535 would come to lie on another
    return pa.table(
        {
            "file": pa.array(file, pa.uint32()),
            "position": pa.array(position, pa.uint16()),
            "row": pa.array(row, pa.uint32()),
            "col": pa.array(col, pa.uint16()),
            "word": pa.array(word, pa.uint32()),
        }
    )


def _shortest(text: pa.Array) -> pa.Array:
    """Undo the reader's nine decimals where they pretend to more digits than a float has."""
    if not len(text) or not pc.any(pc.greater(pc.binary_length(text), 16)).as_py():
        return text
    long = pc.and_(
        pc.greater(pc.binary_length(text), 16), pc.match_substring_regex(text, _DECIMALS)
    )
    if not pc.any(long).as_py():
        return text
    values = [plain(float(value)) for value in text.filter(long).to_pylist()]
    return pc.replace_with_mask(text, long, pa.array(values, pa.string()))


def iso_date(text: str | None, date1904: bool) -> str | None:
    """ISO date, date-time, or time alone (HH:MM:SS, for a serial below one day)."""
    if text is None:
        return None
    if _SERIAL.match(text):
        return serial_date(float(text), date1904)
    found = _ISO.match(text)
    if not found:
        return text
    day, time, fraction = found.groups()
    if day == ("1904-01-01" if date1904 else "1899-12-31"):
        return time if time != "00:00:00" or not date1904 else day
    return day if time == "00:00:00" and not fraction else f"{day} {time}"
