"""Check periods (核对期) on record: opened by previews, confirmed by branches, waived by the head.

What opens one is the record of the publication itself (`check` in its payload), so that publishing
stays one act.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from audits.checking import Act, Check, after
from audits.procedure import Actor
from pipeline.office import ledger, proceedings
from pipeline.office.proceedings import CHECK

PUBLICATION = "publication"
_SYSTEM = Actor("office", "office")


def standing(connection: sqlite3.Connection) -> dict[str, Check]:
    """The check period of each period that had one, as its last preview opened it."""
    steps: list[tuple[int, str, Act]] = [
        (seq, said["period"], _opening(said["check"], said["revision"]))
        for seq, said in ledger.payloads(connection, PUBLICATION)
        if said.get("check")
    ]
    steps += [(e.seq, e.subject, e.act(Act)) for e in proceedings.entries(connection, CHECK)]
    found: dict[str, Check] = {}
    for _, period, act in sorted(steps, key=lambda step: step[0]):
        found[period] = after(found.get(period, Check(period)), act)
    return found


def _opening(said: dict[str, Any], revision: int) -> Act:
    day, until = date.fromisoformat(said["opened"]), date.fromisoformat(said["until"])
    count = ("",) * int(said["branches"])
    return Act("open", _SYSTEM, day, revision=revision, branches=count, until=until)


def record(connection: sqlite3.Connection, period: str, act: Act) -> None:
    """Records a confirmation or a waiver. In a transaction."""
    proceedings.record(connection, CHECK, period, act)
