"""Rows of nodes that are no outlets (网点): nothing counts them, so none may pass for taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.validation.missing import lines_of
from pipeline.validation.subject import Subject

OUTLET = "网点"
_PARTS = 2  # outlets under a node, in the same sheet, that make its row their sum

NOT_OUTLET = Rule(
    "not_outlet", "error", "row",
    "{value} 在机构台账中是{level}（{name}），不是网点，不计入任何指标，所以没有录入。"
    "请把代码改为具体网点的代码；该机构确是网点的，请先更正机构台账中的机构层级。",
    "{value} is a {level} in the branch register ({name}), not a branch: no metric counts "
    "it, so it was not taken. Give the code of the branch itself; if it is one, correct its level "
    "in the register first.",
)  # fmt: skip
SUM_OF_NODE = Rule(
    "sum_of_node", "warning", "none",
    "{value} 在机构台账中是{level}（{name}），本表另有它下属网点的行：这一行当作它们的合计，"
    "不计入任何指标，也未与各网点之和核对。无误可忽略。",
    "{value} is a {level} in the branch register ({name}), and its branches have rows of their "
    "own: this row is taken for their sum, counts nowhere and was not held against them. Ignore "
    "this if that is right.",
)  # fmt: skip


def rows_of_nodes(subject: Subject) -> list[Finding]:
    """A finding for each month or visit of a node that the register calls no outlet."""
    table = {"performance": "performance", "scorecard": "visit", "scorecards": "visit"}.get(
        subject.kind.id
    )
    register = subject.register
    if table is None or not {"level", "parent_code"} <= set(register.columns):
        return []
    about = register.select("branch_code", "level", name="branch_name")
    higher = about.filter(pl.col("level") != OUTLET)  # an unknown level is no other one
    rows = subject.parsed.tables[table].join(higher, on="branch_code", maintain_order="left")
    return [] if rows.is_empty() else list(_told(subject, table, rows))


def _told(subject: Subject, table: str, rows: pl.DataFrame) -> Iterator[Finding]:
    lines = lines_of(subject.register)
    own = subject.parsed.tables[table].select("file", "branch_code").drop_nulls().unique()
    codes = dict(own.group_by("file").agg("branch_code").iter_rows())
    for row in rows.rows(named=True):
        below = sum(row["branch_code"] in lines.get(c, ())[:-1] for c in codes[row["file"]])
        rule = SUM_OF_NODE if table == "performance" and below >= _PARTS else NOT_OUTLET
        words: dict[str, Any] = {"level": row["level"], "name": row["name"] or row["branch_code"]}
        finding = subject.places.at(rule, "branch_code", row, value=row["branch_code"], **words)
        if finding is not None:
            yield finding
