"""The change of a ratio: by hand, against the jackknife, and how often it cries wolf."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from audits.statistics.change import ratio_change


def test_three_branches_by_hand() -> None:
    """Period 1: 8/10, 6/10, 4/10; period 0: 5/10, 5/10, 2/10. R1 = .6, R0 = .4.

    e = (8−6)/30 − (5−4)/30 = 1/30; (6−6)/30 − (5−4)/30 = −1/30; (4−6)/30 − (2−4)/30 = 0.
    var = 3/2 · 2/900 = 1/300.
    """
    found = ratio_change(np.array([8, 6, 4]), np.full(3, 10), np.array([5, 5, 2]), np.full(3, 10))
    assert found is not None and found.branches == 3
    assert found.change == pytest.approx(0.2)
    half = student.ppf(0.975, 2) / np.sqrt(300)
    assert (found.low, found.high) == (pytest.approx(0.2 - half), pytest.approx(0.2 + half))
    assert found.verdict == "chance"


def test_what_cannot_be_judged() -> None:
    one = np.array([5.0])
    assert ratio_change(one, one * 0, one, one * 2) is None
    alone = ratio_change(one, one * 2, one, one * 4)
    assert alone is not None and alone.low is None and alone.verdict == "unjudged"
    same = ratio_change(*(np.full(9, k) for k in (4.0, 8.0, 2.0, 8.0)))
    assert same is not None and same.low is None  # no spread between branches: no error to see
    few = ratio_change(*np.random.default_rng(1).uniform(1, 2, (4, 5)), least=8)
    assert few is not None and few.low is None and few.branches == 5


def test_the_standard_error_is_that_of_the_jackknife() -> None:
    """Leaving each branch out in turn, without any linearisation (large K: within 3 %)."""
    chance = np.random.default_rng(2)
    d1, d0 = chance.integers(0, 5, (2, 200)) * 10.0
    level = chance.normal(0.75, 0.08, 200)
    n1, n0 = (
        d1 * (level + chance.normal(0.02, 0.05, 200)),
        d0 * (level + chance.normal(0, 0.05, 200)),
    )
    found = ratio_change(n1, d1, n0, d0)
    assert found is not None and found.low is not None and found.high is not None
    kept = [np.delete(np.arange(200), i) for i in range(200)]
    left = np.array([n1[k].sum() / d1[k].sum() - n0[k].sum() / d0[k].sum() for k in kept])
    jackknife = np.sqrt(199 / 200 * ((left - left.mean()) ** 2).sum())
    half = (found.high - found.low) / 2
    assert half == pytest.approx(student.ppf(0.975, found.branches - 1) * jackknife, rel=0.03)


@pytest.mark.parametrize("branches", [8, 60])
def test_nothing_changed_is_called_chance_about_nineteen_times_in_twenty(branches: int) -> None:
    """Branches differ (sd 8 points), one to three visits each, some in one period only."""
    chance = np.random.default_rng(branches)
    wrong, runs = 0, 1500
    for _ in range(runs):
        level = chance.normal(0.75, 0.08, branches)
        visits = chance.integers(0, 4, (2, branches))
        d1, d0 = visits * 100.0
        noise = chance.normal(0, 0.09, (2, branches)) / np.sqrt(np.maximum(visits, 1))
        found = ratio_change(d1 * (level + noise[0]), d1, d0 * (level + noise[1]), d0)
        wrong += found is not None and found.verdict in ("up", "down")
    assert 0.03 < wrong / runs < 0.075
