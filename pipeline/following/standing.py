"""How corrective actions stand today, as the lists, the page and the kit show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from audits.actions import Action, overdue, recurring, waits_for
from pipeline.folders import DataFolder
from pipeline.following.region import Regions, newest_regions
from pipeline.office import Office, actions
from pipeline.office.proceedings import today


@dataclass(frozen=True)
class Standing:
    """`rows`: one dict for each action, as documented in schemas/action-list.schema.json."""

    as_of: date
    rows: list[dict[str, Any]]

    def counts(self) -> dict[str, int]:
        """Actions in all, per state, and overdue, waiting, recurring."""
        return counts(self.rows)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {"as_of": self.as_of.isoformat(), "counts": self.counts(), "actions": self.rows}


COUNTED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "all": lambda row: True,
    "open": lambda row: row["state"] == "open",
    "returned": lambda row: row["state"] == "returned",
    "replied": lambda row: row["state"] == "replied",
    "closed": lambda row: row["state"] == "closed",
    "withdrawn": lambda row: row["state"] == "withdrawn",
    "overdue": lambda row: bool(row["overdue"]),
    "recurring": lambda row: bool(row["recurring"]),
}


def counts(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many of `rows` there are of each of COUNTED."""
    listed = list(rows)
    return {name: sum(map(holds, listed)) for name, holds in COUNTED.items()}


def row_of(action: Action, today: date, regions: Regions) -> dict[str, Any]:
    """One action as JSON: days as ISO text, points as text."""
    city = regions.city(action.branch)
    return {
        "action": action.id,
        "branch_code": action.branch,
        "branch_name": regions.name.get(action.branch, action.branch),
        "city": city,
        "city_name": regions.name.get(city or "", ""),
        "round": action.round,
        "edition": action.edition,
        "item_id": action.item,
        "lost": f"{action.lost.normalize():f}",
        "severity": action.severity,
        "owner": action.owner,
        "found": action.found.isoformat(),
        "issued": action.issued.isoformat(),
        "due": action.due.isoformat(),
        "state": action.state,
        "waits_for": waits_for(action),
        "overdue": overdue(action, today),
        "recurring": recurring(action),
        "recurs": action.recurs,
        "again": list(action.again),
        "measure": action.measure,
        "evidence": action.evidence,
        "done": action.done.isoformat() if action.done else None,
        "closed": action.closed.isoformat() if action.closed else None,
        "reason": action.reason,
        "returns": action.returns,
        "chased": action.chased,
    }


def standing(folder: DataFolder, node: str | None = None) -> Standing:
    """All actions, gravest due first; with `node` those of that branch or region.

    Nothing is created by asking. Fault: damaged office database (4).
    """
    day = today()
    if not folder.office.is_file():
        return Standing(day, [])
    with Office.open(folder) as office:
        found = actions.standing(actions.acts(office.connection)).values()
    regions = newest_regions(folder)
    kept = [a for a in found if node is None or regions.covers(node, a.branch)]
    kept.sort(key=lambda a: (waits_for(a) is None, a.due, a.id))
    return Standing(day, [row_of(a, day, regions) for a in kept])
