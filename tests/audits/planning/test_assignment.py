"""Who goes where: the solver against every possibility, islands counted, bridges built."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.planning.assignment import (
    NO_FIRST,
    NO_FURTHER,
    OVERLOAD,
    assign,
    graph_of,
    islands,
    solve,
)
from audits.planning.reach import Reach


def price(goes: np.ndarray, demand: np.ndarray, cost: np.ndarray) -> float:
    """What an assignment costs: the way, work beyond a fair share, visits given up."""
    fair = -(-int(demand.sum()) // goes.shape[1])
    over = np.maximum(goes.sum(axis=0) - fair, 0).sum()
    total = float(cost[goes].sum()) + OVERLOAD * float(over)
    for wanted, got in zip(demand, goes.sum(axis=1), strict=True):
        missing = int(wanted - got)
        further = min(missing, max(int(wanted) - 1, 0))
        total += NO_FURTHER * further + NO_FIRST * (missing - further)
    return total


def cheapest(demand: np.ndarray, reach: Reach, cost: np.ndarray) -> float:
    """By trying every set of shoppers for every branch."""
    people = range(cost.shape[1])
    crews = [
        [
            crew
            for size in range(int(wanted) + 1)
            for crew in itertools.combinations([j for j in people if reach.allowed[i, j]], size)
        ]
        for i, wanted in enumerate(demand)
    ]
    best = np.inf
    for choice in itertools.product(*crews):
        goes = np.zeros(cost.shape, dtype=bool)
        for i, crew in enumerate(choice):
            goes[i, list(crew)] = True
        if (goes.sum(axis=0) <= reach.capacity).all():
            best = min(best, price(goes, demand, cost))
    return best


@st.composite
def tiny(draw: st.DrawFn) -> tuple[np.ndarray, Reach, np.ndarray]:
    sites, people = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    shape = (sites, people)
    flags = draw(st.lists(st.booleans(), min_size=sites * people, max_size=sites * people))
    ways = draw(
        st.lists(st.integers(1, 40), min_size=sites * people, max_size=sites * people, unique=True)
    )
    demand = draw(st.lists(st.integers(0, 3), min_size=sites, max_size=sites))
    capacity = draw(st.lists(st.integers(0, 4), min_size=people, max_size=people))
    cost = np.array(ways, dtype=float).reshape(shape) / 10
    barred = np.array(flags, dtype=np.int8).reshape(shape)
    return np.array(demand), Reach(barred, cost, np.array(capacity)), cost


@settings(max_examples=60, deadline=None)
@given(tiny())
def test_no_assignment_is_cheaper(case: tuple[np.ndarray, Reach, np.ndarray]) -> None:
    demand, reach, cost = case
    found = solve(demand, reach, cost, set())
    assert not (found.goes & ~reach.allowed).any()
    assert (found.goes.sum(axis=0) <= reach.capacity).all()
    assert (found.goes.sum(axis=1) + found.short == demand).all()
    assert price(found.goes, demand, cost) == pytest.approx(cheapest(demand, reach, cost))


def test_one_visit_each_leaves_an_island_for_each_shopper() -> None:
    """The case of the statistics: 1,000 branches, 61 shoppers, one visit each."""
    goes = np.zeros((1000, 61), dtype=bool)
    goes[np.arange(1000), np.arange(1000) % 61] = True
    count, part = islands(goes)
    assert count == 61
    assert len(set(part[1000:])) == 61


def test_an_island_is_a_branch_seen_by_nobody_elses_shopper() -> None:
    assert islands(graph_of([("s1", "a"), ("s2", "a"), ("s2", "b"), ("s3", "c")]))[0] == 2
    assert islands(graph_of([("s1", "a"), ("s2", "a"), ("s2", "b"), ("s3", "b")]))[0] == 1
    assert islands(np.zeros((3, 2), dtype=bool))[0] == 0


def two_cities(visits: int) -> tuple[np.ndarray, Reach]:
    """Six branches and three shoppers in each of two cities that lie far apart."""
    way = np.full((12, 6), 4.0)
    way[:6, :3] = way[6:, 3:] = 1.0
    barred = np.zeros((12, 6), dtype=np.int8)
    return np.full(12, visits), Reach(barred, way, np.full(6, 9))


def test_islands_are_joined_where_a_branch_has_two_visits() -> None:
    luck = np.random.default_rng(3).random((12, 6))
    demand, reach = two_cities(2)
    apart = solve(demand, reach, reach.way + 0.3 * luck, set())
    assert islands(apart.goes)[0] == 2
    joined = assign(demand, reach, luck)
    assert islands(joined.goes)[0] == 1
    assert (joined.short == 0).all()
    assert joined.goes.sum() == apart.goes.sum()


def test_with_one_visit_each_nothing_can_join_them() -> None:
    demand, reach = two_cities(1)
    found = assign(demand, reach, np.random.default_rng(3).random((12, 6)))
    assert islands(found.goes)[0] == 6


def test_when_capacity_is_short_first_visits_come_first() -> None:
    reach = Reach(np.zeros((4, 3), dtype=np.int8), np.ones((4, 3)), np.array([2, 1, 1]))
    found = solve(np.array([3, 2, 1, 1]), reach, reach.way, set())
    assert found.goes.sum(axis=1).tolist() == [1, 1, 1, 1]
