"""Adoption status: the course of single branches worked out by hand, false alarms, degenerate."""

from __future__ import annotations

import numpy as np
import pytest

from audits.statistics.adoption import (
    STATUSES,
    Thresholds,
    Track,
    Visits,
    first_step,
    pooled_variance,
    track,
)

GIVEN = Thresholds(province_branches=10_000)


def visits(
    means: list[list[float]], *, n: int = 2, variance: float = 72.0, between: float = 60.0
) -> Visits:
    """Rounds a quarter apart from 90 days after the introduction; a negative mean: not visited."""
    mean = np.array(means, float)
    seen = mean >= 0
    days = np.tile(91.0 * np.arange(1, mean.shape[1] + 1) + 90, (len(mean), 1))
    return Visits(np.where(seen, mean, 0), seen * n, days, variance, 10_000, between)


def course(found: Track, branch: int = 0) -> list[str]:
    return [STATUSES[s] for s in found.status[branch]]


def test_a_year_without_concern_is_sustained() -> None:
    found = track(visits([[80, 81, 79, 80, 80, 82]]), GIVEN)
    # two visits: reliability 60/(60+72/2) = .63 ≥ .5 from the first round on
    assert course(found) == ["consolidating"] * 3 + ["sustained"] * 3
    assert found.baseline[0, 4] == pytest.approx(80)  # mean of rounds 1-4, two visits each
    assert not found.warned.any()


def test_a_fall_is_warned_of_and_left_only_after_two_rounds_back() -> None:
    found = track(visits([[80, 81, 79, 80, 45, 81, 50, 79, 80, 80]]), GIVEN)
    # 45 against 80 from eight visits: 35/√(72·(1/2 + 1/8)) = 5.2 standard errors
    assert found.warned[0].tolist() == [False] * 4 + [True] + [False] * 5
    # one good round (81) is not enough, 50 begins anew. The round of 79 pools with 50: not steady.
    assert course(found)[4:] == ["relapsed"] * 5 + ["consolidating"]
    assert found.change[0, 4] == pytest.approx(45 - 80)
    assert found.error[0, 4] == pytest.approx((72 * (1 / 2 + 1 / 8)) ** 0.5)
    # what happened while relapsed is no baseline
    assert found.in_baseline[0].tolist() == [True] * 4 + [False] * 5 + [True]


def test_two_middling_rounds_are_seen_together_where_neither_is_alone() -> None:
    # one-sided 0.5 % is 2.58 errors; 16 below: 16/√(72(1/2+1/8)) = 2.39; pooled 16/√(72(1/4+1/8))
    found = track(visits([[80, 80, 80, 80, 64, 64]]), GIVEN)
    assert found.warned[0].tolist() == [False] * 5 + [True]
    assert found.latest_n[0, 5] == 4


def test_a_movement_of_the_whole_province_is_nobodys_relapse() -> None:
    chance = np.random.default_rng(1)
    means = 80 + chance.normal(0, 1, (60, 6))
    means[:, 5] -= 20
    fallen = track(visits(means.tolist()), Thresholds(province_branches=1000))
    assert fallen.warned[:, 5].all()
    assert not track(visits(means.tolist()), Thresholds()).warned.any()


def test_few_visits_and_no_variance_have_a_status_and_no_number() -> None:
    unvisited = track(visits([[-1.0] * 4]), GIVEN)
    assert course(unvisited) == ["insufficient"] * 4
    alike = track(visits([[80.0] * 4], variance=0.0, between=0.0), GIVEN)
    assert course(alike) == ["insufficient"] * 4
    for found in (unvisited, alike):
        assert not found.tested.any() and not found.warned.any() and not found.chance.any()
        assert np.isfinite(found.change).all() and (found.p == 1).all()
    assert track(Visits(np.zeros((0, 3)), np.zeros((0, 3), int), np.zeros((0, 3)), 1, 1, 1),
                 GIVEN).status.shape == (0, 3)  # fmt: skip


def test_the_calendar_before_and_after_the_introduction() -> None:
    given = visits([[80.0] * 4])
    days = np.array([[-100.0, 10, 89, 90]])
    n = np.array([[0, 0, 0, 2]])
    found = track(Visits(given.mean, n, days, 72.0, 100, 60.0), GIVEN)
    assert course(found) == ["not_introduced", "introducing", "introducing", "consolidating"]
    assert found.since[0].tolist() == [0, 1, 1, 3] or found.since[0].tolist() == [-1, 1, 1, 3]


def test_false_alarms_keep_to_the_stated_rate_and_to_the_chance_told() -> None:
    chance = np.random.default_rng(5)
    means = 75 + chance.normal(0, 7, (6000, 1)) + chance.normal(0, 6, (6000, 5))
    found = track(visits(means.tolist(), between=49.0), Thresholds(false_alarm=0.02))
    for at in range(1, 5):
        able = found.chance[:, at] > 0
        rate, told = found.warned[able, at].mean(), found.chance[able, at].mean()
        assert told <= 0.022  # 50,000 draws
        assert abs(rate - told) < 0.006  # three standard errors of 6,000 branches


def test_the_step_that_slips_first() -> None:
    chance = np.random.default_rng(2)
    shares = 0.85 + chance.normal(0, 0.04, (40, 6, 7))
    shares[0, 4:, 2] = 0.40  # a round before the warning
    shares[0, 5, :] = 0.30  # then all of them
    shares[1, 5, :] -= 0.02  # nothing that stands out
    relapsed = np.array([True, True] + [False] * 38)
    baseline = np.ones((40, 6), bool)
    baseline[:2, 4:] = False
    step, when = first_step(
        shares, np.ones(shares.shape, bool), baseline, np.full(40, 5), relapsed
    )  # fmt: skip
    assert (step[0], when[0]) == (2, 4)
    assert (step[1:] == -1).all()


def test_pooled_variance_by_hand() -> None:
    # {80, 84} has 8, {70} nothing, {60, 66, 72} has 72: 80 over 1 + 2
    group = np.array([1, 1, 2, 3, 3, 3])
    score = np.array([80.0, 84, 70, 60, 66, 72])
    assert pooled_variance(group, score) == (pytest.approx(80 / 3), 3)
    assert pooled_variance(np.array([1, 2]), np.array([1.0, 2])) == (0.0, 0)
    assert pooled_variance(np.array([]), np.array([])) == (0.0, 0)
