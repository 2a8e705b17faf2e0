"""All tables of a batch typed in one go, and handed out kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.parsing.values import Typed, typed
from pipeline.sheets import kinds

if TYPE_CHECKING:
    from pipeline.recognise import Part

# Of a one-visit table: for the shopper's eyes only (the edition is what counts), or an answer.
_APART = ("item_text", "points", "answer")


def typed_tables(part: Part) -> dict[str, Typed]:
    """By kind: its cells of data rows (lists: of totals too, see `total`), typed.

    Long frames by type: kind, sid, line, row, col, column, total, text, value, rule, and what
    readers add. Answers and columns of items are not among them.
    """
    parts: dict[str, Typed] = {kind: {} for kind in kinds()}
    for type_, frame in typed(_cells(part), part.words).items():
        for (kind,), own in frame.partition_by("kind", as_dict=True).items():
            parts[str(kind)][type_] = own
    return parts


def _cells(part: Part) -> pl.DataFrame:
    shapes = {k.id: k.layout for k in kinds().values()}
    about = part.sheets.select("sid", "date1904", title="month")
    columns = part.columns.join(about, on="sid", maintain_order="left")
    layout = pl.col("kind").replace_strict(shapes, return_dtype=pl.String)
    apart = (layout == "one_visit") & pl.col("column").is_in(_APART)
    columns = columns.with_columns(
        read=pl.col("type").is_not_null() & ~apart, with_totals=layout == "list"
    )
    cells = part.cells
    wanted = columns["read"].gather(cells["field"])
    wanted &= ~cells["total"] | columns["with_totals"].gather(cells["field"])
    kept = cells.filter(wanted)
    drawn = ["kind", "sid", "column", "type", "name", "power", "date1904", "title"]
    return kept.with_columns(columns[c].gather(kept["field"]) for c in drawn)


def data_of(found: Typed) -> Typed:
    """Without the cells of totals."""
    return {type_: frame.filter(~pl.col("total")) for type_, frame in found.items()}


def lines_of(part: Part, sheets: pl.DataFrame) -> pl.DataFrame:
    """line, sid, row of the data rows of some sheets, in reading order."""
    rows = part.rows.filter(pl.col("role") == "data")
    return rows.join(sheets.select("sid"), on="sid", how="semi").sort("line").drop("role")
