"""Publishing through the real ingest: a file sent again with three cells changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hand_facts import REGISTER

from pipeline.explain import explain
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.publication import open_publication
from pipeline.publish import publish
from pipeline.sheets import kinds
from pipeline.sheets.declaration import Column

OUTLETS = [n["branch_code"] for n in REGISTER if n["level"] == "网点"]
LIMITED = {  # so that no rule of the sheet is broken
    "served": 500,
    "identified": 200,
    "referred": 100,
    "spoken": 300,
    "closed": 20,
    "followed_up": 80,
    "staff": 12,
    "trained": 10,
    "exam_passed": 9,
    "business_days": 22,
    "ratings": 90,
    "satisfied": 85,
    "warned": 9,
    "retained": 6,
}


def cell(column: Column, code: str) -> Any:
    given = {"branch_code": code, "branch_name": f"机构{code}", "month": "2026-09"}
    if column.id in given:
        return given[column.id]
    if column.type == "money":
        return 1000000.5
    return LIMITED.get(column.id, 5)


def save(path: Path, rows: list[list[Any]], title: str = "") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "数据"
    for row in [[title], *rows] if title else rows:
        sheet.append(row)
    book.save(path)
    return path


def register(path: Path) -> Path:
    columns = kinds()["branches"].columns
    rows = [[n.get(c.id) for c in columns] for n in REGISTER]
    return save(path, [[c.zh for c in columns], *rows])


def monthly(path: Path, changed: dict[tuple[str, str], Any]) -> Path:
    columns = kinds()["performance"].columns
    rows = [[changed.get((code, c.id), cell(c, code)) for c in columns] for code in OUTLETS]
    title = "2026年9月网点业绩报表（单位：元）"
    return save(path, [[c.zh for c in columns], *rows], title)


def taken(folder: DataFolder, *paths: Path) -> None:
    report = ingest(folder, list(paths)).to_json()
    told = [(f["file"], f["status"], f["findings"]) for f in report["files"]]
    assert all(status in ("accepted", "warned") for _, status, _ in told), told


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataFolder, Path, Any, Any]:
    root = tmp_path_factory.mktemp("ingested")
    folder = DataFolder(root / "data")
    taken(folder, register(root / "机构台账.xlsx"), monthly(root / "9月.xlsx", {}))
    first = publish(folder, "2026-09")
    changed = {
        (OUTLETS[0], "spoken"): 310,
        (OUTLETS[1], "served"): 520,
        (OUTLETS[2], "fee_income"): 999999.25,
    }
    again = monthly(root / "9月.xlsx", changed)
    taken(folder, again)
    return folder, again, first, publish(folder, "2026-09")


def test_exactly_the_three_cells_are_named(both: tuple[DataFolder, Path, Any, Any]) -> None:
    folder, again, first, second = both
    assert (first.revision, second.revision) == (1, 2)
    assert first.content_hash != second.content_hash
    told = {(e["branch_code"], e["column"]) for e in second.restatements}
    assert told == {(OUTLETS[0], "spoken"), (OUTLETS[1], "served"), (OUTLETS[2], "fee_income")}
    sheet = openpyxl.load_workbook(again)["数据"]
    by_column = {e["column"]: sheet[e["cell"]].value for e in second.restatements}
    assert by_column == {"spoken": 310, "served": 520, "fee_income": 999999.25}
    assert all(e["sheet"] == "数据" and e["values"] for e in second.restatements)
    assert publish(folder, "2026-09").content_hash == second.content_hash


def test_the_value_follows_and_its_cells_are_those_of_the_newer_file(
    both: tuple[DataFolder, Path, Any, Any],
) -> None:
    folder, again, *_ = both
    publication = open_publication(folder, "2026-09", 2)
    assert publication is not None
    found = explain(publication, "reported_speak_up", "01", "2026-09", folder=folder)
    assert found["value"] == pytest.approx((310 + 300 + 300) / (500 + 520 + 500))
    sheet = openpyxl.load_workbook(again)["数据"]
    cells = [c for p in found["components"] for r in p["rows"] for c in r["cells"]]
    assert len(cells) == 6
    for each in cells:
        assert each["file"] == "9月.xlsx"
        assert sheet[each["cell"]].value == each["value"] == each["fact"]


def test_causes_stand_in_the_restatement_table(both: tuple[DataFolder, Path, Any, Any]) -> None:
    folder, *_ = both
    publication = open_publication(folder, "2026-09", 2)
    assert publication is not None
    table = publication.table("restatement")
    speak = table.filter(
        (pl.col("metric") == "reported_speak_up")
        & (pl.col("scope") == OUTLETS[0])
        & (pl.col("period") == "2026-09")
    )
    assert speak["former_value"].to_list() == [300 / 500]
    assert speak["value"].to_list() == [310 / 500]
    assert "300 -> 310" in speak["cause"][0]
    assert not table["cause"].is_in(["", "edition", "register, calendar or handing-in"]).any()
