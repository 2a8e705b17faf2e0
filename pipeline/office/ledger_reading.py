"""Reading the ledger (台账) as an auditor does: by act, actor and time, newest first."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Record:
    """One record. `payload` is None where it was erased (`erased`) or never there."""

    seq: int
    at: str
    actor: str
    act: str
    hash: str
    previous: str
    payload: dict[str, Any] | None
    erased: bool


@dataclass(frozen=True)
class Wanted:
    """Which records: of an act or a family of them (`round` takes `round.open`), of an actor, from
    one time until before another (UTC, ISO)."""

    act: str = ""
    actor: str = ""
    since: str = ""
    until: str = ""


_WHERE = (
    " FROM ledger LEFT JOIN ledger_payload USING (seq) WHERE (?1 = '' OR act = ?1"
    " OR substr(act, 1, length(?1) + 1) = ?1 || '.') AND (?2 = '' OR actor = ?2)"
    " AND (?3 = '' OR at >= ?3) AND (?4 = '' OR at < ?4)"
)


def count(connection: sqlite3.Connection, wanted: Wanted) -> int:
    """How many records there are of what is wanted."""
    return int(connection.execute(f"SELECT count(*){_WHERE}", _given(wanted)).fetchone()[0])


def records(connection: sqlite3.Connection, wanted: Wanted, most: int) -> list[Record]:
    """The newest `most` of what is wanted."""
    rows = connection.execute(
        "SELECT seq, at, actor, act, hash, previous, body,"
        " EXISTS (SELECT 1 FROM ledger_erasure AS e WHERE e.seq = ledger.seq) AS erased"
        f"{_WHERE} ORDER BY seq DESC LIMIT ?5",
        (*_given(wanted), most),
    )
    return [_record(row) for row in rows]


def _record(row: sqlite3.Row) -> Record:
    payload = json.loads(row["body"]) if row["body"] else None
    told = {name: row[name] for name in ("seq", "at", "actor", "act", "hash", "previous")}
    return Record(**told, payload=payload, erased=bool(row["erased"]))


def _given(wanted: Wanted) -> tuple[str, str, str, str]:
    return wanted.act, wanted.actor, wanted.since, wanted.until


def acts(connection: sqlite3.Connection) -> list[str]:
    """The acts that were ever recorded, and the families of those with several."""
    found = {row[0] for row in connection.execute("SELECT DISTINCT act FROM ledger")}
    families = {act.partition(".")[0] for act in found}
    return sorted(found | families)


def actors(connection: sqlite3.Connection) -> list[str]:
    """Whoever was ever recorded."""
    return [row[0] for row in connection.execute("SELECT DISTINCT actor FROM ledger ORDER BY 1")]
