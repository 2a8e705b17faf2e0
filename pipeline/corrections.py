"""Corrections (更正): a known error in a received workbook is corrected by a record, never in it.

    find upload → read original → cell says `old`? → read as corrected → judge → record → commit

The file is read anew with its corrections and recorded as an upload that stands for the one
received: same bytes, same rank, so it supersedes that one and nothing newer. Intent, facts and
seal are those of any upload (pipeline.commit): a kill leaves the former reading or the new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline import archive
from pipeline.commit import Group, Incoming, Waypoint, commit
from pipeline.correcting import sentences
from pipeline.correcting.cells import place_of, replaced, same, text_at
from pipeline.faults import Fault
from pipeline.findings import Finding
from pipeline.folders import DataFolder
from pipeline.judging import Judged, judge, understand, used_editions
from pipeline.office import Office, editions, shoppers, spellings, uploads
from pipeline.office import corrections as records
from pipeline.office.rounds import standing
from pipeline.office.uploads import Begun, Upload
from pipeline.persons import mask_texts, pattern_of
from pipeline.settings import load_settings
from pipeline.stores import Stores, open_stores
from pipeline.superseded import superseded
from pipeline.validation.rounds import SEALED
from pipeline.workbook.cells import ReadBatch

REFUSED = 1
SHORTEST = 6  # hex digits of a hash that name an upload


@dataclass(frozen=True)
class Change:
    """A cell, what it says and what it should say. `sheet` "": the only one there is."""

    sheet: str
    cell: str
    old: str
    new: str


class Refused(Fault):
    """The workbook would not hold with the correction; `findings` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        zh, en = sentences.not_holding(findings)
        super().__init__(zh, en, REFUSED)
        self.findings = list(findings)


