"""What was known of a defect before: an action of the system, or one of the office's own sheet."""

from __future__ import annotations

from datetime import date

import polars as pl

from audits.action_rules import ActionRules
from audits.actions import Actor
from pipeline.following.opening import Opened, _Plan

SHEET = ["branch_code", "item_id", "round", "issue_id", "closed_date"]


def test_what_was_known_before_says_from_where() -> None:
    listed = pl.DataFrame(
        [("01010101", "STEP1A", "2026Q3", "Z1", None), ("01010101", "ENV01", "2026Q2", "Z2", None)],
        schema=SHEET,
        orient="row",
    )
    found = pl.DataFrame({
        "branch_code": ["01010101"], "item_id": ["STEP1A"], "round": ["2026Q3"],
        "found": [date(2026, 9, 1)],
    })  # fmt: skip
    report, order = Opened("2026Q3", 1, 1), ["2026Q2", "2026Q3"]
    actor = Actor("zhang", "office")
    plan = _Plan({}, listed, order, ActionRules(), date(2026, 10, 9), actor, report)
    assert list(plan.steps(found)) == []
    assert (report.known, report.known_on_sheet) == (1, 1)
