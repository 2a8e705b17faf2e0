"""Our own findings sheet in a workbook that comes back mended: it is no data, and not told."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from pipeline.annotating.words import HEADER_ROW, HEADERS, SHEET
from pipeline.workbook.cells import ReadBatch

_PLACE = ["file", "position"]
_AT = 5  # the column whose header tells the sheet


def without_lists(batch: ReadBatch) -> ReadBatch:
    """The batch without findings sheets of earlier returns, known by name or by their header."""
    titles = batch.words["text"].str.strip_chars() == HEADERS[_AT - 1]
    if not titles.any() and SHEET not in batch.sheets["sheet"]:
        return batch
    there = batch.places.filter((pl.col("row") == HEADER_ROW) & (pl.col("col") == _AT))
    header = there.filter(titles.gather(there["word"])).select(_PLACE)
    named = batch.sheets.filter(pl.col("sheet") == SHEET).select(_PLACE)
    lists = pl.concat([header, named]).unique()
    if lists.is_empty():
        return batch
    gone = set(batch.sheets.join(lists, on=_PLACE, how="semi").select("file", "sheet").iter_rows())
    return replace(
        batch,
        places=batch.places.join(lists, on=_PLACE, how="anti", maintain_order="left"),
        sheets=batch.sheets.join(lists, on=_PLACE, how="anti", maintain_order="left"),
        findings=[f for f in batch.findings if (f.file, f.sheet) not in gone],
    )
