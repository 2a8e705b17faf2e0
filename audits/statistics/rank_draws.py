"""Rank intervals: draws of all true values at once, ranked in each draw.

τ is drawn from its posterior, not fixed at its estimate: with τ fixed an interval collapses
whenever the estimate happens to be 0. So is the variance of a visit, which few visits leave as
uncertain as the rest. Both lie on a grid (flat prior on τ, 1/σ² on the variance of a visit), after
Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_TAUS, _SIGMAS, _PASSES = 120, 24, 3
_FAR = 10.0  # τ is looked for up to so many standard deviations of the means
_UNLIKELY = 12.0  # log density below the highest that is left out
_BLOCK = 50


@dataclass(frozen=True)
class Posterior:
    """Draws of what all branches share [draw]: τ², the variance of μ and μ, and σ² ÷ s²w."""

    tau2: Floats
    mu: Floats
    scale: Floats


@dataclass(frozen=True)
class Drawn:
    """Of each branch [branch]: rank interval, chance of rank ≤ k, chance to be above the mean."""

    low: Ints
    high: Ints
    first: dict[int, Floats]
    above: Floats


@dataclass(frozen=True)
class _Sums:
    """Sufficient statistics of the means, by distinct sampling variance [D]."""

    variance: Floats
    count: Floats
    first: Floats  # Σ m, around the centre
    second: Floats  # Σ m²
    centre: float


def _sums(mean: Floats, variance: Floats) -> _Sums:
    alike, which = np.unique(variance, return_inverse=True)
    centre = float(mean.mean())
    m = mean - centre
    count, first, second = (
        np.bincount(which, weights).astype(np.float64) for weights in (None, m, m * m)
    )
    return _Sums(alike, count, first, second, centre)


def _weights(s: _Sums, tau2: Floats, scale: Floats) -> tuple[Floats, Floats, Floats]:
    """Σw, Σwm and the log likelihood with μ integrated out, of every (scale, τ²)."""
    total = scale[..., None] * s.variance + tau2[..., None]
    w = (s.count / total).sum(axis=-1)
    wm = (s.first / total).sum(axis=-1)
    q = (s.second / total).sum(axis=-1) - wm**2 / w
    return w, wm, -0.5 * ((s.count * np.log(total)).sum(axis=-1) + np.log(w) + q)


def posterior(
    mean: Floats, variance: Floats, df: int | None, draws: int, rng: np.random.Generator
) -> Posterior:
    """Draws of (τ, σ, μ). `df`: of the pooled variance; None where variances are known.

    The grid of τ ends at ten standard deviations of the means: with two or three branches the data
    alone would not end it.
    """
    s = _sums(mean, variance)
    scale = np.ones(1)
    if df is not None:
        scale = df / scipy.stats.chi2.ppf((np.arange(_SIGMAS) + 0.5) / _SIGMAS, df)
    low, high = 0.0, _FAR * float(np.sqrt(np.var(mean) + variance.mean()))
    for _ in range(_PASSES):
        step = (high - low) / _TAUS
        taus = low + step * (np.arange(_TAUS) + 0.5)
        log = _weights(s, *np.broadcast_arrays(taus**2, scale[:, None]))[2]
        likely = np.flatnonzero((log > log.max() - _UNLIKELY).any(axis=0))
        kept = (low, step)
        low, high = max(0.0, low + step * (likely[0] - 1)), low + step * (likely[-1] + 2)
    chance = np.exp(log - log.max()).ravel()
    cells = rng.choice(len(chance), draws, p=chance / chance.sum())
    row, column = np.divmod(cells, _TAUS)
    tau2 = (kept[0] + kept[1] * (column + rng.random(draws))) ** 2
    tau2 = np.maximum(tau2, 1e-12 * float(variance.min()))  # never 0: all would be tied
    w, wm, _ = _weights(s, tau2, scale[row])
    return Posterior(tau2, s.centre + wm / w + rng.standard_normal(draws) / np.sqrt(w), scale[row])


def draw_ranks(
    mean: Floats,
    variance: Floats,
    *,
    df: int | None,
    level: float = 0.90,
    first: Sequence[int] = (),
    draws: int = 1000,
    seed: int = 0,
) -> Drawn:
    """Ranks of `draws` draws of all true values (rank 1: the highest), seeded.

    `mean`, `variance` [branch]: means and their sampling variances, positive; `df` as in
    :func:`posterior`. The interval leaves out (1 − level)/2 of the draws at either end.
    """
    rng = np.random.default_rng(seed)
    shared = posterior(mean, variance, df, draws, rng)
    count = len(mean)
    ranks = np.empty((count, draws), np.uint16 if count < 65_535 else np.uint32)
    above = np.zeros(count)
    places = np.arange(1, count + 1, dtype=ranks.dtype)
    for start in range(0, draws, _BLOCK):
        part = slice(start, min(start + _BLOCK, draws))
        theta = _values(mean, variance, shared, part, rng)
        above += (theta > theta.mean(axis=1, keepdims=True)).sum(axis=0)
        order = np.argsort(-theta, axis=1)
        block = np.empty(order.shape, ranks.dtype)
        np.put_along_axis(block, order, places[None, :], axis=1)
        ranks[:, part] = block.T
    ranks.sort(axis=1)
    end = (1 - level) / 2
    low, high = (int(np.ceil(p * draws)) - 1 for p in (end, 1 - end))
    chances = {k: (ranks <= k).sum(axis=1) / draws for k in first}
    return Drawn(
        ranks[:, max(low, 0)].astype(np.int64),
        ranks[:, high].astype(np.int64),
        chances,
        above / draws,
    )


def _values(
    mean: Floats, variance: Floats, shared: Posterior, part: slice, rng: np.random.Generator
) -> NDArray[np.float32]:
    """True values of some draws [draw, branch]. Single precision: ranks do not need more."""
    alike, which = np.unique(variance, return_inverse=True)
    tau2, mu, scale = (x[part, None] for x in (shared.tau2, shared.mu, shared.scale))
    b = scale * alike / (scale * alike + tau2)
    trust = (1 - b).astype(np.float32)[:, which]
    spread = np.sqrt(tau2 * b).astype(np.float32)[:, which]
    middle = float(mean.mean())  # float32 near 0 is finer
    start = (mu - middle).astype(np.float32)
    own = (mean - middle).astype(np.float32)
    noise = rng.standard_normal((len(tau2), len(mean)), dtype=np.float32)
    return start + trust * (own - start) + spread * noise
