"""The network month by month: which outlets are open, which have the process, their calendars."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from pipeline import periods
from pipeline.marts.world import World
from pipeline.metrics.declaration import Mart


def branch_month(world: World) -> pl.DataFrame:
    """[branch × month] open at the month's end, and introduced by then (0 or 1 each)."""
    ends = pl.DataFrame(
        {"month": world.months, "end": [periods.days_of(m)[-1] for m in world.months]},
        schema={"month": pl.String, "end": pl.Date},
    )
    grid = world.branches.join(ends, how="cross")
    opened = pl.col("opened").is_null() | (pl.col("opened") <= pl.col("end"))
    closed = pl.col("closed").is_not_null() & (pl.col("closed") <= pl.col("end"))
    introduced = pl.col("introduced").is_not_null() & (pl.col("introduced") <= pl.col("end"))
    return grid.select(
        "branch_code",
        "month",
        open=(opened & ~closed).cast(pl.Int64),
        introduced=(introduced & opened & ~closed).cast(pl.Int64),
    )


def with_calendar(rows: pl.DataFrame, branches: pl.DataFrame) -> pl.DataFrame:
    """`rows` [branch × month] with `expected_days` and `expected_weeks` of the branch's calendar.

    Chinese public holidays, swapped workdays and weekend opening count; so do opening and closing
    in the middle of a month (the closing day itself is no business day).
    """
    months = rows.get_column("month").unique().to_list()
    register = branches.select("branch_code", "weekend", opened_on="opened", closed_on="closed")
    rows = rows.join(register, on="branch_code", how="left")
    rows = rows.with_columns(pl.col("weekend").fill_null(False))
    whole = rows.join(_whole_months(months), on=["month", "weekend"], how="left")
    cut = _cut_months(whole, months)
    partial = whole.join(cut, on=["branch_code", "month"], how="left")
    return partial.with_columns(
        expected_days=pl.coalesce("cut_days", "expected_days"),
        expected_weeks=pl.coalesce("cut_weeks", "expected_weeks"),
    ).drop("cut_days", "cut_weeks", "opened_on", "closed_on", "weekend", "start", "end")


def _whole_months(months: list[str]) -> pl.DataFrame:
    keys = [(m, w) for m in months for w in (False, True)]
    return pl.DataFrame(
        {
            "month": [m for m, _ in keys],
            "weekend": [w for _, w in keys],
            "expected_days": [len(periods.business_days(m, w)) for m, w in keys],
            "expected_weeks": [periods.business_weeks(m, w) for m, w in keys],
            "start": [periods.days_of(m)[0] for m, _ in keys],
            "end": [periods.days_of(m)[-1] for m, _ in keys],
        },
        schema={
            "month": pl.String,
            "weekend": pl.Boolean,
            "expected_days": pl.Int64,
            "expected_weeks": pl.Int64,
            "start": pl.Date,
            "end": pl.Date,
        },
    )


def _working_days(months: list[str]) -> pl.DataFrame:
    """Every working day near the months, with the month whose weeks it belongs to."""
    near = sorted({periods.shift_month(m, by) for m in months for by in (-1, 0, 1)})
    days = [(d, w) for m in near for w in (False, True) for d in periods.business_days(m, w)]
    thursday = [d + timedelta(days=3 - d.weekday()) for d, _ in days]
    return pl.DataFrame(
        {
            "day": [d for d, _ in days],
            "weekend": [w for _, w in days],
            "week": thursday,
            "day_month": [periods.month_of(d) for d, _ in days],
            "week_month": [periods.month_of(t) for t in thursday],
        },
        schema={
            "day": pl.Date,
            "weekend": pl.Boolean,
            "week": pl.Date,
            "day_month": pl.String,
            "week_month": pl.String,
        },
    )


def _cut_months(rows: pl.DataFrame, months: list[str]) -> pl.DataFrame:
    """Days and weeks where a branch opened after the first or closed by the last day."""
    late = pl.col("opened_on") > pl.col("start")
    early = pl.col("closed_on") <= pl.col("end")
    cut = rows.filter(late.fill_null(False) | early.fill_null(False))
    cut = cut.select("branch_code", "month", "opened_on", "closed_on", "weekend")
    days = cut.join(_working_days(months), on="weekend", how="left").filter(
        (pl.col("opened_on").is_null() | (pl.col("day") >= pl.col("opened_on")))
        & (pl.col("closed_on").is_null() | (pl.col("day") < pl.col("closed_on")))
    )
    counted = days.group_by("branch_code", "month").agg(
        cut_days=(pl.col("day_month") == pl.col("month")).sum().cast(pl.Int64),
        cut_weeks=pl.col("week").filter(pl.col("week_month") == pl.col("month")).n_unique(),
    )
    joined = cut.select("branch_code", "month").join(
        counted, on=["branch_code", "month"], how="left"
    )
    return joined.with_columns(
        pl.col("cut_days").fill_null(0), pl.col("cut_weeks").cast(pl.Int64).fill_null(0)
    )


MARTS = (Mart("branch_month", ("branch_code", "month"), "branch", ("branch_code",), branch_month),)
