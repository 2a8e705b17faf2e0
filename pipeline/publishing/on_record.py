"""Which publications the ledger knows, by the SHA-256 of their manifests.

A publishing is announced in the ledger before its directory gets its name, and put on record after.
So a kill between the two leaves a publication that is known, and a directory that is announced
nowhere was made by no publishing. Without an office database (a folder of publications alone, as it
is handed to HQ) there is nothing to hold against.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path

from pipeline.folders import DataFolder
from pipeline.office import Office, ledger

ANNOUNCED, PUBLISHED = "publication.begun", "publication"
_FOLDERS = 8
Place = tuple[str, int]  # period, revision
# Of a place the manifests that were announced or recorded; None: a record of before they were.
Known = dict[Place, frozenset[str | None]]
_kept: OrderedDict[Path, tuple[ledger.Head, Known]] = OrderedDict()
_lock = threading.Lock()


def announced(folder: DataFolder) -> Known | None:
    """What the ledger knows; None where there is no office database. Fault (4): damaged."""
    if not folder.office.is_file():
        return None
    with Office.open(folder) as office:
        return _read(office, folder.office.resolve())


def of_office(office: Office) -> Known:
    """What the ledger of an open office database knows."""
    return _read(office, None)


def _read(office: Office, kept_as: Path | None) -> Known:
    """Only the records that are new since the last look are read."""
    head = office.head()
    with _lock:
        until, known = _kept.get(kept_as, _NEVER) if kept_as else _NEVER
    if ledger.hash_at(office.connection, until.seq) != until.hash:
        until, known = _NEVER  # another ledger by now, as after a restore
    if until.seq != head.seq:
        known = dict(known)
        for act in (ANNOUNCED, PUBLISHED):
            for _, said in ledger.payloads(office.connection, act, until.seq):
                place = (str(said.get("period")), int(said.get("revision") or 0))
                known[place] = known.get(place, frozenset()) | {said.get("manifest")}
    if kept_as:
        with _lock:
            _kept[kept_as] = (head, known)
            while len(_kept) > _FOLDERS:
                _kept.popitem(last=False)
    return known


_NEVER: tuple[ledger.Head, Known] = (ledger.Head(0, ledger.GENESIS), {})


def is_announced(path: Path, known: Known | None) -> bool:
    """Whether the directory is one that was published: as `<period>-r<N>`, with that manifest."""
    if known is None:
        return True
    period, _, revision = path.name.rpartition("-r")
    manifests = known.get((period, int(revision)))
    if manifests is None:
        return False
    return None in manifests or manifest_digest(path) in manifests


def manifest_digest(path: Path) -> str:
    """The SHA-256 of a publication's manifest; empty if it cannot be read."""
    try:
        told = (path / "manifest.json").stat()
        return _digest(path / "manifest.json", told.st_mtime_ns, told.st_size, told.st_ino)
    except OSError:
        return ""


@lru_cache(maxsize=4096)
def _digest(path: Path, _changed: int, _size: int, _file: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
