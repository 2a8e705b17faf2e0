"""Which kind a sheet is, decided from its content: the row with most headers, and what is missing.

Everything here is vectorised over the whole batch; `sid` numbers the sheets of the batch.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from audits.lookups import alike, firsts
from pipeline.sheets import kinds

FEWEST = 3  # headers that make a kind
MANY = 8  # headers that leave no doubt, even if what the kind requires is missing
NEARBY = 2  # rows above and below the best row that may belong to the header


@cache
def _required() -> pl.DataFrame:
    rows = [
        (kind.id, sum(c.required for c in (*kind.columns, *kind.head)), kind.layout == "one_visit")
        for kind in kinds().values()
    ]
    return pl.DataFrame(rows, schema=["kind", "needed", "one_visit"], orient="row")


def best_rows(hits: pl.DataFrame) -> pl.DataFrame:
    """For each sheet and kind the row with most headers (the first of equals): sid, kind, base."""
    table = hits.filter(~pl.col("head"))
    counted = table.group_by("sid", "kind", "row").agg(
        n=pl.min_horizontal(pl.col("column").n_unique(), pl.col("col").n_unique())
    )
    return (
        counted.sort(["sid", "kind", "n", "row"], descending=[False, False, True, False])
        .unique(["sid", "kind"], keep="first", maintain_order=True)
        .select("sid", "kind", base="row")
    )


def scores(hits: pl.DataFrame) -> pl.DataFrame:
    """For each sheet and kind: sid, kind, base, matched, heads, missing, score, enough.

    A province's scorecards share a handful of headers: sheets with the same ones at the same
    places are looked at once.
    """
    sid, row, col, word = (hits[c].to_numpy() for c in ("sid", "row", "col", "word"))
    begins = firsts(sid)
    first = alike(begins, row, col, word)
    if not len(first):
        return _scores(hits)
    own = sid[begins]
    asked = (first == np.arange(len(first)))[np.cumsum(begins) - 1]
    found = _scores(hits.filter(pl.Series(asked)))
    like = pl.DataFrame({"sid": own, "like": own[first]})
    return found.rename({"sid": "like"}).join(like, on="like").drop("like")


def _scores(hits: pl.DataFrame) -> pl.DataFrame:
    near = hits.join(best_rows(hits), on=["sid", "kind"]).with_columns(
        off=pl.col("row").cast(pl.Int64) - pl.col("base").cast(pl.Int64)
    )
    near = near.filter(
        pl.when("head").then(pl.col("off") < 0).otherwise(pl.col("off").abs() <= NEARBY)
    )
    table, head = ~pl.col("head"), pl.col("head")
    found = near.group_by("sid", "kind", "base").agg(
        matched=pl.min_horizontal(
            pl.col("column").filter(table).n_unique(), pl.col("col").filter(table).n_unique()
        ),
        heads=pl.col("column").filter(head).n_unique(),
        had=pl.col("column").filter("required").n_unique(),
    )
    seen = pl.col("matched") + pl.col("heads")
    return (
        found.join(_required(), on="kind")
        .with_columns(missing=pl.col("needed").cast(pl.Int64) - pl.col("had").cast(pl.Int64))
        .with_columns(score=seen.cast(pl.Int64) - 2 * pl.col("missing"))
        .with_columns(
            enough=(seen >= FEWEST)
            & (pl.col("matched") >= 2)
            & ((pl.col("had") * 2 >= pl.col("needed")) | (pl.col("matched") >= MANY))
            & (~pl.col("one_visit") | (pl.col("heads") >= 3))
        )
    )


def chosen(scored: pl.DataFrame) -> pl.DataFrame:
    """The kind of each sheet that has one: the best score, then the most headers."""
    return (
        scored.filter("enough")
        .sort(
            ["sid", "score", "matched", "kind"],
            descending=[False, True, True, False],
        )
        .unique("sid", keep="first", maintain_order=True)
        .select("sid", "kind", "base", "matched", "missing")
    )
