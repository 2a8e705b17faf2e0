"""Header blocks of the chosen sheets, and their layouts: each distinct block is resolved once."""

from __future__ import annotations

import polars as pl

from pipeline.parsing.choosing import NEARBY
from pipeline.parsing.headers import ExtraSpellings, names_of
from pipeline.parsing.layout import Layout, resolve
from pipeline.parsing.numbering import Grid
from pipeline.sheets import kinds

_NUMBER = r"^[\s\d.,%+-]+$"


def anchor(kind: str) -> str:
    """The column without which a row of the kind means nothing: its first required column."""
    return next(c.id for c in kinds()[kind].columns if c.required)


def anchors() -> pl.DataFrame:
    """kind, anchor."""
    rows = [(kind, anchor(kind)) for kind in kinds()]
    return pl.DataFrame(rows, schema=["kind", "anchor"], orient="row")


def _rows_in_block(near: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """sid, off of the rows that belong to the header block."""
    table = hits.filter(~pl.col("head"))
    anchored = (
        table.filter(pl.col("column") == pl.col("anchor"))
        .unique("sid", keep="first")
        .select("sid", anchor_col="col")
    )
    marks = hits.group_by("sid", "off").agg(
        labels=pl.col("head").sum(), named=(~pl.col("head")).sum()
    )
    rows = (
        near.join(anchored, on="sid", how="left")
        .group_by("sid", "off", "one_visit")
        .agg(
            n=pl.len(),
            numeric=pl.col("text").str.contains(_NUMBER).any(),
            anchored=(pl.col("col") == pl.col("anchor_col")).any(),
        )
        .join(marks, on=["sid", "off"], how="left")
        .with_columns(pl.col("labels", "named").fill_null(0))
    )
    below = ~pl.col("numeric") & ~pl.col("anchored") & ((pl.col("n") >= 2) | (pl.col("named") > 0))
    above = ~pl.col("one_visit") | (pl.col("labels") == 0)
    off = pl.col("off")
    kept = rows.filter(pl.when(off == 0).then(True).when(off < 0).then(above).otherwise(below))
    first = kept.filter(off == 1).select("sid")
    gap = kept.filter(off == NEARBY).join(first, on="sid", how="anti")
    return kept.select("sid", "off").join(gap.select("sid", "off"), on=["sid", "off"], how="anti")


def layouts(
    grid: Grid,
    hits: pl.DataFrame,
    picks: pl.DataFrame,
    extra: ExtraSpellings | None = None,
) -> tuple[pl.DataFrame, list[Layout]]:
    """The layout of every chosen sheet.

    `picks` has sid, kind, base. Returns (picks + `layout`, the number of its layout; the layouts).
    """
    shapes = [(k.id, k.layout == "one_visit") for k in kinds().values()]
    about = picks.join(pl.DataFrame(shapes, schema=["kind", "one_visit"], orient="row"), on="kind")
    about = about.join(anchors(), on="kind").select("sid", "kind", "base", "one_visit", "anchor")
    off = pl.col("row").cast(pl.Int32) - pl.col("base").cast(pl.Int32)
    lines = grid.numbered_lines().join(about, on="sid", maintain_order="left")
    lines = lines.with_columns(off=off).filter(pl.col("off").abs() <= NEARBY)
    near = grid.spelled(grid.on(lines.drop("n", "first")), "text", "dense")
    marked = hits.join(about, on=["sid", "kind"]).with_columns(off=off)
    marked = marked.filter(pl.col("off").abs() <= NEARBY)
    block = near.join(_rows_in_block(near, marked), on=["sid", "off"], maintain_order="left")
    key = pl.concat_str("off", "col", "word", separator=" ").str.join(",")
    grouped = block.group_by("sid", "kind", maintain_order=True).agg("off", "col", "text", key=key)
    return _resolved(grouped, picks, extra)


def _resolved(
    grouped: pl.DataFrame, picks: pl.DataFrame, extra: ExtraSpellings | None
) -> tuple[pl.DataFrame, list[Layout]]:
    """Sheets with the same block (`key`: all its cells) share one layout."""
    blocks = grouped.unique(["kind", "key"], keep="first", maintain_order=True)
    blocks = blocks.with_row_index("layout")
    found = [
        resolve(names_of(kind, extra), list(zip(off, col, text, strict=True)))
        for kind, off, col, text in blocks.select("kind", "off", "col", "text").iter_rows()
    ]
    numbers = grouped.join(blocks.select("kind", "key", "layout"), on=["kind", "key"])
    return picks.join(numbers.select("sid", "layout"), on="sid"), found
