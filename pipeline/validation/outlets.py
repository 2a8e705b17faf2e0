"""Rows of nodes that are no outlet: a sum over a sub-branch, or a code without its last digits."""

from __future__ import annotations

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.validation.subject import Subject

OUTLET = "网点"
NO_OUTLET = Rule(
    "no_outlet", "error", "row",
    "{value} 在机构台账中是{level}“{name}”，不是网点，这一行不计入任何数字。"
    "代码少填了几位的请补全；是汇总行的请整行删去。",
    "The register has {value} as {name}, level {level}, no outlet: this row enters no figure. "
    "Complete a code that lacks digits; delete a row of sums.",
)  # fmt: skip


def rows_of_no_outlet(subject: Subject) -> list[Finding]:
    """An error at each month or visit of a node of a higher level; without levels none."""
    return [
        found
        for table in ("performance", "visit")
        if (frame := subject.parsed.tables.get(table)) is not None
        for found in _higher(subject, frame)
    ]


def _higher(subject: Subject, frame: pl.DataFrame) -> list[Finding]:
    register = subject.register
    if not {"branch_code"} <= set(frame.columns) or "level" not in register.columns:
        return []
    above = register.filter(pl.col("level").cast(pl.String) != OUTLET)
    about = above.select("branch_code", name="branch_name", level=pl.col("level").cast(pl.String))
    rows = frame.with_columns(pl.col("branch_code").cast(pl.String))
    met = rows.select("file", "sheet", "row", "branch_code").join(about, on="branch_code")
    made = (
        subject.places.at(
            NO_OUTLET, "branch_code", row,
            value=row["branch_code"], name=row["name"], level=row["level"],
        )
        for row in met.sort("file", "sheet", "row").rows(named=True)
    )  # fmt: skip
    return [found for found in made if found is not None]
