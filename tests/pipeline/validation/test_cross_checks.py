"""What one row cannot tell: months and visits held against others of the run and of the stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

import polars as pl
import pytest
from sheets_by_hand import (
    ANSWER,
    NODE_COLUMNS,
    REGISTER,
    VISIT,
    card,
    cards,
    crossed,
    nodes,
    parsed_list,
    placed,
    said,
    stored,
)

from pipeline.findings import Finding
from pipeline.validation.patterns import round_enough
from pipeline.validation.rules import RANGE

MONTH = "2026-09"
EAST, WEST, SOUTH, NORTH, SEA = "37010101", "37010102", "37010103", "37010104", "37020001"
WHOLE = ("branch_code", "month", "business_days", "morning_meetings", "served")
OFFICE = ("branch_code", "month", "business_days", "staff", "trained")
BRANCH = ("branch_code", "month", "morning_meetings", "exam_passed")


def months(*codes: str, file: int = 0, **values: Any) -> list[dict[str, Any]]:
    """A row of September for each code."""
    return placed([{"branch_code": c, "month": MONTH, **values} for c in codes], file)


def monthly(
    rows: list[dict[str, Any]],
    columns: Sequence[str] | Mapping[int, Sequence[str]] = WHOLE,
    told: Sequence[Finding] = (),
    **known: Any,
) -> list[Finding]:
    known = {"branches": REGISTER} | known
    return crossed("performance", parsed_list("performance", rows, columns), told, **known)


def sent(*codes: str, seq: int = 1, month: str = MONTH) -> pl.DataFrame:
    return pl.DataFrame(
        {"branch_code": codes, "month": month, "upload_id": f"x:{seq}", "seq": seq},
        schema={"branch_code": pl.String, "month": pl.String, "upload_id": pl.String,
                "seq": pl.Int64},
    )  # fmt: skip


# ---- who is missing --------------------------------------------------------------------------
def test_a_whole_city_is_complete() -> None:
    assert monthly(months(EAST, WEST, SOUTH, NORTH)) == []


def test_a_consolidated_sheet_names_the_open_branches_it_lacks() -> None:
    (found,) = monthly(months(EAST, WEST, NORTH))
    assert (found.rule, found.severity, found.reach) == ("period_incomplete", "warning", "none")
    for sentence in (found.zh, found.en):
        assert SOUTH in sentence and "云安" in sentence and MONTH in sentence
        assert EAST not in sentence and SEA not in sentence


def test_the_province_is_meant_where_two_cities_are_in_the_sheet() -> None:
    (found,) = monthly(months(EAST, WEST, NORTH, SEA))
    assert SOUTH in found.zh and "全省" in found.zh


@pytest.mark.parametrize(
    "change",
    [{"closed": date(2026, 8, 31)}, {"opened": date(2026, 10, 1)}],
)
def test_who_was_not_open_is_not_missing(change: dict[str, Any]) -> None:
    register = stored("branch", nodes({SOUTH: change}))
    assert monthly(months(EAST, WEST, NORTH), branches=register) == []
    on_the_edge = (
        {"closed": date(2026, 9, 1)} if "closed" in change else {"opened": date(2026, 9, 30)}
    )
    register = stored("branch", nodes({SOUTH: on_the_edge}))
    assert len(monthly(months(EAST, WEST, NORTH), branches=register)) == 1


def test_a_few_corrected_rows_are_no_incomplete_province() -> None:
    assert monthly(months(EAST, SEA)) == []


def test_a_single_branch_is_no_consolidated_sheet() -> None:
    assert monthly(months(EAST)) == []


def test_who_came_in_another_file_or_before_is_not_missing() -> None:
    together = months(EAST, WEST, NORTH) + months(SOUTH, file=1)
    assert monthly(together) == []
    assert monthly(months(EAST, WEST, NORTH), sent=sent(SOUTH)) == []


def test_a_sheet_sent_again_names_the_branches_it_lost() -> None:
    before = sent(EAST, WEST, SOUTH, NORTH)
    (found,) = monthly(months(EAST, WEST, NORTH), sent=before)
    assert (found.rule, found.severity) == ("branches_left_out", "warning")
    assert SOUTH in found.zh and "1 个" in found.zh and SOUTH in found.en
    assert EAST not in found.zh
    assert monthly(months(EAST, WEST, SOUTH, NORTH), sent=before) == []


def test_in_one_command_the_later_file_is_the_one_that_lost_them() -> None:
    rows = months(EAST, WEST, SOUTH, NORTH) + months(EAST, WEST, NORTH, file=1)
    assert [(f.file, f.rule) for f in monthly(rows)] == [(1, "branches_left_out")]
    # the complete sheet comes after the one that lacked a branch: nothing is lost
    rows = months(EAST, WEST, NORTH) + months(EAST, WEST, SOUTH, NORTH, file=1)
    assert monthly(rows) == []


def test_another_city_s_sheet_is_not_what_was_sent_before() -> None:
    assert monthly(months(EAST, WEST, SOUTH, NORTH), sent=sent(SEA, "37020002")) == []


def test_the_latest_former_sheet_counts() -> None:
    before = pl.concat([sent(EAST, WEST, SOUTH, NORTH), sent(EAST, WEST, NORTH, seq=2)])
    assert monthly(months(EAST, WEST, NORTH), sent=before) == []


def test_a_long_list_is_counted_not_recited() -> None:
    before = sent(EAST, WEST, *(f"9{n:03}" for n in range(40)))
    (found,) = [f for f in monthly(months(EAST, WEST), sent=before) if "left_out" in f.rule]
    assert "40 个" in found.zh and "9009" in found.zh and "9010" not in found.zh


def test_a_register_without_a_node_that_has_facts() -> None:
    left = [n for n in nodes() if n["branch_code"] not in (SOUTH, NORTH)]
    parsed = parsed_list("branches", placed(left), NODE_COLUMNS)
    told_of = pl.DataFrame({"branch_code": [EAST, SOUTH]})
    (found,) = crossed("branches", parsed, branches=REGISTER, told_of=told_of)
    assert (found.rule, found.severity) == ("register_left_out", "warning")
    assert SOUTH in found.zh and NORTH not in found.zh and "停业日期" in found.zh
    assert crossed("branches", parsed, branches=REGISTER) == []


def test_a_month_to_come_is_told_once_per_workbook() -> None:
    rows = months(EAST, WEST, SOUTH, NORTH) + months(EAST, file=1)
    assert monthly(rows, today=date(2026, 9, 1)) == []
    found = monthly(rows, today=date(2026, 8, 31))
    assert [(f.rule, f.file, f.cell, f.severity) for f in found] == [
        ("month_in_future", 0, "B2", "warning"), ("month_in_future", 1, "B2", "warning"),
    ]  # fmt: skip
    assert "2026-08-31" in found[0].zh and "2026-09" in found[0].zh


# ---- columns of two sheets -------------------------------------------------------------------
def live_month(**values: Any) -> pl.DataFrame:
    return stored("performance", [{"branch_code": EAST, "month": MONTH, **values}])


def test_the_branch_s_sheet_is_held_against_the_office_s() -> None:
    (found,) = monthly(
        months(EAST, morning_meetings=23), BRANCH, performance=live_month(business_days=22)
    )
    assert (found.rule, found.cell, found.severity) == ("comparison_merged", "C2", "error")
    assert found.reach == "row" and found.value == "23"
    assert "22" in found.zh and "营业日数" in found.zh and "22" in found.en


def test_and_the_office_s_against_the_branch_s() -> None:
    (found,) = monthly(
        months(EAST, business_days=20), OFFICE, performance=live_month(morning_meetings=21)
    )
    assert said([found]) == [("comparison_merged", "C2")]
    assert "晨会次数不得大于营业日数" in found.zh


def test_equal_is_fine_and_so_is_what_nobody_told() -> None:
    same = live_month(business_days=22)
    assert monthly(months(EAST, morning_meetings=22), BRANCH, performance=same) == []
    assert monthly(months(EAST, morning_meetings=22), BRANCH, performance=live_month()) == []
    other = same.with_columns(month=pl.lit("2026-08"))
    assert monthly(months(EAST, morning_meetings=23), BRANCH, performance=other) == []


def test_a_sheet_with_both_columns_is_not_held_against_the_store() -> None:
    rows = months(EAST, morning_meetings=23, business_days=25)
    assert monthly(rows, WHOLE, performance=live_month(business_days=22)) == []


def test_a_doubtful_rule_stays_a_warning_across_sheets() -> None:
    (found,) = monthly(months(EAST, exam_passed=9), BRANCH, performance=live_month(trained=8))
    assert (found.rule, found.severity) == ("comparison_merged_doubt", "warning")


def test_two_sheets_of_one_command_and_a_refused_row_is_no_yardstick() -> None:
    rows = months(EAST, business_days=20) + months(EAST, file=1, morning_meetings=21)
    columns = {0: OFFICE, 1: BRANCH}
    assert [(f.file, f.rule) for f in monthly(rows, columns)] == [(1, "comparison_merged")]
    wrong = RANGE.at(0, "表", "D2", 2, column="", column_en="", limits="", limits_en="")
    assert monthly(rows, columns, [wrong]) == []


# ---- figures that look made up ---------------------------------------------------------------
SELF = {
    "morning_meetings": 21, "evening_meetings": 20, "weekly_meetings": 4, "served": 913,
    "spoken": 407, "identified": 211, "referred": 63, "followed_up": 58, "closed": 17,
    "files_opened": 33,
}  # fmt: skip
SELF_COLUMNS = ("branch_code", "month", *SELF)


def made_up(rows: list[dict[str, Any]], **known: Any) -> list[Finding]:
    return monthly(rows, SELF_COLUMNS, **known)


def test_a_row_copied_from_last_month() -> None:
    former = stored("performance", [{"branch_code": EAST, "month": "2026-08", **SELF}])
    (found,) = made_up(months(EAST, **SELF), performance=former)
    assert (found.rule, found.cell, found.severity) == ("copied_month", "A2", "warning")
    assert "10 项网点填报数中有 10 项" in found.zh and "2026-08" in found.zh


@pytest.mark.parametrize(
    "changes",
    [
        {"served": 914, "spoken": 409, "identified": 212},  # meetings alike, work is not
        dict.fromkeys(("served", "spoken", "identified"), None),  # too few to say anything
        dict.fromkeys(SELF, 0),  # nothing done twice is no copy
    ],
)
def test_likeness_that_proves_nothing(changes: dict[str, Any]) -> None:
    both = SELF if changes.get("served") == 914 else SELF | changes
    former = stored("performance", [{"branch_code": EAST, "month": "2026-08", **both}])
    assert made_up(months(EAST, **(SELF | changes)), performance=former) == []


def test_eight_alike_among_twelve_prove_nothing() -> None:
    more = SELF | {"retained": 6, "won_back": 2}
    other = more | {"served": 870, "spoken": 399, "identified": 190, "referred": 61}
    columns = ("branch_code", "month", *more)
    former = stored("performance", [{"branch_code": EAST, "month": "2026-08", **more}])
    assert monthly(months(EAST, **other), columns, performance=former) == []  # 8 of 12
    two = more | {"served": 870, "spoken": 399}
    (found,) = monthly(months(EAST, **two), columns, performance=former)
    assert "12 项网点填报数中有 10 项" in found.zh


def test_two_months_before_is_not_last_month() -> None:
    former = stored("performance", [{"branch_code": EAST, "month": "2026-07", **SELF}])
    assert made_up(months(EAST, **SELF), performance=former) == []


def test_a_row_copied_from_a_neighbour_is_told_on_both() -> None:
    rows = months(EAST, WEST, **SELF) + placed(
        [{"branch_code": SOUTH, "month": MONTH, **SELF, "served": 914},
         {"branch_code": NORTH, "month": MONTH, **SELF, "spoken": 406}], 0, 4
    )  # fmt: skip
    found = made_up(rows)
    assert said(found) == [("copied_row", "A2"), ("copied_row", "A3")]
    assert WEST in found[0].zh and EAST in found[1].zh
    assert "改正抄来的数；属实可忽略" in found[0].zh


def test_a_workbook_copied_from_a_neighbour_s() -> None:
    found = made_up(months(EAST, **SELF) + months(WEST, file=1, **SELF))
    assert [(f.rule, f.file) for f in found] == [("copied_row", 0), ("copied_row", 1)]
    # the same branch twice is a correction
    assert made_up(months(EAST, **SELF) + months(EAST, file=1, **SELF)) == []


def test_round_figures() -> None:
    rounded = {"served": 900, "spoken": 405, "identified": 210, "referred": 60, "followed_up": 55,
               "files_opened": 35}  # fmt: skip
    (found,) = made_up(months(EAST, **(SELF | rounded)))
    assert (found.rule, found.severity) == ("round_figures", "warning")
    assert "6 项较大的网点填报数中有 6 项" in found.zh
    assert made_up(months(EAST, **(SELF | rounded | {"spoken": 406}))) == []


def test_how_many_round_figures_are_too_many() -> None:
    """By hand: .2⁵ = 3.2e-4, .2⁶ = 6.4e-5; of eight, seven or more: 8·.2⁷·.8 + .2⁸ = 8.4e-5."""
    assert round_enough(5) == 6  # five of five may be chance
    assert round_enough(6) == 6
    assert round_enough(7) == 7  # six or more of seven: 3.7e-4
    assert round_enough(8) == 7
    assert round_enough(0) == 1


# ---- visits that come again ------------------------------------------------------------------
LIVE = {"visits": stored("visit", [VISIT]), "answers": stored("answer", [ANSWER])}


def test_a_correction_is_told_with_what_it_changes() -> None:
    (found,) = crossed("scorecard", card(answer={"answer": 0.0}, time_out=time(10, 20)), **LIVE)
    assert (found.rule, found.severity, found.cell) == ("visit_replaced", "warning", "D3")
    assert "ENV01" in found.zh and "离开时间" in found.zh and "ENV01" in found.en


def test_the_same_content_is_no_more_than_a_note() -> None:
    (found,) = crossed("scorecard", card(), **LIVE)
    assert (found.rule, found.severity) == ("visit_sent_again", "info")


def test_another_shopper_does_not_overwrite() -> None:
    (found,) = crossed("scorecard", card(shopper_id="S02"), **LIVE)
    assert (found.rule, found.severity, found.cell) == ("visit_of_another", "error", "E3")
    assert "S01" not in found.zh and "S01" not in found.en  # who it was is not said


def test_a_visit_not_known_before_says_nothing() -> None:
    assert (
        crossed("scorecard", card(), visits=LIVE["visits"].clear(), answers=LIVE["answers"]) == []
    )


def test_within_one_command_the_later_file_answers() -> None:
    visits = placed([VISIT]) + placed([VISIT | {"shopper_id": "S02"}], 1)
    answers = placed([ANSWER], 0, 20) + placed([ANSWER], 1, 20)
    found = crossed("scorecard", cards(visits, answers))
    assert [(f.file, f.rule) for f in found] == [(1, "visit_of_another")]
    # a refused card is none
    bad = RANGE.at(0, "表", "A3", 2, column="", column_en="", limits="", limits_en="")
    assert crossed("scorecard", cards(visits, answers), [bad]) == []


def test_a_refused_card_is_no_measure_for_the_next() -> None:
    """S01, S02, then S02 with another answer, then S01: only S01's cards are one visit."""
    visits = [
        row
        for file, shopper in enumerate(("S01", "S02", "S02", "S01"))
        for row in placed([VISIT | {"shopper_id": shopper}], file)
    ]
    answers = [
        row
        for file, answer in enumerate((1.0, 1.0, 0.0, 0.0))
        for row in placed([ANSWER | {"answer": answer}], file, 20)
    ]
    found = crossed("scorecard", cards(visits, answers))
    assert [(f.file, f.rule) for f in found] == [
        (1, "visit_of_another"),
        (2, "visit_of_another"),
        (3, "visit_replaced"),
    ]


