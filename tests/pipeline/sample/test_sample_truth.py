"""What is planted in the province can be found again, by means other than those that planted it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import chinese_calendar
import numpy as np
import pytest

from audits.scorecard import load_editions
from pipeline.sample.options import Options
from pipeline.sample.performance import Figures, make_figures
from pipeline.sample.province import Province, make_province
from pipeline.sample.truth_file import single_visit_icc
from pipeline.sample.truth_model import Truth, make_truth
from pipeline.sample.visits import Visit, make_plans, make_visits
from pipeline.sheets import kinds

DEFAULT = Options()


@pytest.fixture(scope="module")
def province() -> Province:
    return make_province(DEFAULT)


@pytest.fixture(scope="module")
def hidden(province: Province) -> Truth:
    return make_truth(DEFAULT, province)


@pytest.fixture(scope="module")
def figures(province: Province, hidden: Truth) -> Figures:
    return make_figures(DEFAULT, province, hidden)


@pytest.fixture(scope="module")
def visits(province: Province, hidden: Truth) -> list[Visit]:
    editions = load_editions()
    plans = make_plans(DEFAULT, province, hidden, editions)
    return make_visits(DEFAULT, province, hidden, editions, plans)


def test_the_default_province_has_the_size_that_was_asked_for(province: Province) -> None:
    levels = [n.level for n in province.nodes]
    assert len(province.branches) == 120
    assert levels.count("二级分行") == 8
    assert levels.count("支行") >= 40
    assert levels.count("省行直管机构") == 2
    assert len(DEFAULT.month_list) == 18 and DEFAULT.month_list[0] == "2025-04"
    assert DEFAULT.round_list == ["2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]


def test_the_tree_is_whole_and_ragged(province: Province) -> None:
    codes = [n.code for n in province.nodes] + [b.code for b in province.branches]
    names = [n.name for n in province.nodes] + [b.name for b in province.branches]
    assert len(set(codes)) == len(codes) and len(set(names)) == len(names)
    above = {n.code: n for n in province.nodes}
    assert {above[b.parent].level for b in province.branches} == {"支行", "省行直管机构"}
    assert any(c.startswith("0") for c in codes) and any(not c.startswith("0") for c in codes)
    assert len({int(c) for c in codes}) == len(codes)  # lost zeros stay unambiguous


def test_sub_branches_decide_on_the_introduction(province: Province) -> None:
    dates = defaultdict(set)
    for b in province.branches:
        dates[b.parent].add(b.introduced)
    assert all(len(d) == 1 for d in dates.values())
    days = {b.introduced for b in province.branches}
    assert None in days
    assert any(d and d > date(2026, 9, 30) for d in days)
    assert len({(d.year, (d.month - 1) // 3) for d in days if d}) >= 6


def test_figures_keep_the_rules_between_columns(figures: Figures) -> None:
    for rule in kinds()["performance"].comparisons:
        assert (figures[rule.left] <= figures[rule.right]).all(), rule.id
    assert (figures["fee_income"] < figures["income"]).all()
    assert (figures["followed_up"] <= figures["referred"]).all()
    assert (figures["exam_passed"] <= figures["staff"]).all()
    assert (figures["meetings_in_time"] <= figures["evening_meetings"]).all()
    for column in kinds()["performance"].jumps:
        values = figures[column].astype(float)
        ratio = values[:, 1:] / values[:, :-1]
        assert ((ratio > 1 / 3) & (ratio < 3)).all(), column


def test_business_days_are_those_of_the_branch_calendar(
    province: Province, figures: Figures
) -> None:
    first = date(2025, 10, 1)  # National Day week, a swapped workday
    days = [first + timedelta(days=i) for i in range(31)]
    month = DEFAULT.month_list.index("2025-10")
    week = sum(chinese_calendar.is_workday(d) for d in days)
    holidays = sum(chinese_calendar.get_holiday_detail(d) [1] is not None
                   and chinese_calendar.is_holiday(d) for d in days)  # fmt: skip
    for b in province.branches:
        expected = 31 - holidays if b.weekend else week
        assert figures["business_days"][b.index, month] == expected


def rate_gain(province: Province, left: np.ndarray, right: np.ndarray, skip: set[int]) -> float:
    """Within-branch change after introduction minus the mean change of the never introduced."""
    rate = left / right
    months = DEFAULT.month_list
    never = rate[[b.index for b in province.branches
                  if b.introduced is None or f"{b.introduced:%Y-%m}" > months[-1]]]  # fmt: skip
    gains = []
    for b in province.branches:
        start = f"{b.introduced:%Y-%m}" if b.introduced else "9999"
        at = sum(m < start for m in months)
        if b.index in skip or not 2 <= at <= len(months) - 2:
            continue
        own = rate[b.index, at:].mean() - rate[b.index, :at].mean()
        drift = never[:, at:].mean() - never[:, :at].mean()
        gains.append(own - drift)
    return float(np.mean(gains))


def spared(hidden: Truth) -> set[int]:
    return {hidden.inflater, *(r.branch for r in hidden.relapses)}


@pytest.mark.parametrize(
    ("left", "right", "planted"),
    [
        ("spoken", "served", 0.10),
        ("identified", "served", 0.06),
        ("referred", "identified", 0.08),
        ("satisfied", "ratings", 0.0),
        ("echannel_transactions", "counter_transactions", 0.0),
        ("fee_income", "income", 0.0),
    ],
)
def test_the_introduction_moves_what_it_should_and_nothing_else(
    province: Province, hidden: Truth, figures: Figures, left: str, right: str, planted: float
) -> None:
    gain = rate_gain(province, figures[left], figures[right], spared(hidden))
    scale = float((figures[left] / figures[right]).mean())
    assert gain == pytest.approx(planted, abs=max(0.008, 0.02 * scale))


def score(visit: Visit) -> float:
    """Earned share of plain yes/no items only: another way than the truth file's."""
    plain = [
        (visit.answers[p, e], float(visit.edition.items[p].points))
        for p, e in visit.answers
        if visit.edition.items[p].kind == "yes_no" and visit.edition.items[p].effect == "earn"
    ]
    given = [(a, w) for a, w in plain if a is not None]
    return sum(a * w for a, w in given) / sum(w for _, w in given)


