"""Editions of an office: which there are, and importing another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audits.scorecard import Edition, load_editions
from pipeline.editions import rules
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, editions
from pipeline.office.lock import writer
from pipeline.settings import load_settings

USAGE = 2


@dataclass(frozen=True)
class Report:
    """What became of a workbook. `status`: sound (checked only), imported, replaced, unchanged,
    refused."""

    file: str
    sha256: str
    edition: str | None
    status: str
    findings: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/edition-import.schema.json)."""
        return dict(self.__dict__)


def editions_of(folder: DataFolder) -> dict[str, Edition]:
    """Every edition that an office has, by id. Nothing is created by asking."""
    if not folder.office.is_file():
        return load_editions()
    with Office.open(folder) as office:
        return editions.known(office.connection)


def edition_of(folder: DataFolder, id: str) -> Edition:
    """One edition; Fault 2 if there is none of that id."""
    found = editions_of(folder)
    if id in found:
        return found[id]
    raise Fault(
        f"没有版本 {id}，现有：{'、'.join(found)}。",
        f"There is no edition {id}; there are: {', '.join(found)}.",
        USAGE,
    )


def listed(folder: DataFolder) -> list[dict[str, Any]]:
    """One entry for each edition (schemas/edition-list.schema.json)."""
    if not folder.office.is_file():
        return [_entry(e, None, False) for e in load_editions().values()]
    with Office.open(folder) as office:
        own, used = editions.imported(office.connection), editions.used(office.connection)
        found = editions.known(office.connection)
    return [_entry(e, own.get(id), id in used) for id, e in found.items()]


def _entry(edition: Edition, kept: editions.Imported | None, used: bool) -> dict[str, Any]:
    return {
        "edition": edition.id,
        "instrument": edition.instrument,
        "zh": edition.zh,
        "en": edition.en,
        "valid_from": edition.valid_from.isoformat(),
        "former": edition.former,
        "sections": len(edition.sections),
        "items": len(edition.items),
        "used": used,
        "source": "shipped" if kept is None else "imported",
        "imported_at": None if kept is None else kept.at,
        "imported_by": None if kept is None else kept.actor,
        "file": None if kept is None else kept.name,
    }


def check_file(folder: DataFolder, path: Path) -> Report:
    """What is wrong with a workbook; nothing is stored. Fault 2: no such file."""
    read = _read(path, editions_of(folder))
    return _report(read, "sound" if read.sound else "refused")


def import_file(folder: DataFolder, path: Path, *, actor: str = "office") -> Report:
    """Takes the edition of a workbook in, or refuses it with findings.

    An edition that a visit has used, or that comes with Mingcha, is never changed. Fault: 2 no such
    file, 3 busy, 4 environment.
    """
    _must_be(path)
    timeout = load_settings(folder).lock_seconds
    with writer(folder, timeout), Office.open(folder) as office:
        known = editions.known(office.connection)
        read = _read(path, known)
        edition = read.edition
        if edition is None:
            return _report(read, "refused")
        if edition == known.get(edition.id):
            return _report(read, "unchanged")
        barred = _barred(edition.id, editions.used(office.connection))
        if barred is not None:
            read.told(barred, "edition", "id", edition.id)
        if not read.sound:
            return _report(read, "refused")
        with office.transaction() as connection:
            editions.keep(connection, edition, path.name, read.sha256, actor)
        return _report(read, "replaced" if edition.id in known else "imported")


def _barred(id: str, used: Mapping[str, Any]) -> Any:
    """Why an edition of this id cannot be changed; None if it can."""
    if id in used:
        return rules.IN_USE
    return rules.SHIPPED if id in load_editions() else None


def _must_be(path: Path) -> None:
    if not path.is_file():
        raise Fault(f"没有这个文件：{path}", f"No such file: {path}", USAGE)


def _read(path: Path, known: Mapping[str, Edition]) -> Any:
    from pipeline.editions.reading import read_edition

    _must_be(path)
    return read_edition(path, known)


def _report(read: Any, status: str) -> Report:
    edition = read.edition.id if read.edition is not None else None
    found = [f.public() for f in read.findings]
    return Report(read.name, read.sha256, edition, status, found)
