"""The only place that reads publications. Every query takes the publication and the scope.

Results are cached by (publication, scope, …). A publication is named by path *and* content hash,
so a folder made anew under the same name is never served from an old cache. Frames are shared
between sessions: callers do not change them in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from audits.planning.coverage import Coverage, coverage
from dashboards.access import Denied, Scope
from pipeline import ruler
from pipeline.folders import DataFolder
from pipeline.periods import PeriodKind, kind_of, months_of
from pipeline.publication import TABLES, Publication, published
from pipeline.ruler import Ruler

PROVINCE_WIDE = "all"
CITY_LEVELS = ("city", "direct")
_CACHED = 512


@dataclass(frozen=True)
class Key:
    """Names one publication for good."""

    path: str
    content_hash: str
    period: str
    revision: int
    stage: str

    def open(self) -> Publication:
        return Publication(Path(self.path))


def manifest(key: Key) -> dict[str, Any]:
    """What the publication says of itself: stage, check period, appeals, rounds."""
    return key.open().manifest


def publications(folder: DataFolder) -> list[Key]:
    """All readable publications, newest first: by end of period, then revision."""
    found = [key for p in published(folder) if (key := _key(p)) is not None]
    return sorted(found, key=lambda k: (period_order(k.period), k.revision), reverse=True)


def _key(publication: Publication) -> Key | None:
    try:
        manifest = publication.manifest
        return Key(
            path=str(publication.path),
            content_hash=str(manifest.get("content_hash", "")),
            period=publication.period,
            revision=publication.revision,
            stage=str(manifest.get("stage", "preview")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def period_order(period: str) -> tuple[str, int]:
    """Sorts by last month; of one end the longer period is the newer: it holds more visits."""
    year = period[:4]
    if "Q" in period:
        return f"{year}-{3 * int(period[5:]):02d}", 1
    return (period, 0) if "-" in period else (f"{year}-12", 2)


@lru_cache(maxsize=_CACHED)
def _table(key: Key, name: str) -> pl.DataFrame:
    return key.open().table(name)


@lru_cache(maxsize=_CACHED)
def _parents(key: Key) -> dict[str, str | None]:
    nodes = _table(key, "scope")
    return dict(zip(nodes["scope"].to_list(), nodes["parent"].to_list(), strict=True))


def ancestors(key: Key, code: str) -> list[str]:
    """The nodes above `code`, nearest first. A loop in the register ends the walk."""
    parents, above, at = _parents(key), [], code
    while (parent := parents.get(at)) and parent not in above and parent != code:
        above.append(parent)
        at = parent
    return above


@lru_cache(maxsize=_CACHED)
def covered(key: Key, scope: Scope) -> frozenset[str]:
    """The codes a scope holds: all of them, or its node and whatever lies below."""
    codes = _parents(key)
    if scope.everything:
        return frozenset(codes)
    if scope.node is None or scope.node not in codes:
        return frozenset()
    return frozenset(c for c in codes if c == scope.node or scope.node in ancestors(key, c))


@lru_cache(maxsize=_CACHED)
def comparable(key: Key, scope: Scope) -> frozenset[str]:
    """Covered codes, and the sums they are held against: the nodes above and the peer groups."""
    own = covered(key, scope)
    above = {a for code in own for a in ancestors(key, code)}
    groups = _table(key, "scope").filter(pl.col("scope").is_in(list(own)))["peer_group"]
    return own | above | {f"peer:{g}" for g in groups.drop_nulls().unique()}


def _need(key: Key, scope: Scope, code: str) -> None:
    if code not in covered(key, scope):
        raise Denied


def _within(frame: pl.DataFrame, key: Key, scope: Scope) -> pl.DataFrame:
    """The rows of `frame` whose `scope` is covered."""
    return frame.filter(pl.col("scope").is_in(list(covered(key, scope))))


@lru_cache(maxsize=_CACHED)
def nodes(key: Key, scope: Scope) -> pl.DataFrame:
    """Covered nodes with `city` (code) and `city_name` of the region they lie in."""
    every = _table(key, "scope")
    level = dict(zip(every["scope"].to_list(), every["level"].to_list(), strict=True))
    name = dict(zip(every["scope"].to_list(), every["name"].to_list(), strict=True))

    def city(code: str) -> str | None:
        line = [code, *ancestors(key, code)]
        return next((c for c in line if level.get(c) in CITY_LEVELS), None)

    cities = [city(c) for c in every["scope"].to_list()]
    return _within(
        every.with_columns(
            pl.Series("city", cities, dtype=pl.String),
            pl.Series("city_name", [name.get(c or "") for c in cities], dtype=pl.String),
        ),
        key,
        scope,
    )


@lru_cache(maxsize=_CACHED)
def branches(key: Key, scope: Scope) -> pl.DataFrame:
    """Covered branches, by code."""
    return nodes(key, scope).filter(pl.col("level") == "branch").sort("scope")


@lru_cache(maxsize=_CACHED)
def peer_groups(key: Key, scope: Scope) -> list[str]:
    """Peer groups that covered branches belong to."""
    return branches(key, scope)["peer_group"].drop_nulls().unique().sort().to_list()


@lru_cache(maxsize=_CACHED)
def league(key: Key, scope: Scope, peer_group: str = PROVINCE_WIDE) -> pl.DataFrame:
    """Ranks of the period: by score, then those without one by code."""
    ranks = _table(key, "rank").filter(
        (pl.col("period") == key.period) & (pl.col("peer_group") == peer_group)
    )
    names = nodes(key, scope).select(
        "scope", "name", "city_name", pl.col("peer_group").alias("group")
    )
    return ranks.join(names, on="scope", how="inner").sort(
        ["score", "scope"], descending=[True, False], nulls_last=True, maintain_order=True
    )


@lru_cache(maxsize=_CACHED)
def standing(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """The rank rows of one node: province-wide and in its peer group. Denied outside the scope."""
    _need(key, scope, code)
    return _table(key, "rank").filter((pl.col("period") == key.period) & (pl.col("scope") == code))


@lru_cache(maxsize=_CACHED)
def rewards(key: Key, scope: Scope, peer_group: str = PROVINCE_WIDE) -> pl.DataFrame:
    """What the rules of reward hang on, most likely first, with names."""
    rows = _table(key, "reward").filter(
        (pl.col("period") == key.period) & (pl.col("peer_group") == peer_group)
    )
    names = nodes(key, scope).select("scope", "name")
    return rows.join(names, on="scope", how="inner").sort(
        ["prize", "p", "scope"], descending=[False, True, False]
    )


@lru_cache(maxsize=_CACHED)
def completeness(key: Key, scope: Scope) -> pl.DataFrame:
    """Who reported what: rows of `coverage` of the publication's own months, with names."""
    wanted = {key.period, *months_of(key.period)}
    rows = _within(_table(key, "coverage"), key, scope).filter(pl.col("period").is_in(list(wanted)))
    names = nodes(key, scope).select("scope", "name", "city_name")
    return rows.join(names, on="scope", how="left").sort("period", "kind", "scope")


