"""Named columns: which cell of the sheet lies under which column of the kind."""

from __future__ import annotations

import polars as pl

from pipeline.parsing.layout import Layout
from pipeline.parsing.numbering import Grid, marked
from pipeline.parsing.text import is_name
from pipeline.sheets import kinds


def declared() -> pl.DataFrame:
    """kind, column, type, name of every column that a sheet may have."""
    rows = [
        (kind.id, c.id, c.type, is_name(c, kind.key))
        for kind in kinds().values()
        for c in kind.columns
        if not c.derived
    ]
    schema = {"kind": pl.String, "column": pl.String, "type": pl.String, "name": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def columns_of(placed: pl.DataFrame, found: list[Layout]) -> pl.DataFrame:
    """sid, kind, col, column, row, header, unit, type, name of every header that was understood."""
    headers = [
        (n, h.col, h.row, h.column, h.text, h.unit)
        for n, layout in enumerate(found)
        for h in layout.headers
    ]
    schema = {"layout": pl.UInt32, "col": pl.UInt16, "off": pl.Int64, "column": pl.String,
              "header": pl.String, "unit": pl.String}  # fmt: skip
    frame = pl.DataFrame(headers, schema=schema, orient="row")
    row = (pl.col("base").cast(pl.Int64) + pl.col("off")).cast(pl.UInt32)
    wanted = ["sid", "kind", "col", "column", "row", "header", "unit"]
    columns = placed.join(frame, on="layout").with_columns(row=row).select(wanted)
    columns = columns.sort("sid", "col")
    return columns.join(declared(), on=["kind", "column"], how="left", maintain_order="left")


def _place() -> pl.Expr:
    return pl.col("sid").cast(pl.UInt64) * 2**16 + pl.col("col")


def fields_of(grid: Grid, columns: pl.DataFrame) -> pl.Series:
    """By cell, the place in `columns` of the column it lies in; null if that has no name."""
    named = columns.with_row_index("field").select("field", place=_place())
    cells = grid.cells.select(place=_place())
    return cells.join(named, on="place", how="left", maintain_order="left")["field"]


def named_cells(grid: Grid, fields: pl.Series, rows: pl.DataFrame) -> pl.DataFrame:
    """line, row, col, word, field, total of the cells of data and total rows under named columns.

    `total`: whether it is of a total row.
    """
    data, total = (
        marked(rows.filter(pl.col("role") == role)["line"], len(grid.lines)).gather(
            grid.cells["line"]
        )
        for role in ("data", "total")
    )
    cells = grid.cells.select("line", "row", "col", "word")
    cells = cells.with_columns(fields.alias("field"), total.alias("total"))
    return cells.filter(fields.is_not_null() & (data | total))
