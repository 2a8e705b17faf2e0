"""How often the rules signal although nothing has changed: the very rules, simulated with a seed.

Every list of signals says how many of them chance alone would give. The numbers are found by
running the functions that find the signals on made-up series without any change, so a change of a
rule changes them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from audits.statistics.control_charts import p_chart, xmr

Array = np.ndarray[Any, Any]
SEED = 20_260_101
SERIES = 10_000  # simulated: a rate of 5 % is known to ± 0.4 points
P_SERIES = 200  # simulated for each p-chart: sums over a list are far more exact than one of them


@dataclass(frozen=True)
class Rate:
    """Share of unchanged series with a signal: anywhere, in the last points, there on one side."""

    anywhere: float
    latest: float
    latest_below: float


def xmr_chance(points: int, latest: int = 1) -> Rate:
    """Chance of a signal on an XmR chart of `points` independent normal values.

    `latest`: the signals completed in so many last points (those of the period published).
    """
    if points < 1:
        return Rate(0.0, 0.0, 0.0)
    last, last_below = _unchanged(points)
    first = points - latest
    return Rate(
        float((last >= 0).mean()),
        float(((last >= first) & (last >= 0)).mean()),
        float(((last_below >= first) & (last_below >= 0)).mean()),
    )


@lru_cache(maxsize=256)
def _unchanged(points: int) -> tuple[Array, Array]:
    """Index of the last point that completes a signal, and one below; −1 without: [SERIES]."""
    values = np.random.default_rng([SEED, points]).normal(size=(SERIES, points))
    found = xmr(values).signals
    index = np.arange(points)
    either, below = (found != 0).any(axis=0), (found < 0).any(axis=0)
    return tuple(np.where(one, index, -1).max(axis=1) for one in (either, below))


def p_chance(centre: Array, sizes: Array, latest: Array, seed: int = SEED) -> tuple[Array, Array]:
    """Chance of (any signal, one below) in the last `latest` points of p-charts, by series.

    `centre` [series], `sizes` [series, points], `latest` [series]: 0 for a chart whose last point
    is older than the period.
    """
    series, points = sizes.shape
    chance = np.random.default_rng([seed, series, points])
    new = np.arange(points)[None, :] >= points - np.asarray(latest)[:, None]
    both, below = np.zeros(series), np.zeros(series)
    for _ in range(P_SERIES):
        counts = chance.binomial(sizes.astype(np.int64), centre[:, None])
        found = p_chart(counts, sizes).signals[0] * new
        both += (found != 0).any(axis=1)
        below += (found < 0).any(axis=1)
    return both / P_SERIES, below / P_SERIES


def at_least(needed: int, chances: Sequence[float]) -> float:
    """Chance that at least `needed` of independent events happen (Poisson binomial)."""
    so_many = np.ones(1)  # chance of 0, 1, … of the events so far
    for chance in chances:
        so_many = np.convolve(so_many, [1 - chance, chance])
    return float(so_many[needed:].sum())
