"""Where a published fact stands: sheet and cell of the workbook that it was read from.

A performance row may be merged from several sheets. Its place is that of the newest one; fact
table `performance_elsewhere` names the columns that come from an older one.
"""

from __future__ import annotations

import hashlib

import polars as pl

ELSEWHERE = "performance_elsewhere"
# In place of a file's hash: the office's own ledger, whose end the manifest carries.
OFFICE = hashlib.sha256(b"mingcha:office-ledger").hexdigest()
ANSWERED = "answer"  # answers carry their own cell: one column of the card holds many items


def moved(values: pl.DataFrame, elsewhere: pl.DataFrame | None) -> pl.DataFrame:
    """`values` with sha256, sheet and row of the sheet that each performance column comes from.

    `values` has [branch_code, month, column, sha256, sheet, row], the place being the row's;
    `elsewhere` is None in a publication from before there was such a table.
    """
    if elsewhere is None or elsewhere.is_empty() or values.is_empty():
        return values
    keys = ["branch_code", "month"]
    place = {c: f"other_{c}" for c in ("sha256", "sheet", "row")}
    named = elsewhere.join(values.select(keys).unique(), on=keys, how="semi").with_columns(
        pl.col("columns").str.split(",").alias("column")
    )
    others = named.drop("columns").explode("column").rename(place)
    placed = values.join(others, on=[*keys, "column"], how="left", maintain_order="left")
    here = pl.col("other_sha256").is_null()
    return placed.with_columns(
        pl.when(here).then(pl.col(c)).otherwise(pl.col(o).cast(values.schema[c])).alias(c)
        for c, o in place.items()
    ).drop(place.values())


def add_cells(values: pl.DataFrame, column_map: pl.DataFrame) -> pl.DataFrame:
    """`values` with a column `cell` (A1 form; null where no cell is known).

    `values` has [sha256, sheet, row, column], and `own_cell` where the fact names its cell itself.
    A head field of a one-visit scorecard stands in its own row, named by the column map.
    """
    letters = column_map.select(
        "sha256", "sheet", "column", "letter", pl.col("row").alias("head_row")
    ).unique(["sha256", "sheet", "column"], keep="first", maintain_order=True)
    placed = values.join(
        letters, on=["sha256", "sheet", "column"], how="left", maintain_order="left"
    )
    mapped = pl.format("{}{}", "letter", pl.coalesce("head_row", "row"))
    own = pl.col("own_cell") if "own_cell" in values.columns else pl.lit(None, pl.String)
    first = pl.when(pl.col("column") == ANSWERED).then(pl.coalesce(own, mapped))
    return placed.with_columns(first.otherwise(pl.coalesce(mapped, own)).alias("cell")).drop(
        "letter", "head_row", "own_cell", strict=False
    )
