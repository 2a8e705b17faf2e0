"""What one visit's score is worth: the variance of a visit, pooled over all branches.

Visits enter as y = branch + round + e, so that a general rise over the rounds does not swell the
variance of a visit. Both sets of effects are estimated by least squares: the rounds from what
changed *within* branches, so that which branches a round went to does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# A variance this small beside the spread of all scores is rounding, not variation.
_NOTHING = 1e-12


@dataclass(frozen=True)
class VisitVariance:
    """Branch means and the variance of one visit around them, in squared points.

    `means` [branches]: mean of the branch's visits, each less the effect of its round;
    `counts` [branches]: visits; `variance`: s²w, residual sum of squares ÷ `df` (0 where there is
    nothing to compare, `df` 0); `effects` [rounds]: deviation of each round, their mean over all
    visits being 0, so that scores keep their level.
    """

    means: Floats
    counts: Ints
    variance: float
    df: int
    effects: Floats


def visit_variance(branch: Ints, round: Ints, score: Floats) -> VisitVariance:
    """s²w of visits [visit]: `branch` and `round` are numbered from 0, every number being used.

    Rounds that share no branch cannot be compared; their effects are then left at 0 as far as the
    data say nothing (least squares of smallest norm). ValueError if there is no visit.
    """
    if len(score) == 0:
        raise ValueError("no visit")
    seen = np.zeros((int(branch.max()) + 1, int(round.max()) + 1))
    np.add.at(seen, (branch, round), 1.0)
    counts = seen.sum(axis=1)
    means = (np.bincount(branch, score) / counts).astype(np.float64)
    within = np.diag(seen.sum(axis=0)) - seen.T @ (seen / counts[:, None])
    moved = np.bincount(round, score - means[branch], minlength=seen.shape[1]).astype(np.float64)
    effects, rank = _least_squares(within, moved)
    effects -= (seen.sum(axis=0) @ effects) / len(score)
    means = means - (seen @ effects) / counts
    left = score - means[branch] - effects[round]
    df = len(score) - len(counts) - rank
    variance = float(left @ left) / df if df > 0 else 0.0
    if variance <= _NOTHING * float(np.var(score)):
        variance = 0.0
    return VisitVariance(means, counts.astype(np.int64), variance, max(df, 0), effects)


def _least_squares(normal: Floats, right: Floats) -> tuple[Floats, int]:
    """Smallest solution of singular normal equations, and their rank."""
    values, vectors = np.linalg.eigh(normal)
    good = values > 1e-9 * max(float(values[-1]), 1.0)
    inside = vectors[:, good]
    return inside @ ((inside.T @ right) / values[good]), int(good.sum())
