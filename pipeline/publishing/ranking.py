"""Table `rank`: where a branch stands in the province (`all`) and in its peer group.

Ranked is the covert adherence before vetoes (statistics §1: a zero would widen everybody's
interval); a veto caps the published score beside it. Equal scores share a rank and the next one
skips (1, 2, 2, 4). Expected rank, interval, tier and reliability need the statistics of a later
issue; their columns are there and null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from pipeline.periods import months_of
from pipeline.publication import TABLES
from pipeline.publishing.audit_tables import calendar
from pipeline.publishing.coverage import expected_branches

if TYPE_CHECKING:
    from audits.scoring import Scored

ALL = "all"
EQUAL_DIGITS = 9  # scores that differ further out are equal: the difference is none of sums


def ranks(
    metric_value: pl.DataFrame,
    visit_score: pl.DataFrame,
    scored: Scored,
    covert: Sequence[str],
    scope: pl.DataFrame,
    periods: Sequence[str],
) -> pl.DataFrame:
    """Table `rank` for every branch open in each period. `covert`: ids of the covert editions."""
    scores = _scores(metric_value).join(
        _visits(visit_score, scored, covert, periods),
        on=["scope", "period"],
        how="full",
        coalesce=True,
    )
    branches = _open_branches(scope, periods).join(scores, on=["scope", "period"], how="left")
    known = branches.with_columns(
        pl.col("visits").fill_null(0),
        pl.when(pl.col("visits").fill_null(0) + pl.col("made").fill_null(0) == 0)
        .then(pl.lit("not_visited"))
        .when(pl.col("score").is_null() | (pl.col("visits").fill_null(0) == 0))
        .then(pl.lit("insufficient"))
        .otherwise(pl.lit("ok"))
        .alias("status"),
    )
    return _ranked(known)


def _ranked(known: pl.DataFrame) -> pl.DataFrame:
    ok = pl.col("status") == "ok"
    scored = known.with_columns(
        pl.when(ok).then(pl.col(c)).alias(c) for c in ("score", "published_score")
    )
    groups = pl.concat(
        [
            scored.with_columns(pl.lit(ALL).alias("peer_group")),
            scored.filter(pl.col("peer_group").is_not_null()),
        ]
    )
    within = ["peer_group", "period"]
    order = pl.col("score").round(EQUAL_DIGITS).rank("min", descending=True).over(within)
    full = groups.with_columns(
        order.cast(pl.Int64).alias("rank"), pl.col("score").count().over(within).alias("of")
    )
    empty = [c for c in TABLES["rank"] if c not in full.columns]
    return (
        full.with_columns(pl.lit(None).alias(c) for c in empty)
        .select(list(TABLES["rank"]))
        .cast(pl.Schema(TABLES["rank"]))
        .sort("peer_group", "period", "rank", "scope", nulls_last=True)
    )


def _scores(metric_value: pl.DataFrame) -> pl.DataFrame:
    adherence = metric_value.filter(
        (pl.col("metric") == "adherence")
        & (pl.col("level") == "branch")
        & (pl.col("status") == "ok")
    )
    return adherence.select("scope", "period", (pl.col("value") * 100).alias("score"))


def _visits(
    visit_score: pl.DataFrame, scored: Scored, covert: Sequence[str], periods: Sequence[str]
) -> pl.DataFrame:
    """[scope, period, visits with a score, made, published_score, vetoes] of the covert visits.

    The published score weighs each visit's score after veto by its applicable points, so that it
    is the ranked score where there is no veto.
    """
    points = scored.visits.select("visit_id", pl.col("applicable").cast(pl.Float64).alias("points"))
    rows = visit_score.filter(pl.col("edition").is_in(list(covert))).join(points, on="visit_id")
    dated = rows.rename({"period": "month"}).join(calendar(periods), on="month")
    good = pl.col("status") == "ok"
    weight = pl.col("points").filter(good)
    return dated.group_by("scope", "period").agg(
        good.sum().cast(pl.Int64).alias("visits"),
        pl.len().cast(pl.Int64).alias("made"),
        ((pl.col("score").filter(good) * weight).sum() / weight.sum()).alias("published_score"),
        (pl.col("veto") > 0).sum().cast(pl.Int64).alias("vetoes"),
    )


def _open_branches(scope: pl.DataFrame, periods: Sequence[str]) -> pl.DataFrame:
    """[scope, peer_group, period] of the branches open in some month of each period."""
    months = sorted({m for p in periods for m in months_of(p)})
    opened = expected_branches(scope, months).join(calendar(periods), on="month")
    pairs = opened.select(pl.col("branch_code").alias("scope"), "period").unique()
    return pairs.join(scope.select("scope", "peer_group"), on="scope")
