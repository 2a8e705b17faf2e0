"""A sheet before it is a file: rows of values that can be written, messed up, and told about."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

# Workbooks of one seed must be equal byte by byte: xlsxwriter fixes the times in the zip, and
# this is the date of creation it writes into the properties.
CREATED = datetime(2026, 1, 1)


@dataclass(frozen=True)
class Shown:
    """A number or date with an Excel format of its own."""

    value: float | date
    format: str


@dataclass(frozen=True)
class Formula:
    """A formula; `cached` None means that no result is stored in the file."""

    text: str
    cached: str | float | None = None


@dataclass
class Page:
    """One sheet. Rows count from 0; `columns` are ids, "" where the column is not ours.

    `header` is the row of the headers, `lines` the rows of data, `totals` those of sums.
    """

    name: str
    rows: list[list[Any]]
    columns: list[str] = field(default_factory=list)
    header: int = 0
    lines: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    widths: dict[int, float] = field(default_factory=dict)

    def position(self, column: str) -> int:
        """The place of a column, from 0."""
        return self.columns.index(column)

    def insert_column(self, at: int, column: str, header: str, values: Sequence[Any]) -> None:
        """Puts a column in, with one value per line of data."""
        for r, row in enumerate(self.rows):
            if r >= self.header:
                row[at:at] = [None] if len(row) >= at else []
        self.columns.insert(at, column)
        self.rows[self.header][at] = header
        for line, value in zip(self.lines, values, strict=True):
            self.rows[line][at] = value

    def address(self, row: int, column: str) -> str:
        """The cell of a column in row number `row` (from 0), in A1 form."""
        return a1(row, self.position(column))

    def push_down(self, rows: list[list[Any]]) -> None:
        """Puts rows above everything."""
        self.rows[:0] = rows
        by = len(rows)
        self.header += by
        self.lines = [r + by for r in self.lines]
        self.totals = [r + by for r in self.totals]
        self.merges = [(a + by, b, c + by, d) for a, b, c, d in self.merges]


def a1(row: int, col: int) -> str:
    """A1 form of a row and column counted from 0."""
    name, rest = "", col + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(65 + digit) + name
    return f"{name}{row + 1}"


def list_page(
    name: str, columns: Sequence[str], headers: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Page:
    """A clean sheet: one header row, then the data."""
    grid = [list(headers), *(list(r) for r in rows)]
    return Page(name, grid, list(columns), 0, list(range(1, len(grid))))


class _Writer:
    """Writes pages into one workbook."""

    def __init__(self, target: io.BytesIO | str) -> None:
        self.book = xlsxwriter.Workbook(target, {"in_memory": True})
        self.book.set_properties({"title": "", "created": CREATED})
        self.formats: dict[str, Any] = {}

    def format(self, number: str) -> Any:
        if number not in self.formats:
            self.formats[number] = self.book.add_format({"num_format": number})
        return self.formats[number]

    def page(self, page: Page) -> None:
        sheet = self.book.add_worksheet(page.name)
        for r, row in enumerate(page.rows):
            for c, value in enumerate(row):
                if value is not None:
                    self._cell(sheet, r, c, value)
        for merge in page.merges:
            self._merge(sheet, page, merge)
        for col in page.hidden:
            sheet.set_column(col, col, None, None, {"hidden": True})
        for col, width in page.widths.items():
            sheet.set_column(col, col, width)

    def _merge(self, sheet: Any, page: Page, merge: tuple[int, int, int, int]) -> None:
        top, left, _, _ = merge
        text = page.rows[top][left] if left < len(page.rows[top]) else None
        sheet.merge_range(*merge, "" if text is None else text)

    def _cell(self, sheet: Any, r: int, c: int, value: Any) -> None:
        if isinstance(value, str):
            sheet.write_string(r, c, value)
        elif isinstance(value, Shown):
            shown = self.format(value.format)
            if isinstance(value.value, date):
                sheet.write_datetime(r, c, value.value, shown)
            else:
                sheet.write_number(r, c, value.value, shown)
        elif isinstance(value, Formula):
            cached = "" if value.cached is None else value.cached
            sheet.write_formula(r, c, value.text, None, cached)
        elif isinstance(value, date):
            sheet.write_datetime(r, c, value, self.format("yyyy-mm-dd"))
        else:
            sheet.write_number(r, c, value)


def workbook_bytes(pages: Sequence[Page]) -> bytes:
    """The .xlsx file of some pages."""
    buffer = io.BytesIO()
    writer = _Writer(buffer)
    for page in pages:
        writer.page(page)
    writer.book.close()
    if any(_uncached(page) for page in pages):
        return _forget_results(buffer.getvalue())
    return buffer.getvalue()


def _uncached(page: Page) -> bool:
    return any(isinstance(v, Formula) and v.cached is None for row in page.rows for v in row)


def _forget_results(body: bytes) -> bytes:
    """Takes the empty results away that xlsxwriter stores: such a formula was never calculated."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.startswith("xl/worksheets/"):
                content = content.replace(b' t="str"><f>', b"><f>").replace(b"<v></v>", b"")
            new.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def write_book(path: Path, pages: Sequence[Page]) -> None:
    """Writes the .xlsx file of some pages, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(workbook_bytes(pages))


def write_gbk_csv(path: Path, page: Page) -> None:
    """Writes one page as a CSV in GBK, as Chinese Excel does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    for row in page.rows:
        csv.writer(text, lineterminator="\r\n").writerow(["" if v is None else v for v in row])
    path.write_bytes(text.getvalue().encode("gbk"))


class _GbkName(zipfile.ZipInfo):
    """An entry whose name is stored in GBK without the UTF-8 flag, as Chinese Windows does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def write_gbk_zip(path: Path, books: dict[str, bytes]) -> None:
    """Writes workbooks into one .zip with GBK names and fixed times."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as bundle:
        for name in sorted(books):
            bundle.writestr(_GbkName(name, (2026, 1, 1, 0, 0, 0)), books[name])
