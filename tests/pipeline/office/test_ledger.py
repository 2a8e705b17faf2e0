"""The ledger can only grow, and any change of it is found at the right record."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.office.ledger import Act


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office.open(DataFolder(tmp_path)) as office:
        acts = [Act("look", {"page": "网点", "n": n}, f"account-{n}") for n in range(5)]
        office.record_all(acts)
        yield office


def test_a_record_is_hashed_as_documented(office: Office) -> None:
    row = office.connection.execute("SELECT * FROM ledger WHERE seq = 1").fetchone()
    salted = office.connection.execute("SELECT * FROM ledger_payload WHERE seq = 1").fetchone()
    body = '{"n":0,"page":"网点"}'
    assert salted["body"] == body
    assert row["commitment"] == hashlib.sha256(salted["salt"] + body.encode()).hexdigest()
    fields = [1, row["at"], "account-0", "look", row["commitment"], "0" * 64]
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    assert row["hash"] == hashlib.sha256(text.encode()).hexdigest()


def test_two_equal_payloads_have_different_commitments(office: Office) -> None:
    office.record("look", {"same": 1}, "a")
    office.record("look", {"same": 1}, "a")
    rows = office.connection.execute("SELECT commitment FROM ledger WHERE seq > 5").fetchall()
    assert rows[0]["commitment"] != rows[1]["commitment"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger SET actor = 'nobody' WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 5",
        "INSERT OR REPLACE INTO ledger SELECT 2, at, actor, act, commitment, hash, 'h' FROM ledger",
        "INSERT INTO ledger SELECT 9, at, 'x', act, commitment, previous, 'h' FROM ledger",
        "UPDATE ledger_payload SET body = '{}' WHERE seq = 2",
        "INSERT OR REPLACE INTO ledger_payload VALUES (2, x'00', '{}')",
        "DELETE FROM ledger_payload WHERE seq = 2",
    ],
)
def test_the_database_itself_refuses_to_rewrite(office: Office, sql: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        office.connection.execute(sql)
    assert ledger.first_broken(office.connection) is None


def tampered(office: Office, sql: str) -> tuple[int, str] | None:
    """Does what somebody with the file in hand can do: drops the triggers first."""
    triggers = office.connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for row in triggers.fetchall():
        office.connection.execute(f"DROP TRIGGER {row['name']}")
    office.connection.execute("PRAGMA foreign_keys = OFF")
    office.connection.execute(sql)
    return ledger.first_broken(office.connection)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE ledger SET actor = 'nobody' WHERE seq = 2", (2, "hash")),
        ("UPDATE ledger SET at = '2020-01-01T00:00:00Z' WHERE seq = 4", (4, "hash")),
        ("DELETE FROM ledger WHERE seq = 3", (3, "gap")),
        ("DELETE FROM ledger WHERE seq = 1", (1, "gap")),
        ("UPDATE ledger_payload SET body = '{\"n\":9}' WHERE seq = 5", (5, "payload")),
        ("UPDATE ledger_payload SET salt = x'00' WHERE seq = 5", (5, "payload")),
        ("DELETE FROM ledger_payload WHERE seq = 3", (3, "payload")),
        ("UPDATE ledger SET previous = hash WHERE seq = 2", (2, "gap")),
    ],
)
def test_tampering_is_found_at_the_first_record(
    office: Office, sql: str, found: tuple[int, str]
) -> None:
    assert tampered(office, sql) == found


def test_a_removed_erasure_mark_does_not_excuse_a_removed_payload(office: Office) -> None:
    sql = "INSERT INTO ledger_erasure VALUES (3, 3)"
    assert tampered(office, sql) is None
    assert tampered(office, "DELETE FROM ledger_payload WHERE seq = 3") == (3, "payload")


def test_personal_payload_can_be_erased_on_record(office: Office) -> None:
    with office.transaction() as connection:
        ledger.erase(connection, [2, 4], "auditor", "个人信息保护法")
    assert ledger.first_broken(office.connection) is None
    left = [p["n"] for _, p in ledger.payloads(office.connection, "look")]
    assert left == [0, 2, 4]
    (erased,) = ledger.payloads(office.connection, "erase")
    assert erased == (6, {"seqs": [2, 4], "reason": "个人信息保护法"})


def test_a_failed_transaction_leaves_nothing(office: Office) -> None:
    before = office.head()
    with pytest.raises(RuntimeError), office.transaction() as connection:
        ledger.append(connection, [Act("look", {}, "a")])
        raise RuntimeError
    assert office.head() == before


def test_writes_are_durable_and_checked(office: Office) -> None:
    pragma = {
        name: office.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
