"""What a clerk is told at once of a workbook, by the real entry point."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.sheets import kinds
from tests.pipeline.offices import Clock, Line
from tests.pipeline.test_ingest import EAST, WEST, monthly, register

Findings = dict[str, list[dict[str, Any]]]  # by file
PERFORMANCE = kinds()["performance"]
SERVED, SPOKEN = PERFORMANCE.column("served"), PERFORMANCE.column("spoken")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """September of both branches is in; it is midnight in London and morning in China."""
    box = tmp_path_factory.mktemp("told")
    line = Line(box / "data")
    first = monthly(box / "九月.xlsx", (EAST, 900, 300, 123456.78), (WEST, 800, 200, 50.5))
    line.run("ingest", str(register(box / "网点名册.xlsx")), str(first))
    return line


@pytest.fixture(scope="module")
def told(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """The findings of four workbooks, sent in one command."""
    box = tmp_path_factory.mktemp("sent")
    monthly(box / "改.xlsx", (EAST, 910, 300, 123456.78), (WEST, 800, 210, 50.5))
    monthly(box / "同.xlsx", (WEST, 800, 200, 50.5))
    renamed(monthly(box / "改名.xlsx", (WEST, 800, 200, 50.5)), f"{SPOKEN.zh}2")
    renamed(monthly(box / "重名.xlsx", (WEST, 800, 200, 50.5)), SPOKEN.zh)
    nobody = ("99999999", "某")
    monthly(box / "多行.xlsx", (EAST, 900, 300, 123456.78), (nobody, 1, 1, 1))
    with pytest.MonkeyPatch.context() as patch:
        Clock(patch).day = date(2026, 10, 10)
        patch.setattr("pipeline.office.ledger.now", lambda: "2026-10-10T18:30:00Z")
        report = line.json("ingest", "ingest", str(box), expect=1)
    return {f["file"].rsplit("/", 1)[-1]: f["findings"] for f in report["files"]} | {
        "returned": [{"place": f["returned"]} for f in report["files"] if f["returned"]]
    }


def renamed(path: Path, header: str) -> Path:
    """The column of customers served is headed by another name."""
    loaded = openpyxl.load_workbook(path)
    row = next(iter(loaded.worksheets[0].iter_rows(max_row=1)))
    (cell,) = [c for c in row if c.value == SERVED.zh]
    cell.value = header
    loaded.save(path)
    return path


def one(findings: list[dict[str, Any]], rule: str) -> dict[str, Any]:
    (found,) = [f for f in findings if f["rule"] == rule]
    return found


def test_a_month_sent_again_says_what_it_replaces(line: Line, told: Findings) -> None:
    found = one(told["改.xlsx"], "month_replaced")
    assert found["severity"] == "info"
    assert "2 个网点先前已报" in found["zh"] and "有 2 个数字与先前不同" in found["zh"]
    assert f"{EAST[0]} 接待客户数 900 → 910" in found["zh"]
    assert f"{WEST[0]} 识别客户数 200 → 210" in found["zh"]
    assert "2 figures differ" in found["en"] and "Customers served 900 → 910" in found["en"]
    number = found["zh"].split("编号 ")[1][:8]
    assert "已报" not in line.run("correct", number, "--cell", "A1", "--old", "x", "--new", "y",
                                "--reason", "r", expect=1)  # fmt: skip
    assert "完全相同" in one(told["同.xlsx"], "month_sent_again")["zh"]


def test_the_template_column_that_is_absent_is_named(told: Findings) -> None:
    doubled = one(told["重名.xlsx"], "duplicate_header")
    assert f"本表缺少模板中的“{SERVED.zh}”" in doubled["zh"]
    assert f"lacks these columns of the template: {SERVED.en}" in doubled["en"]
    strange = one(told["改名.xlsx"], "unknown_column")
    assert SERVED.zh in strange["zh"] and SERVED.en in strange["en"]


def test_an_invented_row_may_be_deleted(told: Findings) -> None:
    found = one(told["多行.xlsx"], "unknown_branch")
    assert "整行删去" in found["zh"] and "is to be deleted" in found["en"]


def test_returned_workbooks_are_filed_under_the_day_in_china(told: Findings) -> None:
    days = {Path(r["place"]).parts[1] for r in told["returned"]}
    assert days == {str(date(2026, 10, 10) + timedelta(days=1))}
