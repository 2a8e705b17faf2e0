"""Header spellings (表头写法): a near miss is proposed, never taken; the office confirms it once.

Proposals come from the findings of received workbooks. What is confirmed holds for every later
ingest; who confirmed it stands in the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, spellings
from pipeline.office.spellings import Standing
from pipeline.parsing.headers import IGNORED, LONGEST, NOT_NEEDED, header_text, names_of, split_unit
from pipeline.parsing.rules import UNKNOWN_COLUMN
from pipeline.sheets import kinds
from pipeline.sheets.declaration import Column, SheetKind

REFUSED, USAGE = 1, 2
PLACES = 20  # of one proposal, the newest
_GUESS = re.compile(r"是否为“(?P<header>.+?)”？")  # how a finding proposes a header


@dataclass(frozen=True)
class Spelling:
    """One confirmed spelling. `number` is that of its record in the ledger."""

    number: int
    kind: str
    header: str
    column: str
    actor: str
    at: str


@dataclass(frozen=True)
class Place:
    """Where an unknown header was seen."""

    file: str
    upload_id: str
    sheet: str | None
    cell: str | None
    received_at: str


@dataclass(frozen=True)
class Proposal:
    """A header nobody knows; `column` is the nearest one, None if none is near.

    `places`: the newest; `seen`: how many there are.
    """

    kind: str
    header: str
    column: str | None
    seen: int
    places: list[Place]


@dataclass(frozen=True)
class Listing:
    """What stands, what waits to be confirmed, and what was said not to be needed (no column)."""

    confirmed: list[Spelling]
    proposals: list[Proposal]
    ignored: list[Spelling] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/spelling-list.schema.json)."""
        return asdict(self)


def known(folder: DataFolder) -> Standing:
    """The spellings that stand now. Nothing is created by asking."""
    if not folder.office.is_file():
        return Standing()
    with Office.open(folder) as office:
        return spellings.standing(office.connection)


def key_of(text: str) -> str:
    """What is compared of a header: half width, without spaces, marks, unit and case."""
    return split_unit(header_text(text))[0].lower()


def columns_of(kind: SheetKind) -> list[Column]:
    """The columns and head fields that a header can stand for."""
    return [c for c in (*kind.head, *kind.columns) if not c.derived]


def confirm(
    folder: DataFolder, kind: str, header: str, column: str, *, actor: str = "office"
) -> tuple[Spelling, bool]:
    """The office says that `header` means `column` (id or Chinese name) in sheets of `kind`.

    Returns the spelling and whether it is new. Fault: 2 no such kind or column, or no header; 1 the
    header means another column of the kind.
    """
    declared = _kind(kind)
    wanted = _column(declared, column)
    _refuse_no_header(header)
    _refuse_declared(declared, header, wanted)
    with Office.open(folder) as office, office.transaction() as connection:
        there = spellings.found(connection, kind, key_of(header))
        if there is None:
            spellings.confirm(connection, kind, key_of(header), header.strip(), wanted.id, actor)
        elif there["column_id"] == NOT_NEEDED:
            raise _not_needed(header)
        elif there["column_id"] != wanted.id:
            raise _meant_otherwise(declared, header, declared.column(there["column_id"]), True)
        made = spellings.found(connection, kind, key_of(header))
        assert made is not None
        return _spelling(made), there is None


def ignore(
    folder: DataFolder, kind: str, header: str, *, actor: str = "office"
) -> tuple[Spelling, bool]:
    """The office says that nobody needs `header` in sheets of `kind`: it is not told again.

    Returns the record and whether it is new. Fault: 2 no such kind, or no header; 1 the header
    means a column.
    """
    declared = _kind(kind)
    _refuse_no_header(header)
    found = names_of(kind).find(header)
    if found is not None:
        raise _meant_otherwise(declared, header, found[0], False)
    with Office.open(folder) as office, office.transaction() as connection:
        there = spellings.found(connection, kind, key_of(header))
        if there is None:
            spellings.confirm(connection, kind, key_of(header), header.strip(), NOT_NEEDED, actor)
        elif there["column_id"] != NOT_NEEDED:
            raise _meant_otherwise(declared, header, declared.column(there["column_id"]), True)
        made = spellings.found(connection, kind, key_of(header))
        assert made is not None
        return _spelling(made), there is None


def revoke(folder: DataFolder, kind: str, header: str, *, actor: str = "office") -> Spelling:
    """Takes a confirmed spelling back: later workbooks are read without it. Fault 2: none such."""
    _kind(kind)
    if folder.office.is_file():
        with Office.open(folder) as office, office.transaction() as connection:
            there = spellings.found(connection, kind, key_of(header))
            if there is not None:
                spellings.revoke(connection, there["seq"], actor)
                return _spelling(there)
    raise Fault(
        f"《{kinds()[kind].zh}》没有确认过“{header}”这个表头写法。"
        "可用 mingcha spelling list 查看。",
        f"No spelling {header!r} of {kinds()[kind].en} has been confirmed. "
        "See them with: mingcha spelling list",
        USAGE,
    )


