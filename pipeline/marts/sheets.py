"""The monthly sheet with what a row must be compared with: lags and the branch's calendar."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipeline import periods
from pipeline.marts.network import with_calendar
from pipeline.marts.world import World
from pipeline.metrics.declaration import Mart

# Compared in one row, so that a branch enters a difference only with both of its ends.
LAGS: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "year_start": (lambda m: f"{int(m[:4]) - 1:04d}-12", ("aum", "deposits")),
    "previous": (lambda m: periods.shift_month(m, -1), ("aum", "deposits", "key_clients")),
    "year_ago": (lambda m: periods.shift_month(m, -12), ("aum", "deposits", "deposits_average")),
}


def performance(world: World) -> pl.DataFrame:
    """[branch × month] the sheet's row; `<column>_<lag>` and `<lag>_month` for each of LAGS;
    expected_days, expected_weeks."""
    source = ["upload_id", "sha256", "seq", "sheet", "row", "branch_name"]
    rows = world.fact("performance")
    rows = rows.drop([c for c in source if c in rows.columns])
    lagged = rows
    for lag, (shift, columns) in LAGS.items():
        lagged = _with_lag(lagged, rows, lag, shift, columns)
    return with_calendar(lagged, world.branches)


def _with_lag(
    rows: pl.DataFrame,
    source: pl.DataFrame,
    lag: str,
    shift: Callable[[str], str],
    columns: tuple[str, ...],
) -> pl.DataFrame:
    months = rows.get_column("month").unique().to_list()
    key = f"{lag}_month"
    pairs = pl.DataFrame(
        {"month": months, key: [shift(m) for m in months]},
        schema={"month": pl.String, key: pl.String},
    )
    earlier = source.select(
        "branch_code", pl.col("month").alias(key), *(pl.col(c).alias(f"{c}_{lag}") for c in columns)
    )
    return rows.join(pairs, on="month", how="left").join(
        earlier, on=["branch_code", key], how="left"
    )


MARTS = (
    Mart(
        "performance",
        ("branch_code", "month"),
        "performance",
        ("branch_code", "month"),
        performance,
    ),
)
