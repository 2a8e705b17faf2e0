"""What must hold after a fault, looked up in the stores themselves."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import archive
from pipeline.commit import commit
from pipeline.folders import DataFolder
from pipeline.office import shoppers
from pipeline.publication import open_publication, published
from pipeline.stores import Stores, open_stores
from pipeline.verify import verify
from tests.faults.world import PERIOD, ROWS, Batch, group


@dataclass
class Found:
    """Counts of what must be none, and words on the first of each."""

    lost: int = 0
    doubled: int = 0
    half: int = 0
    unsound: int = 0  # verify, publications, files
    said: list[str] = field(default_factory=list)

    def note(self, kind: str, words: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.said.append(f"{kind}: {words}")


def check(
    folder: DataFolder,
    box: Path,
    killed: Sequence[Batch],
    acked: list[str],
    revision: int,
    deep: bool,
) -> Found:
    """Before the next writing, after its recovery, and after the batches were sent again.

    `acked`: hashes whose commit had returned; `revision`: the newest that was acknowledged;
    `deep`: everything is verified once more in the end.
    """
    found = Found()
    sent = [batch.hashes(box) for batch in killed]
    _sound(folder, found, "before recovery", notes=True)
    _served(folder, revision, found)
    with open_stores(folder) as stores:
        _whole(stores, sent, acked, found)
        lost = [batch for batch in killed if not _sealed(stores) >= set(batch.hashes(box))]
        for batch in lost:
            commit(stores, group(batch, box), "office")
        if lost:
            _whole(stores, sent, [*acked, *(sha256 for one in sent for sha256 in one)], found)
    if deep:
        _sound(folder, found, "in the end", notes=False)
    return found


def _sound(folder: DataFolder, found: Found, when: str, notes: bool) -> None:
    verdict = verify(folder)
    told = [p.en for p in verdict.problems] + ([] if notes else [p.en for p in verdict.notes])
    for words in told:
        found.note("unsound", f"verify {when}: {words}")


def _served(folder: DataFolder, revision: int, found: Found) -> None:
    """Every publication that a reader can open is whole, and the newest is not older than known."""
    for publication in published(folder):
        for name, said in publication.manifest["tables"].items():
            data = (publication.path / f"{name}.parquet").read_bytes()
            if hashlib.sha256(data).hexdigest() != said["sha256"]:
                found.note("unsound", f"{publication.path.name}: {name}")
    newest = open_publication(folder, PERIOD)
    if (newest.revision if newest else 0) < revision:
        found.note("lost", f"publication r{revision}")


def _rows(stores: Stores) -> list[Any]:
    return stores.office.connection.execute("SELECT * FROM upload ORDER BY seq").fetchall()


def _sealed(stores: Stores) -> set[str]:
    return {row["sha256"] for row in _rows(stores) if row["state"] == "sealed"}


def _whole(stores: Stores, sent: list[list[str]], acked: list[str], found: Found) -> None:
    rows = _rows(stores)
    sealed = Counter(row["sha256"] for row in rows if row["state"] == "sealed")
    loaded = stores.warehouse.query("SELECT upload_id, count(*) AS n FROM performance GROUP BY ALL")
    counted = dict(loaded.iter_rows())
    for sha256 in acked:
        if not sealed[sha256]:
            found.note("lost", f"acknowledged {sha256[:8]}")
    for sha256, times in sealed.items():
        if times > 1:
            found.note("doubled", f"sealed {times} times {sha256[:8]}")
    for row in rows:
        wanted = ROWS if row["state"] == "sealed" else 0
        if row["state"] not in ("sealed", "undone") or counted.get(row["upload_id"], 0) != wanted:
            found.note("half", f"{row['state']} {counted.get(row['upload_id'], 0)} rows")
        if wanted and not archive.holds(
            archive.path_of(stores.folder, row["sha256"], "xlsx"), row["sha256"]
        ):
            found.note("lost", f"archived file {row['sha256'][:8]}")
    for batch in sent:
        if len({bool(sealed[sha256]) for sha256 in batch}) > 1:
            found.note("half", "some workbooks of one batch in, some out")
    _keys(stores, sealed, found)


def _keys(stores: Stores, sealed: Counter[str], found: Found) -> None:
    twice = stores.warehouse.query(
        "SELECT branch_code FROM performance GROUP BY branch_code, month HAVING count(*) > 1"
    )
    if twice.height:
        found.note("doubled", f"{twice.height} keys")
    people = shoppers.live(stores.office.connection).height
    if people != len(sealed):
        found.note("half", f"{people} shoppers of {len(sealed)} workbooks")
