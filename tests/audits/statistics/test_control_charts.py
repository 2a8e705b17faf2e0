"""Control charts against a slow oracle written from the rules' words; chance; degenerate series."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from audits.statistics.chance import _unchanged, p_chance, xmr_chance
from audits.statistics.control_charts import SIGNALS, begins, ewma, p_chart, xmr


def limits_by_hand(series: list[float]) -> tuple[float, float]:
    """(centre, half width): one screen of the moving ranges."""
    ranges = [abs(b - a) for a, b in pairwise(series)]
    mean = sum(ranges) / len(ranges)
    kept = [r for r in ranges if r <= 3.267 * mean]
    screened = sum(kept) / len(kept)
    return sum(series) / len(series), 2.66 * (screened or mean)


def signals_by_hand(series: list[float]) -> dict[str, list[int]]:
    """Rule -> side at each point, each rule read point by point."""
    centre, half = limits_by_hand(series)
    side = [(v > centre) - (v < centre) for v in series]
    found = {rule: [0] * len(series) for rule in SIGNALS}
    for i, value in enumerate(series):
        if abs(value - centre) > half:
            found["outside"][i] = side[i]
        for s in (-1, 1):
            if i >= 6 and all(side[j] == s for j in range(i - 6, i + 1)):
                found["run"][i] = s
            if i >= 6 and all((series[j] - series[j - 1]) * s > 0 for j in range(i - 5, i + 1)):
                found["trend"][i] = s
            three = range(i - 2, i + 1)
            if i >= 2 and all(side[j] == s for j in three):
                far = [j for j in three if abs(series[j] - centre) > 2 * half / 3]
                if len(far) >= 2:
                    found["thirds"][i] = s
    return found


@pytest.mark.parametrize("points", [12, 13, 24, 37])
def test_every_signal_is_where_the_rules_put_it(points: int) -> None:
    chance = np.random.default_rng(points)
    steps = chance.normal(size=(60, points)) * 0.6
    values = np.concatenate([steps.cumsum(axis=1), chance.normal(size=(60, points))])
    found = xmr(values)
    assert (found.status == "ok").all()
    seen = 0
    for at, series in enumerate(values.tolist()):
        centre, half = limits_by_hand(series)
        assert found.centre[at] == pytest.approx(centre)
        assert found.upper[at] - found.centre[at] == pytest.approx(half)
        hand = signals_by_hand(series)
        assert {r: found.signals[i, at].tolist() for i, r in enumerate(SIGNALS)} == hand
        seen += sum(map(any, hand.values()))
    assert seen > 50


def test_a_signal_is_dated_back_to_where_it_begins() -> None:
    series = np.array([[5.0, 5.2, 4.9, 5.1, 1, 1.1, 1, 1.2, 1, 1.1, 1, 1.2, 1, 9]])
    found = xmr(series)
    run = found.signals[SIGNALS.index("run"), 0]
    assert run.tolist()[10:13] == [-1, -1, -1]
    assert begins(found.signals)[SIGNALS.index("run"), 0, 12] == 4


@pytest.mark.parametrize(
    ("series", "status"),
    [
        ([0.5] * 12, "constant"),
        ([0.5] * 11, "short"),
        ([1.0], "short"),
        ([0.1 + 0.2] * 13, "constant"),
    ],
)
def test_series_without_a_chart_say_why_and_signal_nothing(
    series: list[float], status: str
) -> None:
    found = xmr(np.array([series]))
    assert found.status.tolist() == [status]
    assert not found.signals.any()
    assert np.isfinite([found.centre, found.lower, found.upper]).all()


def test_no_series_at_all() -> None:
    assert xmr(np.zeros((0, 12))).status.tolist() == []


def test_a_jump_that_the_screen_would_take_away_keeps_its_limits() -> None:
    found = xmr(np.array([[1.0] * 9 + [2.0] * 9]))
    assert found.status[0] == "ok"
    assert found.upper[0] > found.lower[0]


def test_p_charts_need_observations_and_points() -> None:
    sizes = np.array([[30.0] * 6, [30.0] * 5 + [24.0], [30.0] * 6])
    counts = np.array([[15.0, 15, 15, 15, 15, 29], [15] * 6, [30] * 6])
    found = p_chart(counts, sizes)
    assert found.status.tolist() == ["ok", "short", "constant"]
    assert found.signals[0].tolist() == [[0, 0, 0, 0, 0, 1], [0] * 6, [0] * 6]
    assert p_chart(counts[:, :5], sizes[:, :5]).status.tolist() == ["short"] * 3


def test_chance_is_that_of_the_rules_and_the_same_each_time() -> None:
    chance = np.random.default_rng(99)
    series = chance.normal(size=(1500, 12)).tolist()
    slow = np.mean([any(map(any, signals_by_hand(s).values())) for s in series])
    rate = xmr_chance(12)
    assert abs(rate.anywhere - slow) < 0.02  # three standard errors of the slow one
    assert xmr_chance(24).anywhere > rate.anywhere > rate.latest > rate.latest_below > 0
    _unchanged.cache_clear()
    assert xmr_chance(12) == rate
    assert xmr_chance(8).anywhere == 0  # too short for a chart
    assert xmr_chance(12, latest=0).latest == 0


def test_chance_on_a_p_chart_is_near_that_of_three_standard_errors() -> None:
    both, below = p_chance(np.full(300, 0.5), np.full((300, 12), 100.0), np.full(300, 1))
    # the exact tail of 100 tries at 1/2 beyond 35-65 is 0.18 %; the own point draws the limits
    assert 0 < both.mean() < 0.006
    assert 0 < below.mean() < both.mean()
    none, _ = p_chance(np.full(3, 0.5), np.full((3, 12), 100.0), np.zeros(3))
    assert not none.any()


def test_ewma_needs_a_weight() -> None:
    with pytest.raises(ValueError):
        ewma(np.zeros((1, 3)), np.zeros(1), 0.0)
    assert ewma(np.ones((1, 3)), np.zeros(1), 1.0).tolist() == [[0, 1, 1, 1]]


def test_rare_events_would_signal_more_often_than_the_stated_chance() -> None:
    """Why monthly counts under ten have no chart (`publishing/charts.py`): one-sided spread."""
    chance = np.random.default_rng(12)
    few, many = (chance.poisson(mean, (4000, 14)).astype(float) for mean in (1.0, 40.0))
    stated = xmr_chance(14).anywhere
    rates = [float((xmr(v).signals != 0).any(axis=(0, 2)).mean()) for v in (few, many)]
    assert rates[0] > 1.5 * stated
    assert rates[1] < 1.2 * stated
