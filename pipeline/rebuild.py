"""Rebuild: the facts anew from archived originals and the ledger's decisions.

The originals are read and parsed again, as they were then: under the name they were received by,
with the header spellings known and the corrections recorded. Which rows were taken is not decided
anew but repeated from the ledger, so the facts are the same even if the register or the checks
have changed since. Every upload's facts are compared with the hash that was sealed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import archive
from pipeline.commit import placed
from pipeline.correcting.cells import replaced
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.judging import Read, tables, understand, with_codes
from pipeline.office import Office, editions, proceedings, spellings, uploads
from pipeline.office.ledger import payloads
from pipeline.office.lock import writer
from pipeline.office.uploads import INTENT, Begun, Upload
from pipeline.parsing.turning import facts_upright
from pipeline.reconcile import Problem, disagreements, settle
from pipeline.settings import load_settings
from pipeline.validation.outcome import quarantined_rows
from pipeline.warehouse.editions import EDITION_USED, edition_frames
from pipeline.warehouse.store import Warehouse

_CHUNK = 1000  # workbooks read at a time
Progress = Callable[[str, int, int], None]


def _nowhere(step: str, done: int, total: int) -> None:
    """Nobody looks on."""


@dataclass
class Rebuilt:
    """What was rebuilt; `problems` name every upload whose facts are not as they were sealed.

    `kept`: the former warehouse was left in its place, being right where the new one is not.
    """

    uploads: int = 0
    facts: int = 0
    kept: bool = False
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/rebuild.schema.json)."""
        return {**self.__dict__, "problems": [p.__dict__ for p in self.problems]}


@dataclass
class _Stage:
    """Uploads that were read alike: with the same register and the same spellings."""

    begun: list[Begun]
    command: int  # of the last one


def rebuild(folder: DataFolder, progress: Progress = _nowhere) -> Rebuilt:
    """Builds a new warehouse beside the old one and puts it in its place.

    `progress`: (step, uploads done, of all). If it differs from what was sealed and the old one
    does not, the old one stays.
    Fault: busy (3), damaged office database or unwritable (4).
    """
    rebuilt = Rebuilt()
    timeout = load_settings(folder).lock_seconds
    with writer(folder, timeout), Office.open(folder) as office:
        # Without its facts an unsealed upload cannot be finished; its sender is asked again.
        settle(office, {}, [row["upload_id"] for row in uploads.unsealed(office.connection)])
        with office.transaction() as connection:
            if proceedings.unlike_ledger(connection):
                proceedings.refill(connection)
        fresh = DataFolder(folder.root / ".rebuild")
        _discard(fresh)
        fresh.root.mkdir(parents=True)
        with Warehouse(fresh) as warehouse:
            _fill(folder, office, warehouse, rebuilt, progress)
            warehouse.note_head(office.head())
            warehouse.checkpoint()
        rebuilt.kept = bool(rebuilt.problems) and _is_right(folder, office)
        if not rebuilt.kept:
            folder.warehouse.with_name(folder.warehouse.name + ".wal").unlink(missing_ok=True)
            fresh.warehouse.replace(folder.warehouse)
        _discard(fresh)
    return rebuilt


def _discard(fresh: DataFolder) -> None:
    for path in fresh.root.glob("*"):
        path.unlink()
    if fresh.root.exists():
        fresh.root.rmdir()


def _is_right(folder: DataFolder, office: Office) -> bool:
    """Whether the warehouse that is there holds what the ledger has sealed."""
    if not folder.warehouse.exists():
        return False
    try:
        with Warehouse(folder, read_only=True) as warehouse:
            found = warehouse.contents()
    except Fault:
        return False
    return not any(disagreements(uploads.sealed_facts(office.connection), found, hashed=True))


def _fill(
    folder: DataFolder, office: Office, warehouse: Warehouse, rebuilt: Rebuilt, progress: Progress
) -> None:
    stages, done = _stages(office), 0
    total = sum(len(stage.begun) for stage in stages)
    lost: list[Begun] = []
    for stage in stages:
        progress("rebuild", done, total)
        lost += _load(folder, office, warehouse, stage.begun)
        done += len(stage.begun)
    rebuilt.problems += dict.fromkeys(_lost(folder, b.upload) for b in lost)
    # Of those it is known why they are not there: no second reason is told.
    told = {b.upload_id for b in lost}
    sealed = {k: v for k, v in uploads.sealed_facts(office.connection).items() if k not in told}
    found = warehouse.contents()
    rebuilt.problems += disagreements(sealed, found, hashed=True, anew=True)
    rebuilt.uploads = total - len(lost)
    rebuilt.facts = sum(rows for facts in found.values() for rows, _ in facts.values())


