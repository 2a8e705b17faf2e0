"""The sheets of a whole chunk of files melted into addressed cells in one go (CELL_SCHEMA).

All columns of all sheets are laid end to end and the addresses made with numpy: a frame per
file would cost more than the reading.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.workbook.serials import plain, serial_date
from pipeline.workbook.sheet import Sheet

FLAGS = ["", "percent", "date", "error", "uncached", "long"]
_CODE = {flag: code for code, flag in enumerate(FLAGS)}
# fastexcel prints floats with nine decimals: 1234567890.1 comes as 1234567890.099999905.
_NINE_DECIMALS = r"^-?\d+\.\d{8}[1-9]$"
_SERIAL = re.compile(r"-?\d+(\.\d+)?\Z")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?\Z")


class LongForm:
    """Collects the sheets of a chunk; :meth:`table` melts them."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.lengths: list[int] = []
        self.cols: list[int] = []
        self.owners: list[int] = []
        self.files: list[int] = []
        self.names: list[str] = []
        self.size = 0
        self.marks: list[tuple[int, str, str | None, bool]] = []
        self.loose: list[tuple[int, int, int, str, str]] = []  # sheet, row, col, text, flag

    def add(self, file: int, sheet: Sheet) -> None:
        """Take the cells of one sheet of file number `file`."""
        owner = len(self.names)
        self.names.append(sheet.name)
        self.files.append(file)
        self.loose += [(owner, *cell) for cell in sheet.cells]
        if sheet.block is None:
            return
        block, height = sheet.block, len(sheet.block.columns[0])
        start, width = self.size, len(block.columns)
        for row, col, flag, text in block.marks:
            if 0 < row <= height and 0 <= col - block.first_col < width:
                at = start + (col - block.first_col) * height + row - 1
                self.marks.append((at, flag, text, sheet.date1904))
        self.arrays += block.columns
        self.lengths += [height] * width
        self.cols += range(block.first_col, block.first_col + width)
        self.owners += [owner] * width
        self.size += height * width

    def table(self) -> pa.Table:
        """Non-blank cells: file, sheet, row, col, text, flag."""
        return pa.concat_tables([self._blocks(), self._loose()])

    def _blocks(self) -> pa.Table:
        text = pa.concat_arrays(self.arrays) if self.arrays else pa.array([], pa.string())
        flags = np.zeros(len(text), np.uint8)
        text = self._marked(_shortest(text), flags)
        blank = pc.or_(pc.equal(pc.binary_length(text), 0), pc.utf8_is_space(text))
        keep = pc.fill_null(pc.invert(blank), False)
        kept = np.flatnonzero(keep.to_numpy(zero_copy_only=False))
        lengths = np.array(self.lengths, np.int64)
        starts = np.cumsum(lengths) - lengths
        part = np.repeat(np.arange(len(lengths)), lengths)[kept]
        rows = kept - starts[part] + 1 if len(kept) else kept
        owners = np.array(self.owners, np.int64)[part]
        cols = np.array(self.cols, np.int64)[part]
        return self._assemble(owners, rows, cols, text.filter(keep), flags[kept])

    def _loose(self) -> pa.Table:
        kept = [cell for cell in self.loose if cell[3].strip()]
        owner, row, col = (np.array([c[i] for c in kept], np.int64) for i in range(3))
        flags = np.array([_CODE[c[4]] for c in kept], np.uint8)
        return self._assemble(owner, row, col, pa.array([c[3] for c in kept], pa.string()), flags)

    def _assemble(self, owner: Any, row: Any, col: Any, text: Any, flags: Any) -> pa.Table:
        files = np.array(self.files, np.uint32)
        names = pa.array(self.names, pa.string())
        return pa.table(
            {
                "file": pa.array(files[owner] if len(files) else owner, pa.uint32()),
                "sheet": names.take(pa.array(owner)) if len(names) else names,
                "row": pa.array(row, pa.uint32()),
                "col": pa.array(col, pa.uint16()),
                "text": text,
                "flag": pa.array(FLAGS, pa.string()).take(pa.array(flags)),
            }
        )

    def _marked(self, text: pa.Array, flags: Any) -> pa.Array:
        if not self.marks:
            return text
        places = np.array([m[0] for m in self.marks], np.int64)
        flags[places] = [_CODE[m[1]] for m in self.marks]
        read = text.take(pa.array(places)).to_pylist()
        exact = [
            (iso_date(old, m[3]) if m[1] == "date" else old) if m[2] is None else m[2]
            for old, m in zip(read, self.marks, strict=True)
        ]
        changed = np.zeros(len(text), bool)
        changed[places] = True
        order = np.argsort(places, kind="stable")
        values = pa.array([exact[i] for i in order], pa.string())
        return pc.replace_with_mask(text, pa.array(changed), values)


def _shortest(text: pa.Array) -> pa.Array:
    """Undo the reader's nine decimals where they pretend to more digits than a float has."""
    long = pc.fill_null(pc.greater(pc.binary_length(text), 16), False)
    if not pc.any(long).as_py():
        return text
    places = np.flatnonzero(long.to_numpy(zero_copy_only=False))
    some = text.take(pa.array(places))
    hits = pc.match_substring_regex(some, _NINE_DECIMALS).to_numpy(zero_copy_only=False)
    places = places[hits]
    if not len(places):
        return text
    mask = np.zeros(len(text), bool)
    mask[places] = True
    values = [plain(float(value)) for value in text.take(pa.array(places)).to_pylist()]
    return pc.replace_with_mask(text, pa.array(mask), pa.array(values, pa.string()))


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
