"""Confirmed header spellings: what the office has said once about a header, and from when on.

A spelling holds from its record in the ledger to the record that revokes it. What was read with
the spellings known up to record N is read the same way for ever, whatever is confirmed later.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.office import ledger
from pipeline.office.ledger import Act

_TOLD = ("rule", "sheet", "cell", "value", "zh")
CONFIRMED, REVOKED = "spelling.confirm", "spelling.revoke"


@dataclass(frozen=True)
class Standing:
    """`extra`: kind → normalised header → column id, as they stood after ledger record `seq`.

    `seq` is the last record that changed a spelling; 0 while there is none.
    """

    seq: int = 0
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def standing(connection: sqlite3.Connection, until: int | None = None) -> Standing:
    """The spellings that stand; with `until` those that stood after that record."""
    rows = connection.execute(
        "SELECT kind, header, column_id, seq, revoked_seq FROM spelling"
        " WHERE ?1 IS NULL OR seq <= ?1 ORDER BY seq",
        (until,),
    ).fetchall()
    extra: dict[str, dict[str, str]] = {}
    last = 0
    for row in rows:
        revoked = row["revoked_seq"]
        known = revoked is not None and (until is None or revoked <= until)
        last = max(last, revoked if known else row["seq"])
        if not known:
            extra.setdefault(row["kind"], {})[row["header"]] = row["column_id"]
    return Standing(last, extra)


def confirm(
    connection: sqlite3.Connection, kind: str, header: str, written: str, column: str, actor: str
) -> int:
    """Records that `header` (normalised; `written` in the sheet) means `column`; its number.

    In a transaction. IntegrityError if another meaning of it stands.
    """
    said = {"kind": kind, "header": header, "written": written, "column": column}
    (head,) = ledger.append(connection, [Act(CONFIRMED, said, actor)])
    connection.execute(
        "INSERT INTO spelling (seq, kind, header, written, column_id, actor, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (head.seq, kind, header, written, column, actor, ledger.now()),
    )
    return head.seq


def revoke(connection: sqlite3.Connection, seq: int, actor: str) -> None:
    """Records that spelling no. `seq` holds no longer. In a transaction."""
    (head,) = ledger.append(connection, [Act(REVOKED, {"spelling": seq}, actor)])
    connection.execute("UPDATE spelling SET revoked_seq = ? WHERE seq = ?", (head.seq, seq))


def found(connection: sqlite3.Connection, kind: str, header: str) -> sqlite3.Row | None:
    """The spelling of a kind that stands for a normalised header; None if there is none."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM spelling WHERE kind = ? AND header = ? AND revoked_seq IS NULL",
        (kind, header),
    ).fetchone()
    return row


def listed(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The spellings that stand, newest first."""
    rows = connection.execute("SELECT * FROM spelling WHERE revoked_seq IS NULL ORDER BY seq DESC")
    return [dict(row) for row in rows]


def unknown_headers(connection: sqlite3.Connection, rule: str) -> list[dict[str, Any]]:
    """Findings of `rule` in received workbooks, newest upload first, with the place of each.

    [kind, name, upload_id, received_at, sheet, cell, value, zh].
    """
    told = ", ".join(f"json_extract(f.value, '$.{k}') AS {k}" for k in _TOLD)
    rows = connection.execute(
        f"SELECT kind, name, upload_id, received_at, {told}"
        " FROM upload, json_each(upload.findings) AS f WHERE state = 'sealed'"
        " AND stands_for IS NULL AND kind IS NOT NULL AND instr(findings, ?1) AND rule = ?1"
        " ORDER BY seq DESC, f.key",
        (rule,),
    )
    return [dict(row) for row in rows]


def unlike_ledger(connection: sqlite3.Connection) -> list[int]:
    """Numbers of spellings whose row does not say what the ledger says."""
    own = "seq, kind, header, written, column_id, revoked_seq"
    rows = {r["seq"]: tuple(r) for r in connection.execute(f"SELECT {own} FROM spelling")}
    gone = {said["spelling"]: seq for seq, said in ledger.payloads(connection, REVOKED)}
    told = {
        seq: (seq, said["kind"], said["header"], said["written"], said["column"], gone.get(seq))
        for seq, said in ledger.payloads(connection, CONFIRMED)
    }
    return sorted(s for s in rows.keys() | told.keys() if rows.get(s) != told.get(s))
