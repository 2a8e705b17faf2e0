"""The three stores opened together for writing: locked, recovered, reconciled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.faults import Fault, damaged_warehouse
from pipeline.folders import DataFolder
from pipeline.office import Office, uploads
from pipeline.office.lock import writer
from pipeline.reconcile import Problem, cut, disagreements, recover
from pipeline.warehouse.schema import FactTable
from pipeline.warehouse.store import Warehouse

# KB of the office database that the writer may keep in memory. The ledger is looked up by hash, so
# what an ingest adds touches pages all over it; with SQLite's own 2 MB they are read ever again.
_KEPT_KB = 1 << 16


@dataclass(frozen=True)
class Stores:
    """What an ingest writes to. The archive is paths under `folder`."""

    folder: DataFolder
    office: Office
    warehouse: Warehouse


@contextmanager
def open_stores(
    folder: DataFolder,
    timeout: float = 10.0,
    tables: Mapping[str, FactTable] | None = None,
) -> Iterator[Stores]:
    """Opens for writing. Fault: busy (3), damaged or unwritable (4), each with its cure."""
    with writer(folder, timeout), Office.open(folder) as office:
        sealed = uploads.sealed_facts(office.connection)
        if not folder.warehouse.exists() and any(sealed.values()):
            raise damaged_warehouse(folder.warehouse, "文件缺失 file missing")
        # A write-ahead log left over means that the last writer did not finish: look closely.
        unfinished = folder.warehouse.with_name(folder.warehouse.name + ".wal").exists()
        office.connection.execute(f"PRAGMA cache_size = -{_KEPT_KB}")
        with Warehouse(folder, tables=tables) as warehouse:
            _refuse_cut_ledger(office, warehouse)
            recover(folder, office, warehouse)
            _reconcile(office, warehouse, hashed=unfinished)
            yield Stores(folder, office, warehouse)


@contextmanager
def beside(stores: Stores) -> Iterator[Stores]:
    """The same stores for another thread to read: it sees what is committed."""
    with Office.open(stores.folder) as office, stores.warehouse.beside() as warehouse:
        yield Stores(stores.folder, office, warehouse)


def _refuse_cut_ledger(office: Office, warehouse: Warehouse) -> None:
    heads = [(warehouse.path.name, head) for head in warehouse.heads()]
    for problem in cut(office, heads):
        raise _stop(problem)


def _reconcile(office: Office, warehouse: Warehouse, hashed: bool) -> None:
    sealed = uploads.sealed_facts(office.connection)
    for problem in disagreements(sealed, warehouse.contents(hashed), hashed):
        raise _stop(problem)


def _stop(problem: Problem) -> Fault:
    return Fault(problem.zh, problem.en)
