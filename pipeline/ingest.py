"""Ingest: workbooks in, facts and sentences out (design §1, §5).

    read → recognise → parse → validate → commit (archive, facts, seal) → annotate what is refused

Reading and parsing happen before the lock is taken: a slow workbook keeps nobody waiting.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import archive, returning, spellings
from pipeline.archive import Copy, Staging
from pipeline.china_time import china_time
from pipeline.commit import Committed, Group, Incoming, Waypoint
from pipeline.editions.keeping import editions_of
from pipeline.faults import Fault
from pipeline.file_names import as_text
from pipeline.findings import Rule
from pipeline.folders import DataFolder
from pipeline.following.acting import take_replies
from pipeline.judging import (
    Judged,
    Read,
    Verdict,
    judge,
    of_files,
    read_and_parse,
    used_editions,
    with_codes,
)
from pipeline.memory import rarely_collected
from pipeline.office import uploads
from pipeline.office.spellings import Standing
from pipeline.office.uploads import Upload
from pipeline.second_opinion import Opinions
from pipeline.settings import load_settings
from pipeline.sittings import Coming, sittings
from pipeline.stores import Stores, open_stores
from pipeline.storing import Storing
from pipeline.superseded import superseded
from pipeline.validation.checker import checker
from pipeline.validation.rounds import RULES
from pipeline.workbook.cells import ReceivedFile
from pipeline.workbook.pool import pool

# (step, done, total)
Progress = Callable[[str, int, int], None]
TAKEN = ("accepted", "warned", "partial")
STATUSES = (*TAKEN, "refused", "duplicate")

DUPLICATE = Rule(
    "upload.duplicate",
    "info",
    "none",
    "同一文件已于 {at} 收到并入库，未重复录入。",
    "The same file was received and stored on {at}; it was not taken twice.",
)
TWICE = Rule(
    "upload.twice",
    "info",
    "none",
    "本次报送中已有内容相同的文件，只录入一份，无须处理。",
    "Another file of this sending has the same content; it was taken once. "
    "Nothing needs to be done.",
)
SUPERSEDED = Rule(
    "upload.duplicate_superseded",
    "warning",
    "none",
    "同一文件已于 {at} 收到，其后已有同期的新文件，仍以新文件为准，本文件未再录入。"
    "只有确需恢复本文件的数字时，才请另存后再报送。",
    "The same file was received on {at} and a newer one of the same period has replaced it since: "
    "the newer one holds, and this one was not taken again. Only if its figures are really to "
    "hold, save the workbook anew and send it.",
)
CHANGED = Rule(
    "upload.changed",
    "error",
    "workbook",
    "读取过程中文件被改动或移走，未录入。请关闭该文件后重新报送。",
    "The file was changed or moved while it was read ({value}); it was not taken. "
    "Close it and send it again.",
)
_LARGE = 2000  # files of a sending
# What nobody means to send in a folder, passed over and told: hidden files, the `~$` files of open
# workbooks, and what is not a sheet by anybody's account.
_PASSED_OVER = re.compile(
    r"(?:^|/)(?:\.|~\$)|\.(?:json|md|log|ya?ml|py|tmp|partial|lnk|ini)\Z", re.IGNORECASE
)


@dataclass
class FileEntry:
    """One received file as the report tells it."""

    file: str
    sha256: str
    kind: str | None
    period: str | None
    status: str
    rows: int
    findings: list[dict[str, Any]]
    returned: str | None = None


@dataclass
class IngestReport:
    """What came of each file, in path order."""

    files: list[FileEntry] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Files per status, files and rows in all."""
        counted = {s: sum(f.status == s for f in self.files) for s in STATUSES}
        rows = sum(f.rows for f in self.files if f.status in TAKEN)
        return counted | {"files": len(self.files), "rows": rows}

    @property
    def exit_status(self) -> int:
        """1 if anything was refused, in whole or in part."""
        return int(any(f.status in ("refused", "partial") for f in self.files))

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/ingest.schema.json)."""
        entries = [f.__dict__ for f in self.files]
        return {"files": entries, "counts": self.counts(), "skipped": self.skipped}


@rarely_collected()
def ingest(
    folder: DataFolder,
    paths: Sequence[Path],
    *,
    actor: str = "office",
    strict: bool = False,
    lang: str = "zh",
    progress: Progress | None = None,
    at: Waypoint = lambda step: None,
) -> IngestReport:
    """Takes in files and folders. Every file ends in the report with a status and its sentences.

    Long because it is the one place that tells the steps in their order.

    Fault: no such path (2), busy (3), damaged or unwritable stores (4).
    """
    moved = progress or (lambda step, done, total: None)
    (files, skipped), settings = expand(paths), load_settings(folder)
    moved("read", 0, len(files))
    spelled, editions = spellings.known(folder), editions_of(folder)
    checker().begin()
    with Opinions(strict) as opinions:
        read = read_and_parse(
            files,
            names=[as_text(path.name) for path in files],
            spellings=spelled.extra,
            editions=editions,
            looked_at=opinions.look,
            progress=partial(moved, "read"),
        )
        parsed = opinions.on(read)
    checker().wait()  # before the lock is taken, as all that is slow
    if len(files) > _LARGE:
        pool().make_room()  # judging wants their room; who resides begins them again
    moved("validate", 0, len(files))
    entries, met = dict[int, FileEntry](), dict[str, str]()  # met: sha256 -> status before
    shown, judging = _shown(parsed.batch.files, files), partial(_judged, strict)
    with (
        open_stores(folder, settings.lock_seconds) as stores,
        Staging(folder, _copies(parsed.batch.files)) as staging,
        Storing(stores, actor, at, staging) as storing,
        Coming(_sittings(parsed, stores), editions, stores, judging, storing.settle) as coming,
    ):
        for judged in coming:
            returning.get_ready(judged)
            own = _store(stores, judged, spelled, shown, met, storing)
            moved("return", len(entries), len(files))
            returning.give_back(stores, judged, own, lang, moved)
            entries |= {f.index: entry for f, entry in zip(judged.files, own, strict=True)}
            if len(files) > _LARGE:
                checker().make_room()  # lists are judged: visits alone keep one of them busy
        take_replies(stores)
    return IngestReport([entries[index] for index in sorted(entries)], skipped)


def expand(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Files in path order, and what lay in the folders and is no sheet. Fault (2): no such path."""
    files, skipped = set[str](), set[str]()
    for path in paths:
        if path.is_dir():
            before = str(path / "_")[:-1]  # a Path for each of 13,000 files takes 0.1 s
            for below in _within(path):
                where = skipped if _PASSED_OVER.search(below) else files
                where.add(before + below)
        elif path.exists():
            files.add(str(path))
        else:
            raise Fault(f"没有这个文件或目录：{path}", f"No such file or folder: {path}", 2)
    return [Path(file) for file in sorted(files)], sorted(map(as_text, skipped))