@lru_cache(maxsize=_CACHED)
def values(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """Values of one node in the publication's period, with the metric's words. Denied outside."""
    _need(key, scope, code)
    return _values_of(key, code)


def _values_of(key: Key, code: str) -> pl.DataFrame:
    rows = (
        pl.scan_parquet(Path(key.path) / "metric_value.parquet")
        .filter((pl.col("scope") == code) & (pl.col("period") == key.period))
        .collect()
    )
    return rows.join(_table(key, "metric"), on="metric", how="left").sort("metric")


@lru_cache(maxsize=_CACHED)
def compared(key: Key, scope: Scope, code: str, beside: str) -> pl.DataFrame:
    """:func:`values` of `code` with `beside_value`: the same of a node it is held against."""
    if beside not in comparable(key, scope):
        raise Denied
    other = _values_of(key, beside).select("metric", pl.col("value").alias("beside_value"))
    return values(key, scope, code).join(other, on="metric", how="left")


@lru_cache(maxsize=_CACHED)
def trend(
    key: Key, scope: Scope, codes: tuple[str, ...], metric: str, kind: PeriodKind
) -> pl.DataFrame:
    """One metric over all published periods of one kind: scope, name, period, value, n, status …"""
    if not set(codes) <= comparable(key, scope):
        raise Denied
    rows = (
        pl.scan_parquet(Path(key.path) / "metric_value.parquet")
        .filter(pl.col("scope").is_in(list(codes)) & (pl.col("metric") == metric))
        .select("scope", "period", "value", "n", "low", "high", "status")
        .collect()
    )
    of_kind = [p for p in rows["period"].unique() if kind_of(p) == kind]
    names = _table(key, "scope").select("scope", "name")
    return (
        rows.filter(pl.col("period").is_in(of_kind))
        .join(names, on="scope", how="left")
        .sort("scope", "period")
    )


@lru_cache(maxsize=_CACHED)
def lost_points(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """Items of one branch in the period, most points lost first, with wording and reasons."""
    _need(key, scope, code)
    rows = _table(key, "item_result").filter(
        (pl.col("scope") == code) & (pl.col("period") == key.period)
    )
    return rows.join(_table(key, "edition"), on=["edition", "item_id"], how="left").sort(
        "lost", "item_id", descending=[True, False]
    )


@lru_cache(maxsize=_CACHED)
def visit_scores(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """Visits of one branch, newest first, without anything that names the shopper."""
    _need(key, scope, code)
    return (
        _table(key, "visit_score")
        .filter(pl.col("scope") == code)
        .sort("visit_date", "visit_id", descending=[True, False])
    )


@lru_cache(maxsize=_CACHED)
def plan(key: Key, scope: Scope) -> Coverage:
    """The planned visits of the publication's months and what became of them, with names."""
    wanted = months_of(key.period)
    planned, visits = (_facts(key, name) for name in ("planned_visit", "visit"))
    found = coverage(planned, visits, wanted)
    names = nodes(key, scope).select("name", "city_name", branch_code="scope")
    own = covered(key, scope)
    mine = pl.col("branch_code").is_in(list(own))
    return Coverage(
        found.planned.filter(mine).join(names, on="branch_code", how="left", maintain_order="left"),
        found.unplanned.filter(mine),
    )


def _facts(key: Key, name: str) -> pl.DataFrame:
    """A fact table of the publication with all its declared columns; without rows if not there."""
    from pipeline.marts.world import World

    there = (Path(key.path) / f"fact_{name}.parquet").is_file()
    facts = {name: _table(key, f"fact_{name}")} if there else {}
    return World(facts, {}, "9999-12").fact(name)


@lru_cache(maxsize=_CACHED)
def signals(key: Key, scope: Scope) -> pl.DataFrame:
    """Signals completed in the period at covered nodes, with the node's name."""
    return _with_names(_within(_table(key, "signal"), key, scope), key, scope)


@lru_cache(maxsize=_CACHED)
def early_signs(key: Key, scope: Scope) -> pl.DataFrame:
    """Covered branches that could be told of an early sign, with names."""
    return _with_names(_within(_table(key, "early_sign"), key, scope), key, scope)


@lru_cache(maxsize=_CACHED)
def charts(key: Key, scope: Scope) -> pl.DataFrame:
    """Every series that was looked at for signals at covered nodes: sum `chance` over them."""
    return _within(_table(key, "chart"), key, scope)


@lru_cache(maxsize=_CACHED)
def chart_of(key: Key, scope: Scope, code: str, metric: str) -> dict[str, Any] | None:
    """The XmR chart of one metric at one node, if one was looked at. Denied outside the scope."""
    _need(key, scope, code)
    rows = _table(key, "chart").filter(
        (pl.col("scope") == code) & (pl.col("metric") == metric) & (pl.col("kind") == "xmr")
    )
    return next(rows.iter_rows(named=True), None)


@lru_cache(maxsize=_CACHED)
def adoption(key: Key, scope: Scope) -> pl.DataFrame:
    """Adoption status of covered branches at the end of the period, with names."""
    rows = _table(key, "adoption").filter(pl.col("period") == key.period)
    return _with_names(_within(rows, key, scope), key, scope)


@lru_cache(maxsize=_CACHED)
def claims(key: Key, scope: Scope) -> pl.DataFrame:
    """What covered branches report against what was observed, with names."""
    return _with_names(_within(_table(key, "claim"), key, scope), key, scope)


@lru_cache(maxsize=_CACHED)
def composite(key: Key, scope: Scope, code: str) -> dict[str, Any] | None:
    """The composite index of one branch in the period; None without one. Denied outside."""
    _need(key, scope, code)
    rows = _table(key, "composite").filter((pl.col("scope") == code) & (pl.col("status") == "ok"))
    return next(rows.iter_rows(named=True), None)


def _with_names(rows: pl.DataFrame, key: Key, scope: Scope) -> pl.DataFrame:
    names = nodes(key, scope).select("scope", "name", "city_name")
    return rows.join(names, on="scope", how="left", maintain_order="left")


CALIBRATION = ("item_agreement", "visit_reliability", "shopper_calibration", "excluded_visit")


@lru_cache(maxsize=_CACHED)
def calibration(key: Key, scope: Scope, name: str) -> pl.DataFrame:
    """One of the tables CALIBRATION, for those who see everything; items and visits by name.

    Empty where the publication is from before there was such a table. Denied outside.
    """
    if not scope.everything or name not in CALIBRATION:
        raise Denied
    if not (Path(key.path) / f"{name}.parquet").is_file():
        return pl.DataFrame(schema=TABLES[name])
    rows = _table(key, name)
    if name == "item_agreement":
        wording = _table(key, "edition").select("edition", "item_id", "zh", "en")
        return rows.join(wording, on=["edition", "item_id"], how="left")
    if name == "excluded_visit":
        return rows.join(_table(key, "scope").select("scope", "name"), on="scope", how="left")
    return rows


@lru_cache(maxsize=_CACHED)
def restatements(key: Key, scope: Scope) -> pl.DataFrame:
    """Published numbers that this revision changed."""
    return _within(_table(key, "restatement"), key, scope)


@lru_cache(maxsize=_CACHED)
def dictionary(key: Key, scope: Scope) -> pl.DataFrame:
    """The metric dictionary of the publication; empty for an empty scope."""
    metrics = _table(key, "metric").sort("metric")
    return metrics if covered(key, scope) else metrics.clear()


@lru_cache(maxsize=_CACHED)
def effects(key: Key, scope: Scope) -> pl.DataFrame:
    """Effect of the introduction by metric, with the metric's words; empty for an empty scope, and
    for a publication made before there was one."""
    rows = _table(key, "effect")
    if "kind" not in rows.columns or not covered(key, scope):
        return pl.DataFrame(schema={"metric": pl.String, "kind": pl.String})
    words = _table(key, "metric").select("metric", "zh", "en", "unit")
    return rows.join(words, on="metric", how="left", maintain_order="left")


@lru_cache(maxsize=64)
def rulers(key: Key) -> list[Ruler]:
    """The editions that measured, which everybody may know: they are shown before a round."""
    return ruler.rulers(key.open())


@lru_cache(maxsize=64)
def ruler_changes(key: Key, instrument: str) -> list[Ruler]:
    """Where another edition took over."""
    return ruler.changed(key.open(), instrument)


@lru_cache(maxsize=_CACHED)
def item_history(key: Key, scope: Scope, code: str, edition: str, item: str) -> pl.DataFrame:
    """One item of one branch through the editions, each row with its relation. Denied outside."""
    _need(key, scope, code)
    return ruler.item_history(key.open(), code, edition, item)[1]


@lru_cache(maxsize=64)
def origin(
    key: Key, scope: Scope, metric: str, code: str, folder: DataFolder | None, period: str = ""
) -> dict[str, Any]:
    """Where a value comes from, down to file, sheet and cell: of the publication's own period, or
    of another that it holds.

    `folder`: only for those who may see file names as received. Denied outside the scope.
    """
    _need(key, scope, code)
    from pipeline.explain import explain  # slow libraries: only for whoever asks

    explained: dict[str, Any] = explain(
        key.open(), metric, code, period or key.period, folder=folder
    )
    return explained
