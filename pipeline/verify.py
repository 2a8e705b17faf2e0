"""Verify: chain, payloads, uploads, archive, facts and publications against each other.

Nothing is changed. Problems are disagreements (exit 1); notes are told and no error.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline import archive
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.made_on_record import changed, strangers
from pipeline.office import (
    Office,
    actions,
    corrections,
    ledger,
    noted,
    proceedings,
    review_cases,
    sendings,
    spellings,
    uploads,
)
from pipeline.office.ledger import Head
from pipeline.office.lock import writer
from pipeline.publication import lying_there
from pipeline.publishing import on_record
from pipeline.publishing.soundness import unsound
from pipeline.reconcile import Problem, cut, disagreements
from pipeline.warehouse.store import Warehouse

_FIELDS = ("sha256", "extension", "name", "kind", "period", "status", "rows")
_SOMETIMES = {
    "spellings": 0,
    "stands_for": None,
}  # said by a record only where it is something else


@dataclass
class Verdict:
    """What verify found. `counts`: records, uploads, files, facts."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """`{"ok", "counts", "problems", "notes"}`; the lists of `{"check", "zh", "en"}`."""
        return {
            "ok": self.ok,
            "counts": self.counts,
            "problems": [p.__dict__ for p in self.problems],
            "notes": [p.__dict__ for p in self.notes],
        }


def verify(folder: DataFolder, timeout: float = 10.0) -> Verdict:
    """Checks everything. Fault only if another process is writing (exit 3)."""
    verdict = Verdict(counts={"records": 0, "uploads": 0, "files": 0, "facts": 0})
    if not folder.root.is_dir() or not _anything(folder):
        return verdict
    with writer(folder, timeout):
        try:
            _verify_office(folder, verdict)
        except Fault as fault:
            _or_raise_busy(fault, verdict, "ledger")
        except sqlite3.DatabaseError as error:
            verdict.problems.append(_unreadable(error))
    return verdict


def verify_ledger(folder: DataFolder) -> Verdict:
    """The ledger alone: chain, payloads, heads in publications, and rows that repeat it.

    Takes no lock, so it can be asked while others work. Fault: 4 it cannot be opened.
    """
    verdict = Verdict(counts={"records": 0, "uploads": 0, "files": 0, "facts": 0})
    if not folder.office.is_file():
        return verdict
    try:
        with Office(folder.office) as office:
            _count_records(office, verdict)
            verdict.problems += [*_file_of(office), *_chain(office), *_heads(folder, office)]
            verdict.problems += [*_uploads(office), *_records(office)]
            verdict.notes += _clock(office)
    except sqlite3.DatabaseError as error:
        verdict.problems.append(_unreadable(error))
    return verdict


def _anything(folder: DataFolder) -> bool:
    stores = (folder.office, folder.warehouse)
    return (
        any(p.exists() for p in stores) or any(archive.stored(folder)) or bool(lying_there(folder))
    )


def _or_raise_busy(fault: Fault, verdict: Verdict, check: str) -> None:
    if fault.status == 3:
        raise fault
    verdict.problems.append(Problem(check, fault.zh, fault.en))


def _verify_office(folder: DataFolder, verdict: Verdict) -> None:
    if not folder.office.exists():
        verdict.problems.append(_no_ledger(folder))
        return
    with Office(folder.office) as office:
        _count_records(office, verdict)
        broken = [*_chain(office)]
        verdict.problems += [*_file_of(office), *broken, *_heads(folder, office)]
        try:
            _by_records(folder, office, verdict)
        except json.JSONDecodeError:
            if not broken:
                raise
            # told already: nothing can be held against a record that cannot be read


def _by_records(folder: DataFolder, office: Office, verdict: Verdict) -> None:
    """What is held against the payload of the ledger's records."""
    verdict.problems += [*_uploads(office), *_records(office)]
    verdict.notes += [*_clock(office), *_laid_there(folder, office)]
    _archive(folder, office, verdict)
    try:
        _facts(folder, office, verdict)
    except Fault as fault:
        _or_raise_busy(fault, verdict, "facts")


