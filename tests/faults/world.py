"""A small office whose batches cost milliseconds: prepared facts, the real protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipeline.archive import Staging
from pipeline.commit import Group, Incoming, Waypoint, commit
from pipeline.folders import DataFolder
from pipeline.office import ledger
from pipeline.office.uploads import Upload
from pipeline.publish import ACT, _record, _record_unrecorded
from pipeline.publishing import on_record
from pipeline.publishing.writing import sweep, write_whole
from pipeline.stores import Stores, open_stores
from pipeline.storing import Storing

ROWS = 3  # performance rows of each workbook
PERIOD = "2026-09"


@dataclass(frozen=True)
class Batch:
    """One command's workbooks: `number` makes their bytes and branch codes unlike any other's."""

    number: int
    files: int

    def paths(self, box: Path) -> list[Path]:
        """The workbooks, written once."""
        box.mkdir(parents=True, exist_ok=True)
        found = []
        for n in range(self.files):
            path = box / f"{self.number:05}-{n}.xlsx"
            if not path.exists():
                path.write_bytes(f"workbook {self.number} {n} ".encode() * 400)
            found.append(path)
        return found

    def hashes(self, box: Path) -> list[str]:
        """SHA-256 of each."""
        return [hashlib.sha256(p.read_bytes()).hexdigest() for p in self.paths(box)]


def group(batch: Batch, box: Path) -> Group:
    """The batch as an ingest hands it to the protocol; a list of shoppers among the facts."""
    incoming, frames, people = [], [], []
    for n, path in enumerate(batch.paths(box)):
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        planned = {"performance": ROWS, "shopper": 1}
        frames.append(_performance(n, f"{batch.number:05}{n}"))
        people.append({"file": n, "sheet": "S", "row": 2, "shopper_id": f"P{batch.number}-{n}"})
        incoming.append(
            Incoming(n, path, Upload(sha256, "xlsx", path.name, "performance", PERIOD, "accepted",
                                     ROWS, planned=planned))
        )  # fmt: skip
    shoppers = pl.DataFrame(people, schema_overrides={"file": pl.UInt32})
    return Group(incoming, {"performance": pl.concat(frames), "shopper": shoppers})


def _performance(file: int, branch: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "file": [file] * ROWS,
            "sheet": ["业绩"] * ROWS,
            "row": list(range(4, 4 + ROWS)),
            "branch_code": [f"{branch}{n}" for n in range(ROWS)],
            "month": [PERIOD] * ROWS,
            "deposits": [Decimal("1.10")] * ROWS,
        },
        schema_overrides={"file": pl.UInt32, "deposits": pl.Decimal(18, 2)},
    )


def take_in(folder: DataFolder, batches: Sequence[Batch], box: Path, at: Waypoint) -> None:
    """Opens the stores (with whatever recovery that means) and stores the batches: several of them
    as the sittings of a large sending."""
    with open_stores(folder) as stores:
        at("opened")
        if len(batches) == 1:
            commit(stores, group(batches[0], box), "office", at)
        else:
            with Staging(folder, ()) as staging, Storing(stores, "office", at, staging) as storing:
                for batch in batches:
                    storing.begin(group(batch, box))
                storing.settle()
    at("closed")


def put_out(folder: DataFolder, at: Waypoint) -> int:
    """Publishes as `publish` does after its measuring: whole directory, record, head. Revision."""
    with open_stores(folder) as stores:
        sweep(folder.publications)
        _record_unrecorded(stores)
        at("publish:opened")
        revision = 1 + len(list(folder.publications.glob(f"{PERIOD}-r*")))
        path = folder.publications / f"{PERIOD}-r{revision}"
        manifest = _manifest(stores, revision)
        place = {"period": PERIOD, "revision": revision}

        def announce(sha256: str) -> None:
            stores.office.record(on_record.ANNOUNCED, place | {"manifest": sha256}, "office")
            at("publish:announced")

        complete = write_whole(path, {"metric_value": _values(revision)}, manifest, announce)
        at("publish:renamed")
        stores.office.record(ACT, _record(path, complete), "office")
        at("publish:recorded")
        stores.warehouse.note_head(stores.office.head())
    return revision


def _manifest(stores: Stores, revision: int) -> dict[str, object]:
    return {
        "format": 1, "period": PERIOD, "revision": revision, "stage": "preview",
        "content_hash": f"{revision:064}", "created_at": ledger.now(),
        "ledger_head": stores.office.head().to_json(), "code_version": "0", "counts": {},
    }  # fmt: skip


def _values(revision: int) -> pl.DataFrame:
    return pl.DataFrame({"metric": ["m"] * 2000, "value": [float(revision)] * 2000})
