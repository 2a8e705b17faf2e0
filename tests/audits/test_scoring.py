"""Scores against hand-computed examples, a plain Fraction oracle and bounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_oracle import Answers, rounded, score_visit

from audits.scorecard import Condition, Edition, Item, Section, load_editions
from audits.scoring import Scored, score

ROLES = ("普通客户", "潜在贵宾客户", "未办卡贵宾客户", "贵宾客户")


def frames(cases: dict[str, tuple[str, dict[str, Any], Answers]]) -> tuple[Any, Any]:
    """visit id -> (edition, head, answers) as the two fact frames."""
    visits = [{"visit_id": v, "edition": e, **head} for v, (e, head, _) in cases.items()]
    rows = [
        {
            "visit_id": visit,
            "encounter": place,
            "item_id": item,
            "answer": None if given in (None, "na") else float(given),
            "not_applicable": given == "na",
        }
        for visit, (_, _, answers) in cases.items()
        for (place, item), given in answers.items()
    ]
    schema = {"visit_id": pl.String, "encounter": pl.Int32, "item_id": pl.String}
    schema |= {"answer": pl.Float64, "not_applicable": pl.Boolean}
    return pl.DataFrame(rows, schema=schema), pl.DataFrame(visits)


def item(id: str, section: str, points: str, **fields: Any) -> Item:
    fields = {"kind": "yes_no"} | fields
    return Item(id=id, section=section, points=Decimal(points), zh=id, en=id, **fields)


# Two sections; small enough to work out on paper.
SMALL = Edition(
    id="small",
    instrument="covert",
    zh="小",
    en="small",
    valid_from=date(2025, 1, 1),
    sections=(
        Section(id="A", zh="甲", en="A", points=Decimal(60)),
        Section(id="B", zh="乙", en="B", points=Decimal(40)),
    ),
    items=(
        item("A1", "A", "30"),
        item("A2", "A", "30", scope="encounter", step="s1", na_allowed=True),
        item("B1", "B", "10", kind="ordinal", levels=3),
        item("B2", "B", "20", kind="minutes", target=Decimal(5), na_allowed=True),
        item("B3", "B", "10", kind="count", target=Decimal(4), tags=("speak_up",)),
        item("B8", "B", "15", effect="deduct", kind="count"),
        item("B9", "B", "5", effect="deduct", veto=1),
    ),
)
PERFECT: dict[tuple[int, str], float | str | None] = {
    (0, "A1"): 1,
    (1, "A2"): 1,
    (0, "B1"): 3,
    (0, "B2"): 5,
    (0, "B3"): 4,
    (0, "B8"): 0,
    (0, "B9"): 0,
}


def small(**changes: Any) -> Scored:
    """PERFECT with some answers changed: `B1=2` in the hall, `A2_2=0` at counter 2."""
    answers = dict(PERFECT)
    for name, given_answer in changes.items():
        id, _, place = name.partition("_")
        answers[(int(place or (1 if id == "A2" else 0)), id)] = given_answer
    return score(*frames({"v": ("small", {}, answers)}), {"small": SMALL})


def one(scored: Scored, column: str) -> Any:
    return scored.visits[column].to_list()[0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "100"),
        ({"A1": 0}, "70"),
        # ordinal 2 of 3 of 10 points: 6.6667 of 10 -> 96.6667
        ({"B1": 2}, "96.6667"),
        ({"B2": 5.5}, "80"),
        ({"B2": 0}, "100"),
        # 3 of 4 -> 7.5; more than the target earns no more
        ({"B3": 3}, "97.5"),
        ({"B3": 9}, "100"),
        # n/a leaves both: (100-20-30) / (100-20) with A1 failed = 50/80
        ({"B2": "na", "A1": 0}, "62.5"),
        # three counters, one failed: 30 * 2/3 = 20 -> 90
        ({"A2_2": 1, "A2_3": 0}, "90"),
        # of three counters one does not apply, one failed: 30 * 1/2 -> 85
        ({"A2_2": "na", "A2_3": 0}, "85"),
        # two occurrences at 15 take 30 of B's 40
        ({"B8": 2}, "70"),
        # three would take 45: the section floors at 0, A is untouched
        ({"B8": 3}, "60"),
    ],
)
def test_worked_examples(changes: dict[str, Any], expected: str) -> None:
    scored = small(**changes)
    assert one(scored, "status") == "ok"
    assert one(scored, "score") == Decimal(expected).quantize(Decimal("0.0001"))


def test_half_even_at_the_fourth_decimal() -> None:
    # 1/8 of 0.1 point: 100 * 99.9125/100 = 99.91250, exact; then a tie: 60.00005 -> 60.0000
    tie = SMALL.model_copy(
        update={
            "items": (
                item("A1", "A", "60.00005"),
                item("A2", "A", "0.00005"),
                item("B1", "B", "39.9999"),
            )
        }
    )
    answers: Answers = {(0, "A1"): 1, (0, "A2"): 0, (0, "B1"): 0}
    got = score(*frames({"v": ("small", {}, answers)}), {"small": tie})
    assert one(got, "score") == Decimal("60.0000")  # half-up would say 60.0001
    odd = {(0, "A1"): 1, (0, "A2"): 1, (0, "B1"): 0}  # 60.0001 exactly
    assert one(score(*frames({"v": ("small", {}, odd)}), {"small": tie}), "score") == Decimal(
        "60.0001"
    )


def test_veto_caps_but_does_not_lift() -> None:
    scored = small(B9=1)
    assert one(scored, "score_before_veto") == Decimal(95)
    assert one(scored, "score") == Decimal(60)
    assert one(scored, "veto") == 1
    low = small(B9=1, A1=0, A2=0)
    assert one(low, "score_before_veto") == one(low, "score") == Decimal(35)


@pytest.mark.parametrize(("level", "expected"), [(0, "95"), (2, "0")])
def test_veto_levels(level: int, expected: str) -> None:
    items = tuple(i.model_copy(update={"veto": level}) if i.id == "B9" else i for i in SMALL.items)
    edition = SMALL.model_copy(update={"items": items})
    answers = PERFECT | {(0, "B9"): 1}
    scored = score(*frames({"v": ("small", {}, answers)}), {"small": edition})
    assert one(scored, "score") == Decimal(expected)
    assert one(scored, "veto") == level


def test_coverage_at_seventy_percent_scores_and_below_does_not() -> None:
    at = small(A2="na")  # 70 of 100 apply
    assert one(at, "status") == "ok"
    assert one(at, "coverage") == Decimal("0.7")
    below = small(A2="na", B2="na", B9=1)
    assert one(below, "status") == "insufficient"
    assert one(below, "score") is None
    assert one(below, "score_before_veto") is None
    assert one(below, "veto") == 1  # still known


def test_a_blank_is_not_a_zero_and_not_an_n_a() -> None:
    scored = small(A1=None)
    assert one(scored, "status") == "incomplete"
    assert one(scored, "score") is None
    assert one(scored, "blanks") == 1


def test_a_missing_row_is_a_blank() -> None:
    answers = {k: v for k, v in PERFECT.items() if k != (0, "B1")}
    scored = score(*frames({"v": ("small", {}, answers)}), {"small": SMALL})
    assert one(scored, "status") == "incomplete"


def test_unknown_edition_and_doubles_are_told() -> None:
    answers, visits = frames({"v": ("small", {}, PERFECT)})
    with pytest.raises(KeyError, match="small"):
        score(answers, visits, {})
    with pytest.raises(ValueError, match="twice"):
        score(pl.concat([answers, answers.head(1)]), visits, {"small": SMALL})
    with pytest.raises(ValueError, match="twice"):
        score(answers, pl.concat([visits, visits]), {"small": SMALL})


def test_no_visits_give_empty_frames() -> None:
    answers, visits = frames({"v": ("small", {}, PERFECT)})
    scored = score(answers.clear(), visits.clear(), {"small": SMALL})
    assert [f.height for f in vars(scored).values()] == [0, 0, 0, 0]


# ---- the covert edition ---------------------------------------------------------------------
def covert(role: str = "普通客户", counters: int = 1, **changes: Any) -> Scored:
    edition = load_editions()["covert-1"]
    answers: dict[tuple[int, str], float | str | None] = {}
    for thing in edition.items:
        best = float(thing.levels or 1) if thing.effect == "earn" else 0.0
        for place in [0] if thing.scope == "visit" else range(1, counters + 1):
            answers[(place, thing.id)] = best
    for name, given_answer in changes.items():
        id, _, place = name.partition("_")
        answers[(int(place or 0), id)] = given_answer
    return score(
        *frames({"v": ("covert-1", {"customer_role": role}, answers)}), {"covert-1": edition}
    )


@pytest.mark.parametrize("role", ROLES)
def test_exactly_one_case_of_step_five_counts(role: str) -> None:
    scored = covert(role)
    assert one(scored, "score") == Decimal(100)
    assert one(scored, "applicable") == Decimal(100)
    cases = scored.answers.filter(pl.col("step") == "s5")
    assert sorted(cases["state"].to_list()) == ["answered"] + ["condition"] * 3


def test_seven_of_seven_per_encounter() -> None:
    scored = covert(counters=2, STEP1D_2="na", STEP7B_2=0)
    seven = scored.encounters.select("encounter", "steps_applicable", "seven_complete").rows()
    assert seven == [(0, 0, None), (1, 7, True), (2, 7, False)]


def test_a_step_that_cannot_apply_leaves_six_of_six() -> None:
    scored = covert(STEP5D_1="na")  # an old customer is not sent to the machine
    row = scored.encounters.filter(pl.col("encounter") == 1).row(0, named=True)
    assert (row["steps_applicable"], row["steps_satisfied"]) == (6, 6)
    assert row["seven_complete"] is True
    assert one(scored, "applicable") == Decimal(95)


def test_a_promise_not_made_cannot_be_broken() -> None:
    scored = covert(STEP4A_1=0, STEP4B_1=None)
    assert one(scored, "status") == "ok"
    assert one(scored, "applicable") == Decimal(98)
    assert one(scored, "earned") == Decimal("96.5")


def test_speaking_up_is_told_for_hall_and_counter() -> None:
    scored = covert(counters=2, HALL08=0, REF01_2="na")
    spoke = scored.encounters.select("encounter", "spoke_applies", "spoke_up").rows()
    assert spoke == [(0, True, False), (1, True, True), (2, False, None)]


def test_following_the_forbidden_lines_costs_points() -> None:
    scored = covert(COMP11=1, COMP12=1, COMP13=1)
    # 12 - 3 * 2 of the section's 12
    section = scored.sections.filter(pl.col("section") == "COMP").row(0, named=True)
    assert (section["earned"], section["deducted"], section["share"]) == (6, 6, Decimal("0.5"))
    assert one(scored, "score") == Decimal(94)


# ---- against the oracle ---------------------------------------------------------------------
def random_answer(random: Random, thing: Item) -> float | str | None:
    dice = random.random()
    if thing.na_allowed and dice < 0.25:
        return "na"
    if dice > 0.9995:
        return None
    if thing.effect == "deduct":
        return float(random.random() < 0.05) * random.randint(1, 3) ** (thing.kind == "count")
    if thing.kind == "minutes":
        return random.choice([0.0, 0.5, 1.0, 1.001, 3.0])
    return float(random.randint(0, int(thing.levels or thing.target or 1)))


def random_visit(random: Random) -> tuple[str, dict[str, Any], Answers]:
    edition = load_editions()[random.choice(["covert-1", "open-1"])]
    counters = random.randint(0, 4)
    answers = {
        (place, thing.id): random_answer(random, thing)
        for thing in edition.items
        for place in ([0] if thing.scope == "visit" else range(1, counters + 1))
    }
    return edition.id, {"customer_role": random.choice(ROLES)}, answers


def same(scored: Scored, visit: str, expected: dict[str, Any]) -> None:
    row = scored.visits.filter(pl.col("visit_id") == visit).row(0, named=True)
    for column in ("score", "score_before_veto"):
        value = expected[column]
        assert row[column] == (None if value is None else rounded(value, 4)), (visit, column)
    assert row["coverage"] == rounded(expected["coverage"], 6)
    assert (row["veto"], row["status"]) == (expected["veto"], expected["status"])
    sections = scored.sections.filter(pl.col("visit_id") == visit)
    got = dict(zip(sections["section"], sections["earned"], strict=True))
    for section, earned in expected["sections"].items():
        assert got.get(section, Decimal(0)) == rounded(earned, 6), (visit, section)


def test_equals_the_oracle_on_random_visits() -> None:
    random = Random(20260901)
    cases = {f"v{n}": random_visit(random) for n in range(300)}
    editions = load_editions()
    scored = score(*frames(cases), editions)
    seen = set()
    for visit, (edition, head, answers) in cases.items():
        expected = score_visit(editions[edition], head, answers)
        seen.add(expected["status"])
        same(scored, visit, expected)
    assert seen == {"ok", "insufficient", "incomplete"}  # the sample meets every verdict


answer_of = {
    "A1": st.sampled_from([0, 1]),
    "B1": st.integers(0, 3),
    "B2": st.one_of(st.just("na"), st.integers(0, 30)),
    "B3": st.integers(0, 9),
    "B8": st.integers(0, 5),
    "B9": st.sampled_from([0, 1]),
}
counter_answers = st.lists(st.sampled_from([0, 1, "na"]), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries(answer_of), counter_answers)
def test_bounds_and_oracle(hall: dict[str, Any], counters: list[Any]) -> None:
    answers: dict[tuple[int, str], Any] = {(0, k): v for k, v in hall.items()}
    answers |= {(n, "A2"): v for n, v in enumerate(counters, 1)}
    scored = score(*frames({"v": ("small", {}, answers)}), {"small": SMALL})
    row = scored.visits.row(0, named=True)
    assert 0 <= row["earned"] <= row["applicable"] <= 100
    assert 0 <= row["coverage"] <= 1
    if row["score"] is not None:
        assert 0 <= row["score"] <= row["score_before_veto"] <= 100
    same(scored, "v", score_visit(SMALL, {}, answers))


@settings(max_examples=30, deadline=None)
@given(st.fixed_dictionaries(answer_of))
def test_a_better_answer_never_lowers_the_score(hall: dict[str, Any]) -> None:
    answers = PERFECT | {(0, k): v for k, v in hall.items()}
    better = answers | {(0, "A1"): 1}
    cases = {"a": ("small", {}, answers), "b": ("small", {}, better)}
    a, b = score(*frames(cases), {"small": SMALL}).visits["score"].to_list()
    assert a is None or b >= a


def test_chained_conditions_on_an_item_that_does_not_apply() -> None:
    chain = (
        *SMALL.items,
        item("A5", "A", "1", depends_on=(Condition(field="A1", values=("0",)),)),
        item("A6", "A", "1", depends_on=(Condition(field="A5", values=("1",)),)),
    )
    edition = SMALL.model_copy(update={"items": chain})
    answers = PERFECT | {(0, "A5"): 1, (0, "A6"): 1}  # A1 = 1, so neither applies
    scored = score(*frames({"v": ("small", {}, answers)}), {"small": edition})
    states = scored.answers.filter(pl.col("item_id").is_in(["A5", "A6"]))["state"].to_list()
    assert states == ["condition", "condition"]
    assert one(scored, "applicable") == Fraction(100)
