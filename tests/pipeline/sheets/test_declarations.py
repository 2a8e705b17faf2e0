"""The sheet kinds hold together: no header means two columns, every column is explained."""

from __future__ import annotations

import re

import pytest

from pipeline.parsing.headers import header_text
from pipeline.sheets import kinds

KINDS = list(kinds().values())
# design §4, in its order
PERFORMANCE = [
    "branch_code", "branch_name", "month", "staff", "trained", "exam_passed", "business_days",
    "morning_meetings", "evening_meetings", "weekly_meetings", "meetings_in_time", "served",
    "spoken", "identified", "referred", "followed_up", "closed", "closed_amount",
    "files_opened", "counter_transactions", "echannel_transactions", "deposits",
    "deposits_average", "aum", "fee_income", "income", "customers", "key_clients",
    "key_clients_up", "key_clients_lost", "warned", "retained", "won_back", "invited",
    "outreach", "dca_contracts", "wealth_sales", "insurance_sales", "ratings", "satisfied",
    "complaints",
]  # fmt: skip


def test_every_kind_of_the_design_is_declared() -> None:
    assert set(kinds()) == {
        "branches", "targets", "performance", "scorecard", "scorecards", "shoppers", "actions",
        "plans", "action_ledger", "appeals",
    }  # fmt: skip


def test_performance_columns_come_in_the_order_of_the_design() -> None:
    assert [c.id for c in kinds()["performance"].columns] == PERFORMANCE


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.id)
def test_no_header_names_two_columns(kind) -> None:
    for columns in (kind.columns, kind.head):
        owner: dict[str, str] = {}
        for column in columns:
            for text in {column.zh, *column.spellings, column.en, column.id}:
                name = header_text(text).lower()
                assert owner.setdefault(name, column.id) == column.id, name


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.id)
def test_every_column_is_explained_in_both_languages(kind) -> None:
    for column in (*kind.columns, *kind.head):
        assert column.zh and column.en and column.help_zh
        assert column.derived or column.help_en
        assert column.derived or column.spellings


def test_every_measured_column_says_how_it_adds_over_time() -> None:
    measured = kinds()["performance"].columns[3:]
    assert all(c.over and c.unit for c in measured)
    stocks = {c.id for c in measured if c.over == "stock_end"}
    assert stocks == {
        "staff", "trained", "exam_passed", "deposits", "aum", "customers", "key_clients",
    }  # fmt: skip
    assert [c.id for c in measured if c.over == "stock_mean"] == ["deposits_average"]


def test_comparisons_of_the_design() -> None:
    rules = {(c.left, c.right): c.severity for c in kinds()["performance"].comparisons}
    assert rules == {
        ("identified", "served"): "error",
        ("spoken", "served"): "error",
        ("satisfied", "ratings"): "error",
        ("trained", "staff"): "error",
        ("morning_meetings", "business_days"): "error",
        ("closed", "referred"): "warning",
        ("referred", "identified"): "warning",
        # not in the design's list, but from what the columns mean
        ("exam_passed", "staff"): "error",
        ("exam_passed", "trained"): "warning",
        ("followed_up", "referred"): "warning",
        ("retained", "warned"): "warning",
        ("key_clients", "customers"): "warning",
    }


@pytest.mark.parametrize("kind", [k for k in KINDS if k.id in ("scorecard", "scorecards", "plans",
                                                              "action_ledger", "appeals")],
                         ids=lambda k: k.id)  # fmt: skip
def test_a_round_is_a_quarter_in_every_kind(kind) -> None:
    column = kind.column("round")
    assert re.fullmatch(column.pattern, "2026Q3")
    for wrong in ("2026Q9", "2026q3", "2026-09", "26Q3", "2026Q3 ", "第三轮"):
        assert not re.fullmatch(column.pattern, wrong)
    assert "2026Q3" in column.help_zh and "2026Q3" in column.help_en


@pytest.mark.parametrize(
    ("header", "id"),
    [("检查结果(厅堂)", "answer.0"), ("检查结果(柜台2)", "answer.2"), ("检查结果柜台1", "answer.1"),
     ("检查结果", None), ("检查结果(厅堂2)", None), ("扣分原因", None)],
)  # fmt: skip
def test_answer_columns_by_encounter(header: str, id: str | None) -> None:
    by_name = kinds()["scorecard"].by_name
    assert by_name is not None
    found = by_name(header)
    assert (found.id if found else None) == id
