"""Acts of rounds, appeals and check periods: recorded in the ledger, and as rows beside it.

The states themselves are not stored: they follow from the acts (audits.rounds, .appeals,
.checking), replayed in the order of the ledger. Each act is a frozen dataclass of those modules.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter

from audits.procedure import Actor
from pipeline.office import ledger

ROUND, APPEAL, CHECK, REVIEW = KINDS = ("round", "appeal", "check", "review")
_CHINA = timedelta(hours=8)
_OWN = ("event", "actor", "day")
# What people wrote in their own words: erased with the payload of its record.
WORDS = ("reason",)


class Act(Protocol):
    """What all acts have."""

    @property
    def event(self) -> str: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def day(self) -> date: ...


A = TypeVar("A")


@dataclass(frozen=True)
class Entry:
    """One act on record. `said`: what it said beyond who and when."""

    seq: int
    kind: str
    subject: str
    event: str
    actor: Actor
    day: date
    said: Mapping[str, Any] = field(default_factory=dict)

    def act(self, kind: type[A]) -> A:
        """The act as its state machine takes it."""
        known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
        told = {k: v for k, v in self.said.items() if k in known}
        own = {"event": self.event, "actor": self.actor, "day": self.day}
        made: A = _adapter(kind).validate_python({**told, **own})
        return made


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _adapters.setdefault(kind, TypeAdapter(kind))


def today() -> date:
    """The day at the office, by the clock of the ledger."""
    return (datetime.fromisoformat(ledger.now()) + _CHINA).date()


def record(
    connection: sqlite3.Connection, kind: str, subject: str, act: Act, **more: Any
) -> ledger.Head:
    """Records an act (with `more`, e.g. hashes of files); the ledger's head. In a transaction."""
    dumped = _adapter(type(act)).dump_python(act, mode="json", exclude_defaults=True)
    said = {k: v for k, v in dumped.items() if k not in _OWN} | more
    actor = act.actor
    payload = {
        "subject": subject,
        "role": actor.role,
        "branch": actor.branch,
        "day": act.day.isoformat(),
        "said": said,
    }
    (head,) = ledger.append(connection, [ledger.Act(f"{kind}.{act.event}", payload, actor.name)])
    _insert(connection, (head.seq, kind, act.event, actor.name), payload)
    return head


def _insert(
    connection: sqlite3.Connection, place: tuple[int, str, str, str], payload: Mapping[str, Any]
) -> None:
    seq, kind, event, actor = place
    said = ledger.canonical(payload["said"])
    row = (seq, kind, payload["subject"], event, actor, payload["role"], payload["branch"])
    connection.execute(
        "INSERT INTO proceeding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, payload["day"], said)
    )


def entries(
    connection: sqlite3.Connection,
    kind: str,
    subject: str | None = None,
    until: int | None = None,
) -> list[Entry]:
    """Acts of one kind in order; of one subject, or up to a ledger record, if given."""
    rows = connection.execute(
        "SELECT * FROM proceeding WHERE kind = ?1 AND (?2 IS NULL OR subject = ?2)"
        " AND (?3 IS NULL OR seq <= ?3) ORDER BY seq",
        (kind, subject, until),
    )
    return [_entry(row) for row in rows]


def _entry(row: sqlite3.Row) -> Entry:
    actor = Actor(row["actor"], row["role"], row["branch"])
    place = (row["seq"], row["kind"], row["subject"], row["event"])
    return Entry(*place, actor, date.fromisoformat(row["day"]), json.loads(row["said"]))


def files(connection: sqlite3.Connection) -> dict[str, str]:
    """{SHA-256: extension} of every file that an act handed in: they lie in the archive."""
    rows = connection.execute(
        "SELECT f.value FROM proceeding, json_each(said) AS f WHERE f.key IN ('evidence', 'masked')"
    )
    told = [json.loads(row["value"]) for row in rows]
    return {one["sha256"]: one["extension"] for one in told}


def forget(connection: sqlite3.Connection, seq: int, actor: str, reason: str) -> None:
    """Erases the words of one act (privacy law), on record. In a transaction."""
    row = connection.execute("SELECT body FROM ledger_payload WHERE seq = ?", (seq,)).fetchone()
    payload = json.loads(row["body"])
    kept = {k: v for k, v in payload["said"].items() if k not in WORDS}
    ledger.erase(connection, [seq], actor, reason, {seq: payload | {"said": kept}})
    said = ledger.canonical(kept)
    connection.execute("UPDATE proceeding SET said = ? WHERE seq = ?", (said, seq))


def unlike_ledger(connection: sqlite3.Connection) -> list[int]:
    """Numbers of acts whose row does not say what the ledger says.

    Of an erased one the ledger still says that it was, by whom, and what it was.
    """
    rows = connection.execute(
        "SELECT seq, kind || '.' || event AS act, actor, subject, role, branch, day, said"
        " FROM proceeding"
    )
    found = {row["seq"]: tuple(row) for row in rows}
    told, erased = _told(connection)
    wrong = [s for s in told if found.get(s) != told[s]]
    wrong += [s for s, own in erased.items() if s in found and found[s][:3] != own]
    return sorted({*wrong, *(found.keys() - told.keys() - erased.keys())})


def _told(
    connection: sqlite3.Connection,
) -> tuple[dict[int, tuple[Any, ...]], dict[int, tuple[Any, ...]]]:
    likes = " OR ".join(f"act GLOB '{kind}.*'" for kind in KINDS)
    told, erased = {}, {}
    for row in connection.execute(
        f"SELECT seq, act, actor, body FROM ledger LEFT JOIN ledger_payload USING (seq)"
        f" WHERE {likes}"
    ):
        own = (row["seq"], row["act"], row["actor"])
        if row["body"] is None:
            erased[row["seq"]] = own
            continue
        p = json.loads(row["body"])
        told[row["seq"]] = (*own, p["subject"], p["role"], p["branch"], p["day"],
                            ledger.canonical(p["said"]))  # fmt: skip
    return told, erased


def refill(connection: sqlite3.Connection) -> None:
    """Makes the rows anew from the ledger, but for those whose words were erased."""
    told, _ = _told(connection)
    connection.executemany("DELETE FROM proceeding WHERE seq = ?", [(seq,) for seq in told])
    for seq, (_, act, actor, subject, role, branch, day, said) in told.items():
        kind, _, event = act.partition(".")
        payload = {"subject": subject, "role": role, "branch": branch, "day": day}
        _insert(connection, (seq, kind, event, actor), payload | {"said": json.loads(said)})
