"""Who has reported: by hand-made receipts, against due dates from the State Council's notice.

2026: 1 to 7 October are holidays, Saturday 10 October is worked. The fifth business day of October
is thus the 13th (8, 9, 10, 12, 13), that of September the 7th, that of August the 7th.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hand_facts import REGISTER

from pipeline.commit import Group, Incoming, commit
from pipeline.completeness import completeness
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import ledger
from pipeline.office.uploads import Upload
from pipeline.stores import open_stores

A, B, C = "01010101", "01010102", "019901"
Rows = list[dict[str, Any]]


def receive(
    folder: DataFolder,
    name: str,
    facts: dict[str, Rows],
    period: str = "2026-09",
    status: str = "accepted",
    kind: str = "performance",
) -> None:
    """One workbook through the real protocol."""
    path = folder.root.parent / f"{len(list(folder.root.parent.glob('*.x')))}.x"
    path.write_text(f"{name} {period} {status} {facts}", "utf-8")
    source = {"file": 0, "sheet": "表"}
    frames = {
        table: pl.DataFrame(
            [source | {"row": n} | r for n, r in enumerate(rows, start=4)],
            schema_overrides={"file": pl.UInt32},
        )
        for table, rows in facts.items()
    }
    planned = {t: f.height for t, f in frames.items()}
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    upload = Upload(sha256, "x", name, kind, period, status, 1, planned=planned)
    with open_stores(folder) as stores:
        commit(stores, Group([Incoming(0, path, upload)], frames), "office")


def month(code: str, period: str = "2026-09") -> dict[str, Rows]:
    return {"performance": [{"branch_code": code, "month": period, "served": 1}]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A reported in time, B a day late by the clock of China, C not at all."""
    folder = DataFolder(tmp_path / "data")
    at = {"now": "2026-09-30T00:00:00Z"}
    monkeypatch.setattr(ledger, "now", lambda: at["now"])
    receive(folder, "名册.xlsx", {"branch": REGISTER}, kind="branches")
    at["now"] = "2026-10-13T15:59:00Z"  # 23:59 of the 13th in China
    receive(folder, "甲.xlsx", month(A))
    at["now"] = "2026-10-13T16:01:00Z"  # the 14th in China
    receive(folder, "乙.xlsx", month(B))
    return folder


def statuses(folder: DataFolder, period: str) -> dict[tuple[str, str], str]:
    found = completeness(folder, period).branches
    return {(m, c): s for m, c, s in found.select("month", "branch_code", "status").iter_rows()}


def test_in_time_late_and_not_at_all(folder: DataFolder) -> None:
    told = completeness(folder, "2026-09")
    assert told.due == {"2026-09": date(2026, 10, 13)}
    assert statuses(folder, "2026-09") == {
        ("2026-09", A): "reported", ("2026-09", B): "late", ("2026-09", C): "not_reported",
    }  # fmt: skip
    assert told.counts() == {
        "reported": 1, "late": 1, "not_reported": 1, "pending_correction": 0,
    }  # fmt: skip
    names = dict(told.branches.select("branch_code", "branch_name").iter_rows())
    assert names[C] == f"机构{C}"


def test_an_earlier_due_day_makes_a_in_time_sheet_late(folder: DataFolder) -> None:
    folder.settings.write_text("due_business_day: 4\n")
    told = completeness(folder, "2026-09")
    assert told.due == {"2026-09": date(2026, 10, 12)}
    assert statuses(folder, "2026-09")["2026-09", A] == "late"


def test_a_quarter_asks_for_each_of_its_months(folder: DataFolder) -> None:
    told = completeness(folder, "2026Q3")
    assert told.due == {
        "2026-07": date(2026, 8, 7), "2026-08": date(2026, 9, 7), "2026-09": date(2026, 10, 13),
    }  # fmt: skip
    assert told.counts()["not_reported"] == 7 and told.branches.height == 9
    json = told.to_json()
    assert json["due"]["2026-08"] == "2026-09-07"
    assert {b["due"] for b in json["branches"]} == set(json["due"].values())


def test_a_row_kept_out_waits_for_its_correction(folder: DataFolder) -> None:
    row = {"kind": "performance", "branch_code": A, "period": "2026-09"}
    receive(folder, "甲.xlsx", {"quarantine": [row]}, status="partial")
    assert statuses(folder, "2026-09")["2026-09", A] == "pending_correction"


def test_a_refused_workbook_is_told_until_one_of_its_name_is_taken(folder: DataFolder) -> None:
    receive(folder, "丙.xlsx", {}, status="refused")
    assert [r["name"] for r in completeness(folder, "2026-09").refused] == ["丙.xlsx"]
    assert [r["name"] for r in completeness(folder, "2026Q3").refused] == ["丙.xlsx"]
    assert completeness(folder, "2026-08").refused == []
    receive(folder, "丙.xlsx", month(C))
    assert completeness(folder, "2026-09").refused == []
    receive(folder, "丙.xlsx", {}, status="refused")
    assert [r["name"] for r in completeness(folder, "2026-09").refused] == ["丙.xlsx"]


@pytest.mark.parametrize("period", ["2026-13", "九月", "", "2026Q5"])
def test_no_period_is_wrong_usage(tmp_path: Path, period: str) -> None:
    with pytest.raises(Fault) as told:
        completeness(DataFolder(tmp_path / "data"), period)
    assert told.value.status == 2 and not (tmp_path / "data").exists()


def test_without_a_register_nobody_is_missed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(Fault) as told:
        completeness(folder, "2026-09")
    assert told.value.status == 1 and not folder.root.exists()
    receive(folder, "甲.xlsx", month(A))
    with pytest.raises(Fault, match="mingcha ingest"):
        completeness(folder, "2026-09")
