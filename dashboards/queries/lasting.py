"""Who reported, what lasts, what moved more than chance, which claims hold."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl

from dashboards.access import Scope
from dashboards.queries.reading import CACHED, Key, table
from dashboards.queries.tree import need, nodes, with_names, within
from pipeline.periods import months_of


@lru_cache(maxsize=CACHED)
def completeness(key: Key, scope: Scope) -> pl.DataFrame:
    """Who reported what: rows of `coverage` of the publication's own months, with names."""
    wanted = {key.period, *months_of(key.period)}
    rows = within(table(key, "coverage"), key, scope).filter(pl.col("period").is_in(list(wanted)))
    names = nodes(key, scope).select("scope", "name", "city_name")
    return rows.join(names, on="scope", how="left").sort("period", "kind", "scope")


@lru_cache(maxsize=CACHED)
def signals(key: Key, scope: Scope) -> pl.DataFrame:
    """Signals completed in the period at covered nodes, with the node's name."""
    return with_names(within(table(key, "signal"), key, scope), key, scope)


@lru_cache(maxsize=CACHED)
def early_signs(key: Key, scope: Scope) -> pl.DataFrame:
    """Covered branches that could be told of an early sign, with names."""
    return with_names(within(table(key, "early_sign"), key, scope), key, scope)


@lru_cache(maxsize=CACHED)
def charts(key: Key, scope: Scope) -> pl.DataFrame:
    """Every series that was looked at for signals at covered nodes: sum `chance` over them."""
    return within(table(key, "chart"), key, scope)


@lru_cache(maxsize=CACHED)
def chart_of(key: Key, scope: Scope, code: str, metric: str) -> dict[str, Any] | None:
    """The XmR chart of one metric at one node, if one was looked at. Denied outside the scope."""
    need(key, scope, code)
    rows = table(key, "chart").filter(
        (pl.col("scope") == code) & (pl.col("metric") == metric) & (pl.col("kind") == "xmr")
    )
    return next(rows.iter_rows(named=True), None)


@lru_cache(maxsize=CACHED)
def adoption(key: Key, scope: Scope) -> pl.DataFrame:
    """Adoption status of covered branches at the end of the period, with names."""
    rows = table(key, "adoption").filter(pl.col("period") == key.period)
    return with_names(within(rows, key, scope), key, scope)


@lru_cache(maxsize=CACHED)
def claims(key: Key, scope: Scope) -> pl.DataFrame:
    """What covered branches report against what was observed, with names."""
    return with_names(within(table(key, "claim"), key, scope), key, scope)
