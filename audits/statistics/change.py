"""Did a ratio of sums change by more than chance, between two periods of the same branches?

R = ΣN ÷ ΣD over branches, in each period. The branch is the cluster: what its visits have in common
belongs to it. The change is linearised by branch,

    e_b = (N1_b − R1·D1_b) / ΣD1 − (N0_b − R0·D0_b) / ΣD0,   var = K/(K−1) · Σ e_b²,

so a branch seen in both periods enters once, and what it always does better cancels out. Student's
t with K − 1 degrees of freedom. Sources: W. G. Cochran, Sampling Techniques (3rd ed. 1977), §6.3;
R. S. Woodruff, JASA 66 (1971) 411-414.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second

Array = np.ndarray[Any, Any]
Verdict = Literal["up", "down", "chance", "unjudged"]


@dataclass(frozen=True)
class Change:
    """R1 − R0 with its interval; `branches` of either period. Limits None: not to be judged."""

    change: float
    low: float | None
    high: float | None
    branches: int

    @property
    def verdict(self) -> Verdict:
        """Up or down only where the whole interval lies on one side of nothing."""
        if self.low is None or self.high is None:
            return "unjudged"
        return "up" if self.low > 0 else "down" if self.high < 0 else "chance"


def quantile(branches: int, confidence: float) -> float:
    """How many standard errors the interval reaches to each side."""
    return float(scipy.special.stdtrit(branches - 1, 0.5 + confidence / 2))


def ratio_change(
    n1: Array, d1: Array, n0: Array, d0: Array, confidence: float = 0.95, least: int = 2
) -> Change | None:
    """The change of Σn ÷ Σd from period 0 to period 1. Arrays by branch, 0 where it has nothing.

    None where a period has no denominator. Under `least` branches (at least 2), or without any
    spread between them, there is no interval.
    """
    n1, d1, n0, d0 = (np.asarray(a, float) for a in (n1, d1, n0, d0))
    whole1, whole0 = float(d1.sum()), float(d0.sum())
    if whole1 <= 0 or whole0 <= 0:
        return None
    ratio1, ratio0 = float(n1.sum()) / whole1, float(n0.sum()) / whole0
    change, branches = ratio1 - ratio0, int(((d1 > 0) | (d0 > 0)).sum())
    if branches < max(least, 2):
        return Change(change, None, None, branches)
    e = (n1 - ratio1 * d1) / whole1 - (n0 - ratio0 * d0) / whole0
    half = np.sqrt(branches / (branches - 1) * float((e**2).sum()))
    if half == 0:
        return Change(change, None, None, branches)
    half *= quantile(branches, confidence)
    return Change(change, change - half, change + half, branches)
