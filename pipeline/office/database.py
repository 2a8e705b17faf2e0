"""Opening the office database: SQLite, WAL, synchronous=FULL, foreign keys."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.faults import Fault, sqlite_told
from pipeline.office.schema import STEPS, VERSION

PATIENCE = 10.0  # seconds to wait for another writer


def connect(path: Path) -> sqlite3.Connection:
    """An autocommit connection with the schema in place. Fault if damaged, busy or not writable."""
    with sqlite_told(path):
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    _write_ahead(connection)
    # FULL: a sealed upload survives a power cut, not only a killed process.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > VERSION:
        raise Fault(
            f"{path.name} 由更新版本的明察建立（{found} > {VERSION}），请升级后再打开。",
            f"{path.name} was made by a newer Mingcha ({found} > {VERSION}). Upgrade to open it.",
        )
    if found < VERSION:
        _grow(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turns to the write-ahead log. Where several turn a new database at once, SQLite tells all but
    one that it is busy without waiting, so that none waits for the other: it is asked again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _grow(connection: sqlite3.Connection) -> None:
    """Takes the steps that this database has not taken yet, all or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again under the lock: another process may have been first.
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        for step in STEPS[found:]:
            for statement in _statements(step):
                connection.execute(statement)
        if found:
            _note_what_was_not(connection)
        connection.execute(f"PRAGMA user_version = {max(found, VERSION)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _note_what_was_not(connection: sqlite3.Connection) -> None:
    """Tables that an older version filled without a word of it in the ledger are told there."""
    from pipeline.office import noted, review_cases

    review_cases.note(connection)
    for table in noted.TABLES:
        noted.note(connection, table)


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """All or nothing; takes the write lock at once, so that nobody reads what will be stale."""
    with sqlite_told(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
