"""Who the shopper was leaves the office in no sentence; the warehouse keeps what was written."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hand_facts import REGISTER, live, month_row

from pipeline.folders import DataFolder
from pipeline.office import Office, shoppers
from pipeline.office.ledger import GENESIS, Head
from pipeline.persons import MASK, masked, pattern_of
from pipeline.publishing.assembly import assemble
from pipeline.publishing.discretion import discreet
from pipeline.publishing.inputs import gather
from pipeline.stores import Stores
from pipeline.warehouse.store import Warehouse

EAST = "01010101"
SECRET = ("张三丰", "张 三丰", "S01", "s01")
SAID = "张三丰（S01）见地面有水"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张三丰说", f"{MASK}说"),
        ("张 三丰", MASK),
        ("S01,s02（见）", f"{MASK},{MASK}（见）"),  # the rest as it was written
        ("由ｓ０１（见）", f"由{MASK}(见)"),
        ("S011 S01号", f"S011 {MASK}号"),
        ("等候12分钟（地面有水）", "等候12分钟（地面有水）"),  # untouched, brackets and all
        ("123456 次", f"{MASK} 次"),
        (None, None),
    ],
)
def test_masking(text: str | None, expected: str | None) -> None:
    pattern = pattern_of(["S01", "S02", "12", "123456", "7"], ["张三丰", "王"])
    assert pattern is not None
    frame = pl.DataFrame({"reason": [text]}, schema={"reason": pl.String})
    assert frame.select(masked("reason", pattern)).item() == expected


def test_nobody_known_nothing_masked() -> None:
    assert pattern_of([], []) is None
    assert pattern_of(["7", "12"], ["王"]) is None  # would be in every other sentence


def test_signs_in_an_id_are_taken_as_they_are() -> None:
    pattern = pattern_of(["A.1+", "B(2"], [])
    assert pattern is not None
    frame = pl.DataFrame({"reason": ["Ax1 A.1 B(2"]})
    assert frame.select(masked("reason", pattern)).item() == f"Ax1 A.1 {MASK}"


@pytest.fixture
def stores(tmp_path: Path) -> Any:
    folder = DataFolder(tmp_path)
    visit = {
        "visit_id": "v1", "branch_code": EAST, "round": "2026Q3", "edition": "covert-1",
        "visit_date": date(2026, 9, 1), "time_in": time(9), "time_out": time(10),
        "shopper_id": "S01", "customer_role": "普通客户", "union_present": True,
    }  # fmt: skip
    answer = {"visit_id": "v1", "encounter": 0, "item_id": "ENV01", "answer": 0.0, "reason": SAID}
    appeal = {"appeal_id": "a1", "branch_code": EAST, "round": "2026Q3", "item_id": "ENV01",
              "filed_date": date(2026, 9, 5), "reason": "张 三丰 看错了"}  # fmt: skip
    with Warehouse(folder) as warehouse, Office.open(folder) as office:
        tables = {"branch": REGISTER, "visit": [visit], "answer": [answer], "appeal": [appeal],
                  "performance": [month_row(EAST, "2026-09")]}  # fmt: skip
        facts = {t: live(t, rows).drop("sha256") for t, rows in tables.items()}
        warehouse.load(facts, Head(0, GENESIS))
        row = {"upload_id": "a:1", "seq": 1, "sheet": "s", "row": 2}
        listed = pl.DataFrame([row | {"shopper_id": "S09", "name": "张三丰"}])
        with office.transaction() as connection:
            shoppers.store(connection, listed)
        yield Stores(folder, office, warehouse)


def texts(frame: pl.DataFrame) -> list[str]:
    """Every text of a table, lists too."""
    return [v for row in frame.rows() for v in map(str, row)]


def test_no_table_of_a_publication_names_the_shopper(stores: Stores) -> None:
    tables = assemble(gather(stores, "2026-09"))
    said = {name: texts(frame) for name, frame in tables.items()}
    leaks = {n for n, words in said.items() if any(s in w for s in SECRET for w in words)}
    assert leaks == set()
    assert tables["fact_answer"]["reason"].to_list() == [f"{MASK}（{MASK}）见地面有水"]
    assert tables["fact_appeal"]["reason"].to_list() == [f"{MASK} 看错了"]
    shown = tables["item_result"]["reasons"].explode().unique().to_list()
    assert shown == [f"{MASK}（{MASK}）见地面有水"]


def test_the_warehouse_keeps_what_was_written(stores: Stores) -> None:
    gather(stores, "2026-09")
    assert stores.warehouse.live("answer")["reason"].to_list() == [SAID]


def test_sheets_called_after_people_are_called_otherwise_in_every_table() -> None:
    place = {"sha256": ["a", "a", "a", "b"], "sheet": ["张三丰", "S01", "业绩", "张三丰"]}
    facts = {
        "visit": pl.DataFrame(place),
        "column_map": pl.DataFrame(place | {"column": ["x"] * 4}),
        "upload": pl.DataFrame({"sha256": ["a"]}),
    }
    found = discreet(facts, pattern_of(["S01"], ["张三丰"]), {})
    expected = [f"{MASK}·2", MASK, "业绩", MASK]
    assert found["visit"]["sheet"].to_list() == found["column_map"]["sheet"].to_list() == expected
    assert found["upload"].equals(facts["upload"])
    assert discreet(facts, None, {})["visit"].equals(facts["visit"])
