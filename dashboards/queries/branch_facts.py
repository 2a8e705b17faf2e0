"""More queries about one branch, under the rules of :mod:`dashboards.queries`: publication and
scope are arguments, answers are cached, outside the scope is Denied."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl

from dashboards import queries
from dashboards.access import Scope
from dashboards.queries import Key
from dashboards.queries.reading import opened
from pipeline.explaining.tiers import Limits
from pipeline.periods import months_of

_CACHED = 256
HALL = 0  # the encounter that is the hall


def _need(key: Key, scope: Scope, code: str) -> None:
    queries.values(key, scope, code)  # raises Denied


@lru_cache(maxsize=_CACHED)
def failures(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """Answers of the period's visits that lost points: see `pipeline.explaining.observed`."""
    from pipeline.explaining import observed

    _need(key, scope, code)
    return observed.failures(opened(key), code)


@lru_cache(maxsize=_CACHED)
def tier_limits(key: Key, scope: Scope, code: str) -> Limits | None:
    """The scores between which a branch is not told from the average. Denied outside."""
    from pipeline.explaining import tiers

    _need(key, scope, code)
    return tiers.tier_limits(opened(key), code, key.period)


@lru_cache(maxsize=_CACHED)
def rank_origin(key: Key, scope: Scope, code: str) -> dict[str, Any]:
    """The visits behind a standing, files by neutral names. Denied outside."""
    from pipeline.explaining.rank import explain_rank

    _need(key, scope, code)
    return explain_rank(opened(key), code, key.period)


@lru_cache(maxsize=_CACHED)
def value_of(key: Key, scope: Scope, code: str, metric: str, period: str) -> dict[str, Any] | None:
    """One published value of any period with its metric's words. Denied outside."""
    _need(key, scope, code)
    table = opened(key).table("metric_value").lazy()
    rows = table.filter(
        (pl.col("scope") == code) & (pl.col("metric") == metric) & (pl.col("period") == period)
    ).collect()
    words = queries.dictionary(key, Scope(everything=True))
    return next(rows.join(words, on="metric", how="left").iter_rows(named=True), None)


@lru_cache(maxsize=_CACHED)
def zones_by_post(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """[zone, role, earned, applicable, items] of the covert items of the period that earn points;
    null where an item names no zone or no post."""
    items = queries.lost_points(key, scope, code)
    covert = items.filter((pl.col("instrument") == "covert") & (pl.col("applicable") > 0))
    return (
        covert.group_by("zone", "role")
        .agg(pl.col("earned", "applicable").sum(), pl.col("item_id").n_unique().alias("items"))
        .sort("zone", "role", nulls_last=True)
    )


@lru_cache(maxsize=_CACHED)
def lost_in(key: Key, scope: Scope, node: str) -> pl.DataFrame:
    """Points lost by item over the covered branches of a node, most first: item_id, zh, en, lost,
    branches (that lost on it). Denied outside."""
    _need(key, scope, node)
    publication = opened(key)
    members = publication.table("scope_member").filter(pl.col("scope") == node)["branch_code"]
    own = queries.covered(key, scope) & set(members.to_list())
    rows = publication.table("item_result").filter(
        (pl.col("period") == key.period) & pl.col("scope").is_in(list(own)) & (pl.col("lost") > 0)
    )
    wording = publication.table("edition").select("edition", "item_id", "zh", "en")
    return (
        rows.join(wording, on=["edition", "item_id"], how="left")
        .group_by("item_id")
        .agg(
            pl.col("zh", "en").last(),
            pl.col("lost").sum(),
            pl.col("scope").n_unique().alias("branches"),
        )
        .sort("lost", "item_id", descending=[True, False])
    )


@lru_cache(maxsize=64)
def visit_days(key: Key) -> dict[str, str]:
    """The day of each visit, by its id, as ISO text."""
    visits = opened(key).table("visit_score")
    return dict(visits.select("visit_id", pl.col("visit_date").cast(pl.String)).iter_rows())


@lru_cache(maxsize=64)
def item_words(key: Key) -> dict[str, tuple[str, str]]:
    """(中文, English) of every item, by its id; the newest edition's."""
    items = opened(key).table("edition").sort("edition")
    return {id: (zh, en) for id, zh, en in items.select("item_id", "zh", "en").iter_rows()}


@lru_cache(maxsize=_CACHED)
def visits_in(key: Key, scope: Scope, code: str) -> int:
    """Covert visits of a branch in the publication's own months that have a score."""
    covert = queries.lost_points(key, scope, code).filter(pl.col("instrument") == "covert")
    own = queries.visit_scores(key, scope, code).filter(
        pl.col("period").is_in(months_of(key.period)) & (pl.col("status") == "ok")
    )
    return own.filter(pl.col("edition").is_in(covert["edition"].unique().to_list())).height
