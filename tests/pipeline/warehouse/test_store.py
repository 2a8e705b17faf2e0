"""What is live: the newest accepted row of each key, unless a newer one waits for correction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.folders import DataFolder
from pipeline.office.ledger import GENESIS, Head
from pipeline.warehouse.schema import SOURCE, FactTable, fact_tables
from pipeline.warehouse.store import Warehouse
from tests.pipeline.office.protocol import TABLES

HEAD = Head(0, GENESIS)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse(DataFolder(tmp_path), tables=TABLES) as warehouse:
        yield warehouse


def facts(seq: int, **columns: list[object]) -> pl.DataFrame:
    """Rows of one upload; its sha256 is 64 times the last digit of `seq`."""
    n = len(next(iter(columns.values())))
    source = {
        "upload_id": [f"{seq % 10}" * 64 + f":{seq}"] * n,
        "seq": [seq] * n,
        "sheet": ["业绩"] * n,
        "row": list(range(4, 4 + n)),
    }
    return pl.DataFrame(source | columns)


def performance(seq: int, code: str, aum: str) -> dict[str, pl.DataFrame]:
    row = facts(seq, branch_code=[code], month=["2026-09"], aum=[Decimal(aum)])
    return {"performance": row}


def quarantined(seq: int, code: str) -> dict[str, pl.DataFrame]:
    row = facts(seq, kind=["performance"], branch_code=[code], period=["2026-09"])
    return {"quarantine": row}


def aum(warehouse: Warehouse) -> dict[str, Decimal]:
    frame = warehouse.live("performance")
    return dict(frame.select("branch_code", "aum").iter_rows())


def test_the_highest_seq_is_live_whatever_was_loaded_last(warehouse: Warehouse) -> None:
    for load in (performance(2, "0137", "2"), performance(1, "0137", "1")):
        warehouse.load(load, HEAD)
    assert aum(warehouse) == {"0137": Decimal("2.00")}
    assert warehouse.live("performance").get_column("sha256").to_list() == ["2" * 64]


def test_a_newer_row_with_an_error_hides_the_older_figure(warehouse: Warehouse) -> None:
    warehouse.load(performance(1, "A", "1"), HEAD)
    warehouse.load(performance(1, "B", "1"), HEAD)
    warehouse.load(quarantined(2, "A"), HEAD)
    assert aum(warehouse) == {"B": Decimal("1.00")}
    assert warehouse.quarantined("performance").get_column("branch_code").to_list() == ["A"]
    warehouse.load(performance(3, "A", "3"), HEAD)
    assert aum(warehouse) == {"A": Decimal("3.00"), "B": Decimal("1.00")}
    assert warehouse.quarantined("performance").is_empty()


def test_an_older_error_hides_nothing(warehouse: Warehouse) -> None:
    warehouse.load(quarantined(1, "A"), HEAD)
    warehouse.load(performance(2, "A", "2"), HEAD)
    assert aum(warehouse) == {"A": Decimal("2.00")}


def test_a_corrected_scorecard_replaces_the_visit_whole(warehouse: Warehouse) -> None:
    for seq, items in ((1, ["a", "b", "c"]), (2, ["a", "b"])):
        n = len(items)
        visit = facts(seq, visit_id=["v"], shopper_id=["S1"])
        answer = facts(seq, visit_id=["v"] * n, encounter=[0] * n, item_id=items)
        warehouse.load({"visit": visit, "answer": answer}, HEAD)
    live = warehouse.live("answer")
    assert live.get_column("item_id").to_list() == ["a", "b"]
    assert live.get_column("seq").unique().to_list() == [2]


def test_codes_keep_their_zeros_and_money_its_cents(warehouse: Warehouse) -> None:
    warehouse.load(performance(1, "0037", "9999999999999999.99"), HEAD)
    frame = warehouse.live("performance")
    assert frame.schema["aum"] == pl.Decimal(18, 2)
    assert frame.row(0, named=True)["branch_code"] == "0037"
    assert frame.row(0, named=True)["aum"] == Decimal("9999999999999999.99")


def test_the_hash_is_the_documented_one(warehouse: Warehouse) -> None:
    loaded = warehouse.load(performance(1, "0137", "2.5"), HEAD)
    text = chr(31).join(["aum=2.50", "branch_code=0137", "month=2026-09", "row=4", "sheet=业绩"])
    of_row = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    expected = hashlib.sha256(of_row.encode()).hexdigest()
    assert loaded == {"1" * 64 + ":1": {"performance": [1, expected]}}


def test_a_column_declared_later_leaves_older_hashes(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with Warehouse(folder, tables=TABLES) as warehouse:
        before = warehouse.load(performance(1, "A", "1"), HEAD)
    old = TABLES["performance"]
    grown = FactTable(old.id, old.columns | {"won_back": "BIGINT"}, old.key)
    for read_only in (True, False):
        with Warehouse(folder, read_only, TABLES | {"performance": grown}) as warehouse:
            assert warehouse.contents() == before
            assert warehouse.live("performance").get_column("won_back").to_list() == [None]


def test_a_group_that_fails_leaves_nothing(warehouse: Warehouse) -> None:
    good = performance(1, "A", "1")
    bad = {"quarantine": facts(1, kind=["k"], branch_code=["A"], period=["p"])}
    bad["quarantine"] = bad["quarantine"].with_columns(row=pl.lit("not a number"))
    with pytest.raises(duckdb.ConversionException):
        warehouse.load({**good, **bad}, HEAD)
    assert aum(warehouse) == {}
    assert warehouse.booked(["1" * 64 + ":1"]) == {}


def test_a_missing_warehouse_reads_as_empty_and_is_not_made(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "none")
    with Warehouse(folder, read_only=True, tables=TABLES) as warehouse:
        assert warehouse.live("performance").is_empty()
    assert not folder.root.exists()


@pytest.mark.parametrize("table", sorted(fact_tables()))
def test_every_declared_table_can_be_asked(tmp_path: Path, table: str) -> None:
    with Warehouse(DataFolder(tmp_path), tables=fact_tables()) as warehouse:
        frame = warehouse.live(table)
        assert set(frame.columns) >= set(fact_tables()[table].columns)
        assert warehouse.contents() == {}
    assert set(SOURCE) == {"upload_id", "seq", "sheet", "row"}
