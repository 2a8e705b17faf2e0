"""Ranks, rewards, the composite index."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl

from dashboards.access import Scope
from dashboards.queries.reading import CACHED, PROVINCE_WIDE, Key, opened, table
from dashboards.queries.tree import covered, need, nodes
from pipeline.explaining.tiers import Funnel


@lru_cache(maxsize=CACHED)
def league(key: Key, scope: Scope, peer_group: str = PROVINCE_WIDE) -> pl.DataFrame:
    """Ranks of the period: by score, then those without one by code."""
    ranks = table(key, "rank").filter(
        (pl.col("period") == key.period) & (pl.col("peer_group") == peer_group)
    )
    names = nodes(key, scope).select(
        "scope", "name", "city_name", pl.col("peer_group").alias("group")
    )
    return ranks.join(names, on="scope", how="inner").sort(
        ["score", "scope"], descending=[True, False], nulls_last=True, maintain_order=True
    )


# What a branch head reads of other branches: name, tier and interval.
_OF_OTHERS = ("peer_group", "scope", "period", "tier", "low", "high", "name", "first_k", "since")
_TIER_ORDER = {"above": 0, "average": 1, "below": 2}


@lru_cache(maxsize=CACHED)
def league_for(
    key: Key, scope: Scope, detail: Scope, peer_group: str = PROVINCE_WIDE
) -> pl.DataFrame:
    """:func:`league` for one who sees everything of `detail`, and of others name, tier, interval.

    The order tells no score either: by tier and interval. Of others `status` only tells whether
    there is a standing (`ok`, `not_ranked`).
    """
    rows = league(key, scope, peer_group)
    if detail.everything:
        return rows
    own = pl.col("scope").is_in(list(covered(key, detail)))
    masked = [c for c in rows.columns if c not in (*_OF_OTHERS, "status")]
    other = pl.when(pl.col("tier").is_null()).then(pl.lit("not_ranked")).otherwise(pl.lit("ok"))
    return rows.with_columns(
        *(pl.when(own).then(pl.col(c)).alias(c) for c in masked),
        pl.when(own).then("status").otherwise(other).alias("status"),
    ).sort(
        pl.col("tier").replace_strict(_TIER_ORDER, default=3, return_dtype=pl.Int64),
        "low", "high", "scope", nulls_last=True,
    )  # fmt: skip


@lru_cache(maxsize=64)
def funnel(key: Key) -> Funnel | None:
    """Centre and spread of the province's scores: figures of all branches together."""
    from pipeline.explaining import tiers  # only for whoever asks

    return tiers.funnel(opened(key), key.period)


@lru_cache(maxsize=CACHED)
def standing(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """The rank rows of one node: province-wide and in its peer group. Denied outside the scope."""
    need(key, scope, code)
    return table(key, "rank").filter((pl.col("period") == key.period) & (pl.col("scope") == code))


@lru_cache(maxsize=CACHED)
def rewards(key: Key, scope: Scope, peer_group: str = PROVINCE_WIDE) -> pl.DataFrame:
    """What the rules of reward hang on, most likely first, with names; nothing where the office has
    no rules of its own, as in the documents."""
    rows = table(key, "reward")
    if not opened(key).manifest.get("own_rewards", True):
        rows = rows.clear()
    rows = rows.filter((pl.col("period") == key.period) & (pl.col("peer_group") == peer_group))
    names = nodes(key, scope).select("scope", "name")
    return rows.join(names, on="scope", how="inner").sort(
        ["prize", "p", "scope"], descending=[False, True, False]
    )


@lru_cache(maxsize=CACHED)
def composite(key: Key, scope: Scope, code: str) -> dict[str, Any] | None:
    """The composite index of one branch in the period; None without one. Denied outside."""
    need(key, scope, code)
    rows = table(key, "composite").filter((pl.col("scope") == code) & (pl.col("status") == "ok"))
    return next(rows.iter_rows(named=True), None)
