"""Defects (检查发现问题): which failed items of visits become corrective actions. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from audits.action_rules import ActionRules
from audits.scorecard import Edition
from audits.scoring import Scored

HEAD = "branch_head"  # who answers for an item that names no post
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "branch_code": pl.String,
    "round": pl.String,
    "item_id": pl.String,
    "edition": pl.String,
    "found": pl.Date,  # the last visit that found it
    "visits": pl.Int64,  # how many found it
    "lost": pl.Decimal(18, 6),  # points at the worst of them
    "veto": pl.Int64,
    "owner": pl.String,
    "severity": pl.String,
}


def defects(
    scored: Scored, visits: pl.DataFrame, editions: Mapping[str, Edition], rules: ActionRules
) -> pl.DataFrame:
    """[COLUMNS] one row for each branch, round and item that failed, in that order.

    `visits` [visit_id, branch_code, round, visit_date, edition]: those looked at. An item failed
    where it was answered and did not earn all it could; counters of one visit are summed.
    """
    given = scored.answers.filter((pl.col("state") == "answered") & ~pl.col("full"))
    lost = given.group_by("visit_id", "item_id").agg(
        lost=(pl.col("applicable") - pl.col("earned")).sum(), veto=pl.col("veto").max()
    )
    seen = visits.select("visit_id", "branch_code", "round", "visit_date", "edition")
    dated = lost.join(seen, on="visit_id").sort("visit_date", "visit_id")
    owners = pl.DataFrame(
        [(e.id, i.id, i.role or HEAD) for e in editions.values() for i in e.items],
        schema={"edition": pl.String, "item_id": pl.String, "owner": pl.String},
        orient="row",
    )
    found = (
        dated.join(owners, on=["edition", "item_id"], maintain_order="left")
        .group_by("branch_code", "round", "item_id")
        .agg(
            pl.col("edition", "owner").last(),
            pl.col("lost", "veto").max(),
            found=pl.col("visit_date").max(),
            visits=pl.len(),
        )
    )
    grades = [rules.severity(lost, veto) for lost, veto in found.select("lost", "veto").iter_rows()]
    graded = found.with_columns(severity=pl.Series(grades, dtype=pl.String))
    return (
        graded.drop_nulls("severity")
        .select(list(COLUMNS))
        .cast(pl.Schema(COLUMNS))
        .sort("branch_code", "round", "item_id")
    )
