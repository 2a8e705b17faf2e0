"""Records of corrections: what a source cell says, what it should say, why, and who says so.

A correction holds while the newest reading of its upload has it: readings are uploads that stand
for another (`stands_for`), and their record lists the corrections they were read with.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.office import ledger
from pipeline.office.ledger import Act
from pipeline.office.uploads import Begun, Upload

CORRECTED, WITHDRAWN = "correction", "correction.withdraw"
IN_FORCE, TAKEN_BACK, NOT_DONE = "in_force", "withdrawn", "interrupted"
_FIELDS = ("upload_id", "sheet", "cell", "old", "new", "reason")


def record(
    connection: sqlite3.Connection, entries: Sequence[Mapping[str, Any]], actor: str
) -> list[int]:
    """Records corrections (keys `_FIELDS`); their numbers. In a transaction.

    `appeal`: the number of the appeal that the correction carries out, where it does.
    """
    acts = [Act(CORRECTED, _said(entry), actor) for entry in entries]
    heads = ledger.append(connection, acts)
    at = ledger.now()
    connection.executemany(
        f"INSERT INTO correction (seq, {', '.join(_FIELDS)}, actor, at, appeal)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (head.seq, *(entry[k] for k in _FIELDS), actor, at, entry.get("appeal"))
            for head, entry in zip(heads, entries, strict=True)
        ],
    )
    return [head.seq for head in heads]


def _said(entry: Mapping[str, Any]) -> dict[str, Any]:
    own = {k: entry[k] for k in _FIELDS}
    return own if entry.get("appeal") is None else own | {"appeal": entry["appeal"]}


def withdraw(connection: sqlite3.Connection, number: int, reason: str, actor: str) -> None:
    """Records that a correction holds no longer. In a transaction."""
    said = {"correction": number, "reason": reason}
    (head,) = ledger.append(connection, [Act(WITHDRAWN, said, actor)])
    connection.execute("UPDATE correction SET withdrawn_seq = ? WHERE seq = ?", (head.seq, number))


def received(connection: sqlite3.Connection, name: str) -> list[Begun]:
    """Sealed uploads as received whose id is `name` or whose SHA-256 begins with it, newest first.

    The id of a corrected reading names the upload it stands for.
    """
    rows = connection.execute(
        "SELECT seq, body FROM upload JOIN ledger_payload USING (seq) WHERE state = 'sealed'"
        " AND stands_for IS NULL AND (upload_id = ?1 OR substr(sha256, 1, length(?1)) = ?1"
        " OR seq = (SELECT stands_for FROM upload WHERE upload_id = ?1)) ORDER BY seq DESC",
        (name,),
    )
    return [_begun(row) for row in rows]


def received_as(connection: sqlite3.Connection, name: str) -> list[Begun]:
    """Sealed uploads as received whose file was called so (in whatever folder or archive), newest
    first."""
    rows = connection.execute(
        "SELECT seq, body FROM upload JOIN ledger_payload USING (seq) WHERE state = 'sealed'"
        " AND stands_for IS NULL AND (name = ?1 OR substr(name, -length(?1) - 1) = '/' || ?1)"
        " ORDER BY seq DESC",
        (name,),
    )
    return [_begun(row) for row in rows]


def reading(connection: sqlite3.Connection, seq: int, until: int | None = None) -> Begun:
    """The reading that counts of the upload with this number; with `until` at that record."""
    row = connection.execute(
        "SELECT seq, body FROM upload JOIN ledger_payload USING (seq) WHERE state = 'sealed'"
        " AND (seq = ?1 OR stands_for = ?1) AND (?2 IS NULL OR seal_seq <= ?2)"
        " ORDER BY seq DESC LIMIT 1",
        (seq, until),
    ).fetchone()
    return _begun(row)


def in_force(connection: sqlite3.Connection, until: int | None = None) -> dict[int, list[Any]]:
    """{number of the upload: its corrections} that hold; with `until` those that held then."""
    rows = connection.execute(
        "SELECT DISTINCT stands_for FROM upload WHERE stands_for IS NOT NULL"
        " AND state = 'sealed' AND (?1 IS NULL OR seal_seq <= ?1)",
        (until,),
    ).fetchall()
    found = {row[0]: reading(connection, row[0], until).upload.corrections for row in rows}
    return {seq: entries for seq, entries in found.items() if entries}


def listed(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """All corrections, newest first, with the file they are about and their `state`."""
    held = {e["correction"] for own in in_force(connection).values() for e in own}
    rows = connection.execute(
        "SELECT c.*, u.name AS file, u.sha256, u.kind, u.period, u.seq AS upload_seq"
        " FROM correction c JOIN upload u USING (upload_id) ORDER BY c.seq DESC"
    )
    return [{**dict(row), "state": _state(row, held)} for row in rows]


def _state(row: sqlite3.Row, held: set[int]) -> str:
    if row["seq"] in held:
        return IN_FORCE
    return TAKEN_BACK if row["withdrawn_seq"] is not None else NOT_DONE


def _begun(row: sqlite3.Row) -> Begun:
    return Begun(Upload(**json.loads(row["body"])), row["seq"])


def unlike_ledger(connection: sqlite3.Connection) -> list[int]:
    """Numbers of corrections whose row does not say what the ledger says."""
    own = f"seq, {', '.join(_FIELDS)}, appeal, withdrawn_seq"
    rows = {r["seq"]: tuple(r) for r in connection.execute(f"SELECT {own} FROM correction")}
    gone = {said["correction"]: seq for seq, said in ledger.payloads(connection, WITHDRAWN)}
    told = {
        seq: (seq, *(said[k] for k in _FIELDS), said.get("appeal"), gone.get(seq))
        for seq, said in ledger.payloads(connection, CORRECTED)
    }
    return sorted(s for s in rows.keys() | told.keys() if rows.get(s) != told.get(s))
