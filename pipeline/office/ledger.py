"""The ledger (台账): append-only, hash-chained, one record for each act.

`hash = sha256(canonical JSON of [seq, at, actor, act, commitment, previous])`; the first record
follows 64 zeros. A record holds a salted commitment of its payload, never the payload: personal
payload can be erased (with its salt) and the chain still stands.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
ERASE = "erase"


@dataclass(frozen=True)
class Head:
    """The end of the chain; `seq` 0 and 64 zeros while it is empty."""

    seq: int
    hash: str

    def to_json(self) -> dict[str, Any]:
        """As manifests carry it under `ledger_head`."""
        return {"seq": self.seq, "hash": self.hash}


@dataclass(frozen=True)
class Act:
    """What is to be recorded."""

    act: str
    payload: dict[str, Any]
    actor: str


_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no blanks, UTF-8, no NaN."""
    return _CANONICAL.encode(value)


def commit_to(salt: bytes, body: str) -> str:
    """sha256(salt || canonical JSON), hex."""
    return hashlib.sha256(salt + body.encode()).hexdigest()


def record_hash(seq: int, at: str, actor: str, act: str, commitment: str, previous: str) -> str:
    """The hash of one record, hex."""
    return hashlib.sha256(
        canonical([seq, at, actor, act, commitment, previous]).encode()
    ).hexdigest()


def now() -> str:
    """UTC, seconds, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def head(connection: sqlite3.Connection) -> Head:
    """The last record's seq and hash."""
    row = connection.execute("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(row["seq"], row["hash"]) if row else Head(0, GENESIS)


def append(connection: sqlite3.Connection, acts: Iterable[Act]) -> list[Head]:
    """Adds one record per act and returns their seq and hash. Call inside a transaction."""
    last, at = head(connection), now()
    records, payloads, heads = [], [], []
    for act in acts:
        body, salt = canonical(act.payload), secrets.token_bytes(32)
        commitment = commit_to(salt, body)
        fields = (last.seq + 1, at, act.actor, act.act, commitment, last.hash)
        last = Head(last.seq + 1, record_hash(*fields))
        records.append((*fields, last.hash))
        payloads.append((last.seq, salt, body))
        heads.append(last)
    connection.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", records)
    connection.executemany("INSERT INTO ledger_payload VALUES (?, ?, ?)", payloads)
    return heads


def erase(
    connection: sqlite3.Connection,
    seqs: Sequence[int],
    actor: str,
    reason: str,
    left: Mapping[int, dict[str, Any]] | None = None,
) -> Head:
    """Erases the payload of records (personal data), on record. Call inside a transaction.

    `left`: what stays of some of them, in the payload's place; the record of the erasure commits
    to it. What was erased before may be erased further. The head of that record.
    """
    kept = {s: (secrets.token_bytes(32), canonical(body)) for s, body in (left or {}).items()}
    redacted = {str(s): commit_to(*parts) for s, parts in sorted(kept.items())}
    said = {"seqs": list(seqs), "reason": reason} | ({"redacted": redacted} if redacted else {})
    (erased_by,) = append(connection, [Act(ERASE, said, actor)])
    connection.executemany(
        "INSERT OR IGNORE INTO ledger_erasure VALUES (?, ?)", [(s, erased_by.seq) for s in seqs]
    )
    connection.executemany("DELETE FROM ledger_payload WHERE seq = ?", [(s,) for s in seqs])
    connection.executemany("DELETE FROM ledger_redaction WHERE seq = ?", [(s,) for s in seqs])
    connection.executemany(
        "INSERT INTO ledger_redaction VALUES (?, ?)", [(int(s), c) for s, c in redacted.items()]
    )
    connection.executemany(
        "INSERT INTO ledger_payload VALUES (?, ?, ?)", [(s, *parts) for s, parts in kept.items()]
    )
    return erased_by


def payloads(
    connection: sqlite3.Connection, act: str, after: int = 0
) -> list[tuple[int, dict[str, Any]]]:
    """(seq, payload) of every record of one act that has not been erased, in order; of those that
    come `after` a record."""
    rows = connection.execute(
        "SELECT seq, body FROM ledger JOIN ledger_payload USING (seq)"
        " WHERE act = ? AND seq > ? ORDER BY seq",
        (act, after),
    )
    return [(row["seq"], json.loads(row["body"])) for row in rows]


def hash_at(connection: sqlite3.Connection, seq: int) -> str | None:
    """The hash of record `seq`; None if the chain does not reach it."""
    if seq == 0:
        return GENESIS
    row = connection.execute("SELECT hash FROM ledger WHERE seq = ?", (seq,)).fetchone()
    return str(row["hash"]) if row else None


def first_broken(connection: sqlite3.Connection) -> tuple[int, str] | None:
    """The first record that does not hold, and why (`gap`, `hash`, `payload`); None if all do."""
    erased = _erased(connection)
    expected, previous = 1, GENESIS
    rows = connection.execute(
        "SELECT l.*, p.salt, p.body FROM ledger l LEFT JOIN ledger_payload p USING (seq) "
        "ORDER BY seq"
    )
    for row in rows:
        if row["seq"] != expected or row["previous"] != previous:
            return expected, "gap"
        fields = (row["seq"], row["at"], row["actor"], row["act"], row["commitment"])
        if record_hash(*fields, row["previous"]) != row["hash"]:
            return expected, "hash"
        if not _payload_holds(row, erased):
            return expected, "payload"
        expected, previous = expected + 1, row["hash"]
    return None


def _payload_holds(row: sqlite3.Row, erased: Mapping[int, str | None]) -> bool:
    left = erased.get(row["seq"], row["commitment"])
    if row["body"] is None:
        return left is None
    return commit_to(row["salt"], row["body"]) == left


def _erased(connection: sqlite3.Connection) -> dict[int, str | None]:
    """What erase records name, with the commitment of what was left; None: nothing.

    Not the erasure table: that alone proves nothing.
    """
    found: dict[int, str | None] = {}
    for _, payload in payloads(connection, ERASE):
        left = payload.get("redacted", {})
        found |= {seq: left.get(str(seq)) for seq in payload["seqs"]}
    return found
