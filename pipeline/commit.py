"""The protocol of an ingest, grouped for speed (design §1).

    copy in (durable, temporary name) → intents → names in the archive → facts → seals → checkpoint

Each arrow is one durable step for the whole group. A kill at any instant leaves each workbook all
in or all out: `reconcile.recover` finishes or undoes it at the next opening. Of two groups in turn
the second may come up to its names while the facts of the first are loaded (:mod:`storing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import archive
from pipeline.archive import Copy, Staging
from pipeline.faults import damaged_warehouse
from pipeline.office import shoppers, uploads
from pipeline.office.ledger import Act, Head, append, payloads
from pipeline.office.uploads import Begun, Upload
from pipeline.stores import Stores
from pipeline.warehouse.editions import EDITION_USED, edition_frames
from pipeline.warehouse.store import Warehouse

# Called with the name of each step reached; tests kill the process there.
Waypoint = Callable[[str], None]


@dataclass(frozen=True)
class Incoming:
    """A workbook that is to be recorded. `file` is its index in the frames of the group."""

    file: int
    path: Path
    upload: Upload


@dataclass(frozen=True)
class Group:
    """Workbooks of one command in path order, and their rows keyed by `file`."""

    incoming: Sequence[Incoming]
    facts: Mapping[str, pl.DataFrame]
    again: Sequence[tuple[str, str]] = ()  # (sha256, name) of files that change nothing
    editions: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # used ones, as JSON
    sources: Mapping[str, Path] = field(default_factory=dict)  # of those of `again`, by sha256


@dataclass(frozen=True)
class Committed:
    """`upload_ids` by file index; `unstaged` = why a file could not be archived, by sha256."""

    upload_ids: dict[int, str]
    unstaged: dict[str, str]


def _nowhere(step: str) -> None:
    """The waypoint of ordinary work: nothing happens."""


@dataclass(frozen=True)
class Unsealed:
    """A group between intent and seal: its files lie in the archive, its facts nowhere yet."""

    places: Mapping[int, Begun]  # by file
    facts: Mapping[str, pl.DataFrame]
    editions: list[tuple[int, dict[str, Any]]]  # that the ledger knows as used
    head: Head
    committed: Committed


def commit(
    stores: Stores,
    group: Group,
    actor: str,
    at: Waypoint = _nowhere,
    staging: Staging | None = None,
) -> Committed:
    """Commits a group; files that changed since they were read are left out and told.

    `staging` may have begun to copy them already.
    """
    unsealed = begin(stores, group, actor, at, staging)
    seal(stores, unsealed, load(stores.warehouse, unsealed, at), actor, at)
    write_through(stores.warehouse, stores.office.head())
    return unsealed.committed


def begin(
    stores: Stores, group: Group, actor: str, at: Waypoint, staging: Staging | None
) -> Unsealed:
    """Up to the names in the archive: all that is done without the facts."""
    copies = {i.file: Copy(i.path, i.upload.sha256, i.upload.extension) for i in group.incoming}
    wanted = [*copies.values(), *_renewed(stores, group)]
    unstaged = staging.finish(wanted) if staging else archive.stage(stores.folder, wanted)
    at("staged")
    kept = [i for i in group.incoming if i.upload.sha256 not in unstaged]
    begun = _begin(stores, group, kept, actor)
    at("intents")
    archive.place(stores.folder, [copy for copy in wanted if copy.sha256 not in unstaged])
    at("placed")
    places = {i.file: b for i, b in zip(kept, begun, strict=True)}
    committed = Committed({f: b.upload_id for f, b in places.items()}, unstaged)
    used = payloads(stores.office.connection, EDITION_USED)
    return Unsealed(places, group.facts, used, stores.office.head(), committed)


def _renewed(stores: Stores, group: Group) -> list[Copy]:
    """Files that were received before: sending the original again mends a damaged archive."""
    new = {i.upload.sha256 for i in group.incoming}
    former = uploads.former(stores.office.connection, [s for s in group.sources if s not in new])
    return [Copy(group.sources[sha256], sha256, f["extension"]) for sha256, f in former.items()]


def _begin(stores: Stores, group: Group, kept: list[Incoming], actor: str) -> list[Begun]:
    with stores.office.transaction() as connection:
        begun = uploads.begin(connection, [i.upload for i in kept], actor)
        known = {p["edition"] for _, p in payloads(connection, EDITION_USED)}
        new = [
            Act(EDITION_USED, {"edition": name, "body": body}, actor)
            for name, body in sorted(group.editions.items())
            if name not in known
        ]
        append(connection, new)
        if group.again:
            uploads.again(connection, group.again, actor)
        people = group.facts.get("shopper")
        if people is not None and begun:
            places = {i.file: b for i, b in zip(kept, begun, strict=True)}
            shoppers.store(connection, placed(people, places))
    return begun


def placed(frame: pl.DataFrame, places: Mapping[int, Begun]) -> pl.DataFrame:
    """`file` replaced by upload_id and seq; rows of files that are not in `places` fall away."""
    where = pl.DataFrame(
        {
            "file": list(places),
            "upload_id": [b.upload_id for b in places.values()],
            "seq": [b.rank for b in places.values()],
        },
        schema={"file": pl.UInt32, "upload_id": pl.String, "seq": pl.Int64},
    )
    cast = frame.with_columns(pl.col("file").cast(pl.UInt32))
    return cast.join(where, on="file", how="inner", maintain_order="left").drop("file")


def load(
    warehouse: Warehouse, unsealed: Unsealed, at: Waypoint = _nowhere
) -> dict[str, uploads.Sealed]:
    """The facts, in one transaction: {upload_id: {table: [rows, hash]}} as the warehouse has them.

    It asks nothing of the other stores, so a thread with a connection of its own may do it.
    """
    own = {t: f for t, f in unsealed.facts.items() if t in warehouse.tables}
    facts = {t: placed(f, unsealed.places) for t, f in own.items()}
    facts = {t: f for t, f in facts.items() if not f.is_empty()}
    loaded: dict[str, uploads.Sealed] = {}
    if facts:
        facts |= edition_frames(unsealed.editions, warehouse)
        loaded = warehouse.load(facts, unsealed.head, at)
    at("facts")
    return loaded


def seal(
    stores: Stores,
    unsealed: Unsealed,
    loaded: Mapping[str, uploads.Sealed],
    actor: str,
    at: Waypoint = _nowhere,
) -> None:
    """Seals with what the warehouse counted, after comparing it with what was planned."""
    sealed: dict[str, uploads.Sealed] = {}
    for b in unsealed.places.values():
        facts = loaded.get(b.upload_id, {})
        planned = {t: n for t, n in b.upload.planned.items() if t != "shopper"}
        if {t: f[0] for t, f in facts.items()} != planned:
            raise damaged_warehouse(
                stores.warehouse.path, f"facts of upload no. {b.seq} are not those planned"
            )
        sealed[b.upload_id] = facts
    if sealed:
        with stores.office.transaction() as connection:
            uploads.seal(connection, sealed, actor)
    at("sealed")


def write_through(warehouse: Warehouse, head: Head) -> None:
    """The last step: how far the ledger is, and all that is sealed in the file itself."""
    warehouse.note_head(head)
    warehouse.checkpoint()
