"""A file read anew with corrections: the newest reading stands, whole, in the old one's place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipeline.folders import DataFolder
from pipeline.office.ledger import Head
from pipeline.warehouse.store import Warehouse
from tests.pipeline.office.protocol import TABLES, rows

HEAD = Head(1, "0" * 64)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse(DataFolder(tmp_path), tables=TABLES) as opened:
        yield opened


def reading(number: int, stands_for: int, branch: str, aum: str) -> pl.DataFrame:
    """Facts of one reading of file `f<stands_for>`: branches `<branch>1` … with this aum."""
    return (
        rows(0, branch, aum)
        .drop("file")
        .with_columns(upload_id=pl.lit(f"f{stands_for}:{number}"), seq=pl.lit(stands_for, pl.Int64))
    )


def load(warehouse: Warehouse, *readings: pl.DataFrame) -> dict[str, dict[str, list[object]]]:
    return warehouse.load({"performance": pl.concat(readings)}, HEAD)


def live(warehouse: Warehouse) -> dict[str, str]:
    frame = warehouse.live("performance").select("branch_code", "aum")
    return {branch: str(aum) for branch, aum in frame.iter_rows()}


def three(branch: str, aum: str) -> dict[str, str]:
    return {f"{branch}{n}": aum for n in (1, 2, 3)}


def test_the_newest_reading_stands(warehouse: Warehouse) -> None:
    load(warehouse, reading(1, 1, "A", "1.10"), reading(2, 2, "B", "2.20"))
    load(warehouse, reading(9, 1, "A", "1.50"))
    load(warehouse, reading(11, 1, "A", "1.70"))
    assert live(warehouse) == three("A", "1.70") | three("B", "2.20")


def test_it_does_not_outrank_what_came_between(warehouse: Warehouse) -> None:
    load(warehouse, reading(1, 1, "A", "1.10"))
    load(warehouse, reading(2, 2, "A", "2.20"))
    load(warehouse, reading(9, 1, "A", "1.50"))
    assert live(warehouse) == three("A", "2.20")


def test_rows_that_moved_are_not_left_behind(warehouse: Warehouse) -> None:
    load(warehouse, reading(1, 1, "A", "1.10"))
    load(warehouse, reading(9, 1, "C", "1.10"))
    assert live(warehouse) == three("C", "1.10")


def test_loaded_at_once_as_rebuild_does(warehouse: Warehouse) -> None:
    load(warehouse, reading(1, 1, "A", "1.10"), reading(2, 2, "B", "2.20"),
         reading(9, 1, "A", "1.50"), reading(11, 1, "C", "1.70"))  # fmt: skip
    assert live(warehouse) == three("C", "1.70") | three("B", "2.20")


def test_nothing_is_deleted_and_every_hash_stays(warehouse: Warehouse) -> None:
    first = load(warehouse, reading(1, 1, "A", "1.10"))
    second = load(warehouse, reading(9, 1, "A", "1.50"))
    third = load(warehouse, reading(11, 1, "A", "1.70"))
    assert warehouse.contents() == first | second | third
    assert {u: t["performance"][0] for u, t in warehouse.contents(hashed=False).items()} == {
        "f1:1": 3, "f1:9": 3, "f1:11": 3,
    }  # fmt: skip


def test_a_column_declared_later_reaches_the_former_readings(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with Warehouse(folder, tables=TABLES) as old:
        load(old, reading(1, 1, "A", "1.10"))
        load(old, reading(9, 1, "A", "1.50"))
        before = old.contents()
    table = TABLES["performance"]
    wider = type(table)(table.id, {**table.columns, "staff": "BIGINT"}, table.key)
    with Warehouse(folder, read_only=True, tables={**TABLES, table.id: wider}) as new:
        assert new.contents() == before
        assert new.live("performance")["staff"].to_list() == [None] * 3


def test_a_failed_load_leaves_the_former_reading(warehouse: Warehouse) -> None:
    load(warehouse, reading(1, 1, "A", "1.10"))

    def dies(step: str) -> None:
        if step == "facts:before commit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        warehouse.load({"performance": reading(9, 1, "A", "1.50")}, HEAD, dies)
    assert live(warehouse) == three("A", "1.10")
    assert set(warehouse.contents()) == {"f1:1"}