@dataclass(frozen=True)
class Corrected:
    """What was done. `superseded`: a newer upload counts, so no figure changes."""

    upload_id: str
    reading: str
    file: str
    status: str
    rows: int
    superseded: bool
    corrections: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/correct.schema.json)."""
        return asdict(self)


def correct(
    folder: DataFolder,
    upload: str,
    changes: Sequence[Change],
    reason: str,
    *,
    actor: str = "office",
    at: Waypoint = lambda step: None,
) -> Corrected:
    """Corrects cells of an upload (id, file name or the beginning of its SHA-256), all or none.

    Fault: 2 no such upload, sheet or cell, or no reason; 1 the cell says something else, or the
    workbook would not hold (:class:`Refused`); 3 busy, 4 environment.
    """
    if not reason.strip():
        raise sentences.no_reason()
    with open_stores(folder, load_settings(folder).lock_seconds) as stores:
        made = prepared(stores, upload, changes)
        made = replace(made, wanted=_naming_nobody(stores, made.wanted, reason))
        return carried_out(stores, made, reason, actor, at=at)


@dataclass(frozen=True)
class Prepared:
    """An upload read anew with corrections that hold: nothing is recorded yet.

    `kept`: corrections that stay in force; `replaced`: numbers of those whose cell is decided
    otherwise by an appeal now.
    """

    received: Begun
    judged: Judged
    wanted: list[dict[str, str]]
    kept: list[dict[str, Any]]
    replaced: list[int]


def prepared(
    stores: Stores, upload: str, changes: Sequence[Change], by_appeal: bool = False
) -> Prepared:
    """Checks the changes and reads the upload anew with them. Fault as :func:`correct`.

    `by_appeal`: decided under two keys, which a sealed round allows; what a cell says now does not
    have to be told, and an earlier correction of it gives way.
    """
    received = _found(stores, upload)
    former = records.reading(stores.office.connection, received.seq)
    if not by_appeal:
        _refuse_sealed(stores, former)
    batch = _original(stores, received)
    wanted = [_checked(batch, former, change, by_appeal) for change in changes]
    _refuse_twice(wanted)
    places = {(one["sheet"], one["cell"]) for one in wanted}
    held = former.upload.corrections
    kept = [e for e in held if (e["sheet"], e["cell"]) not in places]
    judged = _judged(stores, received, batch, [*kept, *wanted], by_appeal)
    _refuse_loss(judged, former.upload.dropped, wanted)
    replaced = [e["correction"] for e in held if e not in kept]
    return Prepared(received, judged, wanted, kept, replaced)


def carried_out(
    stores: Stores,
    prepared: Prepared,
    reason: str,
    actor: str,
    *,
    appeal: int | None = None,
    at: Waypoint = lambda step: None,
) -> Corrected:
    """Records the corrections and commits the reading."""
    about = {"upload_id": prepared.received.upload_id, "reason": reason.strip(), "appeal": appeal}
    entries: list[dict[str, Any]] = [{**one, **about} for one in prepared.wanted]
    with stores.office.transaction() as connection:
        for number in prepared.replaced:
            records.withdraw(connection, number, reason.strip(), actor)
        numbers = records.record(connection, entries, actor)
    new = [{"correction": n, **one} for n, one in zip(numbers, prepared.wanted, strict=True)]
    held = [*prepared.kept, *new]
    return _committed(stores, prepared.received, prepared.judged, held, actor, at)


def withdraw(
    folder: DataFolder,
    number: int,
    reason: str,
    *,
    actor: str = "office",
    at: Waypoint = lambda step: None,
) -> Corrected:
    """Takes correction no. `number` back: the cell says again what it says in the file.

    Fault: 2 no such correction in force, or no reason; otherwise as :func:`correct`.
    """
    if not reason.strip():
        raise sentences.no_reason()
    with open_stores(folder, load_settings(folder).lock_seconds) as stores:
        connection = stores.office.connection
        known = [e for e in records.listed(connection) if e["seq"] == number]
        if not known or known[0]["state"] != records.IN_FORCE:
            raise sentences.no_correction(number)
        if known[0]["appeal"] is not None:
            raise sentences.by_appeal(number, known[0]["appeal"])
        (received,) = records.received(connection, known[0]["upload_id"])
        former = records.reading(connection, received.seq)
        _refuse_sealed(stores, former)
        left = [e for e in former.upload.corrections if e["correction"] != number]
        judged = _judged(stores, received, _original(stores, received), left)
        _refuse_loss(judged, _together(former.upload.dropped, received.upload.dropped), [])
        with stores.office.transaction() as writing:
            records.withdraw(writing, number, reason.strip(), actor)
        return _committed(stores, received, judged, left, actor, at)


def _refuse_sealed(stores: Stores, former: Begun) -> None:
    """Nothing of a sealed round changes, also not the round that a visit is said to belong to."""
    if "visit" not in stores.warehouse.tables:
        return
    sealed = {id: r.sealed for id, r in standing(stores.office.connection).items() if r.sealed}
    held = stores.warehouse.query(
        f"SELECT DISTINCT round FROM visit WHERE upload_id = '{former.upload_id}' ORDER BY round"
    )
    for id in held["round"]:
        if id in sealed:
            raise Refused([SEALED.at(0, value=id, day=sealed[id])])


def listed(folder: DataFolder) -> list[dict[str, Any]]:
    """All corrections, newest first. Nothing is created by asking."""
    if not folder.office.is_file():
        return []
    with Office.open(folder) as office:
        return [_public(row) for row in records.listed(office.connection)]


def _public(row: Mapping[str, Any]) -> dict[str, Any]:
    own = ("upload_id", "file", "sha256", "kind", "period", "sheet", "cell", "old", "new")
    about = ("reason", "actor", "at", "state", "appeal")
    return {"correction": row["seq"], **{k: row[k] for k in (*own, *about)}}


def _found(stores: Stores, name: str) -> Begun:
    """The upload that is meant, by id, hash or name. Of the same bytes taken twice, the newer."""
    wanted, connection = name.strip(), stores.office.connection
    # by its last part, as whoever sent it may stand in another folder; a zip's member by both
    met = records.received_as(connection, wanted) or records.received_as(
        connection, wanted.rpartition("/")[2] or wanted
    )
    if not met and len(wanted) < SHORTEST:
        raise sentences.too_short(SHORTEST)
    met = met or records.received(connection, wanted.lower())
    if not met:
        raise sentences.no_upload(name)
    # of a name, what was refused is not meant as long as something was taken
    met = [b for b in met if b.upload.status != "refused"] or met
    if len({b.upload.sha256 for b in met}) > 1:
        raise sentences.ambiguous(name, met)
    if met[0].upload.status == "refused":
        raise sentences.not_taken(met[0])
    if met[0].upload.kind == "shoppers":
        raise sentences.personal()
    return met[0]


def _path(stores: Stores, received: Begun) -> Path:
    upload = received.upload
    return archive.path_of(stores.folder, upload.sha256, upload.extension)


def _original(stores: Stores, received: Begun) -> ReadBatch:
    """The archived file as it is read, under the name it was received by."""
    from pipeline.workbook import read

    path = _path(stores, received)
    if not archive.holds(path, received.upload.sha256):
        raise sentences.lost(path.name)
    return read([path], names=[received.upload.name])


def _checked(
    batch: ReadBatch, former: Begun, change: Change, by_appeal: bool = False
) -> dict[str, str]:
    """The change with its sheet and cell in order; Fault if the cell says something else."""
    sheet = _sheet(batch, change.sheet)
    cell = change.cell.strip().upper().replace("$", "")
    if place_of(cell) is None:
        raise sentences.no_cell(change.cell)
    text, flag = text_at(batch, 0, sheet, cell)
    if by_appeal:
        return {"sheet": sheet, "cell": cell, "old": text, "new": change.new.strip()}
    for held in former.upload.corrections:
        if (held["sheet"], held["cell"]) == (sheet, cell):
            raise sentences.corrected_before(sheet, cell, held)
    if not same(text, flag, change.old):
        raise sentences.says_otherwise(sheet, cell, text, change.old)
    if same(text, "", change.new):
        raise sentences.no_change(sheet, cell, text)
    return {"sheet": sheet, "cell": cell, "old": text, "new": change.new.strip()}


def _naming_nobody(
    stores: Stores, wanted: Sequence[dict[str, str]], reason: str
) -> list[dict[str, str]]:
    """`wanted` without the names of shoppers in `old`: the ledger keeps what is recorded.

    Fault where the new text or the reason has one.
    """
    listed = shoppers.live(stores.office.connection)
    pattern = pattern_of([], listed["name"].drop_nulls() if "name" in listed.columns else ())
    if pattern is None:
        return list(wanted)
    said = [reason, *(one["new"] for one in wanted)]
    if mask_texts(said, pattern) != said:
        raise sentences.names_somebody()
    olds = mask_texts([one["old"] for one in wanted], pattern)
    return [one | {"old": old} for one, old in zip(wanted, olds, strict=True)]


def _refuse_twice(wanted: Sequence[Mapping[str, str]]) -> None:
    met: set[tuple[str, str]] = set()
    for one in wanted:
        place = (one["sheet"], one["cell"])
        if place in met:
            raise sentences.twice(*place)
        met.add(place)


def _sheet(batch: ReadBatch, name: str) -> str:
    names = batch.sheets["sheet"].to_list()
    if name in names:
        return name
    if not name and len(names) == 1:
        return str(names[0])
    raise sentences.no_sheet(name, names)


def _judged(
    stores: Stores,
    received: Begun,
    batch: ReadBatch,
    corrections: Sequence[Mapping[str, Any]],
    by_appeal: bool = False,
) -> Judged:
    """The workbook read with the spellings of then and these corrections, judged as of today."""
    known = spellings.standing(stores.office.connection, received.upload.spellings)
    connection = stores.office.connection
    read = understand(replaced(batch, {0: corrections}), known.extra, editions.known(connection))
    return judge(read, stores.warehouse, office=connection, by_appeal=by_appeal)


def _refuse_loss(
    judged: Judged,
    allowed: Mapping[str, Sequence[Sequence[Any]]],
    wanted: Sequence[Mapping[str, str]],
) -> None:
    """No row may be lost by a correction, and a corrected row must hold."""
    verdict = judged.verdicts[0]
    errors = [f for f in verdict.findings if f.severity == "error"]
    before = {(t, s, r) for t, rows in allowed.items() for s, r in rows}
    now = {(t, s, r) for t, rows in judged.dropped.get(0, {}).items() for s, r in rows}
    own = {(one["sheet"], (place_of(one["cell"]) or (0, 0))[0]) for one in wanted}
    lost = {(s, r) for t, s, r in now - before} | {(s, r) for _, s, r in now if (s, r) in own}
    if verdict.status == "refused":
        raise Refused(errors)
    if lost:
        raise Refused([f for f in errors if (f.sheet, f.row) in lost] or errors)


def _together(*dropped: Mapping[str, list[list[Any]]]) -> dict[str, list[list[Any]]]:
    tables = {t for one in dropped for t in one}
    return {t: [row for one in dropped for row in one.get(t, [])] for t in tables}


def _committed(
    stores: Stores,
    received: Begun,
    judged: Judged,
    corrections: list[dict[str, Any]],
    actor: str,
    at: Waypoint,
) -> Corrected:
    upload = _upload(received, judged, corrections)
    group = Group(
        [Incoming(0, _path(stores, received), upload)],
        judged.facts,
        editions=used_editions(judged.facts, stores.office.connection),
    )
    done = commit(stores, group, actor, at)
    connection = stores.office.connection
    row = uploads.former(connection, [upload.sha256])[upload.sha256]
    numbers = {one["correction"] for one in corrections}
    told = [_public(e) for e in reversed(records.listed(connection)) if e["seq"] in numbers]
    late = bool(superseded(stores, [row], wholly=False))
    return Corrected(
        received.upload_id, done.upload_ids[0], upload.name, upload.status, upload.rows, late, told
    )


def _upload(received: Begun, judged: Judged, corrections: list[dict[str, Any]]) -> Upload:
    verdict, own = judged.verdicts[0], received.upload
    return Upload(
        sha256=own.sha256,
        extension=own.extension,
        name=own.name,
        kind=verdict.kind,
        period=verdict.period,
        status=verdict.status,
        rows=verdict.rows,
        findings=[f.public() for f in verdict.findings],
        dropped=judged.dropped.get(0, {}),
        planned={t: f.height for t, f in judged.facts.items() if f.height},
        spellings=own.spellings,
        stands_for=received.seq,
        corrections=corrections,
    )
