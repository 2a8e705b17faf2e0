"""Intervals of shares and of their difference, and how much less clustered answers say.

An interval here is about *repetition*: had other shoppers gone on other days of the same period to
the same branches, the share would lie in it nineteen times in twenty. It says nothing about sums
that are complete (what a branch reports of all its customers is no sample).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second

Array = np.ndarray[Any, Any]


def wilson(successes: Array, n: Array, confidence: float = 0.95) -> tuple[Array, Array]:
    """Wilson's interval of a share, as (low, high) arrays. n = 0 says nothing: (0, 1).

    `n` may be broken: an effective number of observations (see :func:`design_effect`).
    Source: E. B. Wilson, JASA 22 (1927) 209-212.
    """
    x, n = np.asarray(successes, float), np.asarray(n, float)
    known = n > 0
    size = np.where(known, n, 1.0)
    share = np.clip(np.where(known, x, 0.0) / size, 0.0, 1.0)
    z2 = float(scipy.special.ndtri(0.5 + confidence / 2)) ** 2
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = np.sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size**2))) / (1 + z2 / size)
    low, high = np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
    return np.where(known & (share > 0), low, 0.0), np.where(known & (share < 1), high, 1.0)


def difference(
    x1: Array, n1: Array, x2: Array, n2: Array, confidence: float = 0.95
) -> tuple[Array, Array]:
    """Newcombe's interval of share 1 − share 2, from the two Wilson intervals; n = 0: (-1, 1).

    Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    x1, n1, x2, n2 = (np.asarray(a, float) for a in (x1, n1, x2, n2))
    known = (n1 > 0) & (n2 > 0)
    one, two = (np.where(known, x / np.where(n > 0, n, 1.0), 0.0) for x, n in ((x1, n1), (x2, n2)))
    low1, high1 = wilson(x1, n1, confidence)
    low2, high2 = wilson(x2, n2, confidence)
    low = one - two - np.hypot(one - low1, high2 - two)
    high = one - two + np.hypot(high1 - one, two - low2)
    return np.where(known, low, -1.0), np.where(known, high, 1.0)


def design_effect(unit: Array, successes: Array, trials: Array) -> float:
    """How many times more a share varies than if all its answers were independent; at least 1.

    One row per cluster (a visit) of a unit (a branch), with the trials in it (encounters). Pooled
    over units with several clusters: variance between the clusters of a unit over the binomial
    one, both free of the units' own levels. 1 where nothing can be estimated.
    """
    trials = np.asarray(trials, float)
    kept = trials > 0
    _, at = np.unique(np.asarray(unit)[kept], return_inverse=True)
    x, m = np.asarray(successes, float)[kept], trials[kept]
    if not len(x):
        return 1.0
    clusters = np.bincount(at).astype(float)
    all_x, all_m = np.bincount(at, x), np.bincount(at, m)
    share = all_x / all_m
    spread = np.bincount(at, (x - m * share[at]) ** 2)
    several = clusters > 1
    between = float((spread * clusters / np.maximum(clusters - 1, 1.0))[several].sum())
    binomial = (all_m * share * (1 - share))[several]
    if binomial.sum() <= 0:
        return 1.0
    # p̂(1 − p̂) is too small by deff ÷ trials, which takes deff on both sides of the equation
    trials_of_unit = binomial.sum() / (binomial / all_m[several]).sum()
    raw = between / float(binomial.sum())
    return float(max(1.0, raw / (1 + raw / trials_of_unit)))


def of_sums(
    numerator: Array, denominator: Array, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Interval of Σ numerator ÷ Σ denominator of [k] branches, as if they stood for many like them.

    The ratio estimator: variance Σ(x − r·y)² · k/(k−1) ÷ (Σy)², Student's t with k − 1 degrees of
    freedom. None for fewer than three branches. Not clipped: the caller knows the unit.
    Source: W. G. Cochran, Sampling Techniques (3rd ed. 1977), eq. 2.46 (n/N = 0).
    """
    x, y = np.asarray(numerator, float), np.asarray(denominator, float)
    k, whole = len(x), float(y.sum())
    if k < 3 or whole <= 0:
        return None
    ratio = float(x.sum()) / whole
    half = float(scipy.special.stdtrit(k - 1, 0.5 + confidence / 2)) * float(
        np.sqrt(((x - ratio * y) ** 2).sum() * k / (k - 1))
    ) / whole  # fmt: skip
    return ratio - half, ratio + half
