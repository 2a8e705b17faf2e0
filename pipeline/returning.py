"""Returned workbooks (退回件): what is refused, in whole or in part, goes back annotated."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import archive
from pipeline.findings import Rule
from pipeline.folders import DataFolder
from pipeline.judging import Judged
from pipeline.office import uploads
from pipeline.stores import Stores

NOT_RETURNED = Rule(
    "upload.not_annotated",
    "info",
    "none",
    "此文件无法制作批注件（{value}），请按上述各条改正原文件。",
    "No annotated copy of this file could be made ({value}); mend the original as said above.",
)
# Path separators, control and direction marks, and what Windows forbids in a name.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069<>:"/\\|?*]')
_LONGEST = 120  # bytes of UTF-8, so that the whole name stays under 255


def returned_path(folder: DataFolder, name: str, sha256: str, day: date) -> Path:
    """`returned/<date>/<name>-<8 hex>.xlsx`, whatever the received name was."""
    stem = _UNSAFE.sub("", PurePosixPath(name.replace("\\", "/")).stem).strip(". ")
    short = stem.encode()[:_LONGEST].decode(errors="ignore") or "workbook"
    return folder.returned / day.isoformat() / f"{short}-{sha256[:8]}.xlsx"


def give_back(
    stores: Stores,
    judged: Judged,
    entries: Sequence[Any],
    lang: str,
    moved: Callable[[str, int, int], None],
) -> None:
    """Annotates every workbook that was not taken whole; the entry says where it lies."""
    returned: dict[str, str] = {}
    todo = [
        (file, entry)
        for file, entry in zip(judged.files, entries, strict=True)
        if entry.status in ("refused", "partial")
    ]
    for done, (file, entry) in enumerate(todo, 1):
        _annotate(stores.folder, judged, file.index, entry, lang)
        upload_id = judged.upload_ids.get(file.index)
        if entry.returned and upload_id:
            returned[upload_id] = entry.returned
        moved("return", done, len(todo))
    if returned:
        with stores.office.transaction() as connection:
            uploads.note_returned(connection, returned)


def _annotate(folder: DataFolder, judged: Judged, index: int, entry: Any, lang: str) -> None:
    from pipeline.annotate import annotate

    # The archived copy, not the clerk's file: that one may have changed or gone since.
    source = archive.path_of(folder, entry.sha256, archive.extension_of(entry.file))
    target = returned_path(folder, entry.file, entry.sha256, date.today())
    if not source.exists():
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        name = judged.files[index].name
        made = annotate(source, judged.verdicts[index].findings, target, lang, name)
    except OSError as error:
        note = NOT_RETURNED.at(index, value=error.strerror or str(error))
        entry.findings = [*entry.findings, note.public()]
    else:
        entry.returned = made.relative_to(folder.root).as_posix()
