"""What the audit administrator reads of the ledger: records with personal payload masked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from pipeline.appeals import masker_of
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, ledger_reading
from pipeline.office.ledger_reading import Record, Wanted
from pipeline.persons import Masker
from pipeline.warehouse.store import Warehouse

EXPORTED = "ledger.export"
HIDDEN = "〔遮盖 masked〕"
# Keys whose values are people, addresses or names of files that may name people.
_PERSONAL = re.compile(r"name|shopper|people|person|e?mail|address|phone|^head$|^file$", re.I)
# Ids, codes, hashes, days, periods: they say nothing about anybody. What is longer or has blanks
# or 中文 in it is text, which is masked.
_PLAIN = re.compile(r"[0-9A-Za-z_.:+\-/@]{1,80}")


def read(folder: DataFolder, wanted: Wanted, most: int) -> tuple[list[Record], int]:
    """The newest `most` records of what is wanted, masked, and how many there are in all.

    Nothing is created by asking. Where the stores are being written to, no text is shown at all.
    """
    if not folder.office.is_file():
        return [], 0
    with Office.open(folder) as office:
        found = ledger_reading.records(office.connection, wanted, most)
        number = ledger_reading.count(office.connection, wanted)
        masker = _masker(folder, office)
    return [_masked(record, masker) for record in found], number


def choices(folder: DataFolder) -> tuple[list[str], list[str]]:
    """The acts and the actors that there are."""
    if not folder.office.is_file():
        return [], []
    with Office.open(folder) as office:
        return ledger_reading.acts(office.connection), ledger_reading.actors(office.connection)


def note_export(folder: DataFolder, wanted: Wanted, count: int, actor: str) -> None:
    """Puts on record that somebody took records along."""
    with Office.open(folder) as office, office.transaction() as connection:
        said = {"act": wanted.act, "since": wanted.since, "until": wanted.until, "count": count}
        ledger.append(connection, [ledger.Act(EXPORTED, said, actor)])


def _masker(folder: DataFolder, office: Office) -> Masker | None:
    try:
        with Warehouse(folder, read_only=True) as warehouse:
            return masker_of(office.connection, warehouse)
    except Fault:
        return None


def _masked(record: Record, masker: Masker | None) -> Record:
    if record.payload is None:
        return record
    return replace(record, payload=mask(record.payload, masker))


def mask(value: Any, masker: Masker | None, key: str = "") -> Any:
    """A payload without persons: values under personal keys are hidden, text is masked."""
    if isinstance(value, dict):
        return {k: mask(v, masker, str(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [mask(v, masker, key) for v in value]
    if not isinstance(value, str) or not value:
        return value
    if _PERSONAL.search(key):
        return HIDDEN
    if _PLAIN.fullmatch(value):
        return HIDDEN if "@" in value else value
    return HIDDEN if masker is None else masker.people(value)
