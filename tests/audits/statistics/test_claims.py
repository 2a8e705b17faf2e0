"""Claims against observation: by hand, by simulation, and where nothing can be said."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from audits.statistics.claims import copying, gap, heaping
from audits.statistics.proportions import design_effect, difference, wilson


def test_heaping_is_the_tail_of_the_binomial_distribution() -> None:
    figures = np.array([[40, 45, 50, 55, 61, 70, 80, 90, 95, 100, 12, -1]])
    found = heaping(figures, np.array([0]), 2)
    # ten figures above 31, nine of them end in 0 or 5: 10·.2⁹·.8 + .2¹⁰
    tail = sum(comb(10, k) * 0.2**k * 0.8 ** (10 - k) for k in (9, 10))
    assert (found.of[0], found.found[0]) == (10, 9)
    assert found.p[0] == pytest.approx(tail)
    assert found.raised.tolist() == [True, False]
    assert (found.of[1], found.p[1], found.size[1]) == (0, 1.0, 0.0)
    # least raised is 7 of 10: its own tail is the chance that is told
    least = sum(comb(10, k) * 0.2**k * 0.8 ** (10 - k) for k in range(7, 11))
    assert found.size[0] == pytest.approx(least)


def test_heaping_by_chance_is_what_is_told() -> None:
    chance = np.random.default_rng(3)
    unit = np.repeat(np.arange(4000), 4)
    found = heaping(chance.poisson(700, (16_000, 5)), unit, 4000)
    assert abs(found.raised.mean() - found.size.mean()) < 0.0015


def test_copied_months_stand_out_and_equal_counts_by_chance_do_not() -> None:
    chance = np.random.default_rng(4)
    before, now = chance.poisson(400, (2, 1200, 6))
    now[:10] = before[:10]  # branch 0: all its months
    unit = np.repeat(np.arange(120), 10)
    found = copying(now, before, unit, 120)
    assert found.raised.tolist() == [True] + [False] * 119
    assert (found.of[0], found.found[0]) == (60, 60)
    # two equal Poisson counts of mean 400 come in 1/√(4π·400) of cases, and branch 0's come on top
    assert found.expected[1:].mean() == pytest.approx(
        60 * (1 / (4 * np.pi * 400) ** 0.5 * 119 / 120 + 1 / 120), rel=0.1
    )
    small = copying(np.full((3, 6), 20), np.full((3, 6), 20), np.zeros(3, int), 1)
    assert (small.of[0], small.p[0], small.raised[0]) == (0, 1.0, False)
    none = copying(np.zeros((0, 6), int), np.zeros((0, 6), int), np.zeros(0, int), 2)
    assert none.p.tolist() == [1.0, 1.0]


def test_a_gap_has_an_interval_or_a_reason() -> None:
    found = gap(
        *np.array([[960, 500, 0, 400], [1000, 1000, 0, 1000], [8, 8, 3, 0], [16, 16, 6, 0]])
    )
    assert found.status.tolist() == ["ok", "ok", "not_reported", "insufficient"]
    assert found.gap[0] == pytest.approx(0.46)
    assert found.overclaimed.tolist() == [True, False, False, False]
    assert found.low[0] < 0.46 < found.high[0]
    assert not found.unusual.any()  # too few branches to know what is usual
    assert np.isfinite(np.stack([found.low, found.high, found.gap, found.z])).all()


def test_a_report_that_others_seen_alike_do_not_make() -> None:
    chance = np.random.default_rng(8)
    level = chance.normal(0, 0.1, 200)
    seen = chance.binomial(24, (0.75 + level).clip(0, 1))
    spoken = chance.binomial(5000, (0.55 + 0.3 * level + chance.normal(0, 0.03, 200)).clip(0, 1))
    seen[0], spoken[0] = 22, 4750  # 95 % reported, 92 % seen: the interval holds 0
    found = gap(spoken, np.full(200, 5000), seen, np.full(200, 24))
    assert not found.overclaimed[0]
    assert found.unusual.tolist() == [True] + [False] * 199
    assert 0.5 < found.typical[0] < 0.7
    alike = gap(np.full(50, 60), np.full(50, 100), np.full(50, 5), np.full(50, 10))
    assert not alike.unusual.any() and np.isfinite(alike.z).all()


def test_intervals_cover_as_often_as_they_say() -> None:
    chance = np.random.default_rng(6)
    x1, x2 = chance.binomial(40, 0.7, 20_000), chance.binomial(25, 0.5, 20_000)
    low, high = difference(x1, np.full(20_000, 40), x2, np.full(20_000, 25))
    assert 0.93 < np.mean((low < 0.2) & (high > 0.2)) < 0.97
    one, two = wilson(x1, np.full(20_000, 40))
    assert 0.93 < np.mean((one < 0.7) & (two > 0.7)) < 0.97


def test_without_observations_an_interval_says_nothing() -> None:
    zero = np.array([0.0])
    assert [float(v[0]) for v in wilson(zero, zero)] == [0, 1]
    assert [float(v[0]) for v in difference(zero, zero, zero, zero)] == [-1, 1]


def test_encounters_that_are_alike_count_less() -> None:
    chance = np.random.default_rng(7)
    unit = np.repeat(np.arange(400), 6)
    level = np.repeat(chance.uniform(0.3, 0.9, 400), 6)
    independent = chance.binomial(2, level)
    twice = 2 * chance.binomial(1, level)  # both encounters of a visit always the same
    two = np.full(2400, 2)
    assert design_effect(unit, independent, two) == pytest.approx(1.0, abs=0.08)
    assert design_effect(unit, twice, two) == pytest.approx(2.0, abs=0.15)
    assert design_effect(np.array([1]), np.array([1]), np.array([2])) == 1.0
    assert design_effect(np.array([]), np.array([]), np.array([])) == 1.0
    assert design_effect(np.array([1, 1]), np.array([2, 2]), np.array([2, 2])) == 1.0
