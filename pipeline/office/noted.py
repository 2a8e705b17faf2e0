"""Tables whose rows are no act of anybody: the ledger says what they hold, by a hash.

So `verify` sees a row that was put in, changed or taken out: a reply passed off as read would never
be taken, and a text no longer known as masked would be published with the name in it.
"""

from __future__ import annotations

import hashlib
import sqlite3

from pipeline.office import ledger

NOTED = "ledger.noted"
TABLES = {"masked_text": "digest", "replies_read": "upload_id"}  # and what they are sorted by
_NOTHING = hashlib.sha256(b"").hexdigest()


def note(connection: sqlite3.Connection, table: str) -> None:
    """Has the ledger say what a table holds now, where that changed. In a transaction."""
    found = _digest(connection, table)
    if found != _told(connection, table)[1]:
        said = {"table": table, "sha256": found}
        ledger.append(connection, [ledger.Act(NOTED, said, "office")])


def unlike_ledger(connection: sqlite3.Connection) -> list[int]:
    """The number of the last record about each table that does not hold what it says; 0 where the
    ledger never spoke of a table that is not empty."""
    told = {table: _told(connection, table) for table in TABLES}
    return sorted(seq for table, (seq, said) in told.items() if _digest(connection, table) != said)


def _told(connection: sqlite3.Connection, table: str) -> tuple[int, str]:
    """What the ledger says last; of a table that it never spoke of, that it is empty."""
    found = [(s, p) for s, p in ledger.payloads(connection, NOTED) if p["table"] == table]
    return (found[-1][0], str(found[-1][1]["sha256"])) if found else (0, _NOTHING)


def _digest(connection: sqlite3.Connection, table: str) -> str:
    told = hashlib.sha256()
    for row in connection.execute(f"SELECT * FROM {table} ORDER BY {TABLES[table]}"):
        told.update(ledger.canonical(list(row)).encode() + b"\n")
    return told.hexdigest()
