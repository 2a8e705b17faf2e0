"""The visit plan: reproducible, within its rules whatever the lists, and frank about the rest."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audits.planning.model import Plan, PlanRules, Shopper, Site
from audits.planning.timing import cells_of, permuted_blocks
from audits.visit_plan import make_plan, pairs_due

START = date(2026, 10, 12)  # a Monday
WORKDAYS = tuple(
    d for d in (START + timedelta(days=n) for n in range(56)) if d.weekday() < 5
)  # eight weeks
ALWAYS = frozenset((d, half) for d in WORKDAYS for half in (0, 1))


def sites(count: int, cities: int = 2, **more: object) -> list[Site]:
    return [
        Site(f"{i:03d}", f"c{i % cities}", f"g{i % 2}", i % 3 > 0, WORKDAYS, f"d{i % 7}", **more)
        for i in range(count)
    ]


def shoppers(count: int, cities: int = 2, **more: object) -> list[Shopper]:
    return [
        Shopper(f"S{j:02d}", ALWAYS, f"{j:03d}", frozenset({f"d{j % 7}"}), f"c{j % cities}", **more)
        for j in range(count)
    ]


def told(plan: Plan) -> set[str]:
    return {c.kind for c in plan.concerns}


def broken(
    plan: Plan, own: list[Site], people: list[Shopper], visited: frozenset[tuple[str, str]]
) -> list[str]:
    """What of the rules a plan breaks; nothing of it is taken from the planner."""
    where, who, found = {s.code: s for s in own}, {s.id: s for s in people}, []
    for visit in plan.visits:
        site, shopper = where[visit.site], who[visit.shopper]
        if site.code == shopper.own_branch or site.district in shopper.districts:
            found.append(f"conflict {visit}")
        if (shopper.id, site.code) in visited:
            found.append(f"again within a year {visit}")
        if visit.day not in site.days or (visit.day, visit.half) not in shopper.free:
            found.append(f"closed or not free {visit}")
    pairs = Counter((v.shopper, v.site) for v in plan.visits)
    found += [f"twice {p}" for p, n in pairs.items() if n > 1]
    slots = Counter((v.shopper, v.day, v.half) for v in plan.visits)
    found += [f"in two places {s}" for s, n in slots.items() if n > 1]
    for shopper, n in Counter(v.shopper for v in plan.visits).items():
        limit = who[shopper].maximum
        if limit is not None and n > limit:
            found.append(f"over the limit {shopper}")
    return found + unpaired(plan)


def unpaired(plan: Plan) -> list[str]:
    """Pairs that are none: another branch, day or customer, the same shopper or window."""
    by_number = {v.number: v for v in plan.visits}
    found = []
    for one in plan.visits:
        if one.companion is None:
            continue
        other = by_number[one.companion]
        same = (one.site, one.day, one.half, one.role) == (
            other.site, other.day, other.half, other.role,
        )  # fmt: skip
        if other.companion != one.number or not same:
            found.append(f"no pair {one} {other}")
        if one.shopper == other.shopper or one.window == other.window:
            found.append(f"not apart {one} {other}")
    return found


@st.composite
def provinces(
    draw: st.DrawFn,
) -> tuple[list[Site], list[Shopper], frozenset[tuple[str, str]], int]:
    """Small provinces with everything that can go wrong in a list."""
    days = WORKDAYS[: draw(st.integers(1, 12))]
    some_days = st.lists(st.sampled_from(days), max_size=6, unique=True).map(sorted).map(tuple)
    districts = st.sampled_from(["", "d1", "d2", "d3"])
    own = [
        Site(
            f"{i}", draw(st.sampled_from(["", "c1", "c2"])), draw(st.sampled_from(["g", "h"])),
            draw(st.booleans()), draw(st.one_of(st.just(days), some_days)), draw(districts),
            draw(st.sampled_from([0.0, 0.3, 1.0])), draw(st.sampled_from([None, 3.0, 9.0])),
        )
        for i in range(draw(st.integers(1, 6)))
    ]  # fmt: skip
    halves = st.sampled_from([(d, h) for d in days for h in (0, 1)])
    people = [
        Shopper(
            f"S{j}", frozenset(draw(st.lists(halves, max_size=8))),
            draw(st.sampled_from(["", "0", "1", "99"])),
            frozenset({draw(districts)} - {""}), draw(st.sampled_from(["", "c1", "c2"])),
            draw(st.sampled_from([None, 0, 1, 3])),
        )
        for j in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    couples = st.tuples(
        st.sampled_from([p.id for p in people]), st.sampled_from([s.code for s in own])
    )
    visited = frozenset(draw(st.lists(couples, max_size=4)))
    return own, people, visited, draw(st.integers(1, 14))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(provinces(), st.integers(0, 5))
def test_no_rule_is_broken_and_nothing_is_left_out_in_silence(
    case: tuple[list[Site], list[Shopper], frozenset[tuple[str, str]], int], seed: int
) -> None:
    own, people, visited, wanted = case
    if not any(s.days for s in own):
        with pytest.raises(ValueError, match="branches"):
            make_plan(own, people, wanted, seed, visited)
        return
    plan = make_plan(own, people, wanted, seed, visited)
    assert broken(plan, own, people, visited) == []
    assert len(plan.visits) <= wanted
    if len(plan.visits) < wanted:
        lost = {"capacity", "nobody", "too_few", "full", "no_day", "too_many"}
        assert told(plan) & lost
    missed = {s.code for s in own if s.days} - {v.site for v in plan.visits}
    if missed:
        named = {c for concern in plan.concerns for c in concern.branches}
        assert missed <= named or "below_minimum" in told(plan)
    for concern in plan.concerns:
        assert len(concern.zh) > 15 and len(concern.en) > 40


def test_the_same_seed_gives_the_same_plan_whatever_the_order() -> None:
    own, people = sites(40), shoppers(9)
    visited = frozenset({("S00", "005"), ("S04", "017")})
    one = make_plan(own, people, 90, 7, visited)
    other = make_plan(own[::-1], people[::-1], 90, 7, visited)
    assert one == other
    assert len(one.visits) == 90
    assert make_plan(own, people, 90, 8, visited).visits != one.visits


def test_a_province_gets_all_it_asks_for() -> None:
    plan = make_plan(sites(60), shoppers(12), 132, 1)
    assert plan.concerns == ()
    assert len(plan.visits) == 132
    assert plan.islands == 1
    assert set(Counter(v.site for v in plan.visits)) == {f"{i:03d}" for i in range(60)}
    assert sum(v.companion is not None for v in plan.visits) == 24  # 12 pairs on 120 occasions
    assert [v.number for v in plan.visits] == list(range(1, 133))
    assert [v.day for v in plan.visits] == sorted(v.day for v in plan.visits)


def test_a_tenth_of_the_occasions_is_seen_by_two() -> None:
    assert pairs_due(110, PlanRules()) == 10
    assert pairs_due(1100, PlanRules()) == 100
    assert pairs_due(100, PlanRules(paired=0)) == 0


def test_blocks_hold_every_cell_once() -> None:
    import numpy as np

    cells = cells_of(WORKDAYS)
    assert len(cells) == 5 * 2 * 2
    drawn = permuted_blocks(cells, 50, np.random.default_rng(1))
    assert Counter(drawn[:20]) == Counter(drawn[20:40]) == Counter(cells)
    assert max(Counter(drawn[40:]).values()) == 1
    assert drawn[:20] != drawn[20:40]


def test_day_parts_are_even_where_shoppers_are_free() -> None:
    """Every class of branches is seen as often on each weekday and half of the day."""
    plan = make_plan(sites(80, cities=1), shoppers(20, cities=1), 160, 2, rules=PlanRules(paired=0))
    assert plan.on_target > 0.95
    weekdays = Counter(v.day.weekday() for v in plan.visits)
    halves = Counter(v.half for v in plan.visits)
    windows = Counter(v.window for v in plan.visits)
    assert max(weekdays.values()) - min(weekdays.values()) <= 10
    assert abs(halves[0] - halves[1]) <= 8
    assert abs(windows[0] - windows[1]) <= 8


def test_roles_come_in_blocks_within_a_stratum() -> None:
    own = [Site(f"{i:03d}", "c", "g", True, WORKDAYS) for i in range(40)]
    plan = make_plan(own, shoppers(8, cities=1), 40, 3, rules=PlanRules(paired=0))
    roles = Counter(v.role for v in plan.visits)
    assert roles == {"普通客户": 22, "潜在贵宾客户": 6, "未办卡贵宾客户": 6, "贵宾客户": 6}
    bare = make_plan(own, shoppers(8, cities=1), 40, 3, rules=PlanRules(roles=()))
    assert {v.role for v in bare.visits} == {None}


def test_weekend_branches_are_seen_at_weekends_too() -> None:
    week = tuple(START + timedelta(days=n) for n in range(28))
    own = [Site(f"{i}", "c", "g", True, week if i < 20 else WORKDAYS[:20]) for i in range(40)]
    free = frozenset((d, h) for d in week for h in (0, 1))
    people = [Shopper(f"S{j}", free) for j in range(6)]
    plan = make_plan(own, people, 80, 4)
    weekend = {v.site for v in plan.visits if v.day.weekday() >= 5}
    assert weekend and all(int(code) < 20 for code in weekend)


@pytest.mark.parametrize(
    ("own", "people", "wanted", "kinds", "codes"),
    [
        (sites(10), shoppers(3, maximum=2), 20, {"capacity", "full"}, None),
        (sites(3), [Shopper("S0", ALWAYS, "000")], 3, {"nobody"}, {"000"}),
        (sites(3), [Shopper("S0", ALWAYS)], 9, {"too_many"}, None),
        (sites(30), shoppers(6), 20, {"below_minimum"}, None),
        (sites(12, cities=1), shoppers(4, cities=1), 12, {"islands", "pairs"}, None),
        (sites(4), [Shopper("S0", frozenset()), Shopper("S1", frozenset())], 4, {"nobody"}, None),
    ],
    ids=["capacity", "own branch", "nobody twice", "minimum", "islands", "no day"],
)
def test_what_cannot_be_met_is_told(
    own: list[Site], people: list[Shopper], wanted: int, kinds: set[str], codes: set[str] | None
) -> None:
    plan = make_plan(own, people, wanted, 1)
    assert kinds <= told(plan)
    if codes is not None:
        assert {c for concern in plan.concerns for c in concern.branches} == codes
    nobody = [c for c in plan.concerns if c.kind == "nobody"]
    assert all(("本人所属网点" in c.zh) or ("共同的可用日期" in c.zh) for c in nobody)


def test_last_years_visits_join_what_this_plan_leaves_apart() -> None:
    own, people = sites(12, cities=1), shoppers(4, cities=1)
    alone = make_plan(own, people, 12, 1)
    assert alone.islands == alone.islands_with_history > 1
    chain = frozenset((p.id, code) for p in people for code in ("x", "y"))
    joined = make_plan(own, people, 12, 1, visited=chain)
    assert joined.islands > 1 == joined.islands_with_history
    (said,) = [c for c in joined.concerns if c.kind == "islands"]
    assert "连同上一年的暗访则连成一片" in said.zh


def test_nothing_to_plan_is_an_error() -> None:
    for bad in (([], shoppers(1), 1), (sites(1), [], 1), (sites(1), shoppers(1), 0)):
        with pytest.raises(ValueError, match="needs"):
            make_plan(*bad, seed=1)
