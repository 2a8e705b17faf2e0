"""The warehouse: facts only, one writer, rebuildable from the archive and the ledger.

Beside the facts it keeps what was loaded (`load`: counts and hashes per upload and table) and
how far the ledger was (`ledger_head`): a ledger cut at its tail is seen here too.

An upload read anew with corrections carries the `seq` of the one it stands for. Of all uploads with
one `seq` only the newest stands; the facts of the others are kept aside in schema `former`, so that
whoever asks the tables need not know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

import duckdb
import polars as pl

from pipeline.folders import DataFolder
from pipeline.office.ledger import Head
from pipeline.warehouse import layers, questions
from pipeline.warehouse.duck import connect, duckdb_told
from pipeline.warehouse.schema import FactTable, fact_tables

Waypoint = Callable[[str], None]
_BOOKS = (
    "load (upload_id VARCHAR, seq BIGINT, table_name VARCHAR, rows BIGINT, hash VARCHAR)",
    "ledger_head (seq BIGINT, hash VARCHAR)",
)


class Warehouse:
    """One open warehouse. A missing file opened for reading is an empty warehouse in memory."""

    def __init__(
        self,
        folder: DataFolder,
        read_only: bool = False,
        tables: Mapping[str, FactTable] | None = None,
    ) -> None:
        self.path = folder.warehouse
        self.tables = dict(tables) if tables is not None else fact_tables()
        absent = read_only and not self.path.exists()
        self.connection: duckdb.DuckDBPyConnection = (
            duckdb.connect(":memory:") if absent else connect(self.path, read_only)
        )
        if absent or not read_only:
            self._make_tables()
        elif self._lacking():
            self._grow_and_reopen()

    @classmethod
    def open(cls, folder: DataFolder, read_only: bool = False) -> Warehouse:
        """Opens for writing (hold the writer's lock) or reading. Fault if damaged or busy."""
        if not read_only:
            folder.root.mkdir(parents=True, exist_ok=True)
        return cls(folder, read_only)

    def beside(self) -> Warehouse:
        """The same file through a connection of its own, for another thread; closed by itself."""
        other = copy(self)
        other.connection = self.connection.cursor()
        return other

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def _make_tables(self) -> None:
        with duckdb_told(self.path):
            self.connection.execute("BEGIN")  # one write to disk, not forty
            for book in _BOOKS:
                self.connection.execute(f"CREATE TABLE IF NOT EXISTS {book}")
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {questions.FORMER}")
            for schema, table in self._everywhere():
                columns = ", ".join(f'"{c}" {t}' for c, t in table.columns.items())
                self.connection.execute(
                    f'CREATE TABLE IF NOT EXISTS {schema}."{table.id}" ({columns})'
                )
            self._grow()
            self.connection.execute("COMMIT")

    def _everywhere(self) -> list[tuple[str, FactTable]]:
        """(schema, table): every table of facts, and its former ones."""
        facts = [t for t in self.tables.values() if "upload_id" in t.columns]
        return [
            *(("main", t) for t in self.tables.values()),
            *((questions.FORMER, t) for t in facts),
        ]

    def _lacking(self) -> bool:
        """Whether a table or column was declared since this file was written."""
        present = self._present()
        return any((s, t.id, c) not in present for s, t in self._everywhere() for c in t.columns)

    def _present(self) -> set[tuple[Any, ...]]:
        """(schema, table, column) of all that is there."""
        columns = "table_schema, table_name, column_name"
        return set(self._rows(f"SELECT {columns} FROM information_schema.columns"))

    def _grow_and_reopen(self) -> None:
        self.connection.close()
        self.connection = connect(self.path, read_only=False)
        self._make_tables()
        self.connection.close()
        self.connection = connect(self.path, read_only=True)

    def _grow(self) -> None:
        """A column newly declared is added; what was loaded before has NULL in it."""
        present = self._present()
        for schema, table in self._everywhere():
            for column, type in table.columns.items():
                if (schema, table.id, column) not in present:
                    self.connection.execute(
                        f'ALTER TABLE {schema}."{table.id}" ADD COLUMN "{column}" {type}'
                    )

    def _rows(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with duckdb_told(self.path):
            return self.connection.execute(sql, values or []).fetchall()

    def query(self, sql: str) -> pl.DataFrame:
        """The frame of a query."""
        with duckdb_told(self.path):
            return self.connection.sql(sql).pl()

    def load(
        self,
        facts: Mapping[str, pl.DataFrame],
        head: Head,
        at: Waypoint = lambda step: None,
    ) -> dict[str, dict[str, list[Any]]]:
        """Loads facts (with upload_id and seq) in one transaction.

        Returns {upload_id: {table: [rows, hash]}} as counted and hashed in the warehouse itself.
        `head` is the ledger's end that these facts belong to.
        """
        with duckdb_told(self.path):
            self.connection.execute("BEGIN")
            try:
                for name, frame in facts.items():
                    self._insert(name, frame)
                    at(f"facts:{name}")
                loaded = self._book(facts)
                self._set_aside(list(loaded))
                self._note(head)
                at("facts:before commit")
                self.connection.execute("COMMIT")
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
        return loaded

    def _insert(self, name: str, frame: pl.DataFrame) -> None:
        known = [c for c in frame.columns if c in self.tables[name].columns]
        # Handed over as Polars has it: DuckDB would have every text copied into another form.
        own = frame.select(known).to_arrow(compat_level=pl.CompatLevel.newest())
        self.connection.register("incoming", own)
        self.connection.execute(f'INSERT INTO "{name}" BY NAME SELECT * FROM incoming')
        self.connection.unregister("incoming")

    def _book(self, facts: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, list[Any]]]:
        own = {t: f for t, f in facts.items() if "upload_id" in self.tables[t].columns}
        own = {t: f for t, f in own.items() if not f.is_empty()}
        if not own:
            return {}
        ids = pl.concat([f.select("upload_id") for f in own.values()]).unique()
        first = min(int(f.select(pl.col("seq").min()).item()) for f in own.values())
        # By seq first, which spares most of the table; a corrected upload shares its seq.
        these = f"WHERE seq >= {first} AND upload_id IN (SELECT upload_id FROM incoming)"
        # All tables in one question, so that one is looked at beside another.
        asked = " UNION ALL ".join(
            f"SELECT '{t}' AS table_name, * FROM ({questions.hashes(self.tables[t], these)})"
            for t in own
        )
        self.connection.register("incoming", ids)
        booked = self.connection.sql(asked).pl()
        self.connection.register("incoming", booked)
        self.connection.execute("INSERT INTO load BY NAME SELECT * FROM incoming")
        self.connection.unregister("incoming")
        loaded: dict[str, dict[str, list[Any]]] = {}
        for row in booked.sort("table_name", maintain_order=True).iter_rows(named=True):
            tables = loaded.setdefault(row["upload_id"], {})
            tables[row["table_name"]] = [row["rows"], row["hash"]]
        return loaded

    def _set_aside(self, loaded: list[str]) -> None:
        """Keeps aside what the corrected uploads among those just loaded stand for now."""
        self.connection.register(
            "loaded", pl.DataFrame({"upload_id": loaded}, schema={"upload_id": pl.String})
        )
        replaced = self.connection.sql(questions.REPLACED).pl()
        self.connection.unregister("loaded")
        if replaced.is_empty():
            return
        self.connection.register("replaced", replaced)
        for schema, table in self._everywhere():
            if schema == questions.FORMER:
                for sql in questions.set_aside(table):
                    self.connection.execute(sql)
        self.connection.unregister("replaced")

    def _note(self, head: Head) -> None:
        self.connection.execute("INSERT INTO ledger_head VALUES (?, ?)", [head.seq, head.hash])

    def note_head(self, head: Head) -> None:
        """Remembers how far the ledger is."""
        with duckdb_told(self.path):
            self._note(head)

    def heads(self) -> list[Head]:
        """Every end of the ledger that was remembered, oldest first."""
        rows = self._rows("SELECT DISTINCT seq, hash FROM ledger_head ORDER BY seq")
        return [Head(*row) for row in rows]

    def checkpoint(self) -> None:
        """Writes the WAL into the file: a truncated WAL can then lose nothing of this group."""
        with duckdb_told(self.path):
            self.connection.execute("CHECKPOINT")

    def booked(self, upload_ids: list[str]) -> dict[str, dict[str, list[Any]]]:
        """{upload_id: {table: [rows, hash]}} as noted at loading, for these uploads."""
        found: dict[str, dict[str, list[Any]]] = {}
        rows = self._rows(
            "SELECT upload_id, table_name, rows, hash FROM load WHERE list_contains(?, upload_id)",
            [upload_ids],
        )
        for upload_id, table, count, digest in rows:
            found.setdefault(upload_id, {})[table] = [count, digest]
        return found

    def contents(self, hashed: bool = True) -> dict[str, dict[str, list[Any]]]:
        """{upload_id: {table: [rows, hash]}} of the facts that are really there now.

        Without `hashed` the hash is "" (counting alone takes a few milliseconds).
        """
        found: dict[str, dict[str, list[Any]]] = {}
        for schema, table in self._everywhere():
            if "upload_id" not in table.columns:
                continue
            ask = questions.hashes if hashed else questions.counts
            for upload_id, _, count, digest in self._rows(ask(table, schema=schema)):
                found.setdefault(upload_id, {})[table.id] = [count, digest]
        return found

    def live(self, table: str) -> pl.DataFrame:
        """The live row of each key, with `sha256` of the file it came from.

        A performance row is merged column by column from the newest sheets that have the column;
        its place is that of the newest one, and :meth:`elsewhere` names the columns from older
        ones. It is left out while a newer quarantined row waits (:meth:`quarantined`): then the
        branch is `pending_correction`, not at the older figure.
        """
        if table == "performance":
            return self.query(layers.live(self.tables, self._depth()))
        return self.query(questions.live(self.tables[table]))

    def elsewhere(self) -> pl.DataFrame:
        """Columns of live performance rows that come from an older sheet than the row's place.

        [branch_code, month, columns: ids joined by commas, sha256, sheet, row].
        """
        return self.query(layers.elsewhere(self.tables, self._depth()))

    def _depth(self) -> int:
        return int(self.query(layers.depth(self.tables)).item())

    def quarantined(self, kind: str | None = None) -> pl.DataFrame:
        """Rows kept out by an error and not mended since: kind, branch_code, period, and source."""
        frame = self.query(questions.quarantined(self.tables))
        return frame if kind is None else frame.filter(pl.col("kind") == kind)
