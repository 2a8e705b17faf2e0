"""The archive: received files by SHA-256, never changed: `archive/ab/<sha256>.<ext>`.

A file comes in two steps. `stage` copies it under a temporary name, hashing what it copies, and
makes it durable: a file that changed since it was read is told before anything is recorded.
`place` renames it, after the ledger holds the intent.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.faults import Fault, unwritable
from pipeline.folders import DataFolder

_INCOMING = ".incoming"
_NAME = re.compile(r"^(?P<sha>[0-9a-f]{64})\.[a-z0-9]{1,8}$")
_EXTENSION = re.compile(r"[^/]\.([a-zA-Z0-9]{1,8})\Z")
_BLOCK = 1 << 16  # more than most workbooks have; room for each block is set aside unread
_COPYING = 2  # threads: more of them stand in each other's way in one folder
_AT_A_TIME = 32  # copies that a thread takes over at once: handing over costs as much as copying
_MANY = 32  # from here on the whole file system is made durable, in one wait for the disk
_libc = ctypes.CDLL(None, use_errno=True)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


@dataclass(frozen=True)
class Copy:
    """A file to be archived: where it lies, and the hash it had when it was read."""

    source: Path
    sha256: str
    extension: str


def extension_of(name: str) -> str:
    """A harmless extension for the archive: lower case letters and digits, else `bin`."""
    found = _EXTENSION.search(name)
    return found[1].lower() if found else "bin"


def path_of(folder: DataFolder, sha256: str, extension: str) -> Path:
    """Where a file lies, or would lie."""
    return folder.archive / sha256[:2] / f"{sha256}.{extension}"


def _incoming(folder: DataFolder, sha256: str, extension: str) -> str:
    # As text: 12,000 Path objects take a second.
    return f"{folder.archive}/{_INCOMING}/{sha256}.{extension}"


# Why each was not copied ("": it was), or the fault that kept it from being so.
_Said = dict[tuple[str, str], str | Fault]


class Staging:
    """Files on their way in, copied by threads while the rest of the work goes on.

    Disks are waited for and hashes made without Python's lock, so this costs hardly any time
    beside judging. As a context manager: what :meth:`finish` did not ask for is removed.
    """

    def __init__(self, folder: DataFolder, copies: Iterable[Copy]) -> None:
        """Begins copying. Fault if the archive cannot be written."""
        self.folder = folder
        incoming = folder.archive / _INCOMING
        try:
            incoming.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder.archive, error.strerror or error) from error
        self._pool = ThreadPoolExecutor(_COPYING)
        self._said: dict[tuple[str, str], Future[_Said]] = {}
        self._begin(copies)

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for place in self._said:
            Path(_incoming(self.folder, *place)).unlink(missing_ok=True)

    def finish(self, copies: Sequence[Copy]) -> dict[str, str]:
        """Waits for these. {sha256: why} of those that could not be copied.

        Why is `changed` (other bytes than those read) or the system's words. Fault if the disk is
        full or cannot be written.
        """
        self._begin(copies)
        said = {p: self._told(p) for p in {(c.sha256, c.extension) for c in copies}}
        try:
            _make_durable(
                self.folder, [_incoming(self.folder, *p) for p, why in said.items() if not why]
            )
        except OSError as error:
            raise unwritable(self.folder.archive, error.strerror or error) from error
        return {sha256: why for (sha256, _), why in said.items() if why}

    def _told(self, place: tuple[str, str]) -> str:
        why = self._said.pop(place).result()[place]
        if isinstance(why, Fault):
            raise why
        return why

    def _begin(self, copies: Iterable[Copy]) -> None:
        new = {(c.sha256, c.extension): c for c in copies}  # two threads must not write the same
        waiting = [(place, copy) for place, copy in new.items() if place not in self._said]
        for start in range(0, len(waiting), _AT_A_TIME):
            some = dict(waiting[start : start + _AT_A_TIME])
            self._said |= dict.fromkeys(some, self._pool.submit(_stage_some, self.folder, some))


def stage(folder: DataFolder, copies: Sequence[Copy]) -> dict[str, str]:
    """Copies files in, durable under a temporary name, at once: see :meth:`Staging.finish`."""
    with Staging(folder, copies) as staging:
        return staging.finish(copies)


def _stage_some(folder: DataFolder, copies: Mapping[tuple[str, str], Copy]) -> _Said:
    said: _Said = {}
    for place, copy in copies.items():
        try:
            said[place] = _stage_one(folder, copy)
        except Fault as fault:  # told to whoever asks for this one
            said[place] = fault
    return said


def _stage_one(folder: DataFolder, copy: Copy) -> str:
    # Copied even if the archive has it: renaming over equal bytes costs less than looking, and
    # mends a damaged copy.
    target = _incoming(folder, copy.sha256, copy.extension)
    try:
        source = os.open(copy.source, os.O_RDONLY)
    except OSError as error:
        return error.strerror or str(error)
    try:
        found = _copy(source, target)
    except OSError as error:
        Path(target).unlink(missing_ok=True)
        # Whose fault it was decides who is told: reading the source cannot fail for want of room.
        if error.errno in _FULL or error.filename == target:
            raise unwritable(folder.archive, error.strerror or error) from error
        return error.strerror or str(error)
    finally:
        os.close(source)
    if found != copy.sha256:
        Path(target).unlink()
        return "changed"
    return ""


def _copy(source: int, target: str) -> str:
    digest = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        while block := os.read(source, _BLOCK):
            digest.update(block)
            _write_all(handle, block)
    finally:
        os.close(handle)
    return digest.hexdigest()


def _write_all(handle: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(handle, view) :]


def place(folder: DataFolder, copies: Sequence[Copy]) -> None:
    """Gives staged files their names; every directory touched is made durable."""
    root = str(folder.archive)
    touched = {copy.sha256[:2] for copy in copies}
    for directory in touched:
        folder.archive.joinpath(directory).mkdir(exist_ok=True)
    for copy in copies:
        name = f"{copy.sha256}.{copy.extension}"
        os.replace(f"{root}/{_INCOMING}/{name}", f"{root}/{copy.sha256[:2]}/{name}")  # noqa: PTH105
    _make_durable(folder, [root, *(f"{root}/{directory}" for directory in touched)])


def _make_durable(folder: DataFolder, paths: Sequence[str]) -> None:
    """Waits until these files or directories of the archive are on the disk."""
    many = len(paths) >= _MANY
    for path in [str(folder.archive)] if many else paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            _sync_everything(handle) if many else os.fsync(handle)
        finally:
            os.close(handle)


def _sync_everything(handle: int) -> None:
    """Makes durable all that was written to the file system of an open file, see syncfs(2)."""
    if _libc.syncfs(handle):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def sweep(folder: DataFolder) -> int:
    """Removes what a killed ingest left staged; how many. Only under the writer's lock."""
    left = list((folder.archive / _INCOMING).glob("*"))
    for path in left:
        path.unlink()
    return len(left)


def holds(path: Path, sha256: str) -> bool:
    """Whether `path` is there with exactly these bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def stored(folder: DataFolder) -> Iterator[tuple[str, Path]]:
    """(sha256 by its name, path) of every archived file; "" for a name that is not a hash."""
    if not folder.archive.is_dir():
        return
    for path in sorted(folder.archive.rglob("*")):
        if path.is_file() and path.parent.name != _INCOMING:
            match = _NAME.match(path.name)
            yield (match["sha"] if match else ""), path