def by_round(visits: list[Visit]) -> dict[tuple[int, str], float]:
    found: dict[tuple[int, str], list[float]] = defaultdict(list)
    for v in visits:
        if v.edition.instrument == "covert" and not v.invented:
            found[v.plan.branch.index, v.plan.round].append(score(v))
    return {k: float(np.mean(s)) for k, s in found.items()}


def test_adherence_rises_by_what_the_truth_says(
    province: Province, hidden: Truth, visits: list[Visit]
) -> None:
    from pipeline.sample.truth_file import _adherence_effect
    from pipeline.sample.visits import Observer

    observer = Observer(DEFAULT, province, hidden, load_editions()["covert-1"])
    planted = _adherence_effect(DEFAULT, province, hidden, observer)
    seen, gains = by_round(visits), []
    for b in province.branches:
        if b.introduced is None or b.index in spared(hidden):
            continue
        quarter = f"{b.introduced.year}Q{(b.introduced.month + 2) // 3}"
        before = [seen[b.index, q] for q in DEFAULT.round_list
                  if q < quarter and (b.index, q) in seen]  # fmt: skip
        after = [seen[b.index, q] for q in DEFAULT.round_list
                 if q >= quarter and (b.index, q) in seen]  # fmt: skip
        if before and after:
            gains.append(np.mean(after) - np.mean(before))
    assert len(gains) > 50
    assert float(np.mean(gains)) == pytest.approx(planted, abs=0.025)


def test_one_visit_tells_about_two_fifths(visits: list[Visit]) -> None:
    icc = single_visit_icc(visits)
    assert icc is not None and 0.33 <= icc <= 0.47


def test_two_branches_relapse(province: Province, hidden: Truth, visits: list[Visit]) -> None:
    assert len(hidden.relapses) == 2
    seen = by_round(visits)
    for relapse in hidden.relapses:
        assert province.branches[relapse.branch].introduced
        own = {q: s for (b, q), s in seen.items() if b == relapse.branch}
        before = [s for q, s in own.items() if q < relapse.round]
        after = [s for q, s in own.items() if q >= relapse.round]
        assert np.mean(before) - np.mean(after) > 0.10


def test_one_shopper_invents_visits(hidden: Truth, visits: list[Visit]) -> None:
    covert = [v for v in visits if v.edition.instrument == "covert"]
    invented = [v for v in covert if v.invented]
    assert {v.plan.shopper for v in invented} == {hidden.fabricator}
    assert len(invented) >= 10
    assert len({tuple(sorted(v.answers.items(), key=str)) for v in invented}) == 1
    assert len({tuple(v.reasons.values()) for v in invented}) == 1
    stays = [minutes(v) for v in invented]
    assert max(stays) < 10 <= 24 <= min(minutes(v) for v in covert if not v.invented)
    honest = [tuple(sorted(v.answers.items(), key=str)) for v in covert if not v.invented]
    assert len(set(honest)) == len(honest)


def minutes(visit: Visit) -> int:
    start, end = visit.time_in, visit.time_out
    return (end.hour - start.hour) * 60 + end.minute - start.minute


def test_one_branch_inflates_its_own_figures(
    province: Province, hidden: Truth, figures: Figures
) -> None:
    rates = (figures["spoken"] / figures["served"]).mean(axis=1)
    assert int(rates.argmax()) == hidden.inflater
    assert rates[hidden.inflater] > 0.95
    assert sorted(rates)[-2] < 0.85
    assert hidden.quality[hidden.inflater] < np.median(hidden.quality)


def test_a_visit_id_is_told_once_and_no_shopper_visits_home(
    province: Province, hidden: Truth, visits: list[Visit]
) -> None:
    assert len({v.visit_id for v in visits}) == len(visits)
    from pipeline.sample.visits import home_branches

    homes = home_branches(province, hidden)
    assert all(homes[v.plan.shopper].parent != v.plan.branch.parent for v in visits)
    assert all(chinese_calendar.is_workday(v.plan.day) for v in visits)


def test_conditions_hold_in_every_answer(visits: list[Visit]) -> None:
    for visit in visits[:200]:
        positions = {item.id: p for p, item in enumerate(visit.edition.items)}
        for (p, e), answer in visit.answers.items():
            for condition in visit.edition.items[p].depends_on:
                given: Any = visit.role
                if condition.field != "customer_role":
                    given = str(visit.answers[positions[condition.field], e])
                if given not in condition.values:
                    assert answer is None


@pytest.mark.parametrize(
    "wrong",
    [{"branches": 0}, {"months": 0}, {"rounds": 41}, {"seed": -1}, {"last_month": "2026Q3"}],
)
def test_impossible_provinces_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(DEFAULT, **wrong)
