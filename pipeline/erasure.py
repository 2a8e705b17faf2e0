"""Erasing a shopper (个人信息删除): the person goes, what was seen stays.

    list ─▶ texts that name the person are remembered by hash, masked ─▶ words in ledger payloads
    and tables masked, on record ─▶ own records of plans and the list's rows gone

From then on nobody can tell who the id was. Originals in the archive and the facts read from them
stay what was received: the office alone reads them, publications have the mask.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import unicodedata
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import ledger, masked_texts, noted, review_cases, shoppers
from pipeline.office.redaction import Mask, mask_tables, payloads_naming
from pipeline.persons import mask_texts, pattern_of
from pipeline.planning.record import PEOPLE
from pipeline.settings import load_settings
from pipeline.sheets import kinds
from pipeline.stores import Stores, open_stores
from pipeline.warehouse.questions import FORMER

USAGE = 2


@dataclass(frozen=True)
class Erased:
    """What was done, without the name. `originals`: SHA-256 of received lists that still hold it.

    `texts`: texts of sheets that will be masked; `records`: ledger records without the words now;
    `cells`: cells of other tables changed; `rows`: rows of the list removed.
    """

    record: int
    rows: int
    texts: int
    records: int
    cells: int
    originals: list[str]

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/erase.schema.json)."""
        return asdict(self)


def erase_shopper(
    folder: DataFolder, shopper_id: str, reason: str, *, actor: str = "office"
) -> Erased:
    """Erases a shopper of the office's list. Fault: 2 no such shopper or no reason, 3, 4."""
    if not reason.strip():
        raise Fault("请写明删除原因（--reason）。", "Say why (--reason).", USAGE)
    with open_stores(folder, load_settings(folder).lock_seconds) as stores:
        people = _rows_of(stores.office.connection, shopper_id)
        if not people:
            raise Fault(
                "暗访员名册中没有这个编号（或已删除）。",
                "The list of shoppers has no such id (or it was erased before).",
                USAGE,
            )
        mask = _mask_of([str(row["name"]) for row in people if row["name"]])
        done = _erased(stores, shopper_id, mask, reason.strip(), actor, people)
        stores.warehouse.note_head(stores.office.head())
        _overwrite(stores.office.connection)
    return done


def _overwrite(connection: sqlite3.Connection) -> None:
    """What is deleted leaves the file too. Somebody who reads meanwhile puts it off till later."""
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _rows_of(connection: sqlite3.Connection, shopper_id: str) -> list[sqlite3.Row]:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'shopper'").fetchone() is None:
        return []
    return connection.execute(
        "SELECT upload_id, name FROM shopper WHERE shopper_id = ?", (shopper_id,)
    ).fetchall()


def _mask_of(names: list[str]) -> Mask:
    """Masks the names. The id stays: without the list it is nobody's."""
    pattern = pattern_of([], names)
    first = {unicodedata.normalize("NFKC", name).strip()[:1] for name in names}

    @cache
    def mask(text: str) -> str:
        # nearly all texts lack even the first character of the name
        if pattern is None or first.isdisjoint(unicodedata.normalize("NFKC", text)):
            return text
        return mask_texts([text], pattern)[0]

    return mask


def _erased(
    stores: Stores,
    shopper_id: str,
    mask: Mask,
    reason: str,
    actor: str,
    people: list[sqlite3.Row],
) -> Erased:
    texts = _texts_naming(stores, mask)
    with stores.office.transaction() as connection:
        own = _own_plans(connection, shopper_id)
        left = {s: b for s, b in payloads_naming(connection, mask).items() if s not in own}
        masked_texts.further(connection, mask)
        masked_texts.remember(connection, texts)
        noted.note(connection, "masked_text")
        cells = mask_tables(connection, mask)
        review_cases.note(connection)
        rows = shoppers.forget(connection, shopper_id)
        head = ledger.erase(connection, [*own, *left], actor, mask(reason), left)
    return Erased(
        record=head.seq,
        rows=rows,
        texts=len(texts),
        records=len(own) + len(left),
        cells=cells,
        originals=sorted({row["upload_id"].split(":")[0] for row in people}),
    )


def _texts_naming(stores: Stores, mask: Mask) -> dict[str, str]:
    """{text: masked} of every free text in the facts, standing or former, that names the person.

    A text that named somebody erased before is published as it was masked then.
    """
    before = masked_texts.known(stores.office.connection)
    found = {}
    for table, column in _words(stores):
        for schema in ("main", FORMER):
            rows = stores.warehouse.query(
                f'SELECT DISTINCT "{column}" AS said FROM {schema}."{table}"'
                f' WHERE "{column}" IS NOT NULL'
            )
            for text in rows["said"]:
                known = before.get(masked_texts.digest(text), text)
                if mask(known) != known:
                    found[text] = mask(known)
    return found


def _words(stores: Stores) -> list[tuple[str, str]]:
    """(table, column) of the free texts and of the names of sheets."""
    prose = [(k.table, c.id) for k in kinds().values() for c in k.columns if c.prose]
    tables = stores.warehouse.tables.values()
    return [*prose, *((t.id, "sheet") for t in tables if {"upload_id", "sheet"} <= set(t.columns))]


def _own_plans(connection: sqlite3.Connection, shopper_id: str) -> list[int]:
    """Records of plans that say where this person goes."""
    rows = connection.execute(
        "SELECT seq, body FROM ledger JOIN ledger_payload USING (seq) WHERE act = ?", (PEOPLE,)
    )
    return [row["seq"] for row in rows if json.loads(row["body"])["shopper_id"] == shopper_id]