def _count_records(office: Office, verdict: Verdict) -> None:
    for name, table in (("records", "ledger"), ("uploads", "upload")):
        verdict.counts[name] = office.connection.execute(
            f"SELECT count(*) FROM {table}"
        ).fetchone()[0]


def _file_of(office: Office) -> Iterator[Problem]:
    said = office.connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        yield _unreadable(said)


def _chain(office: Office) -> Iterator[Problem]:
    broken = ledger.first_broken(office.connection)
    if broken is None:
        return
    seq, why = broken
    zh, en = {
        "gap": ("前后不相接（记录缺失或被替换）", "does not follow the one before it"),
        "hash": ("内容与其哈希不符（被改动）", "does not match its hash (it was changed)"),
        "payload": ("附带内容与承诺不符（被改动或缺失）", "has a payload changed or missing"),
    }[why]
    yield Problem(
        "ledger",
        f"台账第 {seq} 号记录{zh}。请用备份恢复：mingcha restore",
        f"Ledger record no. {seq} {en}. Bring back a backup: mingcha restore",
    )


def _clock(office: Office) -> Iterator[Problem]:
    """Order is by number, never by time: a clock set back harms nothing, but is worth knowing."""
    back = office.connection.execute(
        "SELECT seq, at, before FROM (SELECT seq, at, lag(at) OVER (ORDER BY seq) AS before"
        " FROM ledger) WHERE at < before ORDER BY seq LIMIT 1"
    ).fetchone()
    if back is not None:
        yield Problem(
            "ledger",
            f"台账第 {back['seq']} 号记录的时间 {back['at']} 早于前一条（{back['before']}）："
            "本机时钟曾被调回（不影响数据）。请检查时钟同步。",
            f"Ledger record no. {back['seq']} of {back['at']} is earlier than the one before it "
            f"({back['before']}): the clock was set back (no data are affected). Check the clock.",
        )


def _heads(folder: DataFolder, office: Office) -> Iterator[Problem]:
    heads = []
    lying = lying_there(folder)
    for publication in lying:
        try:
            said = publication.manifest["ledger_head"]
            heads.append((publication.path.name, Head(int(said["seq"]), str(said["hash"]))))
        except (KeyError, TypeError, ValueError, OSError) as error:
            yield Problem(
                "publications",
                f"{publication.path.name} 的 manifest.json 无法读取（{error}）。请重新发布该期。",
                f"manifest.json of {publication.path.name} cannot be read ({error}). "
                "Publish the period again.",
            )
    yield from cut(office, heads)
    yield from unsound(lying, on_record.of_office(office))
    for place in changed(folder, office):
        yield Problem(
            "documents",
            f"{place} 在生成之后被改动，不再放出。请删除后重新生成。",
            f"{place} was changed after it was made and is no longer given out. "
            "Delete it and have it made anew.",
        )


def _laid_there(folder: DataFolder, office: Office) -> Iterator[Problem]:
    for place in strangers(folder, office):
        yield Problem(
            "documents",
            f"{place} 不是系统生成的，不会放出（不是错误）。",
            f"{place} was made by no job and is not given out (not an error).",
        )


def _uploads(office: Office) -> Iterator[Problem]:
    """The uploads table says what the ledger's records say."""
    rows = office.connection.execute(
        "SELECT u.*, p.body FROM upload u JOIN ledger_payload p USING (seq) ORDER BY seq"
    )
    sealed = uploads.sealed_facts(office.connection)
    for row in rows:
        said = json.loads(row["body"])
        same = all(row[f] == said.get(f, _SOMETIMES.get(f)) for f in (*_FIELDS, *_SOMETIMES))
        if not same or (row["state"] == "sealed") != (row["upload_id"] in sealed):
            yield Problem(
                "uploads",
                f"上传记录第 {row['seq']} 号与台账不符（被改动）。请用备份恢复：mingcha restore",
                f"Upload no. {row['seq']} does not say what the ledger says (it was changed). "
                "Bring back a backup: mingcha restore",
            )


