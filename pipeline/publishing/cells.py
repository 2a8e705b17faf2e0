"""Where a published fact stands: sheet and cell of the workbook that it was read from."""

from __future__ import annotations

import polars as pl

ANSWERED = "answer"  # answers carry their own cell: one column of the card holds many items


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
