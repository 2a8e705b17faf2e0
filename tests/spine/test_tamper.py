"""`mingcha verify` on a real province: 0 as it is, 1 after any tampering, with a sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.folders import DataFolder
from tests.spine.conftest import Province, here, mingcha

Damage = Callable[[DataFolder], None]


@pytest.fixture
def folder(province: Province, tmp_path: Path) -> DataFolder:
    """A copy that may be spoilt."""
    shutil.copytree(province.folder.root, tmp_path / "data")
    return DataFolder(tmp_path / "data")


@contextmanager
def office(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    """The office database as somebody with an editor sees it: no triggers, no foreign keys."""
    connection = sqlite3.connect(folder.office)
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in rows:
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@contextmanager
def warehouse(folder: DataFolder) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(str(folder.warehouse))
    yield connection
    connection.execute("CHECKPOINT")
    connection.close()


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x01
    path.write_bytes(data)


def one_byte_of_a_payload(folder: DataFolder) -> None:
    """In the file itself: a payload differs by one bit afterwards."""
    _flip_in_payload(folder, 30)


def the_brace_of_a_payload(folder: DataFolder) -> None:
    """Likewise, and it cannot even be read."""
    _flip_in_payload(folder, 0)


def _flip_in_payload(folder: DataFolder, at: int) -> None:
    with office(folder) as connection:
        pass  # everything is in the main file now, nothing in a log beside it
    data = folder.office.read_bytes()
    with office(folder) as connection:
        (body,) = connection.execute(
            "SELECT body FROM ledger_payload WHERE body LIKE '%2026-09.xlsx%' LIMIT 1"
        ).fetchone()
    assert data.count(body.encode()[:60]) >= 1
    flip(folder.office, data.index(body.encode()[:60]) + at)


def a_byte_of_a_record(folder: DataFolder) -> None:
    """In the file itself: one hexadecimal digit of a commitment."""
    with office(folder) as connection:
        (commitment,) = connection.execute("SELECT commitment FROM ledger WHERE seq = 7").fetchone()
    data = folder.office.read_bytes()
    assert data.count(commitment.encode()) == 1
    flip(folder.office, data.index(commitment.encode()) + 5)


def a_payload_by_sql(folder: DataFolder) -> None:
    with office(folder) as connection:
        done = connection.execute(
            "UPDATE ledger_payload SET body = replace(body, '\"rows\":', '\"rows\":1')"
            " WHERE seq = 9 AND body LIKE '%\"rows\":%'"
        )
        assert done.rowcount == 1


def the_actor_of_a_record(folder: DataFolder) -> None:
    with office(folder) as connection:
        connection.execute("UPDATE ledger SET actor = 'somebody' WHERE seq = 5")


def a_history_written_anew(folder: DataFolder) -> None:
    """A skilful hand: one record changed, and every hash after it made right again."""
    with office(folder) as connection:
        connection.execute("UPDATE ledger SET actor = 'somebody' WHERE seq = 5")
        rows = connection.execute(
            "SELECT seq, at, actor, act, commitment FROM ledger ORDER BY seq"
        ).fetchall()
        previous = "0" * 64
        for row in rows:
            told = json.dumps([*row, previous], ensure_ascii=False, separators=(",", ":"))
            digest = hashlib.sha256(told.encode()).hexdigest()
            connection.execute(
                "UPDATE ledger SET previous = ?, hash = ? WHERE seq = ?",
                (previous, digest, row[0]),
            )
            previous = digest


def cut_tail(records: int) -> Damage:
    """The last `records` gone, and all that speaks of them in the office database."""

    def damage(folder: DataFolder) -> None:
        with office(folder) as connection:
            (last,) = connection.execute("SELECT max(seq) FROM ledger").fetchone()
            first = last - records + 1
            connection.execute("DELETE FROM upload WHERE seq >= ?", (first,))
            connection.execute("UPDATE upload SET seal_seq = NULL WHERE seal_seq >= ?", (first,))
            for table in ("ledger_payload", "ledger"):
                connection.execute(f"DELETE FROM {table} WHERE seq >= ?", (first,))

    return damage


def cut_and_publications_removed(folder: DataFolder) -> None:
    """What publications remember is gone too; the warehouse still knows how far the chain was."""
    cut_tail(2)(folder)
    shutil.rmtree(folder.publications)


def cut_and_the_warehouse_made_to_forget(folder: DataFolder) -> None:
    """What the warehouse remembers is gone too; the publications' manifests still know. (Of the
    last three the publication's own two are known by name: it is a stranger then.)"""
    cut_tail(3)(folder)
    with warehouse(folder) as connection:
        connection.execute("DELETE FROM ledger_head")


