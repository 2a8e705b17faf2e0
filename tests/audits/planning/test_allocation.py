"""How many visits: Neyman in whole numbers against every possibility, and a hand example."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.planning.allocation import neyman, visits_per_site
from audits.planning.model import Site

DAYS = (date(2026, 10, 9),)


def every_allocation(start: list[int], ceiling: list[int], total: int) -> list[tuple[int, ...]]:
    """All ways to add up to `total` visits, as many as fit."""
    fits = min(total, sum(c - s for s, c in zip(start, ceiling, strict=True)))
    spans = [range(s, c + 1) for s, c in zip(start, ceiling, strict=True)]
    return [n for n in itertools.product(*spans) if sum(n) - sum(start) == fits]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.1, 50), st.integers(1, 3), st.integers(0, 4)), min_size=1, max_size=4
    ),
    st.integers(0, 9),
)
def test_no_allocation_has_less_variance(strata: list[tuple[float, int, int]], total: int) -> None:
    weights = [w for w, _, _ in strata]
    start = [s for _, s, _ in strata]
    ceiling = [s + more for _, s, more in strata]
    found = neyman(weights, start, ceiling, total)

    def variance(n: tuple[int, ...] | list[int]) -> float:
        return sum(w * w / k for w, k in zip(weights, n, strict=True))

    possible = every_allocation(start, ceiling, total)
    assert tuple(found) in possible
    assert variance(found) == pytest.approx(min(map(variance, possible)), rel=1e-9)


def test_neyman_by_hand() -> None:
    """Branches × spread = 20·10, 30·20, 50·4 = 200, 600, 200: 50 visits are 10, 30, 10."""
    assert neyman([200, 600, 200], [1, 1, 1], [99, 99, 99], 47) == [10, 30, 10]


def site(code: str, group: str = "甲", open: float = 1.0, spread: float | None = None) -> Site:
    return Site(code, "01", group, True, DAYS, "", open, spread)


def test_everybody_has_the_minimum_and_the_rest_goes_to_open_decisions() -> None:
    sites = [site(f"{i}", open=float(i < 3)) for i in range(10)]
    counts = visits_per_site(sites, 16, 1, [9] * 10, np.random.default_rng(1))
    assert counts.tolist() == [3, 3, 3] + [1] * 7


def test_a_wider_stratum_gets_more() -> None:
    sites = [site(f"a{i}", "甲", spread=4.0) for i in range(5)]
    sites += [site(f"b{i}", "乙", spread=12.0) for i in range(5)]
    counts = visits_per_site(sites, 40, 1, [20] * 10, np.random.default_rng(1))
    assert (counts[:5].sum(), counts[5:].sum()) == (10, 30)


def test_where_open_branches_can_take_no_more_the_others_do() -> None:
    sites = [site("a"), site("b", open=0.0)]
    assert visits_per_site(sites, 6, 1, [2, 9], np.random.default_rng(1)).tolist() == [2, 4]


def test_too_few_visits_are_spread_over_the_strata() -> None:
    sites = [site(f"a{i}", "甲") for i in range(30)] + [site(f"b{i}", "乙") for i in range(10)]
    counts = visits_per_site(sites, 20, 1, [9] * 40, np.random.default_rng(1))
    assert (counts[:30].sum(), counts[30:].sum()) == (15, 5)
    assert counts.max() == 1


def test_nobody_is_beyond_the_ceiling() -> None:
    counts = visits_per_site([site("a"), site("b")], 50, 1, [3, 2], np.random.default_rng(1))
    assert counts.tolist() == [3, 2]
