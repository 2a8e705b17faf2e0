"""The ingest protocol survives kill -9 at each of its steps: all in or all out, nothing doubled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import archive
from pipeline.commit import Group, Incoming, commit
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, uploads
from pipeline.stores import open_stores
from tests.pipeline.office import protocol
from tests.pipeline.office.protocol import ROWS, TABLES, group

BEFORE_FACTS = ("staged", "intents", "placed", "facts:performance", "facts:before commit")
AFTER_FACTS = ("facts", "sealed")
FILES = 3


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    box = tmp_path / "files"
    box.mkdir()
    paths = [box / f"{n}.xlsx" for n in range(FILES)]
    for n, path in enumerate(paths):
        path.write_bytes(f"workbook {n}".encode() * 50)
    return paths


def killed_at(step: str, folder: DataFolder, files: list[Path]) -> None:
    """Runs the protocol in another process, which kills itself at `step`."""
    script = [sys.executable, "-m", "tests.pipeline.office.protocol"]
    ended = subprocess.run([*script, str(folder.root), str(files[0].parent), step], check=False)
    assert ended.returncode == -9, f"step {step!r} was never reached"


def states(office: Office) -> list[str]:
    rows = office.connection.execute("SELECT state FROM upload ORDER BY seq")
    return [row["state"] for row in rows]


@pytest.mark.parametrize("step", BEFORE_FACTS)
def test_killed_before_the_facts_it_is_undone_and_can_be_sent_again(
    step: str, folder: DataFolder, files: list[Path]
) -> None:
    killed_at(step, folder, files)
    with open_stores(folder, tables=TABLES) as stores:
        recorded = 0 if step == "staged" else FILES
        assert states(stores.office) == ["undone"] * recorded
        assert stores.warehouse.live("performance").is_empty()
        assert not list((folder.archive / ".incoming").iterdir())
        commit(stores, group(files), "office")
        assert states(stores.office) == ["undone"] * recorded + ["sealed"] * FILES
        assert stores.warehouse.live("performance").height == FILES * ROWS
        assert ledger.first_broken(stores.office.connection) is None


@pytest.mark.parametrize("step", AFTER_FACTS)
def test_killed_after_the_facts_it_is_finished(
    step: str, folder: DataFolder, files: list[Path]
) -> None:
    killed_at(step, folder, files)
    with open_stores(folder, tables=TABLES) as stores:
        assert states(stores.office) == ["sealed"] * FILES
        facts = stores.warehouse.live("performance")
        assert facts.height == FILES * ROWS
        assert facts.get_column("sha256").n_unique() == FILES
        sealed = uploads.sealed_facts(stores.office.connection)
        assert sealed == stores.warehouse.contents()
    for path in files:
        sha256 = protocol.upload(path).sha256
        assert archive.path_of(folder, sha256, "xlsx").read_bytes() == path.read_bytes()


def test_a_refused_workbook_whose_file_is_there_is_finished(
    folder: DataFolder, files: list[Path]
) -> None:
    refused = protocol.upload(files[0], status="refused", planned={})

    class Stop(Exception):
        pass

    def stop(step: str) -> None:
        if step == "placed":
            raise Stop

    with open_stores(folder, tables=TABLES) as stores, pytest.raises(Stop):
        commit(stores, Group([Incoming(0, files[0], refused)], {}), "office", stop)
    with open_stores(folder, tables=TABLES) as stores:
        assert states(stores.office) == ["sealed"]


def test_a_file_that_changed_while_it_was_read_is_not_recorded(
    folder: DataFolder, files: list[Path]
) -> None:
    made = group(files)
    files[1].write_bytes(b"saved again meanwhile")
    with open_stores(folder, tables=TABLES) as stores:
        done = commit(stores, made, "office")
        assert done.unstaged == {made.incoming[1].upload.sha256: "changed"}
        assert sorted(done.upload_ids) == [0, 2]
        codes = stores.warehouse.live("performance").get_column("branch_code")
        assert not codes.str.starts_with("01").any()


def test_a_warehouse_that_lost_facts_stops_the_next_ingest(
    folder: DataFolder, files: list[Path]
) -> None:
    with open_stores(folder, tables=TABLES) as stores:
        commit(stores, group(files), "office")
    folder.warehouse.unlink()
    with pytest.raises(Fault, match="mingcha rebuild"), open_stores(folder, tables=TABLES):
        pass


def test_a_truncated_wal_is_seen(folder: DataFolder, files: list[Path]) -> None:
    killed_at("sealed", folder, files)  # sealed, not yet in the file: the WAL holds the facts
    wal = folder.warehouse.with_name("warehouse.duckdb.wal")
    wal.write_bytes(b"")
    with pytest.raises(Fault, match="mingcha rebuild"), open_stores(folder, tables=TABLES):
        pass


def test_who_waits_too_long_for_the_lock_is_told(folder: DataFolder) -> None:
    with open_stores(folder, tables=TABLES):
        with pytest.raises(Fault) as told, open_stores(folder, timeout=0.05, tables=TABLES):
            pass
        assert told.value.status == 3
