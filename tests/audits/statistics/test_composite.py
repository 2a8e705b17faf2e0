"""The composite index: by hand, and its rank range against a slow walk over the same draws."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from audits.statistics.composite import (
    DRAWS,
    SEED,
    arithmetic,
    coverage,
    effective_weights,
    gated,
    geometric,
    ranks,
    sensitivity,
)

NAN = float("nan")


def test_what_does_not_apply_leaves_both_sides() -> None:
    values = np.array([[0.8, 0.4], [0.8, NAN], [NAN, NAN], [0.0, 1.0]])
    weights = np.array([3.0, 1.0])
    assert arithmetic(values, weights).tolist() == pytest.approx([0.7, 0.8, 0.0, 0.25])
    assert geometric(values, weights).tolist() == pytest.approx(
        [0.8**0.75 * 0.4**0.25, 0.8, 0.0, 0.0]
    )
    assert coverage(weights, np.isfinite(values)).tolist() == [1.0, 0.75, 0.0, 1.0]
    assert coverage(np.zeros(2), np.isfinite(values)).tolist() == [0.0] * 4


def test_a_veto_is_a_gate() -> None:
    found = gated(np.array([90.0, 90.0, 50.0]), np.array([True, False, True]), 60.0)
    assert found.tolist() == [60.0, 90.0, 50.0]


def test_equal_scores_share_the_better_rank() -> None:
    assert ranks(np.array([0.5, 0.9, 0.5, 0.1])).tolist() == [2, 1, 2, 4]


def rank_by_hand(scores: list[float]) -> list[int]:
    return [1 + sum(other > own + 1e-9 for other in scores) for own in scores]


def test_the_rank_range_is_that_of_a_slow_walk_over_the_draws() -> None:
    chance = np.random.default_rng(1)
    values = chance.uniform(0.4, 1.0, (12, 4))
    values[3, 2] = NAN
    weights = np.array([10.0, 20, 30, 40])
    found = sensitivity(values, weights)
    drawn = np.random.default_rng(SEED).uniform(0.75, 1.25, (DRAWS, 4)) * weights
    table = []
    for draw in drawn.tolist():
        scores = []
        for row in values.tolist():
            pairs = [(w, v) for w, v in zip(draw, row, strict=True) if v == v]
            scores.append(sum(w * v for w, v in pairs) / sum(w for w, _ in pairs))
        table.append(rank_by_hand(scores))
    by_product = []
    for row in values.tolist():
        pairs = [(w, v) for w, v in zip(weights.tolist(), row, strict=True) if v == v]
        whole = sum(w for w, _ in pairs)
        by_product.append(prod(v ** (w / whole) for w, v in pairs))
    other = rank_by_hand(by_product)
    assert found.geometric_rank.tolist() == other
    for unit in range(12):
        moved = sorted(row[unit] for row in table)
        assert found.low[unit] == min(moved[50], other[unit], found.rank[unit])
        assert found.high[unit] == max(moved[949], other[unit], found.rank[unit])
    assert (found.high > found.low).any()


def test_one_branch_and_none() -> None:
    one = sensitivity(np.array([[0.5, 0.6]]), np.array([1.0, 1.0]))
    assert (one.rank[0], one.low[0], one.high[0]) == (1, 1, 1)
    assert len(sensitivity(np.zeros((0, 2)), np.ones(2)).rank) == 0


def test_a_section_in_which_all_are_alike_decides_nothing() -> None:
    chance = np.random.default_rng(2)
    values = np.column_stack([chance.uniform(0, 1, 500), np.full(500, 0.9)])
    found = effective_weights(values, np.array([1.0, 9.0]))
    assert found.tolist() == pytest.approx([1.0, 0.0])
    alike = effective_weights(np.full((5, 2), 0.5), np.array([1.0, 3.0]))
    assert alike.tolist() == [0.25, 0.75]
