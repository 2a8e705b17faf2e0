"""Rows that no act of anybody stands for are held against the ledger all the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, masked_texts, noted, review_cases
from pipeline.office.database import connect
from pipeline.office.schema import STEPS
from pipeline.verify import verify


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office in which one reply was read and one text is masked."""
    with Office.open(DataFolder(tmp_path / "data")) as opened:
        with opened.transaction() as connection:
            connection.execute("INSERT INTO replies_read VALUES ('u:1')")
            noted.note(connection, "replies_read")
            masked_texts.remember(connection, {"王五说": "○○说"})
            noted.note(connection, "masked_text")
        yield opened


def test_what_is_noted_agrees_and_is_noted_once(office: Office) -> None:
    assert noted.unlike_ledger(office.connection) == []
    before = office.head()
    with office.transaction() as connection:
        noted.note(connection, "replies_read")
    assert office.head() == before


@pytest.mark.parametrize(
    "harm",
    [
        "INSERT INTO replies_read VALUES ('u:2')",  # a reply that would never be taken
        "DELETE FROM replies_read",  # one that would be taken twice
        "DELETE FROM masked_text",  # a name that would be published again
        "UPDATE masked_text SET text = '王五说'",
    ],
)
def test_a_row_put_in_changed_or_taken_out_is_seen(office: Office, harm: str) -> None:
    office.connection.execute(harm)
    office.connection.commit()
    assert len(noted.unlike_ledger(office.connection)) == 1
    assert [p.check for p in verify(DataFolder(office.path.parent)).problems] == ["tables"]


def test_rows_that_the_ledger_never_spoke_of_are_seen(tmp_path: Path) -> None:
    with Office.open(DataFolder(tmp_path / "data")) as office:
        office.connection.execute("INSERT INTO replies_read VALUES ('u:1')")
        office.connection.execute(
            "INSERT INTO review_case (id, kind, edition, reasons, found_at, standing)"
            " VALUES ('x', 'item', 'covert-1', '[]', '2026-09-01', 1)"
        )
        assert noted.unlike_ledger(office.connection) == [0]
        assert review_cases.unlike_ledger(office.connection) == [0]


def test_what_an_older_version_left_is_told_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "office.sqlite"
    old = sqlite3.connect(path)
    for step in STEPS[:-1]:
        old.executescript(step)
    old.execute("INSERT INTO replies_read VALUES ('u:1')")
    old.execute(f"PRAGMA user_version = {len(STEPS) - 1}")
    old.commit()
    old.close()
    opened = connect(path)
    try:
        assert noted.unlike_ledger(opened) == []
        assert [p["table"] for _, p in ledger.payloads(opened, noted.NOTED)] == ["replies_read"]
    finally:
        opened.close()
