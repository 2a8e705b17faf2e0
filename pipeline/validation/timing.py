"""Months that have not begun on the day of the run, and rows that stray into another month."""

from __future__ import annotations

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.periods import month_of
from pipeline.validation import rules
from pipeline.validation.subject import Subject

# Of the branches of a sheet's main month; with more of them another month is one of its own.
FEW = 0.5

STRAY = Rule(
    "month_stray", "warning", "none",
    "本表多数行是 {main}，这一行写的是 {value}，而该网点没有 {main} 的行：将记入 {value}，"
    "并取代该月先前的数字。若是误写，请改正月份后重报；确是补报可忽略。",
    "Most rows of this sheet are of {main}, this one is of {value}, and its branch has none of "
    "{main}: it is taken for {value}, in place of what that month held. If it is a slip, correct "
    "the month and send again; ignore this if the month was meant.",
)  # fmt: skip


def months_astray(subject: Subject) -> list[Finding]:
    """One warning for each row of a month that hardly any row of its sheet is of, where the branch
    lacks the month that most are of."""
    table = subject.parsed.tables.get(subject.kind.table)
    if subject.kind.table != "performance" or table is None:
        return []
    rows = table.drop_nulls(["branch_code", "month"])
    sheet = ["file", "sheet"]
    counted = rows.group_by(*sheet, "month").agg(n=pl.col("branch_code").n_unique())
    main = counted.sort("n", "month", descending=True).unique(sheet, keep="first")
    main = main.select(*sheet, main="month", most="n")
    few = counted.join(main, on=sheet).filter(pl.col("n") <= FEW * pl.col("most"))
    stray = rows.join(few, on=[*sheet, "month"], maintain_order="left")
    kept = rows.select(*sheet, "branch_code", main="month")
    stray = stray.join(kept, on=[*sheet, "branch_code", "main"], how="anti", maintain_order="left")
    made = (
        subject.places.at(STRAY, "month", row, value=row["month"], main=row["main"])
        for row in stray.rows(named=True)
    )
    return [f for f in made if f is not None]


def months_to_come(subject: Subject) -> list[Finding]:
    """One warning per workbook and month, at its first cell. Without a known day none."""
    today, table = subject.known.today, subject.parsed.tables.get(subject.kind.table)
    if today is None or table is None or "month" not in table.columns:
        return []
    late = table.filter(pl.col("month") > month_of(today))
    first = late.unique(["file", "month"], keep="first", maintain_order=True)
    made = (
        subject.places.at(
            rules.MONTH_FUTURE, "month", row, value=row["month"], today=today.isoformat()
        )
        for row in first.rows(named=True)
    )
    return [f for f in made if f is not None]
