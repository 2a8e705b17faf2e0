"""Group-time effects against a slow oracle; guards one by one; intervals cover what they say."""

from __future__ import annotations

import numpy as np
import pytest

from audits.statistics import cluster_bootstrap as bootstrap
from audits.statistics.effect import Effect, Guards, cohorts, effect, estimates
from audits.statistics.group_time import (
    NEVER,
    Controls,
    Panel,
    by_group,
    cohort_weights,
    estimate,
    event_weights,
    group_time,
)
from tests.audits.statistics.mpdta import mpdta


def made(
    seed: int,
    plan: dict[int, int],
    gain: float = 0.0,
    *,
    periods: int = 6,
    branches: int = 4,
    together: float = 0.3,
    drift: float = 0.0,
) -> Panel:
    """Clusters by cohort, `branches` in each, a shock for cluster and period, a constant gain;
    `drift`: what cohorts gain per period also without the introduction."""
    chance = np.random.default_rng(seed)
    cohort = np.repeat(np.array([g for g, n in plan.items() for _ in range(n)]), branches)
    cluster = np.repeat(np.arange(len(cohort) // branches), branches)
    time = np.arange(periods)
    outcome = chance.normal(0, 1, len(cohort))[:, None] + 0.2 * time
    outcome = outcome + chance.normal(0, together**0.5, (cluster.max() + 1, periods))[cluster]
    outcome = outcome + chance.normal(0, (1 - together) ** 0.5, outcome.shape)
    outcome = outcome + gain * (time >= cohort[:, None])
    outcome = outcome + drift * time * (cohort != NEVER)[:, None]
    return Panel(outcome, cohort.astype(np.int64), cluster)


PLAN = {1: 3, 2: 6, 3: 6, 4: 6, NEVER: 12}


def oracle(panel: Panel, controls: Controls) -> dict[tuple[int, int], float]:
    """ATT(g,t) unit by unit, from the definition."""
    found = {}
    for g in sorted({int(c) for c in panel.cohort if 0 < c < panel.periods}):
        for t in (t for t in range(panel.periods) if t != g - 1):
            treated, others = [], []
            for row, c in zip(panel.outcome, panel.cohort.tolist(), strict=True):
                change = row[t] - row[g - 1]
                if np.isnan(change):
                    continue
                beyond = c >= panel.periods
                if c == g:
                    treated.append(change)
                elif beyond or (controls == "not_yet" and c > t and c > g - 1):
                    others.append(change)
            if treated and others:
                found[g, t] = sum(treated) / len(treated) - sum(others) / len(others)
    return found


@pytest.mark.parametrize("controls", ["never", "not_yet"])
@pytest.mark.parametrize("seed", range(4))
def test_cells_are_those_of_the_definition_also_with_gaps(seed: int, controls: Controls) -> None:
    panel = made(seed, {0: 1, **PLAN, 9: 2}, branches=3)
    gaps = np.random.default_rng(seed).random(panel.outcome.shape) < 0.3
    panel = Panel(np.where(gaps, np.nan, panel.outcome), panel.cohort, panel.cluster % 7)
    found = {(c.cohort, c.period): c.att for c in group_time(panel, controls).cells}
    wanted = oracle(panel, controls)
    assert found.keys() == wanted.keys()
    assert all(found[k] == pytest.approx(wanted[k], abs=1e-12) for k in wanted)


def test_aggregates_weigh_as_the_paper_says() -> None:
    found = group_time(made(1, PLAN))
    att = {(c.cohort, c.event): c.att for c in found.cells}
    size = {1: 12, 2: 24, 3: 24, 4: 24}
    at_two = [(att[g, 2], size[g]) for g in (1, 2, 3)]
    wanted = sum(a * n for a, n in at_two) / sum(n for _, n in at_two)
    assert estimate(found, event_weights(found)[2]) == pytest.approx(wanted)
    mean = {g: np.mean([a for (c, e), a in att.items() if c == g and e >= 0]) for g in size}
    assert estimate(found, cohort_weights(found)[4]) == pytest.approx(mean[4])
    wanted = sum(mean[g] * n for g, n in size.items()) / sum(size.values())
    assert estimate(found, by_group(found)) == pytest.approx(wanted)


def test_there_is_no_cell_once_everybody_is_introduced() -> None:
    found = group_time(made(2, {2: 6, 4: 6}))
    # Cohort 4 has no controls at all: the others are introduced before its base.
    assert {(c.cohort, c.period) for c in found.cells} == {(2, 0), (2, 2), (2, 3)}


def test_a_gain_is_found_and_its_direction_decides() -> None:
    panel = made(3, PLAN, gain=1.5)
    up, down = effect(panel), effect(panel, better="down")
    assert (up.verdict, up.reason) == ("effective", "says_effective")
    assert up.overall is not None and up.overall.low is not None and up.overall.high is not None
    assert up.overall.low < 1.5 < up.overall.high
    assert up.overall.n == 72  # cohort 1 has one period before its introduction: it does not count
    assert (down.verdict, down.reason) == ("no_effect", "says_adverse")
    assert effect(made(4, PLAN)).verdict == "no_effect"


def test_the_same_seed_gives_the_same_numbers() -> None:
    panel = made(5, PLAN, gain=0.5)
    assert effect(panel, seed=1) == effect(panel, seed=1)
    assert effect(panel, seed=1) != effect(panel, seed=2)


def reason(found: Effect) -> str:
    assert found.verdict == "insufficient"
    return found.reason


def test_every_guard_withholds_the_verdict_and_the_number() -> None:
    blank = made(6, PLAN)
    for found, why in (
        (effect(made(6, PLAN, 1.5), redefined=True), "redefined"),
        (effect(Panel(blank.outcome * np.nan, blank.cohort, blank.cluster)), "no_data"),
        (effect(made(6, {NEVER: 12}, 1.5)), "no_data"),
        (effect(made(6, {3: 1, 4: 1, NEVER: 12}, 1.5)), "no_cohort"),
        (effect(made(6, {3: 12, NEVER: 1}, 1.5)), "no_controls"),
        (effect(made(6, {3: 12}, 1.5)), "no_controls"),
        (effect(made(6, {1: 8, NEVER: 8}, 1.5)), "few_pre"),
        (effect(made(6, {3: 3, NEVER: 3}, 1.5)), "few_clusters"),
    ):
        assert (reason(found), found.estimates, found.overall) == (why, (), None)


def test_courses_that_differ_before_are_shown_and_not_judged() -> None:
    found = effect(made(7, PLAN, gain=1.0, drift=1.0))
    assert reason(found) == "pre_trend"
    assert found.p_pre is not None and found.p_pre < 0.05
    assert {e.event for e in found.of("event")} >= {-3, -2, 0, 1}


def test_guards_do_not_touch_the_estimator() -> None:
    """Cohort 2004 of mpdta has one period before: it is computed and does not count."""
    everything = {
        e.cohort for e in estimates(group_time(mpdta()), cells=True)[0] if e.kind == "cell"
    }
    assert everything == {1, 3, 4}
    assert {e.cohort for e in effect(mpdta()).of("cohort")} == {3, 4}
    assert effect(mpdta(), guards=Guards(pre_periods=1)).of("dynamic")[0].estimate == pytest.approx(
        -0.0774, abs=5e-5
    )


def test_changes_without_any_spread_have_no_interval() -> None:
    panel = made(8, PLAN)
    steps = np.arange(6) * 0.1 + (np.arange(6) >= panel.cohort[:, None])
    assert reason(effect(Panel(steps, panel.cohort, panel.cluster))) == "no_spread"


def test_cohorts_come_from_dates_written_like_the_periods() -> None:
    periods = ["2025Q1", "2025Q2", "2025Q3"]
    given = ["2024Q4", "2025Q1", "2025Q3", "2025Q4", None]
    assert cohorts(given, periods).tolist() == [0, 0, 2, NEVER, NEVER]


def test_few_clusters_are_covered_by_the_bootstrap_t_and_not_by_plain_errors() -> None:
    """Four introduced of eight clusters: the plain cluster bootstrap would cover about .83."""
    met, plain, runs = 0, 0, 300
    for seed in range(runs):
        found = group_time(made(seed, {2: 4, NEVER: 4}, 1.0, periods=4, branches=5))
        weights = by_group(found)[None]
        told = bootstrap.intervals(found, weights, draws=399)
        met += int(told.low[0] <= 1.0 <= told.high[0])
        error = float(bootstrap.standard_errors(found, weights)[0])
        plain += int(abs(told.estimate[0] - 1.0) <= 1.96 * error)
    assert 0.91 <= met / runs <= 0.98
    assert plain / runs < 0.90
