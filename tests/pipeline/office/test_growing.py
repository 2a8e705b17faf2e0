"""An office database of an earlier version grows by its steps and keeps what it holds."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from pipeline.faults import Fault
from pipeline.office import corrections, ledger, spellings, uploads
from pipeline.office.database import connect, transaction
from pipeline.office.schema import STEPS, VERSION
from pipeline.office.uploads import Upload

SENT = Upload("ab" * 32, "xlsx", "报表.xlsx", "performance", "2026-09", "accepted", 3)


def first_version(path: Path) -> None:
    """As version 1 made it, with one upload sealed."""
    made = sqlite3.connect(path)
    made.executescript(f"BEGIN; {STEPS[0]} PRAGMA user_version = 1; COMMIT;")
    at = "2026-01-02T03:04:05Z"
    made.execute("INSERT INTO ledger VALUES (1, ?, 'a', 'x', 'c', 'p', 'h')", (at,))
    made.execute(
        "INSERT INTO upload (upload_id, seq, seal_seq, sha256, extension, name, status, state,"
        " rows, findings, received_at, actor)"
        " VALUES ('s:1', 1, 1, 's', 'xlsx', '报表.xlsx', 'accepted', 'sealed', 3, '[]', ?, 'a')",
        (at,),
    )
    made.commit()
    made.close()


def test_what_was_there_stays(tmp_path: Path) -> None:
    first_version(tmp_path / "office.sqlite")
    opened = connect(tmp_path / "office.sqlite")
    try:
        assert opened.execute("PRAGMA user_version").fetchone()[0] == VERSION
        (row,) = uploads.listed(opened)
        kept = (row["name"], row["rows"], row["spellings"], row["stands_for"])
        assert kept == ("报表.xlsx", 3, 0, None)
        assert spellings.standing(opened).extra == {} and corrections.listed(opened) == []
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            opened.execute("DELETE FROM ledger")
    finally:
        opened.close()


def test_several_may_open_an_old_one_at_once(tmp_path: Path) -> None:
    first_version(tmp_path / "office.sqlite")
    failed: list[BaseException] = []
    start = threading.Barrier(6)

    def open_it() -> None:
        start.wait()
        try:
            connect(tmp_path / "office.sqlite").close()
        except (Fault, sqlite3.Error) as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_step_that_fails_leaves_the_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "office.sqlite"
    first_version(path)
    with monkeypatch.context() as patch:
        broken = (*STEPS[:-1], "CREATE TABLE half (a) STRICT;\nnonsense;\n")
        patch.setattr("pipeline.office.database.STEPS", broken)
        with pytest.raises(sqlite3.Error):
            connect(path)
    plain = sqlite3.connect(path)
    assert plain.execute("PRAGMA user_version").fetchone()[0] == 1
    assert plain.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall() == []
    plain.close()
    connect(path).close()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE correction SET new = '920'",
        "UPDATE correction SET reason = 'x'",
        "UPDATE correction SET withdrawn_seq = 1",
        "DELETE FROM correction",
    ],
)
def test_a_correction_changed_beside_the_ledger_is_seen(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "office.sqlite"
    opened = connect(path)
    try:
        with transaction(opened, path) as writing:
            (begun,) = uploads.begin(writing, [SENT], "office")
            entry = {"upload_id": begun.upload_id, "sheet": "S", "cell": "A1", "old": "900"}
            numbers = corrections.record(writing, [{**entry, "new": "910", "reason": "r"}], "王")
        assert numbers == [ledger.head(opened).seq]
        assert corrections.unlike_ledger(opened) == []
        opened.execute(harm)
        assert corrections.unlike_ledger(opened) == numbers
    finally:
        opened.close()
