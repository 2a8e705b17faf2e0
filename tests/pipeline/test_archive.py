"""The archive: by hash, whole or not at all, never two truths for one name."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from pipeline import archive
from pipeline.archive import Copy
from pipeline.faults import Fault
from pipeline.folders import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def sent(tmp_path: Path, name: str, data: bytes) -> Copy:
    path = tmp_path / name
    path.write_bytes(data)
    return Copy(path, hashlib.sha256(data).hexdigest(), archive.extension_of(name))


def test_a_file_lies_under_its_hash(folder: DataFolder, tmp_path: Path) -> None:
    data = os.urandom(3 << 20)
    copy = sent(tmp_path, "九月.XLSX", data)
    assert archive.stage(folder, [copy]) == {}
    assert list(archive.stored(folder)) == []  # staged is not archived
    archive.place(folder, [copy])
    expected = folder.archive / copy.sha256[:2] / f"{copy.sha256}.xlsx"
    assert expected.read_bytes() == data
    assert list(archive.stored(folder)) == [(copy.sha256, expected)]


def test_changed_and_vanished_files_are_told_apart(folder: DataFolder, tmp_path: Path) -> None:
    changed, gone, good = (sent(tmp_path, f"{n}.csv", n.encode()) for n in "abc")
    changed.source.write_bytes(b"A")
    gone.source.unlink()
    said = archive.stage(folder, [changed, gone, good])
    assert said == {changed.sha256: "changed", gone.sha256: os.strerror(errno.ENOENT)}
    assert [p.name for p in (folder.archive / ".incoming").iterdir()] == [f"{good.sha256}.csv"]


def test_what_was_begun_and_not_wanted_is_removed(folder: DataFolder, tmp_path: Path) -> None:
    wanted, other = sent(tmp_path, "a.csv", b"a"), sent(tmp_path, "b.csv", b"b")
    twin = sent(tmp_path, "twin.csv", b"a")
    with archive.Staging(folder, [wanted, other, twin]) as staging:
        assert staging.finish([wanted]) == {}
        archive.place(folder, [wanted])
    assert [p.name for p in (folder.archive / ".incoming").iterdir()] == []
    assert [sha256 for sha256, _ in archive.stored(folder)] == [wanted.sha256]


def test_sending_again_mends_a_damaged_copy(folder: DataFolder, tmp_path: Path) -> None:
    copy = sent(tmp_path, "a.xls", b"original")
    for _ in range(2):
        archive.stage(folder, [copy])
        archive.place(folder, [copy])
        (path,) = [p for _, p in archive.stored(folder)]
        assert path.read_bytes() == b"original"
        path.write_bytes(b"0riginal")
    assert not archive.holds(path, copy.sha256)


def test_a_full_disk_is_said(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = sent(tmp_path, "a.xlsx", b"original")

    def full(handle: int, data: memoryview) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Fault) as told:
        archive.stage(folder, [copy])
    assert told.value.status == 4
    assert not list((folder.archive / ".incoming").iterdir())


def test_a_fault_is_told_to_whoever_asks_for_that_file(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = [sent(tmp_path, f"{n}.csv", f"{n}".encode()) for n in range(100)]
    write = os.write

    def full(handle: int, data: memoryview) -> int:
        if bytes(data) == b"7":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data)

    monkeypatch.setattr(os, "write", full)
    others = [c for n, c in enumerate(copies) if n != 7]
    with archive.Staging(folder, copies) as staging:
        assert staging.finish(others) == {}
        archive.place(folder, others)
        with pytest.raises(Fault):
            staging.finish([copies[7]])
    assert {sha256 for sha256, _ in archive.stored(folder)} == {c.sha256 for c in others}
    assert all(archive.holds(path, sha256) for sha256, path in archive.stored(folder))
    assert not list((folder.archive / ".incoming").iterdir())


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.xlsx", "xlsx"),
        ("a.XLS", "xls"),
        ("a", "bin"),
        ("a.表", "bin"),
        ("../../etc/passwd.x/y", "bin"),
        ("a.verylongextension", "bin"),
        ("a.x\u202elsx", "bin"),
        ("b.zip/内/c.csv", "csv"),
    ],
)
def test_extensions_are_harmless(name: str, extension: str) -> None:
    assert archive.extension_of(name) == extension


def test_leftovers_of_a_killed_ingest_are_swept(folder: DataFolder, tmp_path: Path) -> None:
    archive.stage(folder, [sent(tmp_path, "a.xlsx", b"x")])
    assert archive.sweep(folder) == 1
    assert archive.sweep(folder) == 0
