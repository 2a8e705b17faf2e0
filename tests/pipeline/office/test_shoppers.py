"""Shoppers: kept in the office database alone, newest row first, taken back and forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.folders import DataFolder
from pipeline.office import Office, shoppers
from pipeline.warehouse.schema import fact_tables


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office.open(DataFolder(tmp_path)) as office:
        yield office


def rows(seq: int, *people: dict[str, object]) -> pl.DataFrame:
    """As the protocol hands them over."""
    source = {"upload_id": f"u:{seq}", "seq": seq, "sheet": "暗访员"}
    own = [source | {"row": n} | p for n, p in enumerate(people, start=3)]
    return pl.DataFrame(own, infer_schema_length=None)


def store(office: Office, *frames: pl.DataFrame) -> None:
    for frame in frames:
        with office.transaction() as connection:
            shoppers.store(connection, frame)


def test_nobody_is_known_before_the_first_list(office: Office) -> None:
    assert shoppers.live(office.connection).is_empty()
    with office.transaction() as connection:
        shoppers.take_back(connection, ["u:1"])
        assert shoppers.forget(connection, "S01") == 0


def test_the_newest_row_of_each_counts_and_its_source_is_not_told(office: Office) -> None:
    first = rows(1, {"shopper_id": "S01", "name": "甲"}, {"shopper_id": "S02", "name": "乙"})
    store(office, first, rows(2, {"shopper_id": "S01", "name": "甲（改名）"}))
    assert shoppers.live(office.connection).to_dicts() == [
        {"shopper_id": "S01", "name": "甲（改名）"}, {"shopper_id": "S02", "name": "乙"},
    ]  # fmt: skip


def test_the_table_grows_with_the_sheet_and_keeps_dates_as_text(office: Office) -> None:
    later = {"shopper_id": "S02", "name": "乙", "since": date(2026, 9, 1), "limit": 4}
    store(office, rows(1, {"shopper_id": "S01", "name": "甲"}), rows(2, later))
    assert shoppers.live(office.connection).to_dicts() == [
        {"shopper_id": "S01", "name": "甲", "since": None, "limit": None},
        {"shopper_id": "S02", "name": "乙", "since": "2026-09-01", "limit": 4},
    ]


def test_a_column_that_only_the_last_of_many_fills(office: Office) -> None:
    many: list[dict[str, object]] = [{"shopper_id": f"S{n:03}", "name": None} for n in range(150)]
    many[-1]["name"] = "末"
    store(office, rows(1, *many))
    assert shoppers.live(office.connection).row(149) == ("S149", "末")


def test_an_upload_that_came_to_nothing_leaves_nobody(office: Office) -> None:
    first = rows(1, {"shopper_id": "S01", "name": "甲"})
    store(office, first, rows(2, {"shopper_id": "S01", "name": "误"}, {"shopper_id": "S09"}))
    with office.transaction() as connection:
        shoppers.take_back(connection, ["u:2"])
    assert shoppers.live(office.connection).select("shopper_id", "name").rows() == [("S01", "甲")]


def test_a_person_is_forgotten_with_every_row(office: Office) -> None:
    store(office, *(rows(n, {"shopper_id": "S01", "name": "甲"}, {"shopper_id": "S02"})
                    for n in (1, 2)))  # fmt: skip
    with office.transaction() as connection:
        assert shoppers.forget(connection, "S01") == 2
    assert shoppers.live(office.connection)["shopper_id"].to_list() == ["S02"]
    kept = sqlite3.connect(office.path).execute("SELECT * FROM shopper").fetchall()
    assert "甲" not in str(kept)


def test_no_fact_table_has_room_for_a_person() -> None:
    """The warehouse knows a shopper's id where a visit names one, never a name or an address."""
    personal = {"name", "home", "district", "phone", "shopper_name"}
    assert "shopper" not in fact_tables()
    named = {t.id: personal & set(t.columns) for t in fact_tables().values()}
    # the district of the register is where the branch stands, nobody's home
    assert {t: c for t, c in named.items() if c} == {"branch": {"district"}}
