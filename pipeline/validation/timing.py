"""Months that have not begun on the day of the run."""

from __future__ import annotations

import polars as pl

from pipeline.findings import Finding
from pipeline.periods import month_of
from pipeline.validation import rules
from pipeline.validation.subject import Subject


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