def test_of_several_former_cards_the_latest_is_the_former() -> None:
    visits = placed([VISIT]) + placed([VISIT], 1)
    answers = placed([ANSWER | {"answer": 0.0}], 0, 20) + placed([ANSWER | {"answer": 0.0}], 1, 20)
    found = crossed("scorecard", cards(visits, answers), **LIVE)
    assert [(f.file, f.rule) for f in found] == [(0, "visit_replaced"), (1, "visit_sent_again")]


# ---- shoppers --------------------------------------------------------------------------------
SHOPPERS = pl.DataFrame(
    {"shopper_id": ["S01", "S09"], "name": ["张三丰", "李 四"], "home_branch": [SEA, EAST]}
)


def test_without_a_list_nothing_is_said_of_shoppers() -> None:
    assert crossed("scorecard", card(shopper_id="S77")) == []


def test_an_unknown_shopper_and_one_at_home() -> None:
    known = {"shoppers": SHOPPERS}
    assert crossed("scorecard", card(), **known) == []
    (found,) = crossed("scorecard", card(shopper_id="S77"), **known)
    assert (found.rule, found.cell, found.severity) == ("unknown_shopper", "E3", "warning")
    (found,) = crossed("scorecard", card(shopper_id="S09"), **known)
    assert (found.rule, found.severity) == ("own_branch", "warning")
    assert EAST in found.zh


