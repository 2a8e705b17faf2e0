"""Texts of sheets that named a person erased since: how they are published from then on.

Who was erased is known to nobody any more, so that the words themselves could not be found again;
the text is known by its hash, wherever and however often it comes.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping

import polars as pl


def digest(text: str) -> str:
    """What a text is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def remember(connection: sqlite3.Connection, texts: Mapping[str, str]) -> None:
    """{text as written: as it is to be published}. In a transaction."""
    connection.executemany(
        "INSERT INTO masked_text VALUES (?, ?)"
        " ON CONFLICT (digest) DO UPDATE SET text = excluded.text",
        [(digest(written), masked) for written, masked in texts.items()],
    )


def known(connection: sqlite3.Connection) -> dict[str, str]:
    """{digest: text as it is published}."""
    return dict(connection.execute("SELECT digest, text FROM masked_text").fetchall())


def further(connection: sqlite3.Connection, mask: Callable[[str], str]) -> None:
    """Masks another person in what is remembered. In a transaction."""
    changed = [(mask(text), key) for key, text in known(connection).items() if mask(text) != text]
    connection.executemany("UPDATE masked_text SET text = ? WHERE digest = ?", changed)


def replaced(texts: pl.Series, remembered: Mapping[str, str]) -> pl.Series:
    """The texts, those that are remembered as they are to be published."""
    if not remembered:
        return texts
    words = {
        t: remembered[d] for t in texts.drop_nulls().unique() if (d := digest(t)) in remembered
    }
    return texts.replace(words) if words else texts
