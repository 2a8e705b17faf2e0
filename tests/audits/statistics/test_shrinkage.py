"""Pooled visit variance, shrinkage and expected ranks, held against hand and slow computations."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest

from audits.statistics.shrinkage import expected_ranks, shrink, tau_squared
from audits.statistics.visit_variance import visit_variance


def _phi(x: float) -> float:
    return 0.5 * (1 + erf(x / sqrt(2)))


def test_dersimonian_laird_by_hand() -> None:
    # w = 1, 1, 1; μ = 2; Q = 8; Σw − Σw²/Σw = 2; τ² = (8 − 2) / 2 = 3; B = 1/4
    found = shrink(np.array([0.0, 2.0, 4.0]), np.ones(3))
    assert (found.tau2, found.mu) == (3.0, 2.0)
    assert found.mean.tolist() == [0.5, 2.0, 3.5]
    assert found.variance.tolist() == [0.75] * 3
    assert found.reliability.tolist() == [0.75] * 3


def test_unequal_weights_by_hand() -> None:
    # w = 2, 1; μ = 2; Q = 2·1 + 1·4 = 6; Σw − Σw²/Σw = 3 − 5/3 = 4/3; τ² = 5 ÷ 4/3 = 3.75
    assert tau_squared(np.array([1.0, 4.0]), np.array([0.5, 1.0])) == pytest.approx(3.75)
    assert tau_squared(np.array([1.0, 1.1]), np.array([0.5, 1.0])) == 0.0  # Q below K − 1
    assert tau_squared(np.array([1.0]), np.array([0.5])) == 0.0


def test_expected_ranks_are_sums_over_pairs() -> None:
    mean, variance = np.array([3.0, 1.0, 2.0, 2.0]), np.array([1.0, 0.5, 2.0, 0.25])
    slow = [
        1
        + sum(
            _phi((mean[j] - mean[b]) / sqrt(variance[j] + variance[b])) for j in range(4) if j != b
        )
        for b in range(4)
    ]
    assert expected_ranks(mean, variance) == pytest.approx(slow, abs=1e-12)


def test_equal_and_certain_units_share_the_middle() -> None:
    assert expected_ranks(np.zeros(5), np.zeros(5)).tolist() == [3.0] * 5
    assert expected_ranks(np.array([1.0, 2.0, 1.0]), np.zeros(3)).tolist() == [2.5, 1.0, 2.5]


def test_many_units_are_summed_as_exactly_as_few() -> None:
    rng = np.random.default_rng(5)
    mean = rng.normal(80, 4, 1600)
    variance = rng.choice([0.5, 2.0, 9.0], 1600)
    fast = expected_ranks(mean, variance)
    for b in (0, 700, int(mean.argmax()), int(mean.argmin())):
        pairs = zip(mean, variance, strict=True)
        slow = sum(_phi((m - mean[b]) / sqrt(v + variance[b])) for m, v in pairs) + 0.5
        assert fast[b] == pytest.approx(slow, abs=0.01)


def test_the_variance_of_a_visit_is_that_of_least_squares_with_dummies() -> None:
    rng = np.random.default_rng(3)
    branch = np.sort(rng.integers(0, 12, 50))
    branch[:12] = np.arange(12)
    round = rng.integers(0, 4, 50)
    score = 70 + 3.0 * branch + 5.0 * round + rng.normal(0, 4, 50)
    design = np.hstack([np.eye(12)[branch], np.eye(4)[round]])
    fitted, _, rank, _ = np.linalg.lstsq(design, score)
    left = score - design @ fitted
    found = visit_variance(branch, round, score)
    assert found.df == 50 - rank
    assert found.variance == pytest.approx(left @ left / (50 - rank))
    branches = fitted[:12] - found.means  # the same up to a constant: what rounds do on average
    assert np.ptp(branches) == pytest.approx(0, abs=1e-9)
    assert found.effects @ np.bincount(round) == pytest.approx(0, abs=1e-9)


def test_a_general_rise_does_not_swell_the_variance() -> None:
    rng = np.random.default_rng(4)
    branch, round = np.repeat(np.arange(100), 4), np.tile(np.arange(4), 100)
    noise = rng.normal(0, 3, 400)
    still = visit_variance(branch, round, 80 + noise)
    risen = visit_variance(branch, round, 80 + noise + 10.0 * round)
    assert risen.variance == pytest.approx(still.variance)
    assert risen.effects[3] - risen.effects[0] == pytest.approx(
        30 + still.effects[3] - still.effects[0]
    )


def test_rounds_that_share_no_branch_and_single_visits_tell_nothing() -> None:
    once = visit_variance(np.arange(4), np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert (once.df, once.variance) == (0, 0.0)
    assert once.means.tolist() == [1.0, 2.0, 3.0, 4.0]
    apart = visit_variance(
        np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 7.0, 9.0])
    )
    assert (apart.df, apart.variance) == (2, 2.0)
    assert apart.means.tolist() == [2.0, 8.0]


def test_no_visit_is_an_error() -> None:
    with pytest.raises(ValueError, match="no visit"):
        visit_variance(np.array([], int), np.array([], int), np.array([]))