def _within(folder: Path) -> Iterator[str]:
    """The files below a folder, named from there; what may not be looked into is left out."""
    root = str(folder)
    waiting = [root]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    continue
                with suppress(OSError):  # a link to itself raises, and hides none of the others
                    if entry.is_file():
                        yield entry.path[len(root) :].lstrip("/")


def _store(
    stores: Stores,
    judged: Judged,
    spelled: Standing,
    shown: Mapping[int, str],
    met: dict[str, str],
    storing: Storing,
) -> list[FileEntry]:
    """Begins to store what is new and makes the entries."""
    entries = {f.index: _entry(judged, f, shown[f.index]) for f in judged.files}
    again = _mark_known(stores, judged, spelled, entries, met)
    group = _group(stores, judged, spelled, entries, again)
    done = storing.begin(group)
    _tell_unstaged(judged, entries, done)
    judged.upload_ids.update(done.upload_ids)
    return [entries[f.index] for f in judged.files]


def _sittings(read: Read, stores: Stores) -> Iterator[Read]:
    """The sittings of `read`, its branch codes mended before anything is asked about them: whatever
    is asked ahead of other codes has to be asked again."""
    return sittings(with_codes(read, stores.warehouse.live("branch")))


def _judged(strict: bool, sitting: Read, stores: Stores) -> Judged:
    return judge(sitting, stores.warehouse, strict, stores.office.connection)


def _copies(files: Sequence[ReceivedFile]) -> list[Copy]:
    """What is copied while it is judged: everything that could be read at all."""
    return [Copy(f.path, f.sha256, archive.extension_of(f.name)) for f in files if f.sha256]


def _shown(files: Sequence[ReceivedFile], sent: Sequence[Path]) -> dict[int, str]:
    """The path as given; of a zip's member the zip's path, `/`, and the member. By file index."""
    given = frozenset(sent)
    boxes: dict[str, Path] = {}
    for path in sent:
        boxes.setdefault(as_text(path.name), path)
    shown = {}
    for file in files:
        box, _, member = file.name.partition("/")
        inside = file.path not in given and box in boxes
        name = f"{boxes[box]}/{member}" if inside else file.name
        shown[file.index] = as_text(str(file.path) if file.path in given else name)
    return shown


