"""Ranks: draws, tiers, floor, statuses; never a NaN; and coverage in a fast cell."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from audits.statistics import ranks as honest
from audits.statistics.funnel import limits, tiers
from audits.statistics.joint_sets import joint_sets, overall
from audits.statistics.rank_draws import draw_ranks, posterior
from audits.statistics.ranks import Rules, chance, pooled, ranked
from tests.studies.rank_coverage import HIGH, LOW, cell

QUICK = Rules(draws=200)


def visits(scores: dict[str, list[float | None]]) -> pl.DataFrame:
    """One row per visit; the i-th visit of a branch is of round i."""
    rows = [(unit, str(i), s) for unit, own in scores.items() for i, s in enumerate(own)]
    return pl.DataFrame(rows, schema={"unit": str, "round": str, "score": float}, orient="row")


def province(branches: int = 60, n: int = 4, seed: int = 1, apart: float = 8.0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    true = rng.normal(80, apart, branches)
    return visits({f"b{i:03d}": list(rng.normal(m, 5, n)) for i, m in enumerate(true)})


def test_the_posterior_of_tau_is_that_of_numerical_integration() -> None:
    # Eight schools (Rubin 1981): effects and their standard errors.
    effect = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    error = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])

    def density(tau: float) -> float:
        total = error**2 + tau**2
        v = 1 / (1 / total).sum()
        mu = v * (effect / total).sum()
        return float(
            math.sqrt(v) * np.prod(np.exp(-((effect - mu) ** 2) / 2 / total) / np.sqrt(total))
        )

    end = 10 * math.sqrt(np.var(effect) + (error**2).mean())
    whole = quad(density, 0, end, limit=200)[0]
    mean = quad(lambda t: t * density(t), 0, end, limit=200)[0] / whole
    middle = quad(density, 0, 5, limit=200)[0] / whole
    draws = posterior(effect, error**2, None, 40_000, np.random.default_rng(7))
    tau = np.sqrt(draws.tau2)
    assert tau.mean() == pytest.approx(mean, abs=4 * tau.std() / 200)
    assert (tau < 5).mean() == pytest.approx(middle, abs=4 * 0.5 / 200)
    assert draws.mu.mean() == pytest.approx(8, abs=0.5)  # Gelman et al.: about 8


def test_the_interval_does_not_collapse_where_tau_is_estimated_at_zero() -> None:
    mean = np.linspace(79.9, 80.1, 100)
    drawn = draw_ranks(mean, np.full(100, 25.0), df=200, seed=1)
    assert (drawn.high - drawn.low).min() > 70


def test_without_error_ranks_are_certain() -> None:
    mean = np.arange(50.0)
    drawn = draw_ranks(mean, np.full(50, 1e-6), df=None, first=[3], seed=1)
    assert drawn.low.tolist() == drawn.high.tolist() == list(range(50, 0, -1))
    assert drawn.first[3].tolist() == [0.0] * 47 + [1.0] * 3
    assert drawn.above.tolist() == [0.0] * 25 + [1.0] * 25


def test_the_same_seed_gives_the_same_ranks_whatever_the_order_of_rows() -> None:
    data = province()
    pool, again = pooled(data), pooled(data.sample(fraction=1.0, shuffle=True, seed=3))
    first = ranked(pool.units, pool, first=[5], rules=QUICK)
    assert first.equals(ranked(again.units, again, first=[5], rules=QUICK))
    other = ranked(pool.units, pool, first=[5], rules=Rules(draws=200, seed=2))
    assert not first["p_first_5"].equals(other["p_first_5"])


def test_fewer_visits_are_less_reliable_and_carry_no_ordinal_rank() -> None:
    rng = np.random.default_rng(2)
    own = {f"b{i:02d}": list(rng.normal(60 + i, 12, 1 if i % 2 else 6)) for i in range(40)}
    pool = pooled(visits(own))
    table = ranked(pool.units, pool, rules=QUICK)
    often, once = table.filter(pl.col("n") == 6), table.filter(pl.col("n") == 1)
    assert often["status"].unique().to_list() == ["ok"] and often["rank"].null_count() == 0
    assert once["status"].unique().to_list() == ["unreliable"]
    assert once["rank"].null_count() == once.height and once["low"].null_count() == 0
    # 1 − B by hand for one visit and six, with the τ² that both must share
    r1, r6 = once["reliability"][0], often["reliability"][0]
    assert r6 == pytest.approx(6 * r1 / (1 + 5 * r1))
    decided = ranked(pool.units, pool, rules=Rules(draws=200, by_decision=True))
    assert decided["rank"].equals(decided["place"])
    assert set(decided.filter(pl.col("n") == 1)["status"]) == {"by_decision"}


def test_equal_scores_share_a_place_and_the_next_one_skips() -> None:
    own: dict[str, list[float | None]] = {"a": [90, 92], "b": [91, 91], "c": [99, 99], "d": [1, 3]}
    pool = pooled(visits(own))
    table = ranked(pool.units, pool, rules=QUICK)
    assert table.select("unit", "place").rows() == [("c", 1), ("a", 2), ("b", 2), ("d", 4)]


def test_a_veto_bars_the_upper_tier_only() -> None:
    pool = pooled(province(apart=3.0))
    free = ranked(pool.units, pool, rules=QUICK)
    outside = free.filter(pl.col("tier") != "average")
    assert set(outside["tier"]) == {"above", "below"}
    held = ranked(pool.units, pool, barred=outside["unit"].to_list(), rules=QUICK)
    tiers_ = dict(held.select("unit", "tier").iter_rows())
    for unit, tier in outside.select("unit", "tier").iter_rows():
        assert tiers_[unit] == ("average" if tier == "above" else "below")


def test_the_funnel_by_hand() -> None:
    # 80 ± 1.96·√(16/4 + 5) = 80 ± 5.88
    low, high = limits(80.0, 5.0, np.array([4.0]))
    assert (low[0], high[0]) == pytest.approx((74.12, 85.88))
    mean, variance = np.array([85.9, 85.8, 74.1]), np.full(3, 4.0)
    assert tiers(mean, 80.0, 5.0, variance).tolist() == ["above", "average", "below"]


def test_joint_sets_against_all_pairs() -> None:
    rng = np.random.default_rng(9)
    mean, error = rng.normal(0, 3, 40), rng.uniform(0.1, 1, 40)
    found = joint_sets(mean, error)
    for i in range(40):
        low, high = mean[i] - found.z * error[i], mean[i] + found.z * error[i]
        better = sum(mean[j] - found.z * error[j] > high for j in range(40))
        worse = sum(mean[j] + found.z * error[j] < low for j in range(40))
        assert (found.low[i], found.high[i]) == (1 + better, 40 - worse)
    ends = np.array([1.0, 2.0, 3.0])
    assert [list(x) for x in overall(ends, ends)] == [[3, 2, 1], [3, 2, 1]]


@pytest.mark.parametrize(
    ("scores", "status"),
    [
        ({"a": [80], "b": [70], "c": [90]}, honest.NO_VARIANCE),
        ({"a": [80, 80], "b": [70, 70]}, honest.NO_SPREAD),
        ({"a": [80, 80], "b": [80, 80]}, honest.NO_SPREAD),
        ({"a": [80, 85]}, honest.ALONE),
        ({"a": [80]}, honest.ALONE),
    ],
)
def test_what_cannot_be_computed_has_a_status(scores: dict[str, list], status: str) -> None:
    pool = pooled(visits(scores))
    table = ranked(pool.units, pool, first=[1], rules=QUICK)
    assert table["status"].unique().to_list() == [status]
    told = table.select("rank", "low", "high", "tier", "reliability", "expected", "p_first_1")
    assert all(value is None for row in told.rows() for value in row)
    assert table["score"].null_count() == 0


def test_earlier_visits_tell_the_variance_where_each_was_visited_once() -> None:
    now = visits({"a": [80], "b": [70], "c": [90]})
    before = visits({"a": [70, 74], "b": [60, 66], "d": [50, 50]}).with_columns(
        round=pl.col("round") + "before"
    )
    pool = pooled(now, before)
    assert pool.status == "ok" and pool.units["score"].to_list() == [80, 70, 90]
    assert ranked(pool.units, pool, rules=QUICK)["low"].null_count() == 0


def test_nothing_to_rank_is_an_empty_table() -> None:
    pool = pooled(visits({}))
    assert pool.status == honest.NO_VARIANCE
    assert ranked(pool.units, pool, first=[10]).is_empty()
    assert pooled(visits({"a": [None, None]})).units.is_empty()


_scores = st.one_of(st.none(), st.integers(0, 100).map(float), st.floats(0, 100))
_tables = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(_scores, min_size=1, max_size=4), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(_tables)
def test_never_a_nan(scores: dict[str, list]) -> None:
    pool = pooled(visits(scores))
    table = ranked(pool.units, pool, first=[1, 10], rules=Rules(draws=60))
    known = {u for u, own in scores.items() if any(s is not None for s in own)}
    assert set(table["unit"]) == known
    floats = [c for c, t in table.schema.items() if t == pl.Float64]
    values = [v for c in floats for v in table[c].drop_nulls()]
    assert all(math.isfinite(v) for v in values)
    shown = table.filter(pl.col("low").is_not_null())
    assert shown.filter(
        (pl.col("low") < 1)
        | (pl.col("high") > table.height)
        | (pl.col("low") > pl.col("high"))
        | ~pl.col("expected").is_between(1 - 1e-9, table.height + 1e-9)
    ).is_empty()
    assert table.filter(pl.col("low").is_null() & (pl.col("status") == "ok")).is_empty()


def test_words_for_a_probability() -> None:
    assert [chance(p) for p in (1.0, 0.95, 0.94, 0.06, 0.05, None)] == [
        *("certain", "certain", "possible", "possible", "impossible", None)
    ]


@pytest.mark.parametrize("kind", ["bounded", "shoppers"])
def test_coverage_holds_with_skewed_scores_and_shoppers(kind: str) -> None:
    # 25 repetitions: standard error below 0.006 (the study prints it)
    found = cell(kind, 0.4, 2, repetitions=25)
    assert LOW - 3 * found.error <= found.coverage <= HIGH + 3 * found.error
    assert found.error < 0.01


def test_the_chances_of_the_first_ten_are_kept() -> None:
    # What pages say of a reward: so many of the published ten truly belong there. 30 times ten
    # places; the share varies by about 0.15 from one repetition to the next.
    found = cell("normal", 0.4, 2, repetitions=30)
    assert found.top_found == pytest.approx(found.top_promised, abs=3 * 0.15 / 30**0.5)
    assert 0.3 < found.top_found < 0.6  # statistics §1: 0.42 of the ten
