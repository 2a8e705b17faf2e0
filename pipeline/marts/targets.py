"""Progress towards the year's targets: a branch enters with both its target and its actual."""

from __future__ import annotations

import polars as pl

from pipeline.marts.world import World
from pipeline.metrics.declaration import Mart
from pipeline.sheets import kinds

_GRAIN = ["branch_code", "product", "year"]


def _how_columns_add_up() -> pl.DataFrame:
    columns = [c for c in kinds()["performance"].columns if c.over]
    return pl.DataFrame(
        {"product": [c.id for c in columns], "over": [c.over for c in columns]},
        schema={"product": pl.String, "over": pl.String},
    )


def target_progress(world: World) -> pl.DataFrame:
    """[branch × month × product with a target] `actual` of the year so far, `target` of the year.

    flow: the sum from January (or the month of opening), unknown while a month is missing;
    stock_end: the month's own value; stock_mean: the mean of the months reported so far.
    """
    targets = world.fact("target").select(
        "branch_code", pl.col("year").cast(pl.Int32), product="product_id", target="target"
    )
    over = _how_columns_add_up()
    targets = targets.drop_nulls().join(over, on="product")
    targets = targets.filter(pl.col("target") != 0)
    products = targets.get_column("product").unique().sort().to_list()
    rows = world.fact("performance").select(
        "branch_code",
        "month",
        *(pl.col(p).cast(pl.Decimal(18, 2)) for p in products),
    )
    long = rows.unpivot(
        products, index=["branch_code", "month"], variable_name="product", value_name="value"
    ).with_columns(
        year=pl.col("month").str.slice(0, 4).cast(pl.Int32),
        number=pl.col("month").str.slice(5, 2).cast(pl.Int32),
    )
    long = long.join(targets, on=_GRAIN).join(_first_months(world), on="branch_code", how="left")
    return _so_far(long)


def _first_months(world: World) -> pl.DataFrame:
    return world.branches.select(
        "branch_code",
        opened_year=pl.col("opened").dt.year(),
        opened_number=pl.col("opened").dt.month().cast(pl.Int32),
    )


def _so_far(long: pl.DataFrame) -> pl.DataFrame:
    opened_now = (pl.col("opened_year") == pl.col("year")).fill_null(False)
    long = long.with_columns(
        first=pl.when(opened_now).then(pl.col("opened_number")).otherwise(1)
    ).sort(*_GRAIN, "month")
    total = pl.col("value").fill_null(0).cum_sum().over(_GRAIN)
    seen = pl.col("value").is_not_null().cast(pl.Int64).cum_sum().over(_GRAIN)
    open_now = pl.col("value").is_not_null() & (pl.col("number") >= pl.col("first"))
    since_opening = open_now.cast(pl.Int64).cum_sum().over(_GRAIN)
    long = long.with_columns(
        total=total.cast(pl.Decimal(38, 2)), seen=seen, since_opening=since_opening
    )
    whole = pl.col("since_opening") >= pl.col("number") - pl.col("first") + 1
    return long.with_columns(
        actual=pl.when(pl.col("value").is_null())
        .then(None)
        .when(pl.col("over") == "stock_end")
        .then(pl.col("value").cast(pl.Float64))
        .when(pl.col("over") == "stock_mean")
        .then(pl.col("total").cast(pl.Float64) / pl.col("seen"))
        .when(whole)
        .then(pl.col("total").cast(pl.Float64)),
        since=pl.when(pl.col("over") == "stock_end")
        .then(pl.col("month"))
        .otherwise(pl.col("year").cast(pl.String) + "-01"),
    ).select("branch_code", "month", "product", "year", "number", "target", "actual", "since")


MARTS = (
    Mart(
        "target_progress",
        ("branch_code", "month", "product"),
        "performance",
        ("branch_code", "month"),
        target_progress,
    ),
)
