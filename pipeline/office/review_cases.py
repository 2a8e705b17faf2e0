"""Cases of the review queue, and the key of pseudonyms. No shopper's identity stands here."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.office import ledger

NOTED = "queue.noted"


@dataclass(frozen=True)
class Case:
    """Something to be looked at. `reasons`: {signal, zh, en} each; `level`: veto proposed."""

    kind: str
    edition: str
    reasons: tuple[dict[str, str], ...]
    visit_id: str | None = None
    branch_code: str | None = None
    visit_date: str | None = None
    round: str | None = None
    item_id: str | None = None
    level: int | None = None

    @property
    def id(self) -> str:
        """The same visit, phrase or item is the same case, whoever finds it again."""
        what = self.reasons[0]["signal"] if self.kind == "conduct" else ""
        key = "|".join((self.kind, self.visit_id or self.edition, self.item_id or "", what))
        return hashlib.sha256(key.encode()).hexdigest()[:10]


_COLUMNS = (
    "kind", "visit_id", "branch_code", "visit_date", "round", "edition", "item_id", "level",
)  # fmt: skip


def put(
    connection: sqlite3.Connection, cases: Iterable[Case], kind: str, looked_at: Collection[str]
) -> None:
    """The cases of one kind that a look at these rounds (for items: editions) found.

    In a transaction. What the look does not see any more stands no longer; cases of other rounds
    stay as they are.
    """
    over = "edition" if kind == "item" else "round"
    marks = ", ".join("?" for _ in looked_at)
    connection.execute(
        f"UPDATE review_case SET standing = 0 WHERE kind = ? AND {over} IN ({marks})",
        (kind, *sorted(looked_at)),
    )
    at = ledger.now()
    for case in cases:
        reasons = json.dumps(case.reasons, ensure_ascii=False)
        row = asdict(case)
        connection.execute(
            f"INSERT INTO review_case (id, {', '.join(_COLUMNS)}, reasons, found_at, standing)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET"
            " reasons = excluded.reasons, level = excluded.level, standing = 1",
            (case.id, *(row[c] for c in _COLUMNS), reasons, at),
        )
    note(connection)


def note(connection: sqlite3.Connection) -> None:
    """Has the ledger say what the queue says now, where that changed. In a transaction."""
    said = {"sha256": _digest(connection)}
    if said["sha256"] != _told(connection):
        ledger.append(connection, [ledger.Act(NOTED, said, "office")])


def unlike_ledger(connection: sqlite3.Connection) -> list[int]:
    """The number of the last record of the queue, if the cases are not what it says; 0 if it never
    spoke of them and there are some."""
    found = ledger.payloads(connection, NOTED)
    same = _digest(connection) == _told(connection)
    return [] if same else [found[-1][0] if found else 0]


def _told(connection: sqlite3.Connection) -> str:
    """What the ledger says last; of a queue that never was, that it is empty."""
    found = ledger.payloads(connection, NOTED)
    return str(found[-1][1]["sha256"]) if found else hashlib.sha256(b"").hexdigest()


def _digest(connection: sqlite3.Connection) -> str:
    rows = connection.execute("SELECT * FROM review_case ORDER BY id").fetchall()
    told = hashlib.sha256()
    for row in rows:
        told.update(ledger.canonical(list(row)).encode() + b"\n")
    return told.hexdigest()


def listed(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every case with its reasons: newest visit first, items last."""
    rows = connection.execute(
        "SELECT * FROM review_case ORDER BY visit_date DESC NULLS LAST, branch_code, kind, id"
    )
    return [
        dict(row) | {"reasons": json.loads(row["reasons"]), "standing": bool(row["standing"])}
        for row in rows
    ]


def pseudonyms(
    connection: sqlite3.Connection, publication: str, shoppers: Iterable[str]
) -> dict[str, str]:
    """Shopper id → a name of this publication alone (K01, K02 …). Needs a writable database.

    The order is that of a keyed hash: without the office's key it tells nothing, not even that
    two publications speak of one person.
    """
    connection.execute(
        "INSERT OR IGNORE INTO pseudonym_key VALUES (1, ?)", (secrets.token_bytes(32),)
    )
    (key,) = connection.execute("SELECT key FROM pseudonym_key").fetchone()

    def mixed(shopper: str) -> bytes:
        return hmac.digest(key, f"{publication}|{shopper}".encode(), "sha256")

    order = sorted(set(shoppers), key=mixed)
    width = max(2, len(str(len(order))))
    return {shopper: f"K{n:0{width}d}" for n, shopper in enumerate(order, start=1)}
