"""Masking a person wherever the office database has written words: payloads, and every table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

# What is not words, or is kept otherwise: the chain, its payloads, the list itself.
_APART = (
    "ledger",
    "ledger_payload",
    "ledger_erasure",
    "ledger_redaction",
    "shopper",
    "masked_text",
)
_NOT_WORDS = ("actor",)  # the chain commits to it: an account, never a shopper
Mask = Callable[[str], str]


def masked_value(value: Any, mask: Mask) -> Any:
    """A JSON value with every text in it masked, keys too."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [masked_value(v, mask) for v in value]
    if isinstance(value, dict):
        return {mask(k): masked_value(v, mask) for k, v in value.items()}
    return value


def payloads_naming(connection: sqlite3.Connection, mask: Mask) -> dict[int, dict[str, Any]]:
    """{seq: what is left} of every payload that names the person."""
    found = {}
    for row in connection.execute("SELECT seq, body FROM ledger_payload ORDER BY seq"):
        said = json.loads(row["body"])
        left = masked_value(said, mask)
        if left != said:
            found[row["seq"]] = left
    return found


def mask_tables(connection: sqlite3.Connection, mask: Mask) -> int:
    """Masks the person in every text of every other table; cells changed. In a transaction."""
    changed = 0
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in [t for t in tables if t["name"] not in _APART and "sqlite_" not in t["name"]]:
        columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        for column in (c["name"] for c in columns if c["type"] == "TEXT"):
            if column not in _NOT_WORDS:
                changed += _mask_column(connection, table, column, mask)
    return changed


def _mask_column(connection: sqlite3.Connection, table: str, column: str, mask: Mask) -> int:
    rows = connection.execute(
        f'SELECT rowid AS id, "{column}" AS said FROM "{table}" WHERE "{column}" IS NOT NULL'
    ).fetchall()
    changed = [
        (new, row["id"]) for row in rows if (new := _masked(row["said"], mask)) != row["said"]
    ]
    connection.executemany(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', changed)
    return len(changed)


def _masked(text: str, mask: Mask) -> str:
    """JSON is masked value by value, so that it stays JSON; other text as it stands."""
    if text[:1] in ("{", "["):
        try:
            said = json.loads(text)
        except ValueError:
            return mask(text)
        left = masked_value(said, mask)
        # as it was written: canonical JSON has no blanks
        separators = None if '": ' in text or '", ' in text else (",", ":")
        return text if left == said else json.dumps(left, ensure_ascii=False, separators=separators)
    return mask(text)
