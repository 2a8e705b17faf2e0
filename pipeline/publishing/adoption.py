"""Table `adoption`: the status of each branch after each round, and which step slips first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from audits.scorecard import STEPS
from audits.statistics.adoption import (
    RELAPSED,
    STATUSES,
    Thresholds,
    Track,
    Visits,
    first_step,
    pooled_variance,
    track,
)
from audits.statistics.shrinkage import tau_squared
from pipeline.periods import days_of, kind_of, last_month, months_of, quarter_of
from pipeline.publication_tables import TABLES
from pipeline.publishing.adoption_words import reasons
from pipeline.publishing.slices import of_metrics

STEP = "adherence.step."
ENOUGH = 30  # degrees of freedom
CONFIDENCE = 1.959964


def adoption(
    scope: pl.DataFrame,
    scores: pl.DataFrame,
    values: pl.DataFrame,
    covert: Sequence[str],
    periods: Sequence[str],
    period: str,
    given: Thresholds,
) -> pl.DataFrame:
    """Table `adoption` for every branch and quarter of `periods`, and for `period` itself.

    `scores` is table `visit_score`; `values` table `metric_value` (for the steps). A round is the
    calendar quarter of the visits; the last may be one in progress.
    """
    rounds = _rounds(periods, period)
    branches = scope.filter(pl.col("level") == "branch").sort("scope")
    if branches.is_empty() or not rounds:
        return pl.DataFrame(schema=TABLES["adoption"])
    ends = {r: days_of(min(last_month(r), last_month(period)))[-1] for r in rounds}
    visits = _settled(branches, scores, covert, rounds, given)
    found = track(_arrays(branches, visits, rounds, ends), given)
    step, when = _steps(values, branches, rounds, found)
    frames = [
        _rows(branches, found, at, name, rounds, given, (step, when))
        for at, name in _published(rounds, period)
    ]
    table = pl.concat(frames).with_columns(*reasons(given))
    return table.select(list(TABLES["adoption"])).cast(pl.Schema(TABLES["adoption"])).sort(
        "scope", "period"
    )  # fmt: skip


def _rounds(periods: Sequence[str], period: str) -> list[str]:
    months = [p for p in periods if kind_of(p) == "month" and p <= last_month(period)]
    return sorted({quarter_of(m) for m in [*months, *months_of(period)]})


def _published(rounds: list[str], period: str) -> list[tuple[int, str]]:
    """(round, period): every round that is over by then, and the period published."""
    end = last_month(period)
    over = [(i, r) for i, r in enumerate(rounds) if last_month(r) <= end]
    return over if any(r == period for _, r in over) else [*over, (len(rounds) - 1, period)]


def _settled(
    branches: pl.DataFrame, scores: pl.DataFrame, covert: Sequence[str], rounds: list[str],
    given: Thresholds,
) -> pl.DataFrame:  # fmt: skip
    """[branch, round, score]: covert visits with a score. `settled`: after the introducing period;
    `after`: after the introduction. Codes of branch and round are positions."""
    at = branches.select("scope", "introduced").with_row_index("branch")
    day = pl.col("visit_date")
    number = pl.DataFrame({"round": rounds, "at": range(len(rounds))})
    rows = (
        scores.filter(pl.col("edition").is_in(list(covert)) & (pl.col("status") == "ok"))
        .select("scope", "visit_date", pl.col("score_before_veto").alias("score"))
        .with_columns(pl.format("{}Q{}", day.dt.year(), day.dt.quarter()).alias("round"))
        .join(at, on="scope")
        .join(number, on="round")
    )
    # two shoppers on one day (paired visits) saw one day of the branch, not two
    rows = rows.group_by("branch", "at", "scope", "visit_date", "introduced").agg(
        pl.col("score").sort().mean()
    )
    since = (day - pl.col("introduced")).dt.total_days()
    settled = (since >= given.introducing_days).fill_null(False)
    return rows.select(
        pl.col("branch").cast(pl.Int64), pl.col("at").cast(pl.Int64), pl.col("score"),
        settled.alias("settled"), "visit_date", "scope",
    ).sort("branch", "visit_date", "score")  # fmt: skip


def _arrays(
    branches: pl.DataFrame, visits: pl.DataFrame, rounds: list[str], ends: Mapping[str, object]
) -> Visits:
    shape = (branches.height, len(rounds))
    cell = visits["branch"].to_numpy() * shape[1] + visits["at"].to_numpy()
    score, settled = visits["score"].to_numpy(), visits["settled"].to_numpy()
    # Scores spread less the higher they are: the variance is that of settled visits, where these
    # are enough to tell it.
    variance, freedom = pooled_variance(cell[settled], score[settled])
    if freedom < ENOUGH:
        variance, freedom = pooled_variance(2 * cell + settled, score)
    n = np.bincount(cell[settled], minlength=shape[0] * shape[1]).reshape(shape)
    total = np.bincount(cell[settled], score[settled], shape[0] * shape[1]).reshape(shape)
    mean = total / np.maximum(n, 1)
    whole = n.sum(axis=1)
    own = total.sum(axis=1)[whole > 0] / whole[whole > 0]
    introduced = branches["introduced"].to_numpy().astype("datetime64[D]")
    end = np.array([ends[r] for r in rounds], "datetime64[D]")
    days = (end[None, :] - introduced[:, None]).astype(float)
    days[np.isnat(introduced)] = -1.0
    between = tau_squared(own, variance / whole[whole > 0]) if variance > 0 and len(own) else 0.0
    return Visits(mean, n, days, variance, freedom, between)


def _steps(
    values: pl.DataFrame, branches: pl.DataFrame, rounds: list[str], found: Track
) -> tuple[np.ndarray, np.ndarray]:
    """Step and round by branch and round of the track: −1 where no relapse or no step."""
    steps = [f"{STEP}{s}" for s in STEPS]
    rows = (
        of_metrics(values, steps)
        .lazy()
        .filter(pl.col("level") == "branch")
        .filter((pl.col("status") == "ok") & pl.col("period").is_in(rounds))
        .select("scope", "metric", "period", "value")
        .collect()
    )
    names = [(branches["scope"], "scope"), (pl.Series(rounds), "period"),
             (pl.Series(steps), "metric")]  # fmt: skip
    for keys, column in names:
        place = pl.DataFrame({column: keys, f"_{column}": range(len(keys))})
        rows = rows.join(place, on=column)
    shape = (branches.height, len(rounds), len(steps))
    shares, known = np.zeros(shape), np.zeros(shape, bool)
    where = tuple(rows[f"_{c}"].to_numpy() for c in ("scope", "period", "metric"))
    shares[where], known[where] = rows["value"].to_numpy(), True
    fallen = (found.status == RELAPSED) & (found.since >= 0)
    step, when = np.full(fallen.shape, -1), np.full(fallen.shape, -1)
    for at in range(fallen.shape[1]):
        if fallen[:, at].any():
            upto = known & (np.arange(len(rounds)) <= at)[None, :, None]
            step[:, at], when[:, at] = first_step(
                shares, upto, found.in_baseline, found.since[:, at], fallen[:, at]
            )
    return step, when


def _rows(
    branches: pl.DataFrame, found: Track, at: int, name: str, rounds: list[str], given: Thresholds,
    steps: tuple[np.ndarray, np.ndarray],
) -> pl.DataFrame:  # fmt: skip
    """The rows of one round. Numbers of a test that was not made are null."""
    step_ids, step_words = list(STEPS), list(STEPS.values())
    step, when = steps[0][:, at], steps[1][:, at]
    named = [step_words[s] if s >= 0 else (None, None) for s in step]
    tested = pl.Series(found.tested[:, at])

    def number(column: np.ndarray) -> pl.Expr:
        return pl.when(tested).then(pl.Series(column[:, at].astype(float)))

    half = CONFIDENCE * found.error
    return branches.select("scope").with_columns(
        pl.lit(name).alias("period"),
        pl.Series("status", [STATUSES[s] for s in found.status[:, at]], pl.String),
        pl.Series("since", [rounds[s] if s >= 0 else None for s in found.since[:, at]], pl.String),
        number(found.baseline).alias("baseline"),
        number(found.baseline_n).alias("baseline_visits"),
        number(found.latest).alias("latest"),
        number(found.latest_n).alias("latest_visits"),
        number(found.change).alias("change"),
        number(found.change - half).alias("low"),
        number(found.change + half).alias("high"),
        number(found.p).alias("p"),
        pl.Series("warned", found.warned[:, at], pl.Boolean),
        pl.Series("chance", found.chance[:, at], pl.Float64),
        pl.Series("reliability", found.reliability[:, at], pl.Float64),
        pl.Series("first_step", [step_ids[s] if s >= 0 else None for s in step], pl.String),
        pl.Series("step_since", [rounds[w] if w >= 0 else None for w in when], pl.String),
        pl.Series("step_zh", [zh for zh, _ in named], pl.String),
        pl.Series("step_en", [en for _, en in named], pl.String),
        pl.lit(given.false_alarm).alias("false_alarm"),
    )
