"""The office database (SQLite): what people do. Many readers and writers at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.folders import DataFolder
from pipeline.office import ledger
from pipeline.office.database import connect, transaction
from pipeline.office.ledger import Act, Head


class Office:
    """One open connection. Use it in one thread, as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection: sqlite3.Connection = connect(path)

    @classmethod
    def open(cls, folder: DataFolder) -> Office:
        """Opens, making folder and database if need be. Fault if damaged, busy or unwritable."""
        folder.root.mkdir(parents=True, exist_ok=True)
        return cls(folder.office)

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing."""
        with transaction(self.connection, self.path) as connection:
            yield connection

    def record(self, act: str, payload: dict[str, Any], actor: str) -> Head:
        """Appends one record to the ledger in a transaction of its own; the new head."""
        return self.record_all([Act(act, payload, actor)])

    def record_all(self, acts: Sequence[Act]) -> Head:
        """Appends several records in one transaction; the new head."""
        with self.transaction() as connection:
            ledger.append(connection, acts)
            return ledger.head(connection)

    def head(self) -> Head:
        """The end of the chain: what a manifest carries as `ledger_head`."""
        return ledger.head(self.connection)
