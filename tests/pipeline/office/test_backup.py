"""A backup made while people work comes back whole, or not at all."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipeline.commit import commit
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.office.backup import backup, restore
from pipeline.stores import open_stores
from pipeline.verify import verify
from pipeline.warehouse import store
from tests.pipeline.office.protocol import ROWS, TABLES, group


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.setattr(store, "fact_tables", lambda: TABLES)
    sent = tmp_path / "甲.xlsx"
    sent.write_bytes(b"workbook" * 99)
    folder = DataFolder(tmp_path / "data")
    with open_stores(folder) as stores:
        commit(stores, group([sent]), "office")
    return folder


def test_it_comes_back(folder: DataFolder, tmp_path: Path) -> None:
    with Office.open(folder) as office:  # somebody is signed in meanwhile
        office.record("sign-in", {}, "account-1")
        count = backup(folder, tmp_path / "all.zip")
    back = DataFolder(tmp_path / "new")
    assert restore(back, tmp_path / "all.zip") == count == 3  # office, warehouse, one workbook
    verdict = verify(back)
    assert verdict.ok
    assert verdict.counts == {"records": 3, "uploads": 1, "files": 1, "facts": ROWS}
    assert sorted(p.name for p in back.root.iterdir()) == sorted(
        [".writer.lock", "archive", "office.sqlite", "warehouse.duckdb"]
    )


def test_nobody_else_reads_a_backup(folder: DataFolder, tmp_path: Path) -> None:
    """It holds who the shoppers are and the hashes of passwords."""
    left = tmp_path / "all.zip.partial"
    left.touch(0o644)  # of a backup that was killed
    backup(folder, tmp_path / "all.zip")
    assert (tmp_path / "all.zip").stat().st_mode & 0o077 == 0


def test_a_damaged_backup_restores_nothing(folder: DataFolder, tmp_path: Path) -> None:
    target = tmp_path / "all.zip"
    backup(folder, target)
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(data)
    back = DataFolder(tmp_path / "new")
    with pytest.raises(Fault, match="not a whole backup"):
        restore(back, target)
    assert not list(back.root.iterdir())


def test_a_zip_that_climbs_out_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "evil.zip"
    with zipfile.ZipFile(target, "w") as box:
        box.writestr("backup.json", '{"version": 1, "sha256": {"../out": "00"}}')
        box.writestr("../out", "x")
    with pytest.raises(Fault, match="not a whole backup"):
        restore(DataFolder(tmp_path / "new"), target)
    assert not (tmp_path / "out").exists()


def test_it_does_not_overwrite(folder: DataFolder, tmp_path: Path) -> None:
    backup(folder, tmp_path / "all.zip")
    with pytest.raises(Fault) as told:
        restore(folder, tmp_path / "all.zip")
    assert told.value.status == 2


def test_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="nothing to back up"):
        backup(DataFolder(tmp_path / "empty"), tmp_path / "all.zip")
    assert not (tmp_path / "all.zip").exists()
