"""Ledger, archive and facts agree, or it is said where they do not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import archive
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, shoppers, uploads
from pipeline.office.ledger import Head
from pipeline.warehouse.store import Warehouse

RECOVERY = "system"
Facts = Mapping[str, Mapping[str, list[Any]]]  # {upload_id: {table: [rows, hash]}}


@dataclass(frozen=True)
class Problem:
    """One disagreement, with its cure.

    `check`: ledger, uploads, corrections, spellings, proceedings, actions, archive, facts,
    publications.
    """

    check: str
    zh: str
    en: str


def recover(folder: DataFolder, office: Office, warehouse: Warehouse) -> None:
    """Finishes or undoes, on record, what a kill left between intent and seal."""
    open_ones = uploads.unsealed(office.connection)
    if open_ones:
        booked = warehouse.booked([row["upload_id"] for row in open_ones])
        finished = {
            row["upload_id"]: booked.get(row["upload_id"], {})
            for row in open_ones
            if _complete(folder, office, row, booked.get(row["upload_id"], {}))
        }
        undone = [r["upload_id"] for r in open_ones if r["upload_id"] not in finished]
        settle(office, finished, undone)
        warehouse.note_head(office.head())
        warehouse.checkpoint()
    archive.sweep(folder)


def settle(office: Office, finished: Mapping[str, Any], undone: list[str]) -> None:
    """Seals the finished and undoes the others, in one transaction."""
    with office.transaction() as connection:
        if finished:
            uploads.seal(connection, dict(finished), RECOVERY, recovered=True)
        if undone:
            uploads.undo(connection, undone, RECOVERY)
            shoppers.take_back(connection, undone)


def _complete(folder: DataFolder, office: Office, row: Any, booked: Mapping[str, Any]) -> bool:
    """Whether the file and all planned facts are there; shoppers came with the intent."""
    body = office.connection.execute(
        "SELECT body FROM ledger_payload WHERE seq = ?", (row["seq"],)
    ).fetchone()
    planned = json.loads(body["body"]).get("planned", {}) if body else {}
    expected = {t: n for t, n in planned.items() if t != "shopper"}
    path = archive.path_of(folder, row["sha256"], row["extension"])
    return archive.holds(path, row["sha256"]) and expected == {t: f[0] for t, f in booked.items()}


def disagreements(
    sealed: Facts, found: Facts, hashed: bool, anew: bool = False
) -> Iterator[Problem]:
    """Facts that the ledger has sealed and the warehouse has not, has otherwise, or has besides.

    `anew`: the warehouse was just rebuilt, so the cure is another one.
    """
    for upload_id in sorted(sealed.keys() | found.keys(), key=_seq):
        wanted, there = sealed.get(upload_id, {}), found.get(upload_id, {})
        for table in sorted(wanted.keys() | there.keys() - {"shopper"}):
            if table == "shopper":
                continue
            rows, digest = wanted.get(table, [0, ""])
            rows_there, digest_there = there.get(table, [0, ""])
            if rows != rows_there:
                yield _rows_differ(_seq(upload_id), table, rows, rows_there, anew)
            elif hashed and digest != digest_there:
                yield _hash_differs(_seq(upload_id), table, anew)


def _seq(upload_id: str) -> int:
    return int(upload_id.rsplit(":", 1)[-1])


# Nobody is sent round in a circle: after a rebuild the cure is not a rebuild.
_CURE = ("请运行：mingcha rebuild", "Run: mingcha rebuild")
_ANEW_ZH = (
    "原件未变，而本版程序的读法与入库时不同。"
    "请换回入库时的版本再重建，或用备份恢复：mingcha restore"
)
_ANEW_EN = (
    "The original is unchanged, but this version reads it differently. "
    "Rebuild with the version that took it in, or bring back a backup: mingcha restore"
)
_CURE_ANEW = (_ANEW_ZH, _ANEW_EN)


def _rows_differ(seq: int, table: str, rows: int, there: int, anew: bool) -> Problem:
    zh, en = _CURE_ANEW if anew else _CURE
    where, where_en = ("重建所得", "rebuilt") if anew else ("数据仓库中", "in the warehouse")
    return Problem(
        "facts",
        f"台账第 {seq} 号上传应有 {table} 数据 {rows} 行，{where}有 {there} 行。{zh}",
        f"Upload no. {seq} of the ledger should have {rows} rows of {table}, {where_en} are "
        f"{there}. {en}",
    )


def _hash_differs(seq: int, table: str, anew: bool) -> Problem:
    zh, en = _CURE_ANEW if anew else _CURE
    where, where_en = ("重建所得的", "rebuilt ") if anew else ("的", "")
    return Problem(
        "facts",
        f"台账第 {seq} 号上传{where} {table} 数据与封存时不同。{zh}",
        f"The {where_en}{table} facts of upload no. {seq} differ from what was sealed. {en}",
    )


def cut(office: Office, heads: list[tuple[str, Head]]) -> Iterator[Problem]:
    """Ends of the chain remembered elsewhere (where, head) that the ledger does not reach."""
    for where, head in heads:
        found = ledger.hash_at(office.connection, head.seq)
        if found == head.hash:
            continue
        zh = "缺失（台账尾部被截断）" if found is None else "与之不同"
        en = "missing (the ledger was cut at its tail)" if found is None else "another one"
        yield Problem(
            "ledger",
            f"{where} 记有台账第 {head.seq} 号记录，现台账中该记录{zh}。"
            "请用备份恢复：mingcha restore",
            f"{where} remembers ledger record no. {head.seq}; in the ledger it is {en}. "
            "Bring back a backup: mingcha restore",
        )
