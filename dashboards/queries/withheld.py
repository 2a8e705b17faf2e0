"""Sums of others that a viewer does not see: what is left of them would tell about one or two.

A viewer knows the own branches, so of every sum what matters is its part of other people's
branches. Withheld is a sum by which some combination of what is shown (sums added and taken off
one another, in any multiple) would come down to fewer than :data:`FEWEST` of those branches. Asked
of the branches that lie in a region or peer group, and again, for each metric and period, of those
that entered the sum: of a region of twenty where one has reported, the sum is that one's value.
What is withheld of a month is withheld of the quarter and the year too: the other months taken off,
they would give it back.

Two revisions are one more way: what a sum was before a correction, taken off what it is after, is
what the corrected branches changed. So of a preview no sum of others is shown, and of a later
formal revision none by which, with an earlier formal one, fewer than :data:`FEWEST` of those that
changed would be told of (:func:`_by_difference`).

The linear test of complementary suppression: L. Willenborg, T. de Waal, Elements of Statistical
Disclosure Control, 2001, chapters 6 and 7, for sums of values that are not bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from dashboards.access import FORMAL, Scope
from dashboards.queries.reading import CACHED, Key, publications
from dashboards.queries.tree import comparable, covered, members
from pipeline.folders import DataFolder
from pipeline.periods import months_of

FEWEST = 3  # branches: the sum of fewer would tell about one of them
Counts = tuple[tuple[str, int], ...]  # (in which of the sums, as 0 and 1; how many, up to FEWEST)
Cell = tuple[str, str]  # metric, period
_FIGURES = ("numerator", "denominator", "value", "n", "low", "high")


@dataclass(frozen=True)
class _Others:
    """Sums that hold branches of others, the widest first and peer groups last; of each branch of
    the publication, in `order`, in which of them it lies (own ones in none)."""

    sums: tuple[str, ...]
    order: tuple[str, ...]
    lies_in: tuple[str, ...]

    def counts(self, there: Iterable[bool] | None = None) -> Counts:
        """How many others' branches lie in the same sums; of those that are `there`."""
        held = np.array(self.lies_in)
        found, many = np.unique(
            held if there is None else held[np.fromiter(there, dtype=bool)], return_counts=True
        )
        capped = zip(found.tolist(), np.minimum(many, FEWEST).tolist(), strict=True)
        return tuple((p, n) for p, n in capped if "1" in p)


@lru_cache(maxsize=CACHED)
def _others(key: Key, scope: Scope) -> _Others:
    own, held = covered(key, scope), members(key)
    order = tuple(sorted(frozenset[str]().union(*held.values())))
    foreign = {code: held.get(code, frozenset()) - own for code in comparable(key, scope) - own}
    sums = sorted(
        (code for code, left in foreign.items() if left),
        key=lambda c: (c.startswith("peer:"), -len(foreign[c]), c),
    )
    lies_in = tuple("".join("01"[b in foreign[s]] for s in sums) for b in order)
    return _Others(tuple(sums), order, lies_in)


@lru_cache(maxsize=4096)
def _left_out(counts: Counts, sums: int, fewest: int) -> frozenset[int]:
    """Which of the sums are left out so that no combination of the others tells of fewer."""
    shown: list[int] = []
    for at in range(sums):
        if not _tells(counts, [*shown, at], fewest):
            shown.append(at)
    return frozenset(range(sums)) - set(shown)


def _tells(counts: Counts, shown: Sequence[int], fewest: int) -> bool:
    """Whether a combination of `shown` is nothing on all but fewer than `fewest` branches, but not
    on those: without them the rank of what is shown is less."""
    many: dict[tuple[int, ...], int] = {}
    for pattern, count in counts:
        lies = tuple(int(pattern[at]) for at in shown)
        if any(lies):
            many[lies] = many.get(lies, 0) + count
    rank = _rank(list(many))
    return any(_rank([p for p in many if p not in few]) < rank for few in _small(many, fewest))


def _small(many: dict[tuple[int, ...], int], fewest: int) -> Iterator[set[tuple[int, ...]]]:
    """Sets of patterns with fewer than `fewest` branches together."""
    small = [p for p, count in many.items() if count < fewest]
    for size in range(1, fewest):
        for chosen in combinations(small, size):
            if sum(many[p] for p in chosen) < fewest:
                yield set(chosen)


