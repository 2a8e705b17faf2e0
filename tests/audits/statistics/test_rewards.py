"""What a reward hangs on, by hand."""

from __future__ import annotations

import polars as pl
import pytest
from pydantic import ValidationError

from audits.statistics.rewards import Prize, RewardRules, reward, stake

RANKS = pl.DataFrame(
    {
        "unit": ["a", "b", "c", "d", "e"],
        "place": [1, 2, 3, 4, 5],
        "tier": ["above", "average", "average", "below", "average"],
        "p_above": [0.99, 0.7, 0.4, 0.02, None],
        "p_first_1": [0.6, 0.3, 0.1, 0.0, None],
        "p_first_2": [0.96, 0.6, 0.4, 0.04, None],
    }
)


def prize(**more: object) -> Prize:
    return Prize.model_validate({"id": "x", "zh": "前二", "en": "first two", **more})


def test_the_first_two() -> None:
    found = reward(RANKS, prize(places=(1, 2), amount=1000), [])
    assert found["unit"].to_list() == ["a", "b", "c", "d"]  # e has no interval
    assert found["chance"].to_list() == ["certain", "possible", "possible", "impossible"]
    assert found["amount"].to_list() == [1000, 1000, 0, 0]
    assert found["noise"].to_list() == pytest.approx([40, 400, 400, 40])
    total = stake(found, prize(places=(1, 2), amount=1000).amount)
    assert (total.paid, total.money) == (2, 2000)
    assert (total.doubtful, total.noise) == pytest.approx((0.44, 440))


def test_later_places_are_a_difference() -> None:
    found = reward(RANKS, prize(places=(2, 2), amount=-500), [])
    assert found["p"].to_list() == pytest.approx([0.36, 0.3, 0.3, 0.04])
    assert found["amount"].to_list() == [0, -500, 0, 0]
    assert found["noise"].to_list() == pytest.approx([180, 350, 150, 20])


def test_a_tier_means_the_side_of_the_mean() -> None:
    found = reward(RANKS, prize(tier="below", amount=-100), [])
    assert found["p"].to_list() == pytest.approx([0.01, 0.3, 0.6, 0.98])
    assert found["paid"].to_list() == [False, False, False, True]


def test_a_veto_bars_and_the_place_lapses() -> None:
    found = reward(RANKS, prize(places=(1, 2), amount=1000), ["b"])
    assert found["chance"].to_list() == ["certain", "barred", "possible", "impossible"]
    assert found["amount"].to_list() == [1000, 0, 0, 0]
    assert found["noise"][1] == 0
    spared = reward(RANKS, prize(places=(1, 2), amount=1000, veto_bars=False), ["b"])
    assert spared["amount"].to_list() == [1000, 1000, 0, 0]


def test_rules_name_the_k_they_need_and_one_ground() -> None:
    rules = RewardRules(first_k=10, prizes=(prize(places=(3, 5)), prize(tier="above")))
    assert rules.ks() == [2, 5, 10]
    for wrong in ({}, {"places": (1, 2), "tier": "above"}, {"places": (0, 2)}, {"places": (3, 2)}):
        with pytest.raises(ValidationError):
            prize(**wrong)
