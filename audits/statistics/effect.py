"""Effect of the introduction (导入成效): estimates, guards and a verdict in words.

The estimator always computes (:func:`estimates`); guards decide which cells count for the verdict
and whether there is one (:func:`effect`). The headline is the group average of Callaway and
Sant'Anna (2021, §3.1.2): what an introduced branch gained on average since its introduction.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from audits.statistics.cluster_bootstrap import Intervals, intervals
from audits.statistics.group_time import (
    NEVER,
    Cell,
    Controls,
    Floats,
    GroupTime,
    Panel,
    by_group,
    cohort_weights,
    dynamic,
    event_weights,
    group_time,
    simple,
)

Verdict = Literal["effective", "no_effect", "insufficient"]
Kind = Literal["group", "dynamic", "simple", "event", "cohort", "cell"]
LEVEL = 0.95
# A metric without any effect is called effective so often: one side of the 95 % interval.
FALSE_RATE = (1 - LEVEL) / 2


@dataclass(frozen=True)
class Guards:
    """What a verdict needs. Units are branches, clusters who decided on the introduction.

    Both sides of a cell need `units` in `side_clusters`; a cohort needs `pre_periods` before its
    introduction; all cells together need `clusters`. Simulated with `clusters` and more, a 95 %
    interval covers about .93 to .96 (tests/studies/effect_recovery.py); with fewer nobody knows.
    """

    units: int = 5
    side_clusters: int = 2
    pre_periods: int = 2
    clusters: int = 8
    pre_trend: float = 0.05  # p below which the courses before the introduction differ


@dataclass(frozen=True)
class Estimate:
    """One number with its 95 % interval, in the unit of the outcome.

    `cohort` and `event` are indices of the panel's periods (introduction; periods since), None
    where the number goes over several. `n`: treated units that entered, `clusters`: of both sides.
    """

    kind: Kind
    estimate: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    cohort: int | None = None
    event: int | None = None


@dataclass(frozen=True)
class Effect:
    """The verdict. `reason` is a phrase of words/effect.yaml, `slots` fill it where it has any.

    Without a verdict for lack of data `estimates` are empty. Where the courses before the
    introduction differ they are there, to be shown, and the verdict is `insufficient` all the same.
    """

    verdict: Verdict
    reason: str
    slots: dict[str, object] = field(default_factory=dict)
    estimates: tuple[Estimate, ...] = ()
    p_pre: float | None = None

    def of(self, kind: Kind) -> list[Estimate]:
        return [e for e in self.estimates if e.kind == kind]

    @property
    def overall(self) -> Estimate | None:
        """The headline; None without data."""
        return next(iter(self.of("group")), None)


def effect(
    panel: Panel,
    *,
    better: Literal["up", "down"] = "up",
    redefined: bool = False,
    guards: Guards | None = None,
    controls: Controls = "not_yet",
    seed: int = 0,
) -> Effect:
    """Whether the introduction did good. `better`: which way is; `redefined`: the definition of the
    outcome changed with the introduction, so it is refused."""
    guards = guards or Guards()
    if redefined:
        return Effect("insufficient", "redefined")
    counted, reason, slots = count(group_time(panel, controls), guards)
    if reason:
        return Effect("insufficient", reason, slots)
    found, p = estimates(counted, seed)
    if p is not None and p < guards.pre_trend:
        return Effect("insufficient", "pre_trend", {"p": f"{p:.3f}"}, found, p)
    verdict, said = _judged(found[0], better)
    return Effect(verdict, said, {}, found, p)


def _judged(overall: Estimate, better: str) -> tuple[Verdict, str]:
    if overall.low is None or overall.high is None:
        return "insufficient", "no_spread"
    if overall.low <= 0 <= overall.high:
        return "no_effect", "says_no_effect"
    good = (overall.low > 0) == (better == "up")
    return ("effective", "says_effective") if good else ("no_effect", "says_adverse")


def count(found: GroupTime, guards: Guards) -> tuple[GroupTime, str, dict[str, object]]:
    """The cells that count for a verdict; else the reason why there are none, with its slots."""
    sized: dict[str, object] = {"units": guards.units, "clusters": guards.side_clusters}
    if not found.cells and not found.sizes:
        return found, "no_data", {}
    treated = found.only(lambda c: _large(found, c, "treated", guards))
    if not treated.only(_after).cells and found.only(_after).cells:
        return treated, "no_cohort", sized
    both = treated.only(lambda c: _large(found, c, "control", guards))
    if not both.only(_after).cells:
        return both, "no_controls", sized
    before = _pre_periods(both.cells)
    tested = both.only(lambda c: before.get(c.cohort, 1) >= guards.pre_periods)
    if not tested.only(_after).cells:
        return tested, "few_pre", {"periods": guards.pre_periods}
    clusters = int((tested.sides.plain != 0).any(axis=1).sum())
    if clusters < guards.clusters:
        return tested, "few_clusters", {"found": clusters, "clusters": guards.clusters}
    return tested, "", {}


def _large(found: GroupTime, cell: Cell, which: str, guards: Guards) -> bool:
    side = getattr(cell, which)
    return side.n >= guards.units and found.clusters_of(side) >= guards.side_clusters


def _after(cell: Cell) -> bool:
    return cell.event >= 0


def _pre_periods(cells: Iterable[Cell]) -> dict[int, int]:
    """Periods before the introduction with data, by cohort; the base period is one of them."""
    found: dict[int, int] = {}
    for cell in cells:
        found[cell.cohort] = found.get(cell.cohort, 1) + (cell.event < 0)
    return found


def estimates(
    found: GroupTime, seed: int = 0, cells: bool = False
) -> tuple[tuple[Estimate, ...], float | None]:
    """Every aggregate of the cells with its interval, the headline first; `cells`: each cell too.
    Beside it p of the largest |t| among the event times before the introduction, None without any.

    Empty where no cell lies after an introduction.
    """
    if not found.only(_after).cells:
        return (), None
    kinds: list[tuple[Kind, int | None, int | None, Floats]] = [
        ("group", None, None, by_group(found)),
        ("dynamic", None, None, dynamic(found)),
        ("simple", None, None, simple(found)),
        *(("event", None, e, w) for e, w in event_weights(found).items()),
        *(("cohort", g, None, w) for g, w in cohort_weights(found).items()),
    ]
    if cells:
        unit = np.eye(len(found.cells))
        kinds += [("cell", c.cohort, c.event, unit[i]) for i, c in enumerate(found.cells)]
    before = np.array([k == "event" and e is not None and e < -1 for k, _, e, _ in kinds])
    told = intervals(found, np.stack([k[3] for k in kinds]), seed, level=LEVEL, joint=before)
    rows = tuple(
        Estimate(kind, float(told.estimate[i]), *_ends(told, i), _treated(found, row),
                 int(told.clusters[i]), cohort, event)
        for i, (kind, cohort, event, row) in enumerate(kinds)
    )  # fmt: skip
    return rows, told.p_joint


def _ends(told: Intervals, i: int) -> tuple[float | None, float | None]:
    if np.isnan(told.error[i]):
        return None, None
    return float(told.low[i]), float(told.high[i])


def _treated(found: GroupTime, weights: Floats) -> int:
    """Treated units behind a row of weights: the most of each cohort's cells, added up."""
    most: dict[int, int] = {}
    for cell, weight in zip(found.cells, weights, strict=True):
        if weight:
            most[cell.cohort] = max(most.get(cell.cohort, 0), cell.treated.n)
    return sum(most.values())


def cohorts(introduced: Sequence[Any], periods: Sequence[Any]) -> np.ndarray:
    """Cohort index of each unit: the first of the sorted `periods` at or after its introduction.

    `introduced` in the same form as `periods`, so that they compare. 0: before the second period,
    so without a base; NEVER: after the last period, or not at all (None).
    """
    places = [NEVER if d is None else bisect_left(periods, d) for d in introduced]
    return np.array([NEVER if p >= len(periods) else p for p in places], dtype=np.int64)
