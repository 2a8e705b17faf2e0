"""Evidence of appeals: a file of few kinds, told by its bytes, kept in the archive by its hash.

It is never opened by the system: only its first bytes and, of a docx, the list of its parts.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

from pipeline import archive
from pipeline.appealing import sentences
from pipeline.folders import DataFolder

_BEGINS = {"pdf": b"%PDF-", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
_DOCX = b"PK\x03\x04"
_MACROS = "word/vbaProject.bin"


def taken(folder: DataFolder, path: Path, most_mb: int) -> dict[str, Any]:
    """Archives the file; {"sha256", "extension", "bytes"}. Fault if it is no evidence (1, 2)."""
    if not path.is_file():  # a pipe would be waited for without end
        raise sentences.no_evidence_file(path.name)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begins = file.read(16)
    except OSError as error:  # a folder, too
        raise sentences.no_evidence_file(path.name) from error
    if size > most_mb * 1_000_000:
        raise sentences.wrong_evidence(
            path.name, (f"超过 {most_mb} MB", f"is larger than {most_mb} MB")
        )
    extension = _kind(path, begins)
    if extension is None:
        raise sentences.wrong_evidence(path.name, sentences.STRANGE)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    _archived(folder, archive.Copy(path, sha256, extension))
    return {"sha256": sha256, "extension": extension, "bytes": size}


def kind_of(path: Path) -> str | None:
    """The kind of a file by its bytes: pdf, jpg, png, docx; None for any other."""
    with path.open("rb") as file:
        begins = file.read(16)
    return _kind(path, begins)


def _kind(path: Path, begins: bytes) -> str | None:
    for extension, first in _BEGINS.items():
        if begins.startswith(first):
            return extension
    return "docx" if begins.startswith(_DOCX) and _is_docx(path) else None


def _is_docx(path: Path) -> bool:
    """A Word document without macros."""
    try:
        with zipfile.ZipFile(path) as box:
            parts = set(box.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "word/document.xml" in parts and _MACROS not in parts


def _archived(folder: DataFolder, copy: archive.Copy) -> None:
    if archive.path_of(folder, copy.sha256, copy.extension).exists():
        return
    failed = archive.stage(folder, [copy])
    if failed:
        raise sentences.no_evidence_file(copy.source.name)
    archive.place(folder, [copy])
