"""The review queue as somebody may read it: the union decides on evidence without names."""

from __future__ import annotations

from typing import Any

from audits.procedure import Actor
from pipeline.appeals import masker_of
from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.persons import Masker
from pipeline.reviews import Reviewed, listed
from pipeline.warehouse.store import Warehouse

_OFFICE = ("office", "head")


def read_by(folder: DataFolder, actor: Actor) -> list[dict[str, Any]]:
    """Standing cases as `schemas/review-list.schema.json` has them, masked for whoever is not the
    office. Nothing is created by asking. Fault: 3 the warehouse is being written to, 4 damaged."""
    found = listed(folder)
    if actor.role in _OFFICE or not found:
        return [r.to_json() for r in found]
    with Office.open(folder) as office, Warehouse(folder, read_only=True) as warehouse:
        masker = masker_of(office.connection, warehouse)
    return [_masked(r, masker) for r in found]


def _masked(reviewed: Reviewed, masker: Masker) -> dict[str, Any]:
    """Words of shoppers and of those who decided without anybody's name; who decided is a side."""
    told = reviewed.to_json()
    told["reasons"] = [
        {**reason, "zh": masker.people(reason["zh"]), "en": masker.people(reason["en"])}
        for reason in told["reasons"]
    ]
    told["decisions"] = {
        side: {**said, "actor": "", "reason": masker.people(said["reason"])}
        for side, said in told["decisions"].items()
    }
    return told
