"""Control charts (控制图): XmR for monthly series, p for pass rates, EWMA; and what they signal.

Many series at once: an array is [series, points], oldest point first, without gaps. A series that
cannot carry a chart has a status that says why, and limits nobody should draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

POINTS = 12  # shortest series with a chart
WIDTH = 2.66  # limits: mean ± 2.66 mean moving ranges (3 / 1.128)
SCREEN = 3.267  # moving ranges above so many mean ones leave the mean, once
RUN, TREND, NEAR = 7, 7, 3
P_OBSERVATIONS = 25  # at each point of a p-chart
P_POINTS = 6
# The four signals, in the order of `Chart.signals`, and how many points each one looks at.
SIGNALS = ("outside", "run", "trend", "thirds")
SPAN = {"outside": 1, "run": RUN, "trend": TREND, "thirds": NEAR}
_EQUAL = 1e-12  # relative: differences below it are those of binary fractions


@dataclass(frozen=True)
class Chart:
    """Charts of several series. `signals` [rule, series, point]: +1 above, −1 below, 0 none.

    A signal stands at the point that completes it. `status` [series]: ok, short, constant.
    """

    centre: Array
    lower: Array
    upper: Array
    moving_range: Array
    signals: Array
    status: Array


def xmr(values: Array) -> Chart:
    """XmR charts of [series, points]. Centre = mean; see the constants above for the rest.

    `short`: under 12 points. `constant`: no variation, so no limits to be outside of. Where the
    screen would take every moving range that is not 0, it is not applied. Source: D. J. Wheeler,
    Understanding Variation (1993); NIST/SEMATECH e-Handbook 6.3.2.2.
    """
    values = np.asarray(values, float)
    series, points = values.shape
    centre = values.mean(axis=1) if points else np.zeros(series)
    ranges = np.abs(np.diff(values, axis=1)) if points > 1 else np.zeros((series, 1))
    width = _screened(ranges)
    flat = width <= _EQUAL * np.maximum(1e-9, np.abs(centre))
    status = np.full(series, "ok", dtype=object)
    status[flat] = "constant"
    if points < POINTS:
        status[:] = "short"
    usable = status == "ok"
    half = np.where(usable, WIDTH * width, 0.0)
    found = _signals(values, centre, np.where(usable, half, 1.0)) * usable[None, :, None]
    return Chart(centre, centre - half, centre + half, width, found, status)


def _screened(ranges: Array) -> Array:
    first = ranges.mean(axis=1)
    kept = ranges <= SCREEN * first[:, None]
    second = np.where(kept, ranges, 0.0).sum(axis=1) / np.maximum(kept.sum(axis=1), 1)
    return np.where(second > 0, second, first)


def _signals(values: Array, centre: Array, half: Array) -> Array:
    away = (values - centre[:, None]) / half[:, None]
    side = np.sign(np.where(np.abs(away) < _EQUAL, 0.0, away)).astype(np.int8)
    outside = np.where(np.abs(away) > 1 + _EQUAL, side, 0).astype(np.int8)
    steps = np.sign(np.diff(values, axis=1)).astype(np.int8)
    outer = np.where(np.abs(away) > 2 / 3, side, 0).astype(np.int8)
    same = _sums(side, NEAR)
    two = _sums(outer, NEAR)
    thirds = np.where((np.abs(same) == NEAR) & (np.abs(two) >= 2), np.sign(same), 0)
    rules = (outside, _whole(side, RUN), _whole(steps, TREND - 1), thirds)
    return np.stack([_late(rule, values.shape) for rule in rules])


def _sums(signs: Array, span: int) -> Array:
    """Sums over every window of `span` neighbouring points; [series, 0] where there are none."""
    if signs.shape[1] < span:
        return np.zeros((signs.shape[0], 0), np.int8)
    run = np.zeros((signs.shape[0], signs.shape[1] + 1), np.int16)
    np.cumsum(signs, axis=1, dtype=np.int16, out=run[:, 1:])
    return run[:, span:] - run[:, :-span]


def _whole(signs: Array, span: int) -> Array:
    total = _sums(signs, span)
    return np.where(np.abs(total) == span, np.sign(total), 0)


def _late(found: Array, shape: tuple[int, ...]) -> Array:
    """What ends at a point, put at that point: the first points of a series complete nothing."""
    full = np.zeros(shape, np.int8)
    if found.shape[1]:
        full[:, shape[1] - found.shape[1] :] = found
    return full


def p_chart(counts: Array, sizes: Array) -> Chart:
    """p-charts of [series, points]: centre Σ counts ÷ Σ sizes, limits ± 3 √(p(1−p)/n) in 0-1.

    Only signal `outside` is looked for. `short`: fewer than 6 points, or one with fewer than 25
    observations; `constant`: all passed or none. `lower` and `upper` are [series, points].
    Source: D. C. Montgomery, Introduction to Statistical Quality Control, ch. 7.
    """
    counts, sizes = np.asarray(counts, float), np.asarray(sizes, float)
    whole = sizes.sum(axis=1)
    centre = counts.sum(axis=1) / np.maximum(whole, 1.0)
    enough = (sizes.shape[1] >= P_POINTS) & (sizes >= P_OBSERVATIONS).all(axis=1)
    varies = (centre > 0) & (centre < 1)
    status = np.where(~enough, "short", np.where(varies, "ok", "constant")).astype(object)
    half = 3 * np.sqrt((centre * (1 - centre))[:, None] / np.maximum(sizes, 1.0))
    lower, upper = np.clip(centre[:, None] - half, 0, 1), np.clip(centre[:, None] + half, 0, 1)
    share = counts / np.maximum(sizes, 1.0)
    outside = (share > upper + _EQUAL).astype(np.int8) - (share < lower - _EQUAL).astype(np.int8)
    found = np.zeros((len(SIGNALS), *counts.shape), np.int8)
    found[0] = outside * (status == "ok")[:, None]
    return Chart(centre, lower, upper, np.zeros(len(centre)), found, status)


def ewma(values: Array, start: Array, weight: float = 0.3) -> Array:
    """Exponentially weighted means of [series, points], the start first: [series, points + 1].

    Source: NIST/SEMATECH e-Handbook 6.3.2.4. ValueError: the weight is not in (0, 1].
    """
    if not 0 < weight <= 1:
        raise ValueError("the weight of the newest point lies in (0, 1]")
    values = np.asarray(values, float)
    means = np.empty((values.shape[0], values.shape[1] + 1))
    means[:, 0] = start
    for point in range(values.shape[1]):
        means[:, point + 1] = weight * values[:, point] + (1 - weight) * means[:, point]
    return means


def ewma_limits(
    start: float, spread: float, weight: float = 0.3, width: float = 3.0
) -> tuple[float, float]:
    """(lower, upper) of an EWMA chart: start ± width · spread · √(weight / (2 − weight))."""
    half = width * spread * float(np.sqrt(weight / (2 - weight)))
    return start - half, start + half


def begins(signals: Array) -> Array:
    """[rule, series, point]: index of the first point that an unbroken signal speaks of."""
    points = np.arange(signals.shape[-1])
    broken = np.ones(signals.shape, bool)
    broken[..., 1:] = signals[..., 1:] != signals[..., :-1]
    chain = np.maximum.accumulate(np.where(broken, points, 0), axis=-1)
    spans = np.array([SPAN[rule] for rule in SIGNALS])[:, None, None]
    return np.maximum(chain - spans + 1, 0)