def test_the_list_of_the_same_command_counts() -> None:
    listed = placed([{"shopper_id": "S01", "name": "张三丰", "home_branch": EAST}], 1)
    frame = pl.DataFrame(listed).with_columns(pl.col("file").cast(pl.UInt32))
    from sheets_by_hand import Parsed, column_map

    shoppers = Parsed("shoppers", {"shopper": frame}, column_map({1: ("shopper_id",)}))
    both = {"scorecard": card(), "shoppers": shoppers}
    assert said(crossed("scorecard", both)) == [("own_branch", "E3")]


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("由张三丰发现地面有水", 1), ("李四说的", 1), ("张 三丰", 1), ("见 S09", 1),
        ("ｓ０９到访", 1), ("暗访员S01记", 1),
        ("S011 号柜台", 0), ("等候 9 分钟", 0), ("张三未微笑", 0), (None, 0),
    ],
)  # fmt: skip
def test_a_shopper_named_in_a_reason(reason: str | None, found: int) -> None:
    told = crossed("scorecard", card(answer={"reason": reason}), shoppers=SHOPPERS)
    assert said(told) == [("shopper_named", "F20")] * found
    for finding in told:
        assert finding.severity == "warning" and finding.value is None
        assert not any(n in finding.zh + finding.en for n in ("张三丰", "李四", "S09", "S01"))


def test_the_visit_s_own_shopper_is_found_without_a_list() -> None:
    told = crossed("scorecard", card(answer={"reason": "S01 拍照"}))
    assert said(told) == [("shopper_named", "F20")]


def test_appeals_and_replies_are_read_too() -> None:
    rows = placed(
        [{"issue_id": "1", "branch_code": EAST, "item_id": "ENV01", "measure": "已请李四复查"}]
    )
    parsed = parsed_list("actions", rows, ("issue_id", "branch_code", "item_id", "measure"))
    assert said(crossed("actions", parsed, shoppers=SHOPPERS)) == [("shopper_named", "D2")]