def _entry(judged: Judged, file: ReceivedFile, shown: str) -> FileEntry:
    verdict = judged.verdicts[file.index]
    return FileEntry(
        file=shown,
        sha256=file.sha256,
        kind=verdict.kind,
        period=verdict.period,
        status=verdict.status,
        rows=verdict.rows,
        findings=[f.public() for f in verdict.findings],
    )


def _mark_known(
    stores: Stores,
    judged: Judged,
    spelled: Standing,
    entries: Mapping[int, FileEntry],
    met: dict[str, str],
) -> set[int]:
    """Marks files whose bytes have been received before; the indices of those not to record."""
    known = uploads.former(stores.office.connection, [f.sha256 for f in judged.files])
    again: set[int] = set()
    passed = superseded(stores, known.values())
    for file in judged.files:
        entry, before = entries[file.index], known.get(file.sha256)
        if file.sha256 in met:
            again.add(file.index)
            _mark_duplicate(entry, TWICE, "", refused=met[file.sha256] == "refused")
        elif before is not None:
            late = before["upload_id"] in passed
            if _same_as_before(before, judged.verdicts[file.index], spelled, late):
                again.add(file.index)
                rule = SUPERSEDED if late else DUPLICATE
                refused = before["status"] == "refused"
                _mark_duplicate(entry, rule, china_time(before["received_at"]), refused)
        met.setdefault(file.sha256, entry.status)
    return again


def _same_as_before(before: Any, verdict: Verdict, spelled: Standing, late: bool) -> bool:
    """Whether receiving these bytes again changes nothing.

    A workbook refused or taken in part is judged anew: the register may have grown meanwhile. So is
    one with a header that has been confirmed since, unless it is `late`: replaced by a newer one.
    A corrected one stays as it was corrected.
    """
    told = json.loads(before["body"] or "{}")
    if told.get("corrections"):
        return True
    if not late and spellings.now_read(told.get("findings", ()), before["kind"], spelled):
        return False
    if before["status"] in ("accepted", "warned"):
        return True
    return bool(before["status"] == verdict.status and before["rows"] == verdict.rows)


def _mark_duplicate(entry: FileEntry, rule: Rule, at: str, refused: bool) -> None:
    """Refused again stays refused, with its findings; anything else is a duplicate."""
    if refused:
        return
    # what was wrong in it is wrong still: a file taken in part is not told as a sound one. That
    # its round is sealed by now is no fault of a file that was taken before.
    errors = [f for f in entry.findings if f["severity"] == "error" and f["rule"] not in RULES]
    entry.status = "duplicate"
    entry.findings = [rule.at(0, at=at).public(), *errors]


def _group(
    stores: Stores,
    judged: Judged,
    spelled: Standing,
    entries: Mapping[int, FileEntry],
    again: set[int],
) -> Group:
    new = [f for f in judged.files if f.index not in again]
    taken = [f.index for f in new if entries[f.index].status in TAKEN]
    facts = {table: of_files(frame, taken) for table, frame in judged.facts.items()}
    planned = _planned(facts)
    incoming = [
        Incoming(f.index, f.path, _upload(judged, entries[f.index], f, planned, spelled.seq))
        for f in new
    ]
    sent = [(f.sha256, f.name) for f in judged.files if f.index in again]
    sources = {f.sha256: f.path for f in judged.files if f.index in again}
    return Group(incoming, facts, sent, used_editions(facts, stores.office.connection), sources)


def _planned(facts: Mapping[str, pl.DataFrame]) -> dict[int, dict[str, int]]:
    planned: dict[int, dict[str, int]] = {}
    for table, frame in facts.items():
        for file, rows in frame.group_by("file").len().iter_rows():
            planned.setdefault(file, {})[table] = rows
    return planned


def _upload(
    judged: Judged,
    entry: FileEntry,
    file: ReceivedFile,
    planned: Mapping[int, dict[str, int]],
    spelled: int,
) -> Upload:
    return Upload(
        sha256=entry.sha256,
        extension=archive.extension_of(entry.file),
        name=file.name,
        kind=entry.kind,
        period=entry.period,
        status=entry.status,
        rows=entry.rows,
        findings=entry.findings,
        dropped=judged.dropped.get(file.index, {}),
        planned=planned.get(file.index, {}),
        spellings=spelled,
    )


def _tell_unstaged(judged: Judged, entries: Mapping[int, FileEntry], done: Committed) -> None:
    for file in judged.files:
        entry, why = entries[file.index], done.unstaged.get(file.sha256)
        if why and entry.status != "duplicate":
            entry.status, entry.rows = "refused", 0
            entry.findings = [*entry.findings, CHANGED.at(file.index, value=why).public()]
