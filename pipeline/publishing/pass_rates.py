"""Pass rates of items by region and quarter: the series of p-charts.

An observation is one visit: what was seen in the hall or at its first counter. Encounters of one
visit are alike, so counting each would make the limits too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from audits.statistics.control_charts import P_OBSERVATIONS, P_POINTS

if TYPE_CHECKING:
    from audits.scoring import Scored

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "scope": pl.String,
    "level": pl.String,
    "metric": pl.String,
    "periods": pl.List(pl.String),
    "counts": pl.List(pl.Float64),
    "sizes": pl.List(pl.Float64),
}


def pass_rates(
    scored: Scored,
    visits: pl.DataFrame,
    scope: pl.DataFrame,
    members: pl.DataFrame,
    levels: Sequence[str],
) -> pl.DataFrame:
    """[scope, level, metric `item.<id>`, periods, counts passed, sizes] with ≥ 6 full quarters.

    Only quarters with 25 observations; only items that are earned (deductions are rare events).
    """
    if scored.answers.is_empty() or visits.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    regions = scope.filter(pl.col("level").is_in(list(levels))).select("scope", "level")
    counted = _by_branch_group(scored, visits, members.join(regions, on="scope"))
    points = (
        counted.group_by("scope", "level", "quarter", "item_id")
        .agg(pl.col("passed").sum(), pl.col("seen").sum())
        .filter(pl.col("seen") >= P_OBSERVATIONS)
        .sort("quarter")
    )
    series = points.group_by("scope", "level", "item_id").agg(
        pl.col("quarter").alias("periods"),
        pl.col("passed").cast(pl.Float64).alias("counts"),
        pl.col("seen").cast(pl.Float64).alias("sizes"),
    )
    long = series.filter(pl.col("periods").list.len() >= P_POINTS)
    named = long.with_columns(pl.format("item.{}", "item_id").alias("metric"))
    return named.select(list(_SCHEMA)).sort("scope", "metric")


def _by_branch_group(scored: Scored, visits: pl.DataFrame, where: pl.DataFrame) -> pl.DataFrame:
    """[scope, level, quarter, item_id, passed, seen]; a branch group is branches of the same
    regions. Numbers in place of texts: a year of a large province has ten million answers."""
    group = where.group_by("branch_code").agg(pl.struct("scope", "level").sort().alias("in"))
    placed = visits.select("visit_id", "branch_code", _quarter()).join(group, on="branch_code")
    cells = placed.select("in", "quarter").unique(maintain_order=True).with_row_index("cell")
    placed = placed.join(cells, on=["in", "quarter"]).select("visit_id", "cell")
    given = (pl.col("state") == "answered") & (pl.col("effect") == "earn")
    rows = scored.answers.lazy().filter(given & (pl.col("encounter") <= 1))
    answers = rows.select("visit_id", "item_id", "full").collect()
    runs = answers["visit_id"].rle().struct.unnest()
    cell = runs.join(
        placed, left_on="value", right_on="visit_id", how="left", maintain_order="left"
    )
    at = np.repeat(cell["cell"].fill_null(cells.height).to_numpy(), runs["len"].to_numpy())
    items = answers["item_id"].unique().sort()
    item = answers["item_id"].cast(pl.Enum(items)).to_physical().to_numpy()
    place = at.astype(np.int64) * len(items) + item
    size = (cells.height + 1) * len(items)
    table = pl.DataFrame({
        "cell": np.repeat(np.arange(cells.height + 1, dtype=np.uint32), len(items)),
        "item_id": np.tile(items.to_numpy(), cells.height + 1),
        "seen": np.bincount(place, minlength=size),
        "passed": np.bincount(place[answers["full"].fill_null(False).to_numpy()], minlength=size),
    })  # fmt: skip
    full = table.filter(pl.col("seen") > 0).join(cells, on="cell").explode("in")
    return full.with_columns(pl.col("in").struct.unnest()).drop("in", "cell")


def _quarter() -> pl.Expr:
    day = pl.col("visit_date")
    return pl.format("{}Q{}", day.dt.year(), day.dt.quarter()).alias("quarter")
