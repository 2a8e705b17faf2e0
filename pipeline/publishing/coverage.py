"""Who has reported (报送情况): one line per branch, month and kind of sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipeline.periods import DUE_BUSINESS_DAY, days_of, due_date
from pipeline.publication_tables import TABLES

KIND = "performance"


def coverage(
    scope: pl.DataFrame,
    months: Sequence[str],
    received: pl.DataFrame,
    quarantined: pl.DataFrame,
    due_day: int = DUE_BUSINESS_DAY,
) -> pl.DataFrame:
    """Table `coverage` of the performance sheets.

    `received` [branch_code, month, received: day of the first accepted sheet, or null];
    `quarantined` [branch_code, month] of rows whose last word is an error. Expected are the
    branches that were open on some day of the month.
    """
    due = pl.DataFrame(
        {"month": list(months), "due": [due_date(m, due_day) for m in months]},
        schema={"month": pl.String, "due": pl.Date},
    )
    expected = expected_branches(scope, months).join(due, on="month")
    keys = ["branch_code", "month"]
    got = received.unique(keys).with_columns(pl.lit(True).alias("got"))
    held = quarantined.select(keys).unique().with_columns(pl.lit(True).alias("held"))
    joined = expected.join(got, on=keys, how="left").join(held, on=keys, how="left")
    return (
        joined.select(
            pl.col("branch_code").alias("scope"),
            pl.col("month").alias("period"),
            pl.lit(KIND).alias("kind"),
            "due",
            _status().alias("status"),
        )
        .cast(pl.Schema(TABLES["coverage"]))
        .sort("scope", "period", "kind")
    )


def expected_branches(scope: pl.DataFrame, months: Sequence[str]) -> pl.DataFrame:
    """[branch_code, month]: the branches open on some day of each month."""
    spans = pl.DataFrame(
        [(m, days_of(m)[0], days_of(m)[-1]) for m in months],
        schema={"month": pl.String, "first": pl.Date, "last": pl.Date},
        orient="row",
    )
    pairs = scope.filter(pl.col("level") == "branch").join(spans, how="cross")
    began = pl.col("opened").fill_null(date.min) <= pl.col("last")
    still = pl.col("closed").fill_null(date.max) >= pl.col("first")
    return pairs.filter(began & still).select(pl.col("scope").alias("branch_code"), "month")


def _status() -> pl.Expr:
    late = pl.col("received") > pl.col("due")
    return (
        pl.when(pl.col("held"))
        .then(pl.lit("pending_correction"))
        .when(pl.col("got").is_null())
        .then(pl.lit("not_reported"))
        .when(late)
        .then(pl.lit("late"))
        .otherwise(pl.lit("reported"))
    )
