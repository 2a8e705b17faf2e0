"""Rebuild: the facts anew from archived originals and the ledger's decisions.

The originals are read and parsed again; which rows were taken is not decided anew but repeated
from the ledger, so the facts are the same even if the register or the checks have changed since.
Every upload's facts are compared with the hash that was sealed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import archive
from pipeline.commit import placed
from pipeline.folders import DataFolder
from pipeline.judging import Read, read_and_parse, tables, with_codes
from pipeline.office import Office, uploads
from pipeline.office.ledger import payloads
from pipeline.office.lock import writer
from pipeline.office.uploads import Begun, Upload
from pipeline.reconcile import Problem, disagreements, settle
from pipeline.settings import load_settings
from pipeline.validation.outcome import quarantined_rows
from pipeline.warehouse.editions import EDITION_USED, edition_frames
from pipeline.warehouse.store import Warehouse

_CHUNK = 1000  # workbooks read at a time


@dataclass
class Rebuilt:
    """What was rebuilt; `problems` name every upload whose facts are not as they were sealed."""

    uploads: int = 0
    facts: int = 0
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """`{"uploads", "facts", "problems": [{"check", "zh", "en"}]}`."""
        return {**self.__dict__, "problems": [p.__dict__ for p in self.problems]}


def rebuild(folder: DataFolder) -> Rebuilt:
    """Builds a new warehouse beside the old one and puts it in its place.

    Fault: busy (3), damaged office database or unwritable (4).
    """
    rebuilt = Rebuilt()
    timeout = load_settings(folder).lock_seconds
    with writer(folder, timeout), Office.open(folder) as office:
        # Without its facts an unsealed upload cannot be finished; its sender is asked again.
        settle(office, {}, [row["upload_id"] for row in uploads.unsealed(office.connection)])
        fresh = DataFolder(folder.root / ".rebuild")
        _discard(fresh)
        fresh.root.mkdir(parents=True)
        with Warehouse(fresh) as warehouse:
            _fill(folder, office, warehouse, rebuilt)
            warehouse.note_head(office.head())
            warehouse.checkpoint()
        folder.warehouse.with_name(folder.warehouse.name + ".wal").unlink(missing_ok=True)
        fresh.warehouse.replace(folder.warehouse)
        _discard(fresh)
    return rebuilt


def _discard(fresh: DataFolder) -> None:
    for path in fresh.root.glob("*"):
        path.unlink()
    if fresh.root.exists():
        fresh.root.rmdir()


def _fill(folder: DataFolder, office: Office, warehouse: Warehouse, rebuilt: Rebuilt) -> None:
    begun = _taken(office)
    for start in range(0, len(begun), _CHUNK):
        chunk = begun[start : start + _CHUNK]
        rebuilt.problems += _load(folder, office, warehouse, chunk)
    sealed = uploads.sealed_facts(office.connection)
    found = warehouse.contents()
    rebuilt.problems += disagreements(sealed, found, hashed=True)
    rebuilt.uploads = len(begun)
    rebuilt.facts = sum(rows for facts in found.values() for rows, _ in facts.values())


def _taken(office: Office) -> list[Begun]:
    """Sealed uploads with facts, in the order of the ledger."""
    rows = office.connection.execute(
        "SELECT seq, body FROM upload JOIN ledger_payload USING (seq)"
        " WHERE state = 'sealed' AND status <> 'refused' ORDER BY seq"
    )
    return [Begun(Upload(**json.loads(row["body"])), row["seq"]) for row in rows]


def _load(
    folder: DataFolder, office: Office, warehouse: Warehouse, chunk: Sequence[Begun]
) -> Iterator[Problem]:
    sources = {
        b.upload.sha256: archive.path_of(folder, b.upload.sha256, b.upload.extension) for b in chunk
    }
    present = {sha: path for sha, path in sources.items() if archive.holds(path, sha)}
    for sha256 in sources.keys() - present.keys():
        yield _lost(sources[sha256])
    read = read_and_parse(list(present.values()))
    read = replace(read, parsed=with_codes(read.parsed, warehouse.live("branch")))
    by_sha = {f.sha256: f.index for f in read.batch.files}
    facts = tables(read.parsed)
    # One upload after another only where the same bytes were taken twice (partial, then whole).
    for turn in _turns(chunk):
        places = {by_sha[b.upload.sha256]: b for b in turn if b.upload.sha256 in by_sha}
        frames = _as_decided(read, facts, places)
        frames |= edition_frames(payloads(office.connection, EDITION_USED), warehouse)
        warehouse.load(frames, office.head())


def _turns(chunk: Sequence[Begun]) -> list[list[Begun]]:
    turns: list[list[Begun]] = []
    for begun in chunk:
        for turn in turns:
            if all(b.upload.sha256 != begun.upload.sha256 for b in turn):
                turn.append(begun)
                break
        else:
            turns.append([begun])
    return turns


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


def _lost(path: Path) -> Problem:
    return Problem(
        "archive",
        f"归档文件 {path.name} 缺失或被改动，其数据无法重建。请用备份恢复，或重新报送原文件。",
        f"The archived file {path.name} is missing or changed; its facts cannot be rebuilt. "
        "Bring back a backup, or send the original again.",
    )