def a_byte_in_the_archive(folder: DataFolder) -> None:
    path = sorted(folder.archive.rglob("*.xlsx"))[3]
    flip(path, path.stat().st_size // 2)


def a_fact_removed(folder: DataFolder) -> None:
    """With its bookkeeping made right: only the seal in the ledger knows."""
    with warehouse(folder) as connection:
        (upload,) = connection.execute(
            "SELECT upload_id FROM performance ORDER BY upload_id LIMIT 1"
        ).fetchone() or ("",)
        connection.execute("DELETE FROM performance WHERE upload_id = ?", [upload])
        connection.execute("DELETE FROM load WHERE upload_id = ?", [upload])


def a_fact_changed(folder: DataFolder) -> None:
    with warehouse(folder) as connection:
        connection.execute(
            "UPDATE performance SET served = served + 1"
            " WHERE rowid = (SELECT min(rowid) FROM performance WHERE served IS NOT NULL)"
        )


def the_warehouse_cut(folder: DataFolder) -> None:
    with folder.warehouse.open("r+b") as file:
        file.truncate(folder.warehouse.stat().st_size // 2)


def a_score_of_a_publication(folder: DataFolder) -> None:
    path = min(folder.publications.iterdir()) / "rank.parquet"
    pl.read_parquet(path).with_columns(pl.col("score") + 5).write_parquet(path)


def a_publication_changed_with_its_manifest(folder: DataFolder) -> None:
    """The hash beside the file made right: only the ledger knows."""
    a_score_of_a_publication(folder)
    path = min(folder.publications.iterdir())
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))
    digest = hashlib.sha256((path / "rank.parquet").read_bytes()).hexdigest()
    manifest["tables"]["rank"]["sha256"] = digest
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def a_publication_laid_there(folder: DataFolder) -> None:
    """A copy under another name, with whatever it says of itself made right."""
    path = max(folder.publications.iterdir())
    period, _, revision = path.name.rpartition("-r")
    copy = Path(shutil.copytree(path, path.with_name(f"{period}-r{int(revision) + 1}")))
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    manifest["revision"] += 1
    (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")


DAMAGES: list[tuple[Damage, str]] = [
    (a_score_of_a_publication, r"rank）与发布时不同"),
    (a_publication_changed_with_its_manifest, "manifest.json 与台账记录不同"),
    (a_publication_laid_there, "来历不明"),
    (one_byte_of_a_payload, "台账|办公数据库"),
    (the_brace_of_a_payload, "台账|办公数据库"),
    (a_byte_of_a_record, "台账|办公数据库"),
    (a_payload_by_sql, "台账第 9 号"),
    (the_actor_of_a_record, "台账第 5 号"),
    (a_history_written_anew, "与之不同"),
    (cut_tail(1), "尾部被截断"),
    (cut_tail(40), "尾部被截断"),
    (cut_and_publications_removed, "尾部被截断"),
    (cut_and_the_warehouse_made_to_forget, "尾部被截断"),
    (a_byte_in_the_archive, "归档文件"),
    (a_fact_removed, "数据|仓库"),
    (a_fact_changed, "数据|仓库"),
    (the_warehouse_cut, "数据|仓库"),
]


def fails(folder: DataFolder, words: str, run: Callable[..., Any] = mingcha) -> None:
    done = run(folder.root, "verify", expect=(1,))
    assert any(word in done.stderr for word in words.split("|")), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "mingcha-" not in done.stderr, "an internal error, not a verdict"


def test_the_province_is_whole(province: Province, folder: DataFolder) -> None:
    told = json.loads(mingcha(folder.root, "verify", "--json").stdout)
    assert told["ok"] and told["problems"] == [] and told["notes"] == []
    files = {f["sha256"] for f in province.report["files"]}
    assert told["counts"]["files"] == len(files)


@pytest.mark.parametrize(("damage", "words"), DAMAGES, ids=lambda d: getattr(d, "__name__", None))
def test_any_tampering_is_told(folder: DataFolder, damage: Damage, words: str) -> None:
    damage(folder)
    # A database cut in two might end more than the command.
    fails(folder, words, mingcha if damage is the_warehouse_cut else here)


KILLED = """
import os, signal, sys
from pathlib import Path
from typing import Any
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.warehouse.store import Warehouse
Warehouse.checkpoint = lambda self: os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    ingest(DataFolder(Path(sys.argv[1])), [Path(sys.argv[2])])
"""


@pytest.fixture(scope="module")
def unwritten(province: Province, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A folder whose last ingest was killed when all was sealed and the facts lay in the log."""
    root = tmp_path_factory.mktemp("killed")
    shutil.copytree(province.folder.root, root / "data")
    folder, script = DataFolder(root / "data"), root / "killed.py"
    script.write_text(KILLED, "utf-8")
    path = root / "sent-again.xlsx"
    shutil.copyfile(province.sheets / province.truth["resent"]["original"], path)
    rewritten(path)
    ended = subprocess.run([sys.executable, script, folder.root, path], capture_output=True)
    assert ended.returncode == -9, ended.stderr
    assert log_of(folder).stat().st_size > 1000
    return folder


def rewritten(path: Path) -> None:
    """The same sheet saved anew: another hash, so that it is no duplicate."""
    from openpyxl import load_workbook

    book = load_workbook(path)
    book.properties.title = "again"
    book.save(path)


def log_of(folder: DataFolder) -> Path:
    return folder.warehouse.with_name(folder.warehouse.name + ".wal")


def test_facts_in_an_unwritten_log_are_there(unwritten: DataFolder, tmp_path: Path) -> None:
    shutil.copytree(unwritten.root, tmp_path / "data")
    mingcha(tmp_path / "data", "verify")


@pytest.mark.parametrize("left", [0.0, 0.6, None], ids=str)
def test_a_truncated_log_of_the_warehouse_is_told(
    unwritten: DataFolder, tmp_path: Path, left: float | None
) -> None:
    shutil.copytree(unwritten.root, tmp_path / "data")
    folder = DataFolder(tmp_path / "data")
    if left is None:
        log_of(folder).unlink()
    else:
        with log_of(folder).open("r+b") as file:
            file.truncate(int(log_of(folder).stat().st_size * left))
    fails(folder, "数据|仓库")
