"""Rounds on record: their states, replayed from the acts."""

from __future__ import annotations

import sqlite3

from audits.rounds import Act, Round, after
from pipeline.office import proceedings
from pipeline.office.proceedings import ROUND


def standing(connection: sqlite3.Connection, until: int | None = None) -> dict[str, Round]:
    """Every round on record by id; with `until` as it stood at that ledger record."""
    found: dict[str, Round] = {}
    for entry in proceedings.entries(connection, ROUND, until=until):
        before = found.get(entry.subject, Round(entry.subject))
        found[entry.subject] = after(before, entry.act(Act))
    return found
