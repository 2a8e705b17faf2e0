"""Group-time average treatment effects of a staggered introduction (组别—时期平均效应).

Callaway and Sant'Anna, "Difference-in-Differences with Multiple Time Periods", Journal of
Econometrics 225 (2021): ATT(g,t) = mean change Y_t − Y_{g−1} of cohort g minus that of the
controls, no covariates, every unit counting the same. Cells before g use the same base g−1, so that
a chart reads as one course ("universal base").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Controls = Literal["not_yet", "never"]
NEVER = int(np.iinfo(np.int64).max)  # cohort of a unit that is not introduced within the panel


@dataclass(frozen=True)
class Panel:
    """Outcomes over periods. ValueError where the shapes do not fit.

    outcome [unit × period], NaN where there is none; cohort [unit]: index of the first period with
    the introduction, NEVER if there is none; cluster [unit]: 0 … C−1, who decided on it. A unit
    introduced in period 0 or before has no base and enters nowhere.
    """

    outcome: Floats
    cohort: Ints
    cluster: Ints

    def __post_init__(self) -> None:
        if not (len(self.outcome) == len(self.cohort) == len(self.cluster)):
            raise ValueError("outcome, cohort and cluster must have one row per unit")
        if self.outcome.ndim != 2:
            raise ValueError("outcome must be [unit × period]")

    @property
    def periods(self) -> int:
        return self.outcome.shape[1]

    @property
    def clusters(self) -> int:
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    @cached_property
    def sizes(self) -> dict[int, int]:
        """Units with any outcome of each cohort introduced within the panel, by period index."""
        seen = ~np.isnan(self.outcome).all(axis=1) & (self.cohort > 0)
        found, counts = np.unique(self.cohort[seen], return_counts=True)
        pairs = zip(found.tolist(), counts.tolist(), strict=True)
        return {g: n for g, n in pairs if g < self.periods}


@dataclass(frozen=True)
class Side:
    """One mean of a cell, over the groups of its units (a group: one cohort in one cluster).

    `mean` of the changes, `n` units in all; `total` and `count` [group] of the cell's groups, whose
    numbers are `groups`.
    """

    mean: float
    n: int
    total: Floats
    count: Floats
    groups: Ints

    @property
    def scores(self) -> Floats:
        """[group] what each group adds to the error of the mean (influence, adds up to 0)."""
        return (self.total - self.count * self.mean) / self.n

    @property
    def shares(self) -> Floats:
        """[group] share of the units."""
        return self.count / self.n


@dataclass(frozen=True)
class Cell:
    """ATT(g,t): the cohort's index, the period's index, and the two sides of the difference."""

    cohort: int
    period: int
    treated: Side
    control: Side

    @property
    def event(self) -> int:
        """Periods since the introduction; 0 is the period of the introduction."""
        return self.period - self.cohort

    @property
    def att(self) -> float:
        return self.treated.mean - self.control.mean


@dataclass(frozen=True)
class Sides:
    """[cluster × side], treated and control side of each cell in turn: error of the mean, share of
    the units, n ÷ (n − own units).

    The factor turns a score into that against the mean without the own cluster. Where a cluster is
    the whole side there is no such mean; its factor is 1 and its score 0.
    """

    plain: Floats
    share: Floats
    factor: Floats


@dataclass(frozen=True)
class GroupTime:
    """All cells that have both sides, by cohort and period; `cluster` [group] of each group."""

    cells: tuple[Cell, ...]
    cluster: Ints
    clusters: int
    sizes: dict[int, int]

    def only(self, keep: Callable[[Cell], bool]) -> GroupTime:
        """The cells for which `keep` holds."""
        kept = tuple(c for c in self.cells if keep(c))
        return GroupTime(kept, self.cluster, self.clusters, self.sizes)

    @cached_property
    def sides(self) -> Sides:
        """What each cluster adds to each side; computed once."""
        sides = [s for c in self.cells for s in (c.treated, c.control)]
        shape = (self.clusters, len(sides))
        plain, share = np.zeros(shape, order="F"), np.zeros(shape, order="F")
        for i, side in enumerate(sides):
            owner = self.cluster[side.groups]
            plain[:, i] = np.bincount(owner, weights=side.scores, minlength=self.clusters)
            share[:, i] = np.bincount(owner, weights=side.shares, minlength=self.clusters)
        return Sides(plain, share, 1.0 / np.where(share < 1 - 1e-12, 1.0 - share, 1.0))

    def clusters_of(self, side: Side) -> int:
        """How many clusters a side has units of."""
        owner = self.cluster[side.groups[side.count > 0]]
        return int(np.count_nonzero(np.bincount(owner, minlength=1)))


@dataclass(frozen=True)
class _Sums:
    """Changes between any two periods, added up by group [group × period t × base b]."""

    change: Floats
    count: Floats
    cohort: Ints
    cluster: Ints


def group_time(panel: Panel, controls: Controls = "not_yet") -> GroupTime:
    """Every ATT(g,t) that has units on both sides, base period g−1 left out.

    `not_yet`: controls are introduced after both t and g−1, or never; `never`: never within the
    panel. So there is no cell from the last cohort's introduction on unless somebody never is.
    """
    sums = _sums(panel)
    cells: list[Cell] = []
    for g in panel.sizes:
        treated = np.flatnonzero(sums.cohort == g)
        for t in range(panel.periods):
            after = max(t, g - 1)
            later = sums.cohort > after if controls == "not_yet" else sums.cohort == NEVER
            others = np.flatnonzero(later & (sums.cohort != g))
            sides = [_side(sums, groups, t, g - 1) for groups in (treated, others)]
            if t != g - 1 and sides[0] is not None and sides[1] is not None:
                cells.append(Cell(g, t, sides[0], sides[1]))
    return GroupTime(tuple(cells), sums.cluster, panel.clusters, panel.sizes)


def _sums(panel: Panel) -> _Sums:
    kept = panel.cohort > 0
    cohort, cluster = panel.cohort[kept], panel.cluster[kept]
    within = np.where(cohort < panel.periods, cohort, NEVER)
    order = np.lexsort((cluster, within))
    y, keys = panel.outcome[kept][order], np.stack([within[order], cluster[order]])
    first = np.r_[True, (np.diff(keys, axis=1) != 0).any(axis=0)] if len(order) else np.array([])
    starts = np.flatnonzero(first)
    seen = (~np.isnan(y)).astype(np.float64)
    values = np.nan_to_num(y)
    pairs = seen[:, :, None] * seen[:, None, :]
    change = (values[:, :, None] - values[:, None, :]) * pairs
    return _Sums(
        np.add.reduceat(change, starts, axis=0) if len(starts) else change,
        np.add.reduceat(pairs, starts, axis=0) if len(starts) else pairs,
        keys[0][starts],
        keys[1][starts],
    )


def _side(sums: _Sums, groups: Ints, t: int, base: int) -> Side | None:
    total, count = sums.change[groups, t, base], sums.count[groups, t, base]
    n = int(count.sum())
    return Side(float(total.sum()) / n, n, total, count, groups) if n else None


# Aggregations: each is a row of weights over the cells (adding up to 1).


def event_weights(found: GroupTime) -> dict[int, Floats]:
    """By periods since introduction: cohorts weighted by their size."""
    events = np.array([c.event for c in found.cells], dtype=np.int64)
    size = _sizes(found)
    return {int(e): _scaled(np.where(events == e, size, 0.0)) for e in np.unique(events)}


def cohort_weights(found: GroupTime) -> dict[int, Floats]:
    """By cohort: the mean over its periods since introduction."""
    cohorts = np.array([c.cohort for c in found.cells], dtype=np.int64)
    after = _after(found)
    wanted = np.unique(cohorts[after])
    return {int(g): _scaled(np.where(after & (cohorts == g), 1.0, 0.0)) for g in wanted}


def dynamic(found: GroupTime) -> Floats:
    """The plain mean over event times from 0 on."""
    rows = [w for e, w in event_weights(found).items() if e >= 0]
    return _mean_of(rows, np.ones(len(rows)))


def by_group(found: GroupTime) -> Floats:
    """Cohort means weighted by size: what an introduced branch gained on average. The headline."""
    rows = cohort_weights(found)
    return _mean_of(list(rows.values()), np.array([found.sizes[g] for g in rows], dtype=np.float64))


def simple(found: GroupTime) -> Floats:
    """All cells from the introduction on, weighted by size of the cohort."""
    return _scaled(np.where(_after(found), _sizes(found), 0.0))


def estimate(found: GroupTime, weights: Floats) -> float:
    """The aggregate that `weights` describe."""
    return float(np.dot(weights, [c.att for c in found.cells]))


def _after(found: GroupTime) -> NDArray[np.bool_]:
    return np.array([c.event >= 0 for c in found.cells], dtype=np.bool_)


def _sizes(found: GroupTime) -> Floats:
    return np.array([found.sizes[c.cohort] for c in found.cells], dtype=np.float64)


def _scaled(weights: Floats) -> Floats:
    return weights / weights.sum()


def _mean_of(rows: list[Floats], weights: Floats) -> Floats:
    return np.asarray(_scaled(weights) @ np.stack(rows), dtype=np.float64)