def _rank(rows: list[tuple[int, ...]]) -> int:
    return int(np.linalg.matrix_rank(np.array(rows))) if rows else 0


@lru_cache(maxsize=CACHED)
def hidden(key: Key, scope: Scope) -> frozenset[str]:
    """Regions and peer groups whose sums are withheld of every metric, by who lies in them."""
    others = _others(key, scope)
    out = _left_out(others.counts(), len(others.sums), FEWEST)
    few = {s for s, branches in members(key).items() if len(branches) < FEWEST}
    return frozenset(others.sums[i] for i in out) | (few & set(others.sums))


@lru_cache(maxsize=64)
def _entered(
    key: Key, metrics: tuple[str, ...] | None, periods: tuple[str, ...] | None
) -> dict[Cell, frozenset[str]]:
    """The branches that entered the sums of each metric and period; no entry where the
    publication has no row of any branch."""
    rows = pl.scan_parquet(Path(key.path) / "metric_value.parquet").filter(
        pl.col("level") == "branch"
    )
    for column, wanted in (("metric", metrics), ("period", periods)):
        rows = rows if wanted is None else rows.filter(pl.col(column).is_in(list(wanted)))
    nothing = pl.col("numerator").is_null() | (pl.col("denominator").fill_null(1.0) <= 0)
    found = (
        rows.group_by("metric", "period").agg(pl.col("scope").filter(~nothing)).collect()
    )  # fmt: skip
    return {(m, p): frozenset(codes) for m, p, codes in found.iter_rows()}


def _within(period: str, known: Iterable[str]) -> list[str]:
    """Those of the periods that lie in `period`, itself among them."""
    whole = set(months_of(period))
    return [p for p in known if p == period or set(months_of(p)) <= whole]


def _withheld(key: Key, scope: Scope, cells: Iterable[Cell], one_metric: bool) -> pl.DataFrame:
    """[metric, period, scope] of the sums left out by who entered them."""
    others, cells = _others(key, scope), sorted(set(cells))
    names = {"metric": pl.String, "period": pl.String, "scope": pl.String}
    if not others.sums or not cells:
        return pl.DataFrame(schema=names)
    entered = _of_cells(key, cells, one_metric)
    known: dict[str, list[str]] = {}
    for metric, period in entered:
        known.setdefault(metric, []).append(period)
    lines = [
        (metric, period, code)
        for metric, period in cells
        for code in sorted(
            {c for p in _within(period, known.get(metric, ()))
             for c in _of(key, scope, entered[metric, p])}
        )
    ]  # fmt: skip
    return pl.DataFrame(lines, schema=names, orient="row")


def _of_cells(key: Key, cells: Sequence[Cell], one_metric: bool) -> dict[Cell, frozenset[str]]:
    """:func:`_entered` of all periods of one metric, or of all metrics in one period and what
    lies in it: few different questions, so that many viewers share the answers."""
    if one_metric:
        return _entered(key, (cells[0][0],), None)
    every = _periods(key)
    wanted = {p for _, period in cells for p in _within(period, every)}
    return _entered(key, None, tuple(sorted(wanted)))


@lru_cache(maxsize=CACHED)
def _periods(key: Key) -> tuple[str, ...]:
    values = pl.scan_parquet(Path(key.path) / "metric_value.parquet")
    return tuple(values.select(pl.col("period").unique().sort()).collect()["period"].to_list())


@lru_cache(maxsize=4096)
def _of(key: Key, scope: Scope, entered: frozenset[str]) -> frozenset[str]:
    """The sums left out of which those branches entered. What :func:`hidden` leaves out anyway is
    not counted on: the rest is judged without it."""
    others, out = _others(key, scope), hidden(key, scope)
    kept = [i for i, code in enumerate(others.sums) if code not in out]
    counts: dict[str, int] = {}
    for pattern, count in others.counts(b in entered for b in others.order):
        lies = "".join(pattern[i] for i in kept)
        if "1" in lies:
            counts[lies] = min(FEWEST, counts.get(lies, 0) + count)
    left = _left_out(tuple(sorted(counts.items())), len(kept), FEWEST)
    return frozenset(others.sums[kept[i]] for i in left)


