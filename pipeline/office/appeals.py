"""Appeals on record: their states, replayed from the acts."""

from __future__ import annotations

import sqlite3

from audits.appeals import Act, Appeal, after
from pipeline.office import proceedings
from pipeline.office.proceedings import APPEAL


def standing(connection: sqlite3.Connection, until: int | None = None) -> dict[int, Appeal]:
    """Every appeal by number; with `until` as it stood at that ledger record."""
    found: dict[int, Appeal] = {}
    for entry in proceedings.entries(connection, APPEAL, until=until):
        number = int(entry.subject)
        found[number] = after(found.get(number, Appeal(number)), entry.act(Act))
    return found
