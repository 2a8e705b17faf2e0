"""Cells of an archived workbook as they are read: looked up, compared, and read as corrected."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

import polars as pl

from pipeline.parsing.text import dense_text
from pipeline.workbook.cells import CELL_SCHEMA, ReadBatch

# {"sheet", "cell", "new", …}: what stands in an upload's record.
Corrections = Sequence[Mapping[str, str]]
_CELL = re.compile(r"^([A-Z]{1,3})([1-9][0-9]{0,6})$")
_CODE = re.compile(r"^0\d")  # 0123 is not 123
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


def place_of(cell: str) -> tuple[int, int] | None:
    """(row, column) of a cell in A1 form, both from 1; None if it is no cell."""
    match = _CELL.match(cell)
    if match is None:
        return None
    column = 0
    for c in match[1]:
        column = 26 * column + ord(c) - 64
    return int(match[2]), column


def text_at(batch: ReadBatch, file: int, sheet: str, cell: str) -> tuple[str, str]:
    """(text, flag) of a cell as it is read; two empty texts of a blank one."""
    row, column = place_of(cell) or (0, 0)
    found = batch.cells.filter(
        (pl.col("file") == file)
        & (pl.col("sheet") == sheet)
        & (pl.col("row") == row)
        & (pl.col("col") == column)
    )
    return found.select("text", "flag").row(0) if found.height else ("", "")


def same(text: str, flag: str, said: str) -> bool:
    """Whether a cell says what somebody reads in it: width, blanks and the format do not matter."""
    here, there = dense_text(text), dense_text(said)
    if here == there:
        return True
    if flag == "percent" and there.endswith("%"):
        number = _number(there[:-1])
        return number is not None and number / 100 == _number(here)
    if flag == "date":
        return _day(here) == _day(there) is not None
    number = _number(there)
    return number is not None and number == _number(here)


def _number(text: str) -> Decimal | None:
    if _CODE.match(text):
        return None
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(text: str) -> tuple[int, ...] | None:
    """Year, month, day of a date, and the time unless it is midnight."""
    parts = [int(n) for n in re.findall(r"\d+", text)]
    while len(parts) > 3 and parts[-1] == 0:
        parts.pop()
    return tuple(parts) if len(parts) >= 3 else None


def replaced(batch: ReadBatch, corrections: Mapping[int, Corrections]) -> ReadBatch:
    """`batch` with the corrected cells saying their new texts; by file index.

    A cell that was blank is added, one whose new text is empty is blank.
    """
    rows = [
        (file, one["sheet"], *(place_of(one["cell"]) or (0, 0)), one["new"])
        for file, own in corrections.items()
        for one in own
    ]
    if not rows:
        return batch
    names = ("file", "sheet", "row", "col")
    schema = {name: CELL_SCHEMA[name] for name in names} | {"new": pl.String}
    changes = pl.DataFrame(rows, schema=schema, orient="row")
    known = batch.cells.join(changes, on=names, how="left", maintain_order="left")
    text = pl.coalesce("new", "text")
    flag = pl.when(pl.col("new").is_null()).then("flag").otherwise(_flag())
    cells = known.with_columns(text=text, flag=flag).drop("new").filter(pl.col("text") != "")
    added = changes.join(batch.cells, on=names, how="anti").filter(pl.col("new") != "")
    if added.height:
        more = added.with_columns(text="new", flag=pl.lit("")).select(cells.columns)
        cells = _in_order(pl.concat([cells, more.cast(cells.schema)]), batch)
    return batch.with_cells(cells)


def _flag() -> pl.Expr:
    """A number in a percentage cell stays one; errors, lost digits and formulas are mended."""
    numeric = pl.col("new").str.contains(_NUMBER.pattern)
    return pl.when((pl.col("flag") == "percent") & numeric).then("flag").otherwise(pl.lit(""))


def _in_order(cells: pl.DataFrame, batch: ReadBatch) -> pl.DataFrame:
    """As a reader gives them: file by file, sheet by sheet, row by row."""
    order = batch.sheets.select("file", "sheet", "position")
    placed = cells.join(order, on=["file", "sheet"], how="left", maintain_order="left")
    return placed.sort("file", "position", "row", "col").drop("position")
