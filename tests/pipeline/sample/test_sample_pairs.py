"""Paired visits of the sample, and diaries in which only the inventing shopper is in two places."""

from __future__ import annotations

from collections import Counter

import pytest

from audits.scorecard import load_editions
from pipeline.sample.options import Options
from pipeline.sample.province import Province, make_province
from pipeline.sample.truth_model import Truth, make_truth
from pipeline.sample.visits import ALIKE, UNCLEAR, Visit, home_branches, make_plans, make_visits

OPTIONS = Options(branches=60, months=12, rounds=4, seed=5)
Made = tuple[Province, Truth, list[Visit]]


@pytest.fixture(scope="module")
def made() -> Made:
    editions = {e: d for e, d in load_editions().items() if e in ("covert-1", "open-1")}
    province = make_province(OPTIONS)
    truth = make_truth(OPTIONS, province)
    plans = make_plans(OPTIONS, province, truth, editions)
    return province, truth, make_visits(OPTIONS, province, truth, editions, plans)


def test_a_tenth_is_paired_by_another_shopper_on_the_same_day(made: Made) -> None:
    province, truth, visits = made
    by_plan = {v.plan.plan_id: v for v in visits}
    seconds = [v for v in visits if v.plan.pair_of]
    firsts = [v for v in visits if v.plan.covert and v.plan.number == 1]
    assert 0.08 <= len(seconds) / len(firsts) <= 0.12
    homes = home_branches(province, truth)
    for second in seconds:
        first = by_plan[str(second.plan.pair_of)]
        assert first.plan.shopper != second.plan.shopper
        assert (first.plan.branch, first.plan.day) == (second.plan.branch, second.plan.day)
        assert first.visit_id != second.visit_id and not second.invented and not first.invented
        assert homes[second.plan.shopper].parent != second.plan.branch.parent


def test_pairs_agree_as_planted_and_not_on_unclear_items(made: Made) -> None:
    _, _, visits = made
    by_plan = {v.plan.plan_id: v for v in visits}
    same: Counter[bool] = Counter()
    unclear: Counter[bool] = Counter()
    for second in (v for v in visits if v.plan.pair_of):
        first = by_plan[str(second.plan.pair_of)]
        for place, answer in second.answers.items():
            other = first.answers.get(place)
            if answer is not None and other is not None:
                id = second.edition.items[place[0]].id
                (unclear if id in UNCLEAR else same)[answer == other] += 1
    assert same[True] / same.total() > ALIKE
    assert unclear[True] / unclear.total() < 0.85


def test_only_invented_visits_share_a_day(made: Made) -> None:
    _, truth, visits = made
    days = Counter((v.plan.shopper, v.plan.day) for v in visits if not v.invented)
    assert set(days.values()) == {1}
    invented = Counter((v.plan.shopper, v.plan.day) for v in visits if v.invented)
    assert {s for s, _ in invented} == {truth.fabricator} and 2 in invented.values()
