"""The audit view: sets of ranks that hold for all branches together, and for one alone.

Sources: Klein, Wright & Wieczorek (2020), "A joint confidence region for an overall ranking of
populations", JRSS C 69; Mogstad, Romano, Shaikh & Wilhelm (2024), "Inference for ranks with
applications to mobility across neighbourhoods and academic achievement across countries", Review
of Economic Studies 91.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class JointSets:
    """`low`, `high` [unit]: ranks that all hold at once; `z`: half width in standard errors."""

    low: Ints
    high: Ints
    z: float


def joint_sets(mean: Floats, error: Floats, alpha: float = 0.10) -> JointSets:
    """Joint sets for all ranks with coverage of at least 1 − alpha; rank 1 has the highest mean.

    `error`: standard errors. Each mean gets an interval mean ± z·error, all holding at once; then
    :func:`overall`.
    """
    count = len(mean)
    z = float(scipy.special.ndtri(1 - (1 - (1 - alpha) ** (1 / count)) / 2))
    return JointSets(*overall(mean - z * error, mean + z * error), z)


def overall(low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """Ranks that intervals holding jointly leave open: 1 + wholly better, K − wholly worse.

    An interval that begins where another ends is wholly better, as in the source.
    """
    count = len(low)
    better = count - np.searchsorted(np.sort(low), high, side="left")
    worse = np.searchsorted(np.sort(high), low, side="right")
    # A mean without error is not better than itself.
    own = (low == high).astype(np.int64)
    return better - own + 1, count - (worse - own)


def marginal_set(
    mean: Floats,
    error: Floats,
    unit: int,
    *,
    alpha: float = 0.05,
    draws: int = 10_000,
    seed: int = 0,
) -> tuple[int, int]:
    """Lowest and highest rank of one unit with coverage 1 − alpha, by step-down tests.

    All "the unit is not below j" and "not above j" are tested against the highest of their
    studentised differences under equality (seeded draws); what is rejected is left out and the
    rest is tested again, until nothing more is rejected.
    """
    others = np.delete(np.arange(len(mean)), unit)
    sd = np.hypot(error[unit], error[others])
    found = (mean[others] - mean[unit]) / sd
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((draws, len(mean))) * error
    null = (noise[:, others] - noise[:, [unit]]) / sd
    tested = np.concatenate([found, -found])
    null = np.concatenate([null, -null], axis=1)
    open_ = np.ones(len(tested), dtype=bool)
    while open_.any():
        critical = np.quantile(null[:, open_].max(axis=1), 1 - alpha)
        rejected = open_ & (tested > critical)
        if not rejected.any():
            break
        open_ &= ~rejected
    better, worse = (~open_[: len(others)]).sum(), (~open_[len(others) :]).sum()
    return int(better) + 1, len(mean) - int(worse)
