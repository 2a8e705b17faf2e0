"""Backup and restore: one zip with everything that cannot be made anew, and its checksums.

The office database is copied by SQLite's online backup, so people may go on working; the
writer's lock keeps warehouse, archive and publications still meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pipeline.faults import Fault, sqlite_told, unwritable
from pipeline.folders import DataFolder
from pipeline.office.database import connect
from pipeline.office.lock import writer

MANIFEST = "backup.json"
_TREES = ("archive", "publications", "returned")
_BLOCK = 1 << 20


def backup(folder: DataFolder, target: Path, timeout: float = 10.0) -> int:
    """Writes the backup to `target` (whole or not at all); the number of files in it."""
    if not folder.office.exists():
        raise Fault(
            "数据目录中没有可备份的内容。",
            "There is nothing to back up in the data folder.",
            2,
        )
    partial = target.with_name(target.name + ".partial")
    try:
        with writer(folder, timeout), tempfile.TemporaryDirectory(dir=target.parent) as box:
            count = _write(folder, partial, _copy_of_office(folder, Path(box)))
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise unwritable(target, error.strerror or error) from error
    return count


def _copy_of_office(folder: DataFolder, box: Path) -> Path:
    copy = box / folder.office.name
    source = connect(folder.office)
    target = sqlite3.connect(copy)
    try:
        with sqlite_told(folder.office):
            source.backup(target)
    finally:
        target.close()
        source.close()
    return copy


def _contents(folder: DataFolder) -> Iterator[Path]:
    for single in (folder.warehouse, folder.settings, folder.delivery):
        # A warehouse whose WAL was not yet written into it goes with that WAL.
        yield from (p for p in (single, single.with_name(single.name + ".wal")) if p.is_file())
    for tree in _TREES:
        yield from (p for p in sorted((folder.root / tree).rglob("*")) if p.is_file())


def _write(folder: DataFolder, partial: Path, office: Path) -> int:
    sums: dict[str, str] = {}
    partial.unlink(missing_ok=True)
    partial.touch(0o600)  # it holds who the shoppers are, and the hashes of passwords
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED, allowZip64=True) as box:
        sums[folder.office.name] = _put(box, office, folder.office.name)
        for path in _contents(folder):
            name = path.relative_to(folder.root).as_posix()
            sums[name] = _put(box, path, name)
        box.writestr(MANIFEST, json.dumps({"version": 1, "sha256": sums}, ensure_ascii=False))
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    return len(sums)


def _put(box: zipfile.ZipFile, path: Path, name: str) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, box.open(name, "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def restore(folder: DataFolder, source: Path) -> int:
    """Brings a backup back into a folder that holds no office yet; the number of files.

    Every file is checked against its sum before anything appears in the folder.
    """
    if folder.office.exists() or folder.warehouse.exists():
        raise Fault(
            f"{folder.root.name} 中已有数据。请恢复到一个空目录：mingcha --data 新目录 restore",
            f"{folder.root.name} already holds data. Restore into an empty folder: "
            "mingcha --data NEW restore",
            2,
        )
    folder.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.root, prefix=".restore-") as box:
        try:
            count = _unpack(source, Path(box))
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError) as error:
            raise _bad_backup(source) from error
        for path in sorted(Path(box).iterdir(), key=lambda p: p.name == folder.office.name):
            _move(path, folder.root / path.name)
    return count


def _move(path: Path, target: Path) -> None:
    if path.is_dir() and target.is_dir():
        shutil.copytree(path, target, dirs_exist_ok=True)
    else:
        path.replace(target)


def _unpack(source: Path, box: Path) -> int:
    with zipfile.ZipFile(source) as backup:
        sums = json.loads(backup.read(MANIFEST))["sha256"]
        for name, sha256 in sums.items():
            parts = PurePosixPath(name).parts
            if ".." in parts or PurePosixPath(name).is_absolute():
                raise ValueError(name)
            target = box.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            if _take(backup, name, target) != sha256:
                raise ValueError(name)
    return len(sums)


def _take(backup: zipfile.ZipFile, name: str, target: Path) -> str:
    digest = hashlib.sha256()
    with backup.open(name) as source, target.open("wb") as file:
        while block := source.read(_BLOCK):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _bad_backup(source: Path) -> Fault:
    return Fault(
        f"{source.name} 不是完整的备份文件，未恢复任何内容。请换一个备份。",
        f"{source.name} is not a whole backup; nothing was restored. Use another one.",
        1,
    )
