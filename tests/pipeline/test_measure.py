"""Measure on a province small enough to reckon by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from audits.scorecard import load_editions
from pipeline.measure import measure, rows_behind
from pipeline.metrics import metrics
from pipeline.publication_tables import TABLES
from pipeline.windows import months_in

SCOPE = pl.DataFrame({"scope": ["P", "01", "02"], "level": ["province", "branch", "branch"]})
MEMBERS = pl.DataFrame({"scope": ["P", "P", "01", "02"], "branch_code": ["01", "02", "01", "02"]})


def facts(sheets: list[dict[str, Any]], **others: pl.DataFrame) -> dict[str, pl.DataFrame]:
    register = pl.DataFrame(
        {"branch_code": ["01", "02"], "level": ["网点", "网点"], "introduced": [None, None]}
    )
    money = {"deposits": pl.Decimal(18, 2), "income": pl.Decimal(18, 2)}
    used = {c: t for c, t in money.items() if sheets and c in sheets[0]}
    return {
        "branch": register,
        "performance": pl.DataFrame(sheets, schema_overrides=used),
        **others,
    }


def value(found: pl.DataFrame, metric: str, scope: str, period: str) -> dict[str, Any]:
    rows = found.filter(metric=metric, scope=scope, period=period)
    assert rows.height == 1
    return rows.row(0, named=True)


def sheet(branch: str, month: str, **columns: Any) -> dict[str, Any]:
    return {"branch_code": branch, "month": month, **columns}


def test_a_province_is_the_ratio_of_sums_and_a_half_filled_row_leaves_both() -> None:
    rows = [
        sheet("01", "2025-01", identified=10, served=100),
        sheet("02", "2025-01", identified=90, served=100),
        sheet("01", "2025-02", identified=None, served=800),  # its 800 must not dilute the rate
        sheet("02", "2025-02", identified=50, served=200),
    ]
    found = measure(facts(rows), SCOPE, MEMBERS, ["2025-02", "2025Q1"], load_editions())
    assert found.schema == pl.Schema(TABLES["metric_value"])
    quarter = value(found, "identification_rate", "P", "2025Q1")
    assert (quarter["numerator"], quarter["denominator"], quarter["n"]) == (150, 400, 3)
    assert quarter["value"] == 0.375  # the mean of the three rates would be 0.4167
    month = value(found, "identification_rate", "P", "2025-02")
    assert (month["value"], month["n"], month["status"]) == (0.25, 1, "ok")
    blank = value(found, "identification_rate", "01", "2025-02")
    assert (blank["value"], blank["n"], blank["status"]) == (None, 0, "not_reported")


def test_a_zero_denominator_is_insufficient_and_a_quarantined_row_is_pending() -> None:
    held = pl.DataFrame({"kind": ["performance"], "branch_code": ["02"], "period": ["2025-01"]})
    rows = [sheet("01", "2025-01", identified=0, served=0)]
    found = measure(facts(rows, quarantine=held), SCOPE, MEMBERS, ["2025-01"], load_editions())
    empty = value(found, "identification_rate", "01", "2025-01")
    assert (empty["denominator"], empty["value"], empty["status"]) == (0, None, "insufficient")
    assert value(found, "identification_rate", "02", "2025-01")["status"] == "pending_correction"
    assert value(found, "sustain_index", "02", "2025-01")["status"] == "not_introduced"


def test_growth_counts_only_branches_with_both_ends() -> None:
    rows = [
        sheet("01", "2024-12", deposits=Decimal("100.10")),
        sheet("01", "2025-03", deposits=Decimal("130.40")),
        sheet("02", "2025-03", deposits=Decimal("999.99")),  # new to the sheets: no start
    ]
    found = measure(facts(rows), SCOPE, MEMBERS, ["2025Q1", "2025"], load_editions())
    quarter = value(found, "deposit_growth", "P", "2025Q1")
    assert (quarter["numerator"], quarter["denominator"]) == (130.4, 100.1)
    assert quarter["value"] == pytest.approx(30.3)
    assert quarter["n"] == 1
    # The year is not over: its end is the latest month with facts.
    assert value(found, "deposit_growth", "P", "2025")["value"] == pytest.approx(30.3)


def test_income_per_head_divides_by_the_mean_staff() -> None:
    rows = [
        sheet("01", "2025-01", income=Decimal(1000), staff=10),
        sheet("01", "2025-02", income=Decimal(2000), staff=20),
    ]
    found = measure(facts(rows), SCOPE, MEMBERS, ["2025Q1"], load_editions())
    assert value(found, "per_head", "01", "2025Q1")["value"] == 200  # 3000 ÷ ((10 + 20) ÷ 2)


def test_many_small_amounts_add_up_exactly() -> None:
    rows = [sheet("01", f"2025-{m:02d}", fee_income=Decimal("0.10")) for m in range(1, 11)]
    given = facts(rows)
    money = pl.col("fee_income").cast(pl.Decimal(18, 2))
    ones = pl.lit(1).cast(pl.Decimal(18, 2)).alias("income")
    given["performance"] = given["performance"].with_columns(money, ones)
    found = measure(given, SCOPE, MEMBERS, ["2025"], load_editions())
    assert value(found, "fee_share", "01", "2025")["numerator"] == 1.0  # floats: 0.9999999999999999


def test_rows_behind_name_the_rows_that_entered() -> None:
    rows = [
        sheet("01", "2025-01", identified=10, served=100),
        sheet("02", "2025-01", identified=None, served=100),
    ]
    metric = metrics()["identification_rate"]
    top, bottom = rows_behind(facts(rows), MEMBERS, metric, "P", "2025-01", load_editions())
    assert top.select("branch_code", "month", "value").rows() == [("01", "2025-01", 10)]
    assert bottom.select("branch_code", "month", "value").rows() == [("01", "2025-01", 100)]


def test_windows() -> None:
    known = ["2024-11", "2024-12", "2025-01", "2025-02", "2025-03"]
    expected = {
        "period": ["2025-01", "2025-02"],
        "end": ["2025-02"],
        "before": ["2024-12"],
        "year_start": ["2024-12"],
        "year_ago": ["2024-01", "2024-02"],
        "year_ago_end": ["2024-02"],
        "year": ["2025-01", "2025-02"],
        "to_date": known[:4],
    }
    for window, months in expected.items():
        assert months_in("2025Q1", window, "2025-02", known) == months  # type: ignore[arg-type]
    assert months_in("2025Q2", "end", "2025-02", known) == []


def test_a_metric_without_any_value_has_no_history() -> None:
    """Told of the own period only; one that has a value somewhere keeps its whole history."""
    rows = [sheet("01", "2025-01", served=10, spoken=5)]
    periods = ["2025-01", "2025-02"]
    found = measure(facts(rows), SCOPE, MEMBERS, periods, load_editions(), own="2025-02")
    told = {m: set(p) for m, p in found.group_by("metric").agg("period").iter_rows()}
    assert told["reported_speak_up"] == set(periods)
    assert told["adherence"] == {"2025-02"}
    assert set(told) == set(metrics())