# What stands in tables of its own and again in the ledger: its names, the check, what differs.
RECORDS = (
    ("更正", "Correction", "corrections", corrections.unlike_ledger),
    ("表头写法", "Header spelling", "spellings", spellings.unlike_ledger),
    ("轮次、申诉或核对记录", "Proceeding", "proceedings", proceedings.unlike_ledger),
    ("整改记录", "Act on corrective action", "actions", actions.unlike_ledger),
    ("复核事项，记于", "Queue of cases, told in", "reviews", review_cases.unlike_ledger),
    ("发送记录", "Mail", "mail", sendings.unlike_ledger),
    (
        "已读答复或已遮文字，记于",
        "Replies read or masked texts, told in",
        "tables",
        noted.unlike_ledger,
    ),
)


def _records(office: Office) -> Iterator[Problem]:
    """Corrections, spellings, proceedings, acts on actions, mail: as the ledger's records say."""
    for zh, en, check, unlike in RECORDS:
        for number in unlike(office.connection):
            yield Problem(
                check,
                f"{zh}第 {number} 号与台账不符（被改动）。请用备份恢复：mingcha restore",
                f"{en} no. {number} does not say what the ledger says (it was changed). "
                "Bring back a backup: mingcha restore",
            )


def _archive(folder: DataFolder, office: Office, verdict: Verdict) -> None:
    named = (
        {
            row["sha256"]: row["extension"]
            for row in office.connection.execute("SELECT * FROM upload WHERE state = 'sealed'")
        }
        | actions.evidence(office.connection)
        | proceedings.files(office.connection)
    )
    met = set()
    for sha256, path in archive.stored(folder):
        verdict.counts["files"] += 1
        where = path.relative_to(folder.root).as_posix()
        if sha256 and not archive.holds(path, sha256):
            verdict.problems.append(_changed(where))
        elif sha256 not in named:
            verdict.notes.append(_unnamed(where))
        met.add(sha256)
    for sha256 in sorted(named.keys() - met):
        path = archive.path_of(folder, sha256, named[sha256])
        verdict.problems.append(_missing(path.relative_to(folder.root).as_posix()))


def _facts(folder: DataFolder, office: Office, verdict: Verdict) -> None:
    sealed = uploads.sealed_facts(office.connection)
    with Warehouse(folder, read_only=True) as warehouse:
        found = warehouse.contents()
        heads = warehouse.heads()
    open_ones = {row["upload_id"] for row in uploads.unsealed(office.connection)}
    if open_ones:
        verdict.notes.append(_unfinished(len(open_ones)))
    verdict.counts["facts"] = sum(rows for t in found.values() for rows, _ in t.values())
    found = {u: t for u, t in found.items() if u not in open_ones}
    verdict.problems += disagreements(sealed, found, hashed=True)
    verdict.problems += cut(office, [(folder.warehouse.name, head) for head in heads])


def _no_ledger(folder: DataFolder) -> Problem:
    return Problem(
        "ledger",
        f"缺少 {folder.office.name}，而归档、仓库或发布仍在。请用备份恢复：mingcha restore",
        f"{folder.office.name} is missing although archive, warehouse or publications are there. "
        "Bring back a backup: mingcha restore",
    )


def _unreadable(why: object) -> Problem:
    return Problem(
        "ledger",
        f"办公数据库有损坏（{why}）。请用备份恢复：mingcha restore",
        f"The office database is damaged ({why}). Bring back a backup: mingcha restore",
    )


def _changed(where: str) -> Problem:
    return Problem(
        "archive",
        f"归档文件 {where} 的内容已被改动。请用备份恢复，或重新报送原文件。",
        f"The archived file {where} has been changed. Bring back a backup, or send the original "
        "again.",
    )


def _missing(where: str) -> Problem:
    return Problem(
        "archive",
        f"归档文件 {where} 缺失。请用备份恢复，或重新报送原文件。",
        f"The archived file {where} is missing. Bring back a backup, or send the original again.",
    )


def _unnamed(where: str) -> Problem:
    return Problem(
        "archive",
        f"归档中的 {where} 没有任何记录提及（不是错误）。",
        f"No record names {where} in the archive (not an error).",
    )


def _unfinished(count: int) -> Problem:
    return Problem(
        "uploads",
        f"有 {count} 个上传在中断时未完成，下次写入时会自动完成或撤销。",
        f"{count} uploads were interrupted; the next writing finishes or undoes them.",
    )
