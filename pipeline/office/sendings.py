"""What was mailed (office database): an intent before a message goes out, its end after the answer.

At most once for each (period, revision, document, node, address): the table refuses a second open
or sent row. An intent without an end is unknown; only a person can say whether it arrived.
Addresses that a server refused for good are remembered until somebody clears them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.china_time import china_time
from pipeline.office import ledger
from pipeline.office.ledger import Act
from pipeline.office.proceedings import today

INTENT, SEAL, BOUNCE, CLEAR = "mail.intent", "mail.seal", "mail.bounce", "mail.clear"
REMINDER = "reminder:"
# sent · failed: the server would not take it now · refused: never, for this message ·
# given_up: unknown, and somebody decided to send it again
Outcome = Literal["sent", "failed", "refused", "given_up"]


@dataclass(frozen=True)
class Address:
    """Whom a message goes to: `node` is the code of a branch or city, or a role."""

    period: str
    revision: int
    node: str
    address: str

    @property
    def key(self) -> tuple[str, int, str, str]:
        return self.period, self.revision, self.node, self.address


def begin(
    connection: sqlite3.Connection, to: Address, documents: Mapping[str, Sequence[str]], actor: str
) -> int:
    """Records the intent to send `documents` (id → SHA-256 of its files); its number.

    IntegrityError if one of them is sent or under way already. In a transaction.
    """
    said = {
        "period": to.period,
        "revision": to.revision,
        "node": to.node,
        "address": to.address,
        "documents": {id: list(hashes) for id, hashes in documents.items()},
    }
    (head,) = ledger.append(connection, [Act(INTENT, said, actor)])
    day = today().isoformat()
    connection.executemany(
        "INSERT INTO sending (seq, period, revision, document, node, address, day)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(head.seq, to.period, to.revision, d, to.node, to.address, day) for d in documents],
    )
    return head.seq


def end(
    connection: sqlite3.Connection,
    seqs: Sequence[int],
    outcome: Outcome,
    actor: str,
    code: int = 0,
    said: str = "",
) -> None:
    """Records how intents ended. In a transaction."""
    for seq in seqs:
        told = {"intent": seq, "outcome": outcome, "code": code, "said": said}
        (head,) = ledger.append(connection, [Act(SEAL, told, actor)])
        connection.execute(
            "UPDATE sending SET end_seq = ?, outcome = ? WHERE seq = ? AND outcome IS NULL",
            (head.seq, outcome, seq),
        )


def standing(connection: sqlite3.Connection, to: Address) -> dict[str, int | None]:
    """Documents sent to `to` (None), or of which nobody knows (the number of the intent)."""
    rows = connection.execute(
        "SELECT document, seq, outcome FROM sending WHERE period = ? AND revision = ?"
        " AND node = ? AND address = ? AND (outcome IS NULL OR outcome = 'sent')",
        to.key,
    )
    return {r["document"]: None if r["outcome"] else r["seq"] for r in rows}


def listed(connection: sqlite3.Connection, period: str | None = None) -> list[dict[str, Any]]:
    """Everything mailed, of one period if named, in order: as in schemas/mail-list.schema.json."""
    rows = connection.execute(
        "SELECT s.*, l.at FROM sending s JOIN ledger l USING (seq)"
        " WHERE ?1 IS NULL OR s.period = ?1 ORDER BY s.seq, s.document",
        (period,),
    )
    shown = ("period", "revision", "document", "node", "address", "day")
    return [
        {
            **{name: row[name] for name in shown},
            "record": row["seq"],
            "at": china_time(row["at"]),
            "outcome": row["outcome"] or "unknown",
        }
        for row in rows
    ]


def reminded(connection: sqlite3.Connection, period: str) -> dict[str, str]:
    """Branch → the last day on which it was reminded of `period`."""
    rows = connection.execute(
        "SELECT node, max(day) AS day FROM sending WHERE period = ? AND revision = 0"
        " AND document LIKE ? AND outcome = 'sent' GROUP BY node",
        (period, f"{REMINDER}%"),
    )
    return {row["node"]: row["day"] for row in rows}


def unlike_ledger(connection: sqlite3.Connection) -> list[int]:
    """Ledger numbers of intents whose rows do not say what the ledger says.

    A row that was changed could send a document twice, or keep it from being sent at all.
    """
    told = _told(connection)
    rows: dict[int, set[tuple[Any, ...]]] = {}
    for row in connection.execute("SELECT * FROM sending"):
        rows.setdefault(row["seq"], set()).add(tuple(row[c] for c in _ROW))
    return sorted(s for s in rows.keys() | told.keys() if rows.get(s) != told.get(s))


_ROW = ("period", "revision", "document", "node", "address", "end_seq", "outcome")


def _told(connection: sqlite3.Connection) -> dict[int, set[tuple[Any, ...]]]:
    """Number of an intent → the rows that it and the end of it give."""
    records = connection.execute(
        "SELECT seq, act, body FROM ledger JOIN ledger_payload USING (seq)"
        " WHERE act IN (?, ?) ORDER BY seq",
        (INTENT, SEAL),
    ).fetchall()
    ends: dict[int, tuple[int, str]] = {}
    for record in records:
        if record["act"] == SEAL:
            said = json.loads(record["body"])
            ends.setdefault(said["intent"], (record["seq"], said["outcome"]))
    found = {}
    for record in records:
        if record["act"] == INTENT:
            said, end = json.loads(record["body"]), ends.get(record["seq"], (None, None))
            head = (said["period"], said["revision"])
            tail = (said["node"], said["address"], *end)
            found[record["seq"]] = {(*head, document, *tail) for document in said["documents"]}
    return found


def bounce(
    connection: sqlite3.Connection, address: str, actor: str, code: int = 0, said: str = ""
) -> None:
    """Remembers an address that takes no mail. In a transaction."""
    told = {"address": address, "code": code, "said": said}
    (head,) = ledger.append(connection, [Act(BOUNCE, told, actor)])
    connection.execute(
        "INSERT OR REPLACE INTO bounced VALUES (?, ?, ?, ?, ?)",
        (address, head.seq, code, said, today().isoformat()),
    )


def bounced(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Address → code, said, day: addresses that are skipped."""
    rows = connection.execute("SELECT * FROM bounced ORDER BY address")
    return {r["address"]: {k: r[k] for k in ("address", "code", "said", "day")} for r in rows}


def clear(connection: sqlite3.Connection, addresses: Sequence[str], actor: str) -> list[str]:
    """Forgets bounced addresses; those that were on the list. In a transaction."""
    there = [a for a in dict.fromkeys(addresses) if a in bounced(connection)]
    if there:
        ledger.append(connection, [Act(CLEAR, {"addresses": there}, actor)])
        connection.executemany("DELETE FROM bounced WHERE address = ?", [(a,) for a in there])
    return there