def listed(folder: DataFolder) -> Listing:
    """What stands and what waits. Nothing is created by asking."""
    if not folder.office.is_file():
        return Listing([], [])
    with Office.open(folder) as office:
        standing = spellings.standing(office.connection)
        every = [_spelling(row) for row in spellings.listed(office.connection)]
        seen = spellings.unknown_headers(office.connection, UNKNOWN_COLUMN.id)
    confirmed = [one for one in every if one.column != NOT_NEEDED]
    ignored = [one for one in every if one.column == NOT_NEEDED]
    return Listing(confirmed, _proposals(seen, standing), ignored)


def now_read(findings: Iterable[Mapping[str, Any]], kind: str | None, standing: Standing) -> bool:
    """Whether a header that was unknown when these findings were made has been confirmed since."""
    known = standing.extra.get(kind or "", {})
    names = {name for name, column in known.items() if column != NOT_NEEDED}
    unknown = (f["value"] or "" for f in findings if f["rule"] == UNKNOWN_COLUMN.id)
    return any(key_of(text) in names for text in unknown)


def _proposals(seen: Iterable[Mapping[str, Any]], standing: Standing) -> list[Proposal]:
    """Newest first. `seen`: kind, value, zh and place of each finding, newest first."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in seen:
        if one["kind"] in kinds() and one["value"]:
            found.setdefault((one["kind"], key_of(one["value"])), []).append(one)
    return [
        _proposal(kind, same)
        for (kind, _), same in found.items()
        if not names_of(kind, standing.extra).knows(same[0]["value"])
    ]


def _proposal(kind: str, same: list[Mapping[str, Any]]) -> Proposal:
    places = [
        Place(*(one[k] for k in ("name", "upload_id", "sheet", "cell", "received_at")))
        for one in same[:PLACES]
    ]
    column = next((c for one in same if (c := _guessed(kind, one["zh"]))), None)
    return Proposal(kind, same[0]["value"], column, len(same), places)


def _guessed(kind: str, sentence: str) -> str | None:
    """The column that a finding proposed: it is stored as a sentence."""
    told = _GUESS.search(sentence)
    named = {c.zh: c.id for c in columns_of(kinds()[kind])}
    return named.get(told["header"]) if told else None


def _spelling(row: Any) -> Spelling:
    kept = ("seq", "kind", "written", "column_id", "actor", "at")
    return Spelling(*(row[k] for k in kept))


def _kind(kind: str) -> SheetKind:
    if kind in kinds():
        return kinds()[kind]
    names = "、".join(kinds())
    raise Fault(
        f"没有“{kind}”这种报表，只有：{names}。",
        f"There is no kind of sheet {kind!r}, only: {', '.join(kinds())}.",
        USAGE,
    )


def _column(kind: SheetKind, column: str) -> Column:
    for one in columns_of(kind):
        if column in (one.id, one.zh):
            return one
    listed = [f"{c.id}（{c.zh}）" for c in columns_of(kind)]
    raise Fault(
        f"《{kind.zh}》没有“{column}”这一列，只有：{'、'.join(listed)}。",
        f"{kind.en} has no column {column!r}, only: {', '.join(c.id for c in columns_of(kind))}.",
        USAGE,
    )


def _refuse_no_header(header: str) -> None:
    key = key_of(header)
    if re.search(r"[^\W\d_]", key) and key not in IGNORED and len(header) <= LONGEST:
        return
    raise Fault(
        f"“{header}”不能作为表头：须含文字，不超过 {LONGEST} 个字符，且不是序号。",
        f"{header!r} cannot be a header: it must contain letters, be at most {LONGEST} characters "
        "long, and be no running number.",
        USAGE,
    )


def _refuse_declared(kind: SheetKind, header: str, wanted: Column) -> None:
    """A header has one meaning within a kind; another kind may use it otherwise."""
    names = names_of(kind.id)
    found = names.find(header)
    column = found[0] if found else names.head.get(key_of(header))
    if column is None:
        return
    if column.id != wanted.id:
        raise _meant_otherwise(kind, header, column, False)
    raise Fault(
        f"“{header}”本来就是《{kind.zh}》“{column.zh}”的写法，不需要确认。",
        f"{header!r} is already a spelling of {column.en} in {kind.en}; nothing to confirm.",
        REFUSED,
    )


def _not_needed(header: str) -> Fault:
    return Fault(
        f"“{header}”已记为不需要。要读取它，请先撤销：mingcha spelling revoke",
        f"{header!r} is on record as not needed. To have it read, first: mingcha spelling revoke",
        REFUSED,
    )


def _meant_otherwise(kind: SheetKind, header: str, column: Column, confirmed: bool) -> Fault:
    zh = "如有误，请先撤销：mingcha spelling revoke" if confirmed else "一个表头只能有一个含义。"
    en = "If that is wrong, first: mingcha spelling revoke" if confirmed else "Use another header."
    return Fault(
        f"“{header}”在《{kind.zh}》中已表示“{column.zh}”，不能改作他用。{zh}",
        f"{header!r} already means {column.en} in {kind.en}. {en}",
        REFUSED,
    )
