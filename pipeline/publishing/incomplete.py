"""Figures over several months of which a branch still owes one: no value, a status that says why.

A part of a quarter would be read as the whole: two months of sales beside three are no fall. As the
progress towards a target has it (`marts.targets`), a figure of a branch is unknown while a month of
it is missing. Its components are kept. A node is incomplete where all of its branches are; else it
adds up what was reported, in a quarter as in a month, and whoever shows it tells what is owed. A
month that nobody has sent (reporting began later, or it is still to come) is a gap of no branch:
all are alike, and the sheets owed are counted and told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipeline.metrics.declaration import Metric
from pipeline.periods import last_month
from pipeline.publishing.coverage import KIND
from pipeline.windows import months_in

INCOMPLETE = "incomplete"
OWED = ("not_reported", "pending_correction")
SHEETS = "performance"  # the mart; progress towards targets looks for its own missing months


def owed_months(coverage: pl.DataFrame) -> pl.DataFrame:
    """[branch_code, month, status] of the monthly sheets not there, or waiting for a correction."""
    rows = coverage.filter((pl.col("kind") == KIND) & pl.col("status").is_in(OWED))
    return rows.select(pl.col("scope").alias("branch_code"), month="period", status="status")


def months_looked_at(metric: Metric, period: str) -> list[str]:
    """The months of monthly sheets that a metric adds up for a period, in order."""
    windows = {part.window for part in metric.parts if part.mart == SHEETS}
    return sorted({m for w in windows for m in months_in(period, w, last_month(period))})


def without_incomplete(
    values: pl.DataFrame,
    coverage: pl.DataFrame,
    members: pl.DataFrame,
    metrics: Mapping[str, Metric],
    periods: Sequence[str],
) -> pl.DataFrame:
    """`values` (table `metric_value`) without those over months that are not all there.

    `coverage` and `members`: tables `coverage` and `scope_member`.
    """
    marks = _marks(coverage, members, metrics, periods)
    if marks.is_empty():
        return values
    told = values.join(
        marks, on=["metric", "scope", "period"], how="left", maintain_order="left"
    ).with_columns(out=pl.col("out").fill_null(False) & (pl.col("status") == "ok"))
    kept = [pl.when(~pl.col("out")).then(c).alias(c) for c in ("value", "low", "high")]
    status = pl.when("out").then(pl.lit(INCOMPLETE)).otherwise("status").alias("status")
    return told.with_columns(*kept, status).drop("out")


def _marks(
    coverage: pl.DataFrame,
    members: pl.DataFrame,
    metrics: Mapping[str, Metric],
    periods: Sequence[str],
) -> pl.DataFrame:
    """[metric, scope, period, out]: what is over several months and is incomplete."""
    due = coverage.filter(pl.col("kind") == KIND).select(
        branch_code="scope", month="period", owed=pl.col("status").is_in(OWED)
    )
    known = set(due.filter(~pl.col("owed"))["month"])
    looked: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for period in periods:
        for id, metric in metrics.items():
            months = tuple(m for m in months_looked_at(metric, period) if m in known)
            if len(months) > 1:
                looked.setdefault((period, months), []).append(id)
    found = [
        _incomplete(due, members, months).join(
            pl.DataFrame({"metric": ids, "period": [period] * len(ids)}), how="cross"
        )
        for (period, months), ids in looked.items()
    ]
    empty = pl.DataFrame(schema=dict.fromkeys(("scope", "metric", "period"), pl.String))
    return pl.concat([empty, *found]).unique().with_columns(out=pl.lit(True))


def _incomplete(due: pl.DataFrame, members: pl.DataFrame, months: Sequence[str]) -> pl.DataFrame:
    """[scope] of which every branch that was due in the months owes one of them."""
    own = due.filter(pl.col("month").is_in(list(months)))
    branches = own.group_by("branch_code").agg(pl.col("owed").any())
    if not branches["owed"].any():
        return pl.DataFrame(schema={"scope": pl.String})
    nodes = members.join(branches, on="branch_code").group_by("scope").agg(pl.col("owed").all())
    return nodes.filter("owed").select("scope").sort("scope")
