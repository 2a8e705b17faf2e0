"""Shoppers (暗访员): the only place where their identity is kept (design §3)."""

from __future__ import annotations

import sqlite3
from typing import Any

import polars as pl

_SOURCE = ("upload_id", "seq", "sheet", "row")


def store(connection: sqlite3.Connection, rows: pl.DataFrame) -> None:
    """Adds rows (columns of the shoppers sheet + upload_id, seq, sheet, row). In a transaction.

    The table takes its columns from the sheet kind through the frame, and grows with it.
    """
    _make_room(connection, rows.columns)
    names = ", ".join(f'"{c}"' for c in rows.columns)
    marks = ", ".join("?" for _ in rows.columns)
    sql = f"INSERT INTO shopper ({names}) VALUES ({marks})"
    connection.executemany(sql, [tuple(map(_plain, r)) for r in rows.iter_rows()])


def _make_room(connection: sqlite3.Connection, columns: list[str]) -> None:
    source = "upload_id TEXT, seq INTEGER, sheet TEXT, row INTEGER"
    connection.execute(f"CREATE TABLE IF NOT EXISTS shopper ({source}, shopper_id TEXT)")
    present = {row["name"] for row in connection.execute("PRAGMA table_info(shopper)")}
    for column in columns:
        if column not in present:
            connection.execute(f'ALTER TABLE shopper ADD COLUMN "{column}"')


def _plain(value: Any) -> Any:
    """SQLite takes text, whole and real numbers; dates and times go as ISO text."""
    return value if isinstance(value, str | int | float | None) else str(value)


def live(connection: sqlite3.Connection) -> pl.DataFrame:
    """The newest row of each shopper, without its source. No columns while there are none."""
    if not _any(connection):
        return pl.DataFrame(schema={"shopper_id": pl.String})
    cursor = connection.execute(
        "SELECT * FROM shopper s WHERE seq = (SELECT max(seq) FROM shopper"
        " WHERE shopper_id = s.shopper_id) ORDER BY shopper_id"
    )
    names = [d[0] for d in cursor.description]
    # All rows decide the types: a column may be blank in the first hundred.
    rows = [tuple(r) for r in cursor]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.drop(_SOURCE)


def take_back(connection: sqlite3.Connection, upload_ids: list[str]) -> None:
    """Removes the rows of uploads that came to nothing. In a transaction."""
    if _any(connection):
        connection.executemany(
            "DELETE FROM shopper WHERE upload_id = ?", [(u,) for u in upload_ids]
        )


def forget(connection: sqlite3.Connection, shopper_id: str) -> int:
    """Removes a person's rows (privacy law); the number of rows removed. In a transaction."""
    if not _any(connection):
        return 0
    return connection.execute("DELETE FROM shopper WHERE shopper_id = ?", (shopper_id,)).rowcount


def _any(connection: sqlite3.Connection) -> bool:
    """Whether a list of shoppers was ever received: the table is made with the first."""
    sql = "SELECT 1 FROM sqlite_master WHERE name = 'shopper'"
    return connection.execute(sql).fetchone() is not None
