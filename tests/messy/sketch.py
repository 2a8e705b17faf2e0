"""A sheet of known content before it is written: what it means, and how it will look.

`ways` change how it looks and note what must be told; the writer alone knows where each cell ends
up. Nothing here uses the code under test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

MONEY = ("deposits", "deposits_average", "fee_income")
HEADERS = {
    "branch_code": "网点代码", "branch_name": "网点名称", "month": "月份", "staff": "在岗人数",
    "trained": "已培训人数", "business_days": "营业日数", "morning_meetings": "晨会次数",
    "evening_meetings": "夕会次数", "served": "接待客户数", "spoken": "一句话营销数",
    "identified": "识别客户数", "referred": "转介客户数", "closed": "转介成交数",
    "deposits": "储蓄存款余额（元）", "deposits_average": "储蓄存款日均（元）",
    "fee_income": "中间业务收入（元）", "customers": "个人客户数", "key_clients": "中高端客户数",
    "warned": "流失预警客户数", "outreach": "走出去营销次数", "ratings": "评价笔数",
}  # fmt: skip
COUNTS = [c for c in HEADERS if c not in (*MONEY, "branch_code", "branch_name", "month")]
ROWS = 6


@dataclass
class Formula:
    """A formula with its stored result; None: no result was stored."""

    result: Any


@dataclass
class Shown:
    """A value with a number format."""

    value: Any
    form: str


@dataclass
class Sketch:
    """One workbook. Data rows are numbered from 0; `body` is what stands under the header."""

    columns: list[str] = field(default_factory=lambda: list(HEADERS))
    headers: dict[str, str] = field(default_factory=lambda: dict(HEADERS))
    written: list[dict[str, Any]] = field(default_factory=list)
    truth: list[dict[str, Any]] = field(default_factory=list)
    power: int = 0
    titles: list[str] = field(default_factory=list)
    groups: list[dict[str, str]] = field(default_factory=list)  # header rows over the headers
    body: list[tuple[Any, ...]] = field(default_factory=list)
    top: int = 1
    left: int = 1
    sheet: str = "Sheet1"
    before: list[tuple[str, list[list[Any]], bool]] = field(default_factory=list)
    after: list[tuple[str, list[list[Any]], bool]] = field(default_factory=list)
    merged: list[tuple[str, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    date1904: bool = False
    told: list[tuple[str, Any]] = field(default_factory=list)  # rule, place
    infos: set[str] = field(default_factory=set)
    no_table: bool = False  # refused as a whole: its rows are nobody's business
    late: list[Callable[[Sketch], None]] = field(default_factory=list)

    def set(self, row: int, column: str, shown: Any, means: Any) -> None:
        """How a cell looks, and what it means."""
        self.written[row][column], self.truth[row][column] = shown, means

    def total(self, rows: range, column: str) -> Any:
        """The sum as it stands on the sheet, in the sheet's own unit."""
        values = [self.truth[r][column] for r in rows if self.truth[r][column] is not None]
        found = sum(values)
        return float(found / 10**self.power) if column in MONEY else found


def plain() -> Sketch:
    """Six branches, one month, 21 columns, nothing unusual."""
    sketch = Sketch()
    for n in range(ROWS):
        row: dict[str, Any] = {
            "branch_code": f"0101{n:04d}", "branch_name": f"甲{n}支行", "month": "2026-09",
        }  # fmt: skip
        row |= {c: 10 * (i + 2) + n for i, c in enumerate(COUNTS)}
        sketch.truth.append(row | {c: Decimal(10000 * (i + 1) + n) for i, c in enumerate(MONEY)})
        sketch.written.append(row | {c: 10000 * (i + 1) + n for i, c in enumerate(MONEY)})
        sketch.body.append(("data", n))
    return sketch


def name(row: int, col: int) -> str:
    """Row and column from 1 as Excel shows them."""
    letters = ""
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


@dataclass
class Written:
    """Where things ended up: cells of the header, of data rows, of totals and of other lines."""

    cells: dict[tuple[Any, ...], str] = field(default_factory=dict)


def write(sketch: Sketch, path: Path) -> Written:
    """Write the sketch as a workbook and say where everything is."""
    for act in sketch.late:
        act(sketch)
    book = xlsxwriter.Workbook(path, {"date_1904": sketch.date1904})
    for title, grid, visible in sketch.before:
        _aside(book, title, grid, visible)
    found = _main(book, sketch)
    for title, grid, visible in sketch.after:
        _aside(book, title, grid, visible)
    book.close()
    return found


def _aside(book: Any, title: str, grid: list[list[Any]], visible: bool) -> None:
    sheet = book.add_worksheet(title)
    for r, line in enumerate(grid):
        for c, value in enumerate(line):
            _put(book, sheet, r + 1, c + 1, value)
    if not visible:
        sheet.hide()


def _put(book: Any, sheet: Any, row: int, col: int, value: Any) -> None:
    at = (row - 1, col - 1)
    if value is None:
        return
    if isinstance(value, Formula):
        sheet.write_formula(*at, "=1+1", None, "" if value.result is None else value.result)
    elif isinstance(value, Shown):
        sheet.write(*at, value.value, book.add_format({"num_format": value.form}))
    elif isinstance(value, dt.date):
        sheet.write_datetime(*at, value, book.add_format({"num_format": "yyyy-mm-dd"}))
    elif isinstance(value, bool):
        sheet.write_boolean(*at, value)
    elif isinstance(value, str):
        sheet.write_string(*at, value)
    else:
        sheet.write_number(*at, value)


def _main(book: Any, sketch: Sketch) -> Written:
    sheet, found, row = book.add_worksheet(sketch.sheet), Written(), sketch.top
    column = {c: sketch.left + i for i, c in enumerate(sketch.columns)}
    for title in sketch.titles:
        _put(book, sheet, row, sketch.left, title or None)
        row += 1
    for group in sketch.groups:
        for c, text in group.items():
            _put(book, sheet, row, column[c], text)
        row += 1
    for c in sketch.columns:
        _put(book, sheet, row, column[c], sketch.headers[c])
        found.cells["header", c] = name(row, column[c])
    for line in sketch.body:
        row += 1
        _line(book, sheet, sketch, found, row, column, line)
    _merge(book, sheet, sketch, found, column)
    for c in sketch.hidden_columns:
        sheet.set_column(column[c] - 1, column[c] - 1, None, None, {"hidden": True})
    return found


def _line(
    book: Any, sheet: Any, sketch: Sketch, found: Written, row: int, column: dict[str, int],
    line: tuple[Any, ...],
) -> None:  # fmt: skip
    if line[0] == "data":
        texts = sketch.written[line[1]]
        if line[1] in sketch.hidden_rows:
            sheet.set_row(row - 1, None, None, {"hidden": True})
    elif line[0] == "header":
        texts = sketch.headers
    elif line[0] == "cells":  # ("cells", key, values from the first column on)
        texts = dict(zip(sketch.columns, line[2], strict=False))
    else:
        texts = line[-1] if len(line) > 1 else {}
    for c in sketch.columns:
        _put(book, sheet, row, column[c], texts.get(c))
        found.cells[(*line[:2], c) if line[0] != "header" else ("again", c)] = name(row, column[c])


def _merge(book: Any, sheet: Any, sketch: Sketch, found: Written, column: dict[str, int]) -> None:
    for c, first, last in sketch.merged:
        top = int(found.cells["data", first, c].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1
        at = (top, column[c] - 1, top + last - first, column[c] - 1)
        sheet.merge_range(*at, "")
        _put(book, sheet, top + 1, column[c], sketch.written[first][c])