def suppressed(
    rows: pl.DataFrame, key: Key, scope: Scope, *, one_metric: bool = False
) -> pl.DataFrame:
    """`rows` of metric_value (metric, period, scope, figures, status); withheld ones without
    figures, and why. `one_metric`: they are of one metric over time."""
    if not scope.everything and key.stage != FORMAL:
        sums = pl.col("scope").is_in(list(_others(key, scope).sums))
        return _without(rows, sums, "not_formal")
    cells = list(rows.select("metric", "period").unique().iter_rows())
    found = pl.concat(
        [_withheld(key, scope, cells, one_metric), _by_difference(key, scope, cells)]
    ).unique()
    whole = pl.col("scope").is_in(list(hidden(key, scope)))
    told = rows.join(
        found.with_columns(withheld=pl.lit(True)),
        on=["metric", "period", "scope"], how="left", maintain_order="left",
    )  # fmt: skip
    out = whole | pl.col("withheld").fill_null(False)
    return _without(told, out, "suppressed").drop("withheld")


def _without(rows: pl.DataFrame, out: pl.Expr, why: str) -> pl.DataFrame:
    """`rows` without the figures of those that are `out`."""
    return rows.with_columns(
        *(pl.when(~out).then(pl.col(c)).alias(c) for c in _FIGURES if c in rows.columns),
        pl.when(out).then(pl.lit(why)).otherwise("status").alias("status"),
    )


def _by_difference(key: Key, scope: Scope, cells: Sequence[Cell]) -> pl.DataFrame:
    """[metric, period, scope] of the sums left out by what changed since earlier revisions.

    The sum of the whole province stays: it stands in the express, which everybody gets on paper;
    how it changed is a sum over all branches, and names none of them.
    """
    lines = set()
    for former in () if scope.everything else _formal_before(key):
        changed = _changed(key, former)
        for metric, period in cells:
            if found := changed.get((metric, period)):
                lines |= {(metric, period, code) for code in _of_changed(key, scope, found)}
    names = {"metric": pl.String, "period": pl.String, "scope": pl.String}
    return pl.DataFrame(sorted(lines), schema=names, orient="row")


def _formal_before(key: Key) -> list[Key]:
    """Earlier formal revisions of the same period."""
    folder = DataFolder(Path(key.path).parents[1])
    return [
        k for k in publications(folder)
        if k.period == key.period and k.revision < key.revision and k.stage == FORMAL
    ]  # fmt: skip


@lru_cache(maxsize=32)
def _changed(key: Key, former: Key) -> dict[Cell, frozenset[str]]:
    """The branches whose part of a sum is another than it was, by metric and period."""
    at = ["metric", "period", "scope"]
    now, then = (
        pl.scan_parquet(Path(k.path) / "metric_value.parquet")
        .filter(pl.col("level") == "branch")
        .select(*at, "numerator", "denominator")
        for k in (key, former)
    )
    found = (
        now.join(then, on=at, how="full", coalesce=True, suffix="_then")
        .filter(
            pl.col("numerator").ne_missing(pl.col("numerator_then"))
            | pl.col("denominator").ne_missing(pl.col("denominator_then"))
        )
        .group_by("metric", "period")
        .agg("scope")
        .collect()
    )
    return {(m, p): frozenset(codes) for m, p, codes in found.iter_rows()}


@lru_cache(maxsize=4096)
def _of_changed(key: Key, scope: Scope, changed: frozenset[str]) -> frozenset[str]:
    """The sums left out of which those branches changed. The province is known to everybody: what
    is left of it without the others has to be enough as well, where as many changed at all."""
    others = _others(key, scope)
    counts = dict(others.counts(b in changed for b in others.order))
    every = {lies for lies in others.lies_in if "1" in lies}
    whole = {i for i in range(len(others.sums)) if all(lies[i] == "1" for lies in every)}
    enough = sum(counts.values()) >= FEWEST
    kept = [i for i in range(len(others.sums)) if enough or i not in whole]
    merged: dict[str, int] = {}
    for pattern, count in counts.items():
        lies = "".join(pattern[i] for i in kept)
        if "1" in lies:
            merged[lies] = min(FEWEST, merged.get(lies, 0) + count)
    left = _left_out(tuple(sorted(merged.items())), len(kept), FEWEST)
    return frozenset(others.sums[kept[i]] for i in left if kept[i] not in whole)
