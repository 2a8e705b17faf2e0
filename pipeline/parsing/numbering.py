"""Sheets of a batch by number: joins on one integer instead of a file and a sheet name."""

from __future__ import annotations

import polars as pl

from pipeline.workbook.cells import ReadBatch


def numbered(batch: ReadBatch) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells with `sid` instead of file and sheet, in reading order, and the sheets with `sid`."""
    sheets = batch.sheets.sort("file", "position").with_row_index("sid")
    cells = batch.cells.with_columns(run=pl.struct("file", "sheet").rle_id())
    runs = cells.unique("run", keep="first").select("run", "file", "sheet")
    runs = runs.join(sheets.select("sid", "file", "sheet"), on=["file", "sheet"])
    cells = cells.join(runs.select("run", "sid"), on="run", maintain_order="left")
    cells = cells.select("sid", "row", "col", "text", "flag")
    place = (
        pl.col("sid").cast(pl.Int64) * 2**40
        + pl.col("row").cast(pl.Int64) * 2**16
        + pl.col("col").cast(pl.Int64)
    )
    in_order = cells.select((place.diff().drop_nulls() > 0).all()).item()
    return (cells if in_order else cells.sort("sid", "row", "col")), sheets
