"""Decisions on record to print ordinal ranks below the reliability floor (domain §6)."""

from __future__ import annotations

import sqlite3
from typing import Any

from pipeline.office import ledger
from pipeline.office.ledger import Act

DECIDED, WITHDRAWN = "rank.decision", "rank.decision.withdraw"


def decide(connection: sqlite3.Connection, period: str, reason: str, actor: str) -> int:
    """Records that a period's ranks are printed all the same; its number. In a transaction."""
    act = Act(DECIDED, {"period": period, "reason": reason}, actor)
    return ledger.append(connection, [act])[0].seq


def withdraw(connection: sqlite3.Connection, number: int, reason: str, actor: str) -> None:
    """Records that a decision holds no longer. In a transaction."""
    act = Act(WITHDRAWN, {"decision": number, "reason": reason}, actor)
    ledger.append(connection, [act])


def listed(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """All decisions, newest first: number, period, reason, actor, at, in_force."""
    gone = {said["decision"] for _, said in ledger.payloads(connection, WITHDRAWN)}
    rows = connection.execute("SELECT seq, actor, at FROM ledger WHERE act = ?", (DECIDED,))
    who = {row["seq"]: {"actor": row["actor"], "at": row["at"]} for row in rows}
    found = [
        {"number": seq, **said, **who[seq], "in_force": seq not in gone}
        for seq, said in ledger.payloads(connection, DECIDED)
    ]
    return found[::-1]


def in_force(connection: sqlite3.Connection, period: str) -> dict[str, Any] | None:
    """The newest decision that holds for a period; None: none does."""
    return next((d for d in listed(connection) if d["period"] == period and d["in_force"]), None)
