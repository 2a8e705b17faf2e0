"""Documents kept in the data folder, held against what the worker recorded when it made them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.folders import DataFolder
from pipeline.office import Office, jobs

ROOM = "documents"


class Changed(ValueError):
    """The file is not one that was made."""


def content_of(folder: DataFolder, path: Path) -> bytes:
    """The bytes of a document that is kept below `documents/`.

    Changed if they are not those that the worker made it with; so is a file that no job has made:
    somebody laid it there.
    """
    content = path.read_bytes()
    if _recorded(folder, path) != hashlib.sha256(content).hexdigest():
        raise Changed(path.name)
    return content


def is_as_made(folder: DataFolder, path: Path) -> bool:
    """Whether there is such a document, and it is as the worker made it: fit to be offered."""
    return path.is_file() and _recorded(folder, path) == _digest(path)


def _recorded(folder: DataFolder, path: Path) -> str | None:
    if not folder.office.is_file():
        return None
    with Office.open(folder) as office:
        found = jobs.made_files(office.connection, f"/{_place(folder, path)}")
    return next(reversed(found.values()), None)


def _place(folder: DataFolder, path: Path) -> str:
    """Within the data folder, which may have been moved since."""
    return path.resolve().relative_to(folder.root.resolve()).as_posix()


def changed(folder: DataFolder, office: Office) -> list[str]:
    """Documents kept in the data folder that are not those that were made, by their place. One
    that was taken away is none."""
    made = jobs.made_files(office.connection)
    found = set()
    for path in sorted((folder.root / ROOM).rglob("*")):
        place = _place(folder, path)
        known = [sha256 for name, sha256 in made.items() if name.endswith(f"/{place}")]
        if path.is_file() and known and _digest(path) != known[-1]:
            found.add(place)
    return sorted(found)


def strangers(folder: DataFolder, office: Office) -> list[str]:
    """Files among the documents that no job has made, by their place: they are not given out."""
    made = jobs.made_files(office.connection)
    places = [_place(folder, p) for p in (folder.root / ROOM).rglob("*") if p.is_file()]
    return sorted(p for p in places if not any(name.endswith(f"/{p}") for name in made))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
