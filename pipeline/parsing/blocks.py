"""Header blocks of the chosen sheets, and their layouts: each distinct block is resolved once."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from audits.lookups import alike, firsts
from pipeline.parsing.choosing import NEARBY
from pipeline.parsing.headers import ExtraSpellings, names_of
from pipeline.parsing.layout import Layout, resolve
from pipeline.parsing.numbering import Grid
from pipeline.sheets import kinds

NUMBER = r"^[\s\d.,%+-]+$"


def anchor(kind: str) -> str:
    """The column without which a row of the kind means nothing: its first required column."""
    return next(c.id for c in kinds()[kind].columns if c.required)


@cache
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
            numeric=pl.col("text").str.contains(NUMBER).any(),
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
    base = about["base"].to_numpy().astype(np.int64)
    lines = grid.lines_between(about["sid"], base - NEARBY, base + NEARBY).drop("n", "first")
    off = pl.col("row").cast(pl.Int32) - pl.col("base").cast(pl.Int32)
    lines = lines.join(about, on="sid", maintain_order="left").with_columns(off=off)
    near, like = _once(grid.on(lines))
    near = grid.spelled(near, "text", "dense")
    some = np.isin(hits["sid"].to_numpy(), near["sid"].to_numpy())
    marked = hits.filter(pl.Series(some)).join(about, on=["sid", "kind"]).with_columns(off=off)
    marked = marked.filter(pl.col("off").abs() <= NEARBY)
    block = near.join(_rows_in_block(near, marked), on=["sid", "off"], maintain_order="left")
    key = pl.concat_str("off", "col", "word", separator=" ").str.join(",")
    grouped = block.group_by("sid", "kind", maintain_order=True).agg("off", "col", "text", key=key)
    return _resolved(grouped, picks.join(like, on="sid"), extra)


def _once(near: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells around the best row, of sheets with the same cells once; sid, like (the sheet that
    stands for it)."""
    sid = near["sid"].to_numpy()
    begins, kind = firsts(sid), near["kind"].cast(pl.Categorical).to_physical()
    first = alike(begins, *(c.to_numpy() for c in (near["off"], near["col"], near["word"], kind)))
    own = sid[begins]
    kept = (own[first] == own)[np.cumsum(begins) - 1]
    return near.filter(pl.Series(kept)), pl.DataFrame({"sid": own, "like": own[first]})


def _resolved(
    grouped: pl.DataFrame, picks: pl.DataFrame, extra: ExtraSpellings | None
) -> tuple[pl.DataFrame, list[Layout]]:
    """Sheets with the same block (`key`: all its cells) share one layout; `picks` has `like`, the
    sheet in `grouped` that stands for it."""
    blocks = grouped.unique(["kind", "key"], keep="first", maintain_order=True)
    blocks = blocks.with_row_index("layout")
    found = [
        resolve(names_of(kind, extra), list(zip(off, col, text, strict=True)))
        for kind, off, col, text in blocks.select("kind", "off", "col", "text").iter_rows()
    ]
    numbers = grouped.join(blocks.select("kind", "key", "layout"), on=["kind", "key"])
    numbers = numbers.select("layout", like="sid")
    return picks.join(numbers, on="like", maintain_order="left").drop("like"), found
