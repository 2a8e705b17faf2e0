"""Tiers (等次) from a funnel with over-dispersion (Spiegelhalter 2005, Statistics in Medicine 24).

Around the mean of all, μ ± z·√(v_b + τ²): v_b is what chance does to the mean of so many visits,
τ² (the over-dispersion) is how far branches ordinarily differ. What lies outside z = 1.96 is
higher or lower than such differences explain; about one branch in twenty does so anyway.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ABOVE, AVERAGE, BELOW = "above", "average", "below"  # 高于 / 与全省平均无显著差异 / 低于
WARNING, ALARM = 1.96, 3.09
OUTSIDE = 0.05  # share of ordinary branches outside the warning limits


def limits(mu: float, tau2: float, variance: Floats, z: float = WARNING) -> tuple[Floats, Floats]:
    """Lower and upper limit for means of this sampling variance."""
    half = z * np.sqrt(variance + tau2)
    return mu - half, mu + half


def tiers(
    mean: Floats, mu: float, tau2: float, variance: Floats, barred: NDArray[np.bool_] | None = None
) -> NDArray[np.str_]:
    """The tier of each branch; who is `barred` (a veto) is never in the upper one."""
    low, high = limits(mu, tau2, variance)
    found = np.where(mean > high, ABOVE, np.where(mean < low, BELOW, AVERAGE))
    if barred is not None:
        found = np.where(barred & (found == ABOVE), AVERAGE, found)
    return found
