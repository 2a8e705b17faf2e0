"""Verify fails at the first changed byte of ledger, archive or facts, and passes otherwise."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from importlib.resources import files as resources
from pathlib import Path

import pytest

from pipeline import archive
from pipeline.commit import commit
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.made_on_record import Changed, content_of
from pipeline.office import Office, jobs, sendings
from pipeline.office.lock import writer
from pipeline.office.sendings import Address
from pipeline.stores import open_stores
from pipeline.verify import RECORDS, verify
from pipeline.warehouse import store
from tests.pipeline.office.protocol import ROWS, TABLES, group
from tests.pipeline.test_commit import killed_at


@pytest.fixture(autouse=True)
def hand_made_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "fact_tables", lambda: TABLES)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "files").mkdir()
    paths = [tmp_path / "files" / f"{n}.xlsx" for n in range(2)]
    for n, path in enumerate(paths):
        path.write_bytes(f"workbook {n}".encode() * 50)
    return paths


@pytest.fixture
def folder(tmp_path: Path, files: list[Path]) -> DataFolder:
    """A folder with two workbooks ingested."""
    folder = DataFolder(tmp_path / "data")
    with open_stores(folder) as stores:
        commit(stores, group(files), "office")
    return folder


def checks(folder: DataFolder) -> set[str]:
    return {problem.check for problem in verify(folder).problems}


def sql(folder: DataFolder, *statements: str) -> None:
    connection = sqlite3.connect(folder.office)
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in rows:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def publish_head(folder: DataFolder) -> None:
    with Office(folder.office) as office:
        head = office.record("publication", {"period": "2026-09", "revision": 1}, "office")
    path = folder.publications / "2026-09-r1"
    path.mkdir(parents=True)
    (path / "manifest.json").write_text(
        json.dumps({"period": "2026-09", "revision": 1, "ledger_head": head.to_json()})
    )


def test_all_is_well(folder: DataFolder) -> None:
    publish_head(folder)
    verdict = verify(folder)
    assert verdict.problems == [] and verdict.notes == []
    # two intents, two seals, one publication; two files of ROWS rows
    assert verdict.counts == {"records": 5, "uploads": 2, "files": 2, "facts": 2 * ROWS}


@pytest.mark.parametrize("make", [False, True])
def test_an_empty_folder_is_fine_and_stays_empty(tmp_path: Path, make: bool) -> None:
    root = tmp_path / "empty"
    if make:
        root.mkdir()
    assert verify(DataFolder(root)).ok
    assert not root.exists() or not list(root.iterdir())


def test_a_file_nobody_names_is_told_and_no_error(folder: DataFolder) -> None:
    (folder.archive / "ab").mkdir(exist_ok=True)
    (folder.archive / "ab" / "notes.txt").write_text("?")
    verdict = verify(folder)
    assert verdict.ok
    assert [note.check for note in verdict.notes] == ["archive"]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE sending SET outcome = NULL",
        "UPDATE sending SET outcome = 'failed' WHERE document = 'city'",
        "UPDATE sending SET address = 'else@example.invalid'",
        "DELETE FROM sending WHERE document = 'circular'",
    ],
)
def test_a_changed_list_of_mail_is_seen(folder: DataFolder, harm: str) -> None:
    """What was sent decides what is sent again: the list says what the ledger says."""
    to = Address("2026-09", 1, "0101", "a@example.invalid")
    with Office.open(folder) as office, office.transaction() as connection:
        sent = sendings.begin(connection, to, {"circular": ["1" * 64], "city": ["2" * 64]}, "clerk")
        sendings.end(connection, [sent], "sent", "clerk", 250)
        sendings.begin(connection, to, {"express": ["3" * 64]}, "clerk")  # nobody knows yet
    assert verify(folder).ok
    sql(folder, harm)
    assert checks(folder) == {"mail"}


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def archived(folder: DataFolder) -> Path:
    return next(path for _, path in archive.stored(folder))


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (lambda f: flip(archived(f), 7), "archive"),
        (lambda f: archived(f).unlink(), "archive"),
        (lambda f: sql(f, "UPDATE ledger SET actor = 'officf' WHERE seq = 1"), "ledger"),
        (lambda f: sql(f, "UPDATE ledger_payload SET body = body || ' ' WHERE seq = 3"), "ledger"),
        (lambda f: sql(f, "UPDATE upload SET status = 'warned' WHERE seq = 1"), "uploads"),
        (lambda f: sql(f, "DELETE FROM ledger_payload WHERE seq = 4"), "ledger"),
        (lambda f: f.warehouse.unlink(), "facts"),
        (lambda f: f.warehouse.write_bytes(b"\0" * 20000), "facts"),
        (lambda f: flip(f.warehouse, 9), "facts"),
        (lambda f: f.office.write_bytes(b"not a database at all, but long enough" * 9), "ledger"),
        (lambda f: f.office.unlink(), "ledger"),
    ],
)
def test_harm_is_found(folder: DataFolder, harm: Callable[[DataFolder], None], check: str) -> None:
    harm(folder)
    verdict = verify(folder)
    assert check in {p.check for p in verdict.problems}
    assert all(p.zh and p.en for p in verdict.problems)


def cut_tail(folder: DataFolder, last: int) -> None:
    sql(
        folder,
        "UPDATE upload SET seal_seq = NULL, state = 'intent'",
        f"DELETE FROM ledger_payload WHERE seq > {last}",
        f"DELETE FROM ledger WHERE seq > {last}",
    )


def test_a_tail_cut_off_is_seen_by_the_manifest(folder: DataFolder) -> None:
    publish_head(folder)  # record 5; the warehouse knows of 4
    cut_tail(folder, 4)
    said = [p.en for p in verify(folder).problems if p.check == "ledger"]
    assert any("2026-09-r1 remembers ledger record no. 5" in s for s in said)


def test_a_tail_cut_off_is_seen_without_a_publication(folder: DataFolder) -> None:
    cut_tail(folder, 3)
    assert "ledger" in checks(folder)
    with pytest.raises(Fault, match="restore"), open_stores(folder):
        pass


def test_a_flipped_bit_in_the_wal_is_seen(tmp_path: Path, files: list[Path]) -> None:
    folder = DataFolder(tmp_path / "data")
    killed_at("sealed", folder, files)
    wal = folder.warehouse.with_name("warehouse.duckdb.wal")
    flip(wal, wal.stat().st_size // 2)
    assert "mingcha rebuild" in " ".join(p.en for p in verify(folder).problems)


@pytest.mark.parametrize("harm", [b"", b"\0" * 4096])
def test_a_truncated_or_zeroed_wal_is_seen(tmp_path: Path, files: list[Path], harm: bytes) -> None:
    folder = DataFolder(tmp_path / "data")
    killed_at("sealed", folder, files)
    assert verify(folder).ok  # the WAL is whole: nothing is lost
    folder.warehouse.with_name("warehouse.duckdb.wal").write_bytes(harm)
    said = [p for p in verify(folder).problems if p.check == "facts"]
    assert said and all("mingcha rebuild" in p.en for p in said)


def test_a_changed_fact_is_seen(folder: DataFolder) -> None:
    with open_stores(folder) as stores:
        stores.warehouse.connection.execute("UPDATE performance SET aum = 9 WHERE row = 4")
    assert checks(folder) == {"facts"}


def test_an_interrupted_upload_is_told_and_no_error(tmp_path: Path, files: list[Path]) -> None:
    folder = DataFolder(tmp_path / "data")
    killed_at("facts", folder, files)
    verdict = verify(folder)
    assert verdict.ok
    assert "uploads" in {note.check for note in verdict.notes}


def test_verify_waits_for_nobody_for_long(folder: DataFolder) -> None:
    with writer(folder):
        with pytest.raises(Fault) as told:
            verify(folder, timeout=0.05)
        assert told.value.status == 3


def test_the_documented_answer_knows_every_check() -> None:
    schema = json.loads(
        resources("pipeline.schemas").joinpath("verify.schema.json").read_text("utf-8")
    )
    known = set(schema["$defs"]["problem"]["properties"]["check"]["enum"])
    told = {check for _, _, check, _ in RECORDS}
    for name in ("verify", "reconcile", "ledger_audit", "publishing/soundness"):
        text = resources("pipeline").joinpath(f"{name}.py").read_text("utf-8")
        told |= set(re.findall(r'Problem\(\s*"(\w+)"', text))
    assert told and told <= known


def test_a_document_that_was_changed_is_told(folder: DataFolder) -> None:
    path = folder.root / "documents" / "2026-09-r1-0" / "zh" / "circular.pdf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"as made")
    made = {"path": str(path), "sha256": hashlib.sha256(b"as made").hexdigest()}
    with Office(folder.office) as office, office.transaction() as connection:
        id = jobs.enqueue(connection, "report", {}, "office", "zh")
        assert jobs.claim(connection) is not None
        jobs.finish(connection, id, {"files": [made]}, 0)
        jobs.forget(connection, days=-1)  # as after a week
    assert verify(folder).ok and content_of(folder, path) == b"as made"
    path.write_bytes(b"changed")
    (problem,) = verify(folder).problems
    assert problem.check == "documents" and "documents/2026-09-r1-0/zh/circular.pdf" in problem.zh
    with pytest.raises(Changed):
        content_of(folder, path)
    path.unlink()
    assert verify(folder).ok
