"""Corrective actions in the office database: the acts; how an action stands follows from them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from audits.actions import Act, Action, Actor, Event, Role, Severity, apply
from pipeline.office import ledger

OPENED = "open"
_PREFIX = "action."  # acts in the ledger: action.open, action.reply …


@dataclass(frozen=True)
class Recorded:
    """One recorded act. `seq`: its ledger record; `number`: the how-manieth of its action."""

    seq: int
    action_id: str
    number: int
    event: str
    day: date
    actor: Actor
    details: dict[str, Any]


def opening(action: Action) -> dict[str, Any]:
    """The details of an opening, as they are recorded."""
    return {
        "branch": action.branch,
        "item": action.item,
        "edition": action.edition,
        "round": action.round,
        "found": action.found.isoformat(),
        "lost": str(action.lost),
        "severity": action.severity,
        "owner": action.owner,
        "due": action.due.isoformat(),
        "recurs": action.recurs,
    }


def _opened(act: Recorded) -> Action:
    said = act.details
    return Action(
        id=act.action_id,
        branch=said["branch"],
        item=said["item"],
        edition=said["edition"],
        round=said["round"],
        found=date.fromisoformat(said["found"]),
        lost=Decimal(said["lost"]),
        severity=cast(Severity, said["severity"]),
        owner=said["owner"],
        issued=act.day,
        due=date.fromisoformat(said["due"]),
        recurs=said["recurs"],
    )


def record(
    connection: sqlite3.Connection,
    acts: Iterable[tuple[str, int, str, date, Actor, Mapping[str, Any]]],
) -> None:
    """Records (action, number, event, day, actor, details), each in the ledger. In a transaction.

    IntegrityError if an action already has an act of that number.
    """
    listed = list(acts)
    told = [
        ledger.Act(
            _PREFIX + event,
            {
                "action": action_id,
                "number": number,
                "day": day.isoformat(),
                "role": actor.role,
                "node": actor.node,
                "details": dict(details),
            },
            actor.account,
        )
        for action_id, number, event, day, actor, details in listed
    ]
    heads = ledger.append(connection, told)
    connection.executemany(
        "INSERT INTO action_act (seq, action_id, number, event, day, actor, role, node, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (h.seq, id, n, event, day.isoformat(), a.account, a.role, a.node,
             ledger.canonical(dict(details)))
            for h, (id, n, event, day, a, details) in zip(heads, listed, strict=True)
        ],
    )  # fmt: skip


def acts(connection: sqlite3.Connection, until: date | None = None) -> list[Recorded]:
    """All acts in the order of the ledger; with `until` those up to and with that day."""
    rows = connection.execute(
        "SELECT * FROM action_act WHERE ?1 IS NULL OR day <= ?1 ORDER BY seq",
        (until.isoformat() if until else None,),
    )
    return [
        Recorded(
            row["seq"],
            row["action_id"],
            row["number"],
            row["event"],
            date.fromisoformat(row["day"]),
            Actor(cast(Role, row["role"]), row["actor"], row["node"]),
            json.loads(row["details"]),
        )
        for row in rows
    ]


def standing(recorded: Iterable[Recorded]) -> dict[str, Action]:
    """{id: action} as the acts leave it, in the order of opening."""
    found: dict[str, Action] = {}
    for act in recorded:
        if act.event == OPENED:
            found[act.action_id] = _opened(act)
        else:
            event = cast(Event, act.event)
            done = Act(event, act.day, act.actor, act.details)
            found[act.action_id] = apply(found[act.action_id], done)
    return found


def evidence(connection: sqlite3.Connection) -> dict[str, str]:
    """{sha256: extension} of the evidence files in the archive."""
    rows = connection.execute(
        "SELECT json_extract(details, '$.sha256') AS sha256,"
        " json_extract(details, '$.extension') AS extension FROM action_act"
        " WHERE json_extract(details, '$.sha256') IS NOT NULL"
    )
    return {row["sha256"]: row["extension"] for row in rows}


def unlike_ledger(connection: sqlite3.Connection) -> list[int]:
    """Ledger numbers of acts whose row does not say what the ledger says."""
    rows = {
        row["seq"]: (
            _PREFIX + row["event"],
            row["actor"],
            {k: row[k] for k in ("number", "day", "role", "node")}
            | {"action": row["action_id"], "details": json.loads(row["details"])},
        )
        for row in connection.execute("SELECT * FROM action_act")
    }
    told = {
        row["seq"]: (row["act"], row["actor"], json.loads(row["body"]))
        for row in connection.execute(
            "SELECT seq, act, actor, body FROM ledger JOIN ledger_payload USING (seq)"
            " WHERE act GLOB ?",
            (_PREFIX + "*",),
        )
    }
    return sorted(s for s in rows.keys() | told.keys() if rows.get(s) != told.get(s))
