"""Shares of appeals upheld where nothing has been decided yet: no value, and a status that says so.

Pending appeals count in the denominator (domain §3: upheld ÷ appeals), so the division alone would
give 0 %, which reads as if all had been rejected.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipeline.periods import months_of

METRIC = "appeal_upheld"
UNDECIDED = "undecided"
PENDING = "待处理"


def without_undecided(
    values: pl.DataFrame, appeals: pl.DataFrame, members: pl.DataFrame, periods: Sequence[str]
) -> pl.DataFrame:
    """`values` (table `metric_value`) where a share of undecided appeals alone has no value.

    `appeals`: fact table `appeal`; `members`: table `scope_member`.
    """
    decided = appeals.filter(
        pl.col("filed_date").is_not_null()
        & pl.col("outcome").is_not_null()
        & (pl.col("outcome") != PENDING)
    ).select("branch_code", month=pl.col("filed_date").dt.strftime("%Y-%m"))
    months = pl.DataFrame(
        [(p, m) for p in periods for m in months_of(p)],
        schema={"period": pl.String, "month": pl.String},
        orient="row",
    )
    some = decided.join(months, on="month").join(members, on="branch_code")
    some = some.select("scope", "period").unique().with_columns(_decided=pl.lit(True))
    none = (pl.col("metric") == METRIC) & (pl.col("status") == "ok") & pl.col("_decided").is_null()
    return (
        values.join(some, on=["scope", "period"], how="left", maintain_order="left")
        .with_columns(
            value=pl.when(~none).then("value"),
            status=pl.when(none).then(pl.lit(UNDECIDED)).otherwise("status"),
        )
        .drop("_decided")
    )