def _taken(office: Office) -> list[tuple[int, Begun]]:
    """Sealed uploads with facts, each with the number of its command, in the order of the ledger.

    Of one command the registers come first: their codes held for all its workbooks.
    """
    rows = office.connection.execute(
        # The intents of one command follow each other in the ledger; seals part the commands.
        "SELECT seq, seq - row_number() OVER (ORDER BY seq) AS command, body, state, status"
        " FROM ledger JOIN ledger_payload USING (seq) JOIN upload USING (seq)"
        " WHERE act = ? ORDER BY seq",
        (INTENT,),
    )
    taken = [
        (row["command"], Begun(Upload(**json.loads(row["body"])), row["seq"]))
        for row in rows
        if row["state"] == "sealed" and row["status"] != "refused"
    ]
    return sorted(taken, key=lambda t: (t[0], t[1].upload.kind != "branches", t[1].seq))


def _stages(office: Office) -> list[_Stage]:
    stages: list[_Stage] = []
    for command, begun in _taken(office):
        if not stages or _apart(stages[-1], command, begun):
            stages.append(_Stage([], command))
        stages[-1].begun.append(begun)
        stages[-1].command = command
    return stages


def _apart(stage: _Stage, command: int, begun: Begun) -> bool:
    """Whether an upload cannot have been read as those of the stage were."""
    new_register = begun.upload.kind == "branches" and stage.command != command
    spelled = begun.upload.spellings != stage.begun[-1].upload.spellings
    return new_register or spelled or len(stage.begun) >= _CHUNK


def _load(
    folder: DataFolder, office: Office, warehouse: Warehouse, begun: Sequence[Begun]
) -> list[Begun]:
    """Loads the facts of uploads; those whose original is not there as it was received."""
    paths = [archive.path_of(folder, b.upload.sha256, b.upload.extension) for b in begun]
    held = [archive.holds(p, b.upload.sha256) for p, b in zip(paths, begun, strict=True)]
    lost = [b for b, there in zip(begun, held, strict=True) if not there]
    present = [(p, b) for p, b, there in zip(paths, begun, held, strict=True) if there]
    if not present:
        return lost
    read = with_codes(_read_as_then(office, present), warehouse.live("branch"))
    places = {index: b for index, (_, b) in enumerate(present)}
    frames = _as_decided(read, facts_upright(tables(read.parsed), read.lying), places)
    frames |= edition_frames(payloads(office.connection, EDITION_USED), warehouse)
    warehouse.load(frames, office.head())
    return lost


def _read_as_then(office: Office, present: Sequence[tuple[Path, Begun]]) -> Read:
    """By the names they had, with the spellings and editions of then and their corrections."""
    from pipeline.workbook import read

    batch = read([p for p, _ in present], names=[b.upload.name for _, b in present])
    corrections = {i: b.upload.corrections for i, (_, b) in enumerate(present)}
    known = spellings.standing(office.connection, present[0][1].upload.spellings)
    return understand(
        replaced(batch, corrections), known.extra, editions.as_used(office.connection)
    )


def _as_decided(
    read: Read, facts: Mapping[str, pl.DataFrame], places: Mapping[int, Begun]
) -> dict[str, pl.DataFrame]:
    """The rows that were taken then, and those that were quarantined."""
    dropped = {file: b.upload.dropped for file, b in places.items() if b.upload.dropped}
    status = {file: b.upload.status for file, b in places.items()}
    kept = {t: _without(f, t, dropped) for t, f in facts.items()}
    kept["quarantine"] = quarantined_rows(read.parsed, kept, status)
    located = {t: placed(f, places) for t, f in kept.items() if t != "shopper"}
    return {t: f for t, f in located.items() if not f.is_empty()}


def _without(
    frame: pl.DataFrame, table: str, dropped: Mapping[int, Mapping[str, list[list[Any]]]]
) -> pl.DataFrame:
    rows = [(f, s, r) for f, lost in dropped.items() for s, r in lost.get(table, [])]
    if not rows:
        return frame
    schema = {"file": pl.UInt32, "sheet": pl.String, "row": pl.Int64}
    gone = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.join(gone, on=["file", "sheet", "row"], how="anti")


def _lost(folder: DataFolder, upload: Upload) -> Problem:
    path = archive.path_of(folder, upload.sha256, upload.extension)
    return Problem(
        "archive",
        f"归档文件 {path.name} 缺失或被改动，其数据无法重建。请用备份恢复，或重新报送原文件。",
        f"The archived file {path.name} is missing or changed; its facts cannot be rebuilt. "
        "Bring back a backup, or send the original again.",
    )
