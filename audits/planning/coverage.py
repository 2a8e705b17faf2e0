"""Plan and visits side by side (计划与执行): what was planned, what the plan says, what came in.

Nobody who went is in it: it is made from publications, and they carry no shopper.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from audits.planning.model import HALVES

MADE, NOT_MADE, MOVED = "已完成", "未完成", "改期"  # as the plan's sheet writes them
# made: the sheet says so · unsupported: it says so and there is no scorecard · not_made · moved ·
# open: nothing is said yet
STATES = ("made", "unsupported", "not_made", "moved", "open")
_KEY = ["branch_code", "round", "edition"]


@dataclass(frozen=True)
class Coverage:
    """`planned`: each planned visit with `state`, `weekday`, `half`; `unplanned`: visits beyond the
    plan, counted by branch, round and edition (`count`).
    """

    planned: pl.DataFrame
    unplanned: pl.DataFrame


def coverage(planned: pl.DataFrame, visits: pl.DataFrame, months: list[str]) -> Coverage:
    """The plan of `months` (YYYY-MM) against the scorecards of the same rounds.

    A scorecard supports a planned visit of its branch, round and edition, one each; which of
    several it was is not asked.
    """
    own = planned.filter(pl.col("planned_date").dt.strftime("%Y-%m").is_in(months))
    came = visits.filter(pl.col("visit_date").dt.strftime("%Y-%m").is_in(months))
    cards = came.group_by(_KEY).agg(cards=pl.len())
    # those said to be made come first, so that a scorecard stands for one of them
    said = pl.col("outcome").eq_missing(MADE)
    numbered = own.sort(~said, "planned_date", "plan_id").with_columns(
        number=pl.int_range(pl.len()).over(_KEY)
    )
    joined = numbered.join(cards, on=_KEY, how="left").with_columns(
        supported=pl.col("number") < pl.col("cards").fill_null(0)
    )
    return Coverage(_shaped(joined), _unplanned(own, cards))


def _shaped(joined: pl.DataFrame) -> pl.DataFrame:
    outcome = pl.col("outcome")
    state = (
        pl.when(outcome.eq_missing(MADE))
        .then(pl.when("supported").then(pl.lit("made")).otherwise(pl.lit("unsupported")))
        .when(outcome.eq_missing(NOT_MADE))
        .then(pl.lit("not_made"))
        .when(outcome.eq_missing(MOVED) & ~pl.col("supported"))
        .then(pl.lit("moved"))
        # nothing is written into the plan yet, but the scorecard is there
        .when(pl.col("supported"))
        .then(pl.lit("made"))
        .otherwise(pl.lit("open"))
    )
    part = pl.col("day_part").fill_null("")
    half = (
        pl.when(part.str.starts_with(HALVES[0]))
        .then(0)
        .when(part.str.starts_with(HALVES[1]))
        .then(1)
    )
    return joined.with_columns(
        state=state, weekday=pl.col("planned_date").dt.weekday() - 1, half=half
    ).sort("planned_date", "branch_code", "plan_id")


def _unplanned(own: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    """Scorecards beyond the planned visits of their branch, round and edition."""
    wanted = own.group_by(_KEY).agg(planned=pl.len())
    beyond = cards.join(wanted, on=_KEY, how="left")
    count = pl.col("cards").cast(pl.Int64) - pl.col("planned").fill_null(0).cast(pl.Int64)
    return beyond.with_columns(count=count).filter(pl.col("count") > 0).sort(_KEY)
