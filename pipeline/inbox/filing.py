"""Taking files out of the inbox and filing them away; every step is a rename within the inbox."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from pipeline.file_names import as_text
from pipeline.inbox.looking import ROOM, Mark, mark_of

_NAME_BYTES = 200  # room for a number and a word behind it


@dataclass(frozen=True)
class Taken:
    """A file in its room; `name` as its owner knows it, below the inbox."""

    path: Path
    name: str


def clean(raw: str) -> str:
    """A file name as text: bytes of other systems decoded, control and direction marks left out."""
    return _short("".join(c for c in as_text(raw) if unicodedata.category(c)[0] != "C"))


def _short(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix.encode()) > 10:
        stem, suffix = name, ""
    kept = stem.encode()[: _NAME_BYTES - len(suffix.encode())].decode(errors="ignore").strip()
    return f"{kept or 'file'}.{suffix}" if suffix else kept or "file"


def take(root: Path, ready: list[tuple[Path, Mark]]) -> tuple[list[Taken], list[tuple[Path, str]]]:
    """Renames complete files into rooms of their own; those that cannot be, with the reason."""
    taken, failed = [], []
    numbers = itertools.count()
    for path, mark in ready:
        try:
            room = _fresh_room(root / ROOM, numbers)
            target = room / clean(path.name)
            path.rename(target)
        except FileNotFoundError:
            continue  # renamed or deleted this moment: it is met again under its new name
        except OSError as error:
            failed.append((path, error.strerror or str(error)))
            continue
        found = Taken(target, _shown(path, root))
        if mark_of(target.lstat()) == mark:
            taken.append(found)
        else:
            put_back(root, found)  # changed between looking and taking: once more, later
    return taken, failed


def _fresh_room(rooms: Path, numbers: itertools.count[int]) -> Path:
    while True:
        room = rooms / f"{next(numbers):05d}"
        with contextlib.suppress(FileExistsError):
            room.mkdir(parents=True)
            return room


def _shown(path: Path, root: Path) -> str:
    return "/".join(clean(part) for part in path.relative_to(root).parts)


def put_back(root: Path, taken: Taken) -> None:
    """Back into the inbox, if it is still there."""
    with contextlib.suppress(FileNotFoundError):
        move(taken.path, root, taken.path.name)


def recover(root: Path) -> int:
    """Puts back what a killed watch left in its rooms; how many."""
    left = [p for p in sorted((root / ROOM).glob("*/*")) if not p.is_dir()]
    for path in left:
        put_back(root, Taken(path, path.name))
    return len(left)


def move(source: Path, folder: Path, name: str) -> Path:
    """Renames into `folder` under `name`, or the next free name like it; where it lies then."""
    folder.mkdir(parents=True, exist_ok=True)
    target = free(folder, name)
    source.rename(target)
    with contextlib.suppress(OSError):
        source.parent.rmdir()  # its room, now empty
    return target


def copy(source: Path, folder: Path, name: str) -> Path:
    """Copies into `folder` under `name`, or the next free name like it."""
    folder.mkdir(parents=True, exist_ok=True)
    target = free(folder, name)
    shutil.copyfile(source, target)
    return target


def free(folder: Path, name: str) -> Path:
    """A path that does not exist: `name`, else `name-2`, `name-3` …"""
    path = folder / name
    for number in itertools.count(2):
        if not os.path.lexists(path):
            break
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path
