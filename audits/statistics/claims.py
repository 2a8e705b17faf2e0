"""Claimed against observed (自报与暗访): the gap with its interval, and figures that look made up.

Nothing here is proof. Every test states how often chance alone would raise it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second

from audits.statistics.proportions import difference

Array = np.ndarray[Any, Any]

# Counts of up to 31 are left out: meetings have a month's days as their bound, and are often equal
# in honest months.
LARGE = 32
ROUND_SHARE = 0.2  # of last digits, 0 and 5
LEVEL = 1e-3  # false alarms of heaping and of copying, each, per branch
CONFIDENCE = 0.95
Z_LEVEL, QUARTILE = 3.090232, 0.674490  # of the normal distribution: LEVEL, one-sided; 3/4
FEW, TINY = 10, 1e-9  # branches; a spread that is none


@dataclass(frozen=True)
class Gap:
    """Reported − observed, shares 0-1. `status`: ok, not_reported, insufficient (not observed)."""

    reported: Array
    observed: Array
    gap: Array
    low: Array
    high: Array
    overclaimed: Array  # the whole interval lies above 0
    typical: Array  # what branches that were seen to do the same report; 0 if not comparable
    z: Array  # standard deviations (over branches) that the report lies above it
    unusual: Array  # further than chance allows at LEVEL
    status: Array


@dataclass(frozen=True)
class Test:
    """`of` figures looked at, `found` of them, `expected` by chance, `p` of so many or more.

    `size`: how often the test is raised by chance with so many figures (at most LEVEL: counts
    jump). `raised`: p below LEVEL.
    """

    of: Array
    found: Array
    expected: Array
    p: Array
    size: Array
    raised: Array


def gap(spoken: Array, served: Array, seen: Array, encounters: Array, effect: float = 1.0) -> Gap:
    """Claimed against observed speak-up by branch, with Newcombe's 95 % interval.

    Two ways to stand out: the interval leaves out 0 (`overclaimed`), or the branch reports far more
    than others that were seen to do the same (`unusual`), which holds also where all understand
    the rate in another way than the shoppers.
    `effect`: design effect of encounters of one visit; the observed side counts as encounters ÷
    effect independent ones. A branch whose true gap is 0 is called overclaiming in at most about
    2.5 % of cases.
    """
    spoken, served, seen, encounters = (
        np.asarray(a, float) for a in (spoken, served, seen, encounters)
    )
    status = np.full(len(served), "ok", dtype=object)
    status[encounters <= 0] = "insufficient"
    status[served <= 0] = "not_reported"
    reported = np.clip(spoken / np.where(served > 0, served, 1.0), 0, 1)
    observed = seen / np.where(encounters > 0, encounters, 1.0)
    low, high = difference(
        reported * served, served, seen / effect, encounters / effect, CONFIDENCE
    )
    ok = status == "ok"
    apart = reported - observed
    typical, z = _against_others(reported, observed, ok)
    return Gap(
        reported, observed, apart, low, high, ok & (low > 0), typical, z, z > Z_LEVEL, status
    )


def _against_others(reported: Array, observed: Array, ok: Array) -> tuple[Array, Array]:
    """(what branches seen alike report, standard deviations above it); nothing with under ten.

    A line of reported on observed, drawn again without branches three deviations off it, and the
    median absolute deviation from it: a few who claim too much do not make themselves usual.
    """
    typical, z = np.zeros(len(reported)), np.zeros(len(reported))
    if ok.sum() < FEW:
        return typical, z
    x, y = observed[ok], reported[ok]
    kept = np.ones(len(x), bool)
    for _ in range(2):
        apart = x[kept] - x[kept].mean()
        slope = float(apart @ y[kept]) / max(float(apart @ apart), TINY)
        away = y - slope * x
        away = away - np.median(away)
        spread = float(np.median(np.abs(away))) / QUARTILE
        kept = np.abs(away) <= 3 * max(spread, TINY)
    typical[ok] = y - away
    z[ok] = away / spread if spread > TINY else 0.0
    return typical, z


def heaping(figures: Array, unit: Array, units: int) -> Test:
    """Do a branch's own counts end in 0 and 5 too often? `figures` [row, column], −1 for none.

    One-sided binomial test over all its counts of 32 and more; honest last digits are 0 or 5 in
    one case of five.
    """
    large = figures >= LARGE
    of = np.bincount(unit, large.sum(axis=1), units)
    found = np.bincount(unit, (large & (figures % 5 == 0)).sum(axis=1), units)
    p = scipy.stats.binom.sf(found - 1, of, ROUND_SHARE)
    # the smallest count with p < LEVEL; its own p is the size of the test
    least = scipy.stats.binom.isf(LEVEL, of, ROUND_SHARE) + 1
    size = np.where(of > 0, scipy.stats.binom.sf(least - 1, of, ROUND_SHARE), 0.0)
    p = np.where(of > 0, p, 1.0)
    return Test(of, found, of * ROUND_SHARE, p, np.nan_to_num(size), p < LEVEL)


def copying(now: Array, before: Array, unit: Array, units: int) -> Test:
    """Do a branch's counts equal last month's too often? Both [row, column], −1 for none.

    How often equal counts come by chance depends on the count: it is taken from all branches
    together, for each column and power of two. Poisson tail over the branch's expected number.
    """
    both = (now >= LARGE) & (before >= LARGE)
    same = both & (now == before)
    size = np.log2(np.maximum(before, 1)).astype(int)
    cell = np.arange(now.shape[1])[None, :] * 64 + size
    cells = 64 * now.shape[1]
    pairs = np.bincount(cell[both], minlength=cells)
    equal = np.bincount(cell[same], minlength=cells)
    # the branch's own pairs are part of it, which is cautious; half an equal pair: never 0
    rate = (equal + 0.5) / (pairs + 1.0)
    expected = np.bincount(unit, (rate[cell] * both).sum(axis=1), units)
    of = np.bincount(unit, both.sum(axis=1), units)
    found = np.bincount(unit, same.sum(axis=1), units)
    p = np.where(of > 0, scipy.stats.poisson.sf(found - 1, expected), 1.0)
    least = scipy.stats.poisson.isf(LEVEL, expected) + 1
    raised_by_chance = np.where(of > 0, scipy.stats.poisson.sf(least - 1, expected), 0.0)
    return Test(of, found, expected, p, np.nan_to_num(raised_by_chance), p < LEVEL)
