"""Honest ranks (名次): tiers and intervals first, ordinal ranks second, and none below a floor.

:func:`pooled` turns visits into means and the variance of one visit, :func:`ranked` means into
ranks. What cannot be computed has a status that says why, and null; never a NaN.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from audits.statistics.funnel import tiers
from audits.statistics.joint_sets import joint_sets
from audits.statistics.rank_draws import draw_ranks
from audits.statistics.shrinkage import expected_ranks, shrink
from audits.statistics.visit_variance import VisitVariance, visit_variance

RANKED = "ok"
UNRELIABLE = "unreliable"  # under the floor: interval and tier, no ordinal rank
BY_DECISION = "by_decision"  # under the floor, its rank is printed all the same: decided on record
NO_VARIANCE = "no_visit_variance"  # nobody was visited twice, so chance cannot be told
NO_SPREAD = "no_spread"  # visits of one branch never differ: no measure of chance either
ALONE = "alone"  # one branch has nobody to be ranked against
STATUSES = (RANKED, UNRELIABLE, BY_DECISION, NO_VARIANCE, NO_SPREAD, ALONE)
CERTAIN, POSSIBLE, IMPOSSIBLE = "certain", "possible", "impossible"  # 确定 / 可能 / 不可能
EQUAL_DIGITS = 9  # scores that differ further out are equal: the difference is none of means
ENOUGH_DF = 10  # below so many degrees of freedom earlier visits help to tell the variance

COLUMNS = {
    "unit": pl.String,
    "n": pl.Int64,
    "score": pl.Float64,
    "place": pl.Int64,  # by score alone, whatever its reliability: what a reward rule goes by
    "rank": pl.Int64,  # null under the floor
    "expected": pl.Float64,
    "low": pl.Int64,
    "high": pl.Int64,
    "joint_low": pl.Int64,  # audit view: sets that hold for all at once (joint_sets)
    "joint_high": pl.Int64,
    "tier": pl.String,
    "reliability": pl.Float64,
    "p_above": pl.Float64,  # that the true value is above the mean of all
    "status": pl.String,
}


@dataclass(frozen=True)
class Rules:
    """How ranks are made. `floor`: least reliability (1 − B) for an ordinal rank.

    0.7 is the usual least for figures of single units (Adams 2009, RAND TR-653); with a branch's
    share of 0.4 in the variance of a visit it takes four visits.
    """

    floor: float = 0.70
    level: float = 0.90
    draws: int = 1000
    seed: int = 20_260_101
    by_decision: bool = False


@dataclass(frozen=True)
class Pooled:
    """`units` [unit, n, score]; `variance` of one visit, null where `status` says why not.

    `effects`: what each round has more (or less) than the mean of all visits, taken out of scores.
    """

    units: pl.DataFrame
    variance: float | None
    df: int
    status: str
    effects: dict[str, float] = field(default_factory=dict)


def pooled(visits: pl.DataFrame, earlier: pl.DataFrame | None = None) -> Pooled:
    """Means of units and the pooled variance of a visit from [unit, round, score].

    Rows with a null are left out. `earlier`: visits of former rounds, which help to estimate the
    variance where the own visits leave fewer than ten degrees of freedom. A unit's score is the
    mean of its visits, each less the effect of its round.
    """
    own = _complete(visits)
    if own.is_empty():
        return Pooled(_units([], own), None, 0, NO_VARIANCE)
    names, found = _fit(own)
    units = _units(names, own, found)
    rounds = own["round"].unique().sort().to_list()
    effects = dict(zip(rounds, found.effects.tolist(), strict=True))
    if found.df < ENOUGH_DF and earlier is not None:
        found = _fit(pl.concat([own, _complete(earlier)]))[1]
    if found.df == 0 or found.variance <= 0:
        status = NO_VARIANCE if found.df == 0 else NO_SPREAD
        return Pooled(units, None, found.df, status, effects)
    return Pooled(units, found.variance, found.df, RANKED, effects)


def _complete(visits: pl.DataFrame) -> pl.DataFrame:
    """Text, text, number; in a fixed order, so that sums do not depend on the order of rows."""
    typed = visits.select(
        pl.col("unit").cast(pl.String), pl.col("round").cast(pl.String), pl.col("score").cast(float)
    )
    return typed.drop_nulls().sort("unit", "round", "score")


def _fit(visits: pl.DataFrame) -> tuple[list[str], VisitVariance]:
    names = visits["unit"].unique().sort()
    rounds = visits["round"].unique().sort()
    branch, round = (
        visits[column].cast(pl.Enum(known)).to_physical().cast(pl.Int64).to_numpy()
        for column, known in (("unit", names), ("round", rounds))
    )
    return names.to_list(), visit_variance(branch, round, visits["score"].to_numpy())


def _units(names: list[str], own: pl.DataFrame, found: VisitVariance | None = None) -> pl.DataFrame:
    counts, means = ([], []) if found is None else (found.counts, found.means)
    kept = {k: COLUMNS[k] for k in ("unit", "n", "score")}
    return pl.DataFrame({"unit": names, "n": counts, "score": means}, schema=kept)


def ranked(
    units: pl.DataFrame,
    pool: Pooled,
    *,
    barred: Collection[str] = (),
    first: Sequence[int] = (),
    rules: Rules = Rules(),
) -> pl.DataFrame:
    """Ranks of `units` [unit, n, score], some or all of the pool's: COLUMNS and p_first_<k>.

    `barred`: units with a veto, never in the upper tier. `first`: for each k the chance of being
    truly among the first k. Best first; equal scores share a place, the next one skips.
    """
    place = pl.col("score").round(EQUAL_DIGITS).rank("min", descending=True).cast(pl.Int64)
    placed = units.with_columns(place=place).sort("place", "unit")
    if pool.variance is None or placed.height < 2:
        status = ALONE if placed.height == 1 else pool.status
        given = placed.with_columns(status=pl.lit(status))
        return _shaped(given, first)
    return _shaped(_judged(placed, pool.variance, pool.df, barred, first, rules), first)


def _judged(
    placed: pl.DataFrame,
    s2w: float,
    df: int,
    barred: Collection[str],
    first: Sequence[int],
    rules: Rules,
) -> pl.DataFrame:
    mean = placed["score"].to_numpy()
    variance = s2w / placed["n"].to_numpy()
    shrunk = shrink(mean, variance)
    drawn = draw_ranks(
        mean,
        variance,
        df=df,
        level=rules.level,
        first=first,
        draws=rules.draws,
        seed=rules.seed,
    )
    joint = joint_sets(mean, np.sqrt(variance), 1 - rules.level)
    vetoed = placed["unit"].is_in(list(barred)).to_numpy()
    below = BY_DECISION if rules.by_decision else UNRELIABLE
    reliable = pl.col("reliability") >= rules.floor
    return placed.with_columns(
        expected=pl.Series(expected_ranks(shrunk.mean, shrunk.variance)),
        low=pl.Series(drawn.low),
        high=pl.Series(drawn.high),
        joint_low=pl.Series(joint.low),
        joint_high=pl.Series(joint.high),
        tier=pl.Series(tiers(mean, shrunk.mu, shrunk.tau2, variance, vetoed)),
        reliability=pl.Series(shrunk.reliability),
        p_above=pl.Series(drawn.above),
        **{f"p_first_{k}": pl.Series(p) for k, p in drawn.first.items()},
    ).with_columns(
        rank=pl.when(reliable | rules.by_decision).then("place"),
        status=pl.when(reliable).then(pl.lit(RANKED)).otherwise(pl.lit(below)),
    )


def _shaped(table: pl.DataFrame, first: Sequence[int]) -> pl.DataFrame:
    schema = COLUMNS | {f"p_first_{k}": pl.Float64 for k in first}
    missing = [c for c in schema if c not in table.columns]
    full = table.with_columns(pl.lit(None).alias(c) for c in missing)
    return full.select(list(schema)).cast(pl.Schema(schema))


def chance(p: float | None) -> str | None:
    """The word for a probability: `certain` from 0.95, `impossible` up to 0.05, else `possible`."""
    if p is None:
        return None
    if p >= 0.95:
        return CERTAIN
    return IMPOSSIBLE if p <= 0.05 else POSSIBLE
