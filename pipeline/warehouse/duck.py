"""Opening the warehouse file: DuckDB's errors become sentences here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.faults import busy, damaged_warehouse, unwritable


@contextmanager
def duckdb_told(path: Path) -> Iterator[None]:
    """Turns errors of DuckDB's storage into faults; errors of the caller's own SQL stay."""
    try:
        yield
    except duckdb.Error as error:
        said = " ".join(str(error).split())[:200]
        words = said.lower()
        # within one process reading beside writing is told otherwise than between two
        if ("lock" in words and "conflicting" in words) or "different configuration" in words:
            raise busy(path) from error
        if any(w in words for w in _UNWRITABLE):
            raise unwritable(path, str(error).rpartition(": ")[2].strip()[:80]) from error
        # A WAL whose checksum is wrong is told as a bare duckdb.Error.
        if isinstance(error, _STORAGE) or type(error) is duckdb.Error:
            raise damaged_warehouse(path, said) from error
        raise


# The disk is full or may not be written: nothing is damaged, and a rebuild would not help.
_UNWRITABLE = (
    "no space left", "permission denied", "read-only file", "file too large", "quota exceeded",
    "could not write",
)  # fmt: skip
_STORAGE = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
)


def connect(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection to the file, UTC, no extension is ever downloaded. Fault if damaged or busy."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "true",
    }
    with duckdb_told(path):
        return duckdb.connect(str(path), read_only=read_only, config=settings)
