"""Every messy workbook of the sample is read right or refused right, and nothing else is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from spine.comparing import (
    CHECKS,
    MONEY,
    TAKEN,
    Outcome,
    strangers,
    unannotated,
)
from spine.conftest import Province

# What the header of a clean monthly sheet says for the columns that are looked at.
CHECKED = {
    "网点代码": "branch_code", "月份": "month", "在岗人数": "staff", "接待客户数": "served",
    "识别客户数": "identified", "转介成交额": "closed_amount", "储蓄存款余额": "deposits",
    "管理资产": "aum", "中间业务收入": "fee_income", "投诉笔数": "complaints",
}  # fmt: skip
ANSWERS = {"是": 1, "否": 0}


@pytest.fixture(scope="module")
def outcome(province: Province) -> Iterator[Outcome]:
    opened = Outcome(province)
    yield opened
    opened.warehouse.close()


@pytest.mark.parametrize("expect", sorted(CHECKS))
def test_messy_workbooks_come_out_as_the_truth_says(outcome: Outcome, expect: str) -> None:
    messy = [m for m in outcome.province.truth["messy"] if m["expect"] == expect]
    assert messy
    assert [w for m in messy for w in CHECKS[expect](outcome, m)] == []


def test_no_clean_workbook_is_refused(outcome: Outcome) -> None:
    assert strangers(outcome) == []


def test_returned_workbooks_are_marked_at_the_cell(outcome: Outcome) -> None:
    spoiled = [m for m in outcome.province.truth["messy"] if m["expect"] != "read"]
    # the money of an unnamed unit may be marked anywhere; a scrambled file has no cells
    marked = [m for m in spoiled if m["fault"]["cell"] and m["fault"]["kind"] != "wan_unnamed"]
    assert len(marked) >= 8
    assert [w for m in marked for w in unannotated(outcome, m)] == []


def test_the_cure_of_an_unnamed_unit_is_named(outcome: Outcome) -> None:
    (entry,) = outcome.of(outcome.province.truth["wrong_unit"])
    errors = [f for f in entry["findings"] if f["severity"] == "error"]
    assert errors
    assert all("金额单位：万元" in f["zh"] and "万元" in f["en"] for f in errors)
    assert not [f for f in entry["findings"] if f["rule"] == "jump"]


def test_a_workbook_sent_again_replaces_the_first(outcome: Outcome) -> None:
    resent = outcome.province.truth["resent"]
    live = outcome.warehouse.live("performance").rows(named=True)
    for change in resent["changes"]:
        own = (change["branch_code"], resent["period"])
        (row,) = [r for r in live if (r["branch_code"], r["month"]) == own]
        assert row[change["column"]] == Decimal(str(change["new"])), change
        assert row[change["column"]] != Decimal(str(change["old"]))


def test_each_branch_and_month_is_live_once(outcome: Outcome) -> None:
    live = outcome.warehouse.live("performance").select("branch_code", "month").rows()
    assert max(Counter(live).values()) == 1
    late = [m for m in outcome.province.truth["messy"] if m["expect"] == "quarantined"]
    assert late
    for messy in late:
        rows = outcome.rows("performance", messy["file"])
        kept_out = (messy["fault"]["branch_code"], rows[0]["month"])
        assert kept_out not in live


def _clean(outcome: Outcome, folder: str) -> list[str]:
    messy = {m["file"] for m in outcome.province.truth["messy"]}
    zips = tuple(f"{m}/" for m in messy)
    return sorted(
        name
        for name, entry in outcome.entries.items()
        if name.startswith(folder)
        and name.endswith(".xlsx")
        and name not in messy
        and not name.startswith(zips)
        and entry["status"] in TAKEN
    )


def _number(column: str, value: Any) -> Any:
    if column in ("branch_code", "month"):
        return str(value)
    return Decimal(str(value)).quantize(Decimal("0.01")) if column in MONEY else int(value)


def _columns(sheet: Worksheet) -> dict[str, int]:
    heads = {str(c.value).removesuffix("（元）"): c.column for c in sheet[1]}
    return {column: heads[zh] for zh, column in CHECKED.items()}


def test_clean_monthly_workbooks_are_read_cell_by_cell(outcome: Outcome) -> None:
    for file in random.Random(7).sample(_clean(outcome, "4-performance/"), 3):
        sheet = load_workbook(outcome.province.sheets / file).worksheets[0]
        rows = outcome.rows("performance", file)
        assert len(rows) == sheet.max_row - 1
        for row in rows:
            for column, at in _columns(sheet).items():
                cell = sheet.cell(row["row"], at)
                assert row[column] == _number(column, cell.value), (file, cell.coordinate)


def test_clean_scorecards_are_read_cell_by_cell(outcome: Outcome) -> None:
    for file in random.Random(7).sample(_clean(outcome, "5-scorecards/"), 3):
        sheet = load_workbook(outcome.province.sheets / file).worksheets[0]
        rows = outcome.rows("answer", file)
        assert len(rows) > 40
        one_visit = outcome.entries[file]["kind"] == "scorecard"
        for row in rows:
            cell = sheet[row["cell"]]
            value = cell.value
            # one visit: the item stands in its row; a list of visits: in its column
            item = sheet.cell(cell.row, 1) if one_visit else sheet.cell(1, cell.column)
            assert item.value == row["item_id"], (file, row["cell"])
            if value is None:
                assert row["not_applicable"] and row["answer"] is None, (file, row["cell"])
            else:
                assert row["answer"] == ANSWERS.get(value, value), (file, row["cell"])
