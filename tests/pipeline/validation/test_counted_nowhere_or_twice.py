"""Rows that would pass for taken and count nowhere, twice, or in another month than was meant."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import polars as pl
import pytest
from sheets_by_hand import ANSWER, REGISTER, VISIT, card, cards, crossed, parsed_list, placed, said
from sheets_by_hand import stored as stored_rows

from pipeline.findings import Finding

MONTH = "2026-09"
EAST, WEST, SOUTH = "37010101", "37010102", "37010103"
COLUMNS = ("branch_code", "month", "served")
WATCHED = ("month_stray", "not_outlet", "sum_of_node")


def monthly(*rows: tuple[str, str], register: pl.DataFrame = REGISTER) -> list[Finding]:
    """What is said of rows (branch, month) of one sheet, by the rules that this file is about."""
    made = placed([{"branch_code": c, "month": m, "served": 5} for c, m in rows])
    found = crossed("performance", parsed_list("performance", made, COLUMNS), branches=register)
    return [f for f in found if f.rule in WATCHED]


# ---- nodes -----------------------------------------------------------------------------------
@pytest.mark.parametrize("node", ["370101", "3701", "37"])
def test_a_month_of_a_node_counts_nowhere_and_is_refused(node: str) -> None:
    (found,) = monthly((node, MONTH))
    assert (found.rule, found.severity, found.reach, found.cell) == ("not_outlet", "error", "row",
                                                                     "A2")  # fmt: skip
    assert node in found.zh and node in found.en


def test_a_sum_beside_its_branches_is_told_and_kept() -> None:
    (found,) = monthly((EAST, MONTH), (WEST, MONTH), ("370101", MONTH))
    assert (found.rule, found.severity, found.cell) == ("sum_of_node", "warning", "A4")


def test_one_branch_alone_has_no_sum() -> None:
    (found,) = monthly((EAST, MONTH), ("370101", MONTH), ("3702", MONTH))[:1]
    assert (found.rule, found.cell) == ("not_outlet", "A3")


@pytest.mark.parametrize("level", ["网点", None])
def test_an_outlet_and_a_node_of_unknown_level_are_left_alone(level: str | None) -> None:
    register = REGISTER.with_columns(level=pl.lit(level, pl.String))
    assert monthly(("370101", MONTH), register=register) == []
    assert monthly((EAST, MONTH)) == []


def test_a_visit_to_a_node_is_refused_at_its_code() -> None:
    found = crossed("scorecard", card(branch_code="370101"), branches=REGISTER)
    assert [(f.rule, f.cell, f.severity) for f in found] == [("not_outlet", "A3", "error")]
    assert crossed("scorecard", card(), branches=REGISTER) == []


# ---- months ----------------------------------------------------------------------------------
def test_a_row_that_strays_into_another_month_is_told() -> None:
    (found,) = monthly((EAST, MONTH), (WEST, "2025-09"), (SOUTH, MONTH))
    assert (found.rule, found.severity, found.cell) == ("month_stray", "warning", "B3")
    for sentence in (found.zh, found.en):
        assert "2025-09" in sentence and MONTH in sentence


def test_a_sheet_of_several_months_is_none_that_strays() -> None:
    both = [(c, m) for m in ("2026-08", MONTH) for c in (EAST, WEST, SOUTH)]
    assert monthly(*both) == []
    # a month that one branch had forgotten, beside its own of this month
    assert monthly((EAST, MONTH), (WEST, MONTH), (SOUTH, MONTH), (SOUTH, "2026-08")) == []


# ---- two files of one run ---------------------------------------------------------------------
def two_files(first: dict[str, Any], second: dict[str, Any], **columns: Any) -> list[Finding]:
    rows = [
        *placed([{"branch_code": EAST, "month": MONTH, **first}], 0),
        *placed([{"branch_code": EAST, "month": MONTH, **second}], 1),
    ]
    both = columns or {"columns": {0: COLUMNS, 1: COLUMNS}}
    return crossed("performance", parsed_list("performance", rows, **both), branches=REGISTER)


def test_two_files_that_contradict_each_other_are_both_told() -> None:
    one, other = two_files({"served": 924}, {"served": 950})
    assert (one.rule, one.file, one.cell) == ("month_overruled", 0, "C2")
    assert (other.rule, other.file, other.cell) == ("month_overrules", 1, "C2")
    for sentence in (one.zh, one.en, other.zh, other.en):
        assert "924 → 950" in sentence and EAST in sentence and MONTH in sentence


def test_a_blank_of_the_later_file_is_a_contradiction_too() -> None:
    one, _ = two_files({"served": 924}, {})
    assert "924 → —" in one.zh


def test_two_files_that_agree_or_tell_of_other_columns_say_nothing() -> None:
    assert two_files({"served": 924}, {"served": 924}) == []
    other = {0: COLUMNS, 1: ("branch_code", "month", "staff")}
    assert two_files({"served": 924}, {"staff": 7}, columns=other) == []


# ---- visits ----------------------------------------------------------------------------------
LATER = {"visit_id": "v2", "time_in": time(9, 31)}


def before(**head: Any) -> dict[str, pl.DataFrame]:
    """The stores with one visit of that day."""
    return {"that_day": stored_rows("visit", [VISIT | head])}


def test_a_card_with_its_time_changed_is_told_as_a_second_one() -> None:
    (found,) = crossed("scorecard", card(**LATER), **before())
    assert (found.rule, found.severity, found.cell) == ("visit_same_day", "warning", "D3")
    for sentence in (found.zh, found.en):
        assert "09:30" in sentence and "mingcha correct" in sentence


def test_so_is_one_for_another_round() -> None:
    (found,) = crossed("scorecard", card(visit_id="v2", round="2026Q2"), **before())
    assert found.rule == "visit_same_day" and "2026Q3" in found.zh


@pytest.mark.parametrize(
    "change",
    [{"shopper_id": "S02"}, {"edition": "open-1"}, {"branch_code": "37010102"},
     {"visit_date": date(2026, 9, 2)}, {"visit_id": "v1", "time_in": time(9, 30)}],
)  # fmt: skip
def test_another_visit_is_none_of_these(change: dict[str, Any]) -> None:
    found = crossed("scorecard", card(**(LATER | change)), **before())
    assert "visit_same_day" not in {f.rule for f in found}


def test_in_one_run_the_later_card_is_told() -> None:
    visits = [*placed([VISIT]), *placed([VISIT | LATER], 1)]
    answers = [*placed([ANSWER], 0, 20), *placed([ANSWER | {"visit_id": "v2"}], 1, 20)]
    found = crossed("scorecard", cards(visits, answers))
    assert said(found) == [("visit_same_day", "D3")]
    assert found[0].file == 1
