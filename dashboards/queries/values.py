"""Values of metrics: of one node, beside others, over time; what a metric means."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from audits.statistics.proportions import of_sums
from dashboards.access import Denied, Scope
from dashboards.queries.reading import CACHED, Key, opened, table
from dashboards.queries.tree import comparable, covered, need, within
from dashboards.queries.withheld import suppressed
from pipeline.folders import DataFolder
from pipeline.periods import PeriodKind, kind_of


@lru_cache(maxsize=CACHED)
def values(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """Values of one node in the publication's period, with the metric's words. Denied outside."""
    need(key, scope, code)
    return _values_of(key, code)


def _values_of(key: Key, code: str) -> pl.DataFrame:
    rows = (
        pl.scan_parquet(Path(key.path) / "metric_value.parquet")
        .filter((pl.col("scope") == code) & (pl.col("period") == key.period))
        .collect()
    )
    return rows.join(table(key, "metric"), on="metric", how="left").sort("metric")


@lru_cache(maxsize=CACHED)
def compared(key: Key, scope: Scope, code: str, beside: str) -> pl.DataFrame:
    """:func:`values` of `code` with `beside_value`: the same of a node it is held against."""
    if beside not in comparable(key, scope):
        raise Denied
    other = suppressed(_values_of(key, beside), key, scope).select(
        "metric", pl.col("value").alias("beside_value")
    )
    return values(key, scope, code).join(other, on="metric", how="left")


@lru_cache(maxsize=CACHED)
def trend(
    key: Key, scope: Scope, codes: tuple[str, ...], metric: str, kind: PeriodKind
) -> pl.DataFrame:
    """One metric over all published periods of one kind: scope, name, period, value, n, status …"""
    if not set(codes) <= comparable(key, scope):
        raise Denied
    return _trend(key, scope, codes, metric, kind, ())


def _trend(
    key: Key, scope: Scope, codes: tuple[str, ...], metric: str, kind: PeriodKind,
    with_interval: tuple[str, ...],
) -> pl.DataFrame:  # fmt: skip
    """The lines, `with_interval` of those codes where they have none of their own."""
    rows = (
        pl.scan_parquet(Path(key.path) / "metric_value.parquet")
        .filter(pl.col("scope").is_in(list(codes)) & (pl.col("metric") == metric))
        .select("metric", "scope", "period", "value", "n", "low", "high", "status")
        .collect()
    )
    rows = rows.filter(
        pl.col("period").is_in([p for p in rows["period"].unique() if kind_of(p) == kind])
    )
    if with_interval and rows.height:
        rows = _with_intervals(rows, key, with_interval, metric)
    names = table(key, "scope").select("scope", "name")
    return (
        suppressed(rows, key, scope, one_metric=True)
        .drop("metric")
        .join(names, on="scope", how="left")
        .sort("scope", "period")
    )


@lru_cache(maxsize=CACHED)
def courses(
    key: Key, scope: Scope, codes: tuple[str, ...], metric: str, kind: PeriodKind
) -> pl.DataFrame:
    """:func:`trend`; regions have the interval of what was observed at a sample of visits.

    Sums of what branches report are complete, so they have none (`audits.statistics.proportions`).
    """
    if not set(codes) <= comparable(key, scope):
        raise Denied
    meant = table(key, "metric").filter(
        (pl.col("metric") == metric) & (pl.col("form") == "ratio") & pl.col("observed")
    )
    return _trend(key, scope, codes, metric, kind, () if meant.is_empty() else codes)


def _with_intervals(
    rows: pl.DataFrame, key: Key, codes: tuple[str, ...], metric: str
) -> pl.DataFrame:
    found = _intervals(key, list(codes), metric, rows["period"].unique().to_list())
    return (
        rows.join(found, on=["scope", "period"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("low", "low_"), pl.coalesce("high", "high_"))
        .drop("low_", "high_")
    )


def _intervals(key: Key, codes: list[str], metric: str, periods: list[str]) -> pl.DataFrame:
    """[scope, period, low_, high_] of regions, from the branches that lie in them."""
    members = table(key, "scope_member").filter(
        pl.col("scope").is_in(codes) & (pl.col("scope") != pl.col("branch_code"))
    )
    parts = (
        pl.scan_parquet(Path(key.path) / "metric_value.parquet")
        .filter(
            (pl.col("metric") == metric)
            & pl.col("period").is_in(periods)
            & (pl.col("level") == "branch")
            & (pl.col("denominator") > 0)
        )
        .select("period", "numerator", "denominator", branch_code="scope")
        .collect()
        .join(members, on="branch_code", how="inner")
        .sort("scope", "period", "branch_code")
    )
    lines = []
    for (code, period), group in parts.group_by("scope", "period", maintain_order=True):
        interval = of_sums(group["numerator"].to_numpy(), group["denominator"].to_numpy())
        if interval is not None:
            low, high = interval
            lines.append((code, period, max(0.0, low), min(1.0, high)))
    names = {"scope": pl.String, "period": pl.String, "low_": pl.Float64, "high_": pl.Float64}
    return pl.DataFrame(lines, schema=names, orient="row")


@lru_cache(maxsize=CACHED)
def beside_each_other(
    key: Key, scope: Scope, codes: tuple[str, ...], metrics: tuple[str, ...]
) -> pl.DataFrame:
    """[metric, scope, value, n, low, high, status] in the publication's period."""
    if not set(codes) <= comparable(key, scope):
        raise Denied
    rows = (
        pl.scan_parquet(Path(key.path) / "metric_value.parquet")
        .filter(
            pl.col("scope").is_in(list(codes))
            & pl.col("metric").is_in(list(metrics))
            & (pl.col("period") == key.period)
        )
        .select("metric", "period", "scope", "value", "n", "low", "high", "status")
        .collect()
    )
    return suppressed(rows, key, scope).drop("period").sort("metric", "scope")


@lru_cache(maxsize=CACHED)
def restatements(key: Key, scope: Scope) -> pl.DataFrame:
    """Published numbers that this revision changed."""
    return within(table(key, "restatement"), key, scope)


@lru_cache(maxsize=CACHED)
def dictionary(key: Key, scope: Scope) -> pl.DataFrame:
    """The metric dictionary of the publication; empty for an empty scope."""
    metrics = table(key, "metric").sort("metric")
    return metrics if covered(key, scope) else metrics.clear()


@lru_cache(maxsize=CACHED)
def effects(key: Key, scope: Scope) -> pl.DataFrame:
    """Effect of the introduction by metric, with the metric's words; empty for an empty scope, and
    for a publication made before there was one."""
    rows = table(key, "effect")
    if "kind" not in rows.columns or not covered(key, scope):
        return pl.DataFrame(schema={"metric": pl.String, "kind": pl.String})
    words = table(key, "metric").select("metric", "zh", "en", "unit")
    return rows.join(words, on="metric", how="left", maintain_order="left")


@lru_cache(maxsize=64)
def origin(
    key: Key, scope: Scope, metric: str, code: str, folder: DataFolder | None, period: str = ""
) -> dict[str, Any]:
    """Where a value comes from, down to file, sheet and cell: of the publication's own period, or
    of another that it holds.

    `folder`: only for those who may see file names as received. Denied outside the scope.
    """
    need(key, scope, code)
    from pipeline.explain import explain  # slow libraries: only for whoever asks

    explained: dict[str, Any] = explain(
        opened(key), metric, code, period or key.period, folder=folder
    )
    return explained
