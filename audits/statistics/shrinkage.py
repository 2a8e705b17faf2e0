"""Normal-normal empirical Bayes: how far each branch's mean is to be trusted.

m_b is a branch's mean, v_b its sampling variance; true values are N(μ, τ²). Sources: DerSimonian &
Laird (1986), Controlled Clinical Trials 7; Efron & Morris (1975), JASA 70.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_BLOCK = 256
_MANY = 1500  # units from which sums of Φ are interpolated
_STEPS = 24  # knots for each standard deviation of a difference


@dataclass(frozen=True)
class Shrunk:
    """`mean`, `variance`: posterior of each true value; `reliability`: 1 − v/(v+τ²), per branch."""

    mu: float
    tau2: float
    mean: Floats
    variance: Floats
    reliability: Floats


def tau_squared(mean: Floats, variance: Floats) -> float:
    """τ² by DerSimonian-Laird, at least 0; 0 for a single branch. Variances are positive."""
    w = 1.0 / variance
    total = float(w.sum())
    spread = total - float((w * w).sum()) / total
    if len(mean) < 2 or spread <= 0:
        return 0.0
    q = float((w * (mean - (w @ mean) / total) ** 2).sum())
    return max(0.0, (q - (len(mean) - 1)) / spread)


def shrink(mean: Floats, variance: Floats) -> Shrunk:
    """Posterior of the true values with τ² and μ at their estimates. [branches] in and out."""
    tau2 = tau_squared(mean, variance)
    w = 1.0 / (variance + tau2)
    mu = float(w @ mean / w.sum())
    b = variance * w
    return Shrunk(mu, tau2, mu + (1 - b) * (mean - mu), tau2 * b, 1 - b)


def james_stein(mean: Floats, variance: float) -> tuple[float, Floats]:
    """Shrinkage factor c = 1 − (K−3)v/Σ(m−m̄)² and m̄ + c(m−m̄) (Efron & Morris 1975).

    For one known variance of all K means; it is what :func:`shrink` is held against.
    """
    centre = float(mean.mean())
    c = 1 - (len(mean) - 3) * variance / float(((mean - centre) ** 2).sum())
    return c, centre + c * (mean - centre)


def expected_ranks(mean: Floats, variance: Floats) -> Floats:
    """1 + Σ Φ((mean_j − mean_b)/√(var_j + var_b)) over the others; rank 1 has the highest mean.

    Of two that are equal and certain each is half before the other. From 1,500 units on, units of
    one variance are summed by a spline through the exact sums (error below 0.01 of a rank).
    """
    alike, which = np.unique(variance, return_inverse=True)
    if len(mean) < _MANY or len(alike) > 40 or alike[0] <= 0:
        return _exact(mean, variance)
    ranks = np.full(len(mean), 0.5)  # 1, less the half that a unit counts for itself
    for g, own in enumerate(alike):
        mine = mean[which == g]
        for h, other in enumerate(alike):
            ranks[which == g] += _ahead(mine, mean[which == h], float(np.sqrt(own + other)))
    return ranks


def _ahead(points: Floats, others: Floats, sd: float) -> Floats:
    """Σ Φ((others − x)/sd) at each x of `points`."""
    low, high = float(points.min()), float(points.max())
    knots = np.linspace(low - sd, high + sd, max(8, int(_STEPS * ((high - low) / sd + 2))))
    if len(knots) >= len(points):
        return _sums(points, others, sd)
    return np.asarray(scipy.interpolate.CubicSpline(knots, _sums(knots, others, sd))(points))


def _sums(points: Floats, others: Floats, sd: float) -> Floats:
    blocks = [points[i : i + _BLOCK] for i in range(0, len(points), _BLOCK)]
    return np.concatenate(
        [scipy.special.ndtr((others - x[:, None]) / sd).sum(axis=1) for x in blocks]
    )


def _exact(mean: Floats, variance: Floats) -> Floats:
    ranks = np.empty(len(mean))
    for start in range(0, len(mean), _BLOCK):
        part = slice(start, start + _BLOCK)
        ahead = mean - mean[part, None]
        sd = np.sqrt(variance + variance[part, None])
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = scipy.special.ndtr(ahead / sd)
        chance = np.where(sd > 0, chance, 0.5 + 0.5 * np.sign(ahead))
        ranks[part] = 0.5 + chance.sum(axis=1)
    return ranks
