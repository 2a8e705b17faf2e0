"""Named columns: which cell of the sheet lies under which column of the kind."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from audits.lookups import index_of
from pipeline.parsing.layout import Layout
from pipeline.parsing.numbering import Grid, marked
from pipeline.parsing.text import is_name
from pipeline.sheets import kinds


@cache
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


def fields_of(grid: Grid, columns: pl.DataFrame) -> np.ndarray:
    """By cell, the place in `columns` of the column it lies in; their number if it has no name."""
    last = int(columns["col"].to_numpy().max(initial=0))
    beyond = last + 1  # any column further right

    def place(frame: pl.DataFrame) -> np.ndarray:
        sid = frame["sid"].to_numpy().astype(np.int64)
        return sid * (beyond + 1) + np.minimum(frame["col"].to_numpy(), beyond)

    return index_of(place(grid.cells), place(columns))


def named_cells(grid: Grid, fields: np.ndarray, rows: pl.DataFrame, named: int) -> pl.DataFrame:
    """line, row, col, word, field, total of the cells of data and total rows under named columns.

    `total`: whether it is of a total row. `named`: how many columns have a name.
    """
    data, total = (
        marked(rows.filter(pl.col("role") == role)["line"], len(grid.lines))
        for role in ("data", "total")
    )
    line = grid.cells["line"].to_numpy()
    met = np.flatnonzero((data | total)[line] & (fields < named))
    cells = grid.cells.select("line", "row", "col", "word")[met]
    field = pl.Series("field", fields[met], dtype=pl.UInt32)
    return cells.hstack([field, pl.Series("total", total[line[met]])])
