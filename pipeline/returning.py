"""Returned workbooks (退回件): what is refused, in whole or in part, goes back annotated."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipeline import archive
from pipeline.findings import Rule
from pipeline.folders import DataFolder
from pipeline.judging import Judged
from pipeline.office import uploads
from pipeline.office.proceedings import today
from pipeline.stores import Stores

NOT_RETURNED = Rule(
    "upload.not_annotated",
    "info",
    "none",
    "此文件无法制作批注件，请按上述各条改正原文件。",
    "No annotated copy of this file could be made ({value}); mend the original as said above.",
)
_RETURNED = ("refused", "partial")


def returned_path(
    folder: DataFolder, kind: str | None, period: str | None, sha256: str, day: date
) -> Path:
    """`returned/<date>/<kind>-<period>-<12 hex>.xlsx`.

    Never the received name: people write shoppers' names and numbers into it (robustness §2).
    """
    known = period if re.fullmatch(r"[0-9Q-]{4,7}", period or "") else None
    parts = [p for p in (kind or "workbook", known, sha256[:12]) if p]
    return folder.returned / day.isoformat() / f"{'-'.join(parts)}.xlsx"


def get_ready(judged: Judged) -> None:
    """Lets the children that annotate load their libraries while the workbooks are stored."""
    from pipeline.annotating.watching import annotators

    wanted = [v for v in judged.verdicts.values() if v.status in _RETURNED]
    annotators().prepare(len(wanted))


def give_back(
    stores: Stores,
    judged: Judged,
    entries: Sequence[Any],
    lang: str,
    moved: Callable[[str, int, int], None],
) -> None:
    """Annotates every workbook that was not taken whole; the entry says where it lies."""
    todo = [
        (file.index, entry)
        for file, entry in zip(judged.files, entries, strict=True)
        if entry.status in _RETURNED and _source(stores.folder, entry).exists()
    ]
    if not todo:
        return
    made = _annotate(stores.folder, judged, todo, lang, moved)
    returned: dict[str, str] = {}
    for (index, entry), copy in zip(todo, made, strict=True):
        if isinstance(copy, str):
            note = NOT_RETURNED.at(index, value=copy)
            entry.findings = [*entry.findings, note.public()]
            continue
        entry.returned = copy.relative_to(stores.folder.root).as_posix()
        if upload_id := judged.upload_ids.get(index):
            returned[upload_id] = entry.returned
    if returned:
        with stores.office.transaction() as connection:
            uploads.note_returned(connection, returned)


def _source(folder: DataFolder, entry: Any) -> Path:
    """The archived copy, not the clerk's file: that one may have changed or gone since."""
    return archive.path_of(folder, entry.sha256, archive.extension_of(entry.file))


def _annotate(
    folder: DataFolder,
    judged: Judged,
    todo: Sequence[tuple[int, Any]],
    lang: str,
    moved: Callable[[str, int, int], None],
) -> list[Path | str]:
    from pipeline.annotate import Annotation, annotate_all

    names = {file.index: file.name for file in judged.files}
    wanted = [
        Annotation(
            _source(folder, entry),
            names[index],
            judged.verdicts[index].findings,
            returned_path(folder, entry.kind, entry.period, entry.sha256, today()),
            _lost(judged, index),
            lang,
        )
        for index, entry in todo
    ]
    count = itertools.count(1)
    return annotate_all(wanted, done=lambda: moved("return", next(count), len(wanted)))


def _lost(judged: Judged, index: int) -> list[tuple[str, int]]:
    """(sheet, row) of a partial workbook's rows that were not taken."""
    dropped = judged.dropped.get(index, {})
    return sorted({(sheet, row) for rows in dropped.values() for sheet, row in rows})
