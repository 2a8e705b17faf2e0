"""The composite index (综合指数): weighted sections, and how much it hangs on the weights.

Arrays are [unit, section], 0-1; a section that did not apply is marked as unknown and leaves both
sides. The weights are a choice, so every rank comes with the range it runs through when they are
drawn anew within ± 25 %, and when sections are multiplied instead of added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
COVERAGE = 0.80  # of the weight, for a branch and period to be ranked (a visit: 70 %, in scoring)
DRAWS, SPREAD, SEED = 1000, 0.25, 20_260_102
_EQUAL = 9  # decimals: indices that differ further out are equal


@dataclass(frozen=True)
class Sensitivity:
    """Rank ranges of the ranked units: 5-95 % of the draws, widened by the geometric rule."""

    rank: Array
    low: Array
    high: Array
    geometric_rank: Array


def arithmetic(values: Array, weights: Array, known: Array | None = None) -> Array:
    """Σ weight · value ÷ Σ weight over what is known, [unit]; 0 where nothing is."""
    values, known = _known(values, known)
    whole = known @ weights
    return np.where(whole > 0, (values * known) @ weights / np.where(whole > 0, whole, 1.0), 0.0)


def geometric(values: Array, weights: Array, known: Array | None = None) -> Array:
    """Π value^(weight ÷ Σ weight) over what is known, [unit]: a weak section is not made good.

    0 where a section is 0 or nothing is known. Source: UNDP, Human Development Report 2020,
    technical notes.
    """
    values, known = _known(values, known)
    used = known * (np.asarray(weights) > 0)
    whole = used @ weights
    zero = ((values <= 0) & (used > 0)).any(axis=1) | (whole <= 0)
    logs = np.log(np.where((values > 0) & (used > 0), values, 1.0))
    return np.where(zero, 0.0, np.exp((logs * used) @ weights / np.where(whole > 0, whole, 1.0)))


def coverage(weights: Array, known: Array) -> Array:
    """Share of all weight that was assessed, [unit]."""
    whole = float(np.sum(weights))
    return known.astype(float) @ weights / whole if whole > 0 else np.zeros(len(known))


def gated(score: Array, vetoed: Array, cap: float) -> Array:
    """The index to publish: a unit with a veto does not get past `cap`, however good the rest."""
    return np.where(vetoed, np.minimum(score, cap), score)


def ranks(score: Array) -> Array:
    """Ranks of [unit], best first; equals share the better one."""
    rounded = np.round(np.asarray(score, float), _EQUAL)
    order = np.argsort(-rounded)
    ordered = rounded[order]
    place = np.arange(len(ordered))
    place[1:][ordered[1:] == ordered[:-1]] = 0  # the first of its equals stands for them
    found = np.empty(len(ordered), np.int64)
    found[order] = np.maximum.accumulate(place) + 1
    return found


def sensitivity(
    values: Array, weights: Array, known: Array | None = None, seed: int = SEED
) -> Sensitivity:
    """How far each rank moves with the weights. Values in 0-1; every unit given is ranked."""
    values, known = _known(values, known)
    weights = np.asarray(weights, float)
    drawn = np.random.default_rng(seed).uniform(1 - SPREAD, 1 + SPREAD, (DRAWS, len(weights)))
    other = ranks(geometric(values, weights, known))
    if not len(values):
        return Sensitivity(other, other, other, other)
    found = np.empty((DRAWS, len(values)), np.int32)
    for at, draw in enumerate(drawn * weights):
        found[at] = ranks(arithmetic(values, draw, known))
    found.partition((DRAWS // 20, DRAWS - 1 - DRAWS // 20), axis=0)
    low, high = found[DRAWS // 20], found[DRAWS - 1 - DRAWS // 20]
    own = ranks(arithmetic(values, weights, known))
    low, high = np.minimum.reduce([low, own, other]), np.maximum.reduce([high, own, other])
    return Sensitivity(own, low, high, other)


def effective_weights(values: Array, weights: Array, known: Array | None = None) -> Array:
    """Share of the index's variance that comes through each section; Σ = 1, equals `weights`
    shares where nothing varies.

    cov(weight · section, index) ÷ var(index): a section in which all are alike decides no rank,
    whatever its weight. Over the units with every section known. Source: P. Paruolo, M. Saisana,
    A. Saltelli, JRSS A 176 (2013) 609-634, discuss why nominal weights are not importance.
    """
    values, known = _known(values, known)
    weights = np.asarray(weights, float)
    share = weights / weights.sum() if weights.sum() > 0 else weights
    full = values[known.all(axis=1)]
    if len(full) < 3:
        return share
    part = (full - full.mean(axis=0)) * share
    index = part.sum(axis=1)
    variance = float(index @ index)
    return part.T @ index / variance if variance > 1e-15 else share


def _known(values: Array, known: Array | None) -> tuple[Array, Array]:
    """Values with 0 where unknown, and what is known as 0/1. Not a number counts as unknown."""
    values = np.asarray(values, float)
    there = np.isfinite(values) if known is None else np.asarray(known, bool) & np.isfinite(values)
    return np.where(there, values, 0.0), there.astype(float)
