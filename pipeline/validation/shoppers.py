"""Shoppers against the office's list: who is not on it, and who went to the own branch."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.validation.subject import Subject

# Both are warnings: the figures of a visit do not depend on who went, and to refuse a whole visit
# for a slip in an id would cost the branch more than it protects. `--strict` refuses them.
UNKNOWN_SHOPPER = Rule(
    "unknown_shopper", "warning", "none",
    "暗访员编号 {value} 不在暗访员名册中。请核对编号；新的暗访员请先报名册。",
    "Shopper id {value} is not on the list of shoppers. Check the id, or send the list with the "
    "new shopper first.",
)  # fmt: skip
OWN_BRANCH = Rule(
    "own_branch", "warning", "none",
    "暗访员 {value} 属于被暗访的网点 {branch}，应当回避。请核对编号和网点代码；"
    "属实的，这次暗访不宜用于评价，请另派人重访。",
    "Shopper {value} belongs to the branch visited, {branch}, and should not have gone. Check id "
    "and branch code; if true, do not judge by this visit and send somebody else.",
)  # fmt: skip
_WANTED = ["file", "sheet", "row", "branch_code", "shopper_id"]


def shopper_findings(subject: Subject) -> list[Finding]:
    """Visits and plans by shopper. Without a list of shoppers nothing can be said."""
    if subject.kind.id == "shoppers" or subject.shoppers.is_empty():
        return []
    return [f for frame in _frames(subject) for f in _of(subject, frame)]


def _frames(subject: Subject) -> Iterator[pl.DataFrame]:
    for frame in subject.parsed.tables.values():
        if set(_WANTED) <= set(frame.columns):
            yield frame.select(_WANTED).drop_nulls("shopper_id")


def _of(subject: Subject, frame: pl.DataFrame) -> Iterator[Finding]:
    shoppers = subject.shoppers.select("shopper_id", "home_branch")
    unknown = frame.join(shoppers, on="shopper_id", how="anti")
    at_home = frame.join(shoppers, on="shopper_id").filter(
        pl.col("home_branch") == pl.col("branch_code")
    )
    for rule, rows in ((UNKNOWN_SHOPPER, unknown), (OWN_BRANCH, at_home)):
        for row in rows.rows(named=True):
            words = {"value": row["shopper_id"], "branch": row["branch_code"]}
            finding = subject.places.at(rule, "shopper_id", row, **words)
            if finding is not None:
                yield finding
