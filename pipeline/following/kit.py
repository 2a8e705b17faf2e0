"""The follow-up kit (督办): for each city what is owed, gathered from the stores, and its files."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from audits.actions import STATE_WORDS, UNSETTLED, State, due_date
from pipeline.completeness import completeness
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.following.acting import take_replies
from pipeline.following.region import Regions, regions_of
from pipeline.following.standing import row_of
from pipeline.office import actions
from pipeline.office.proceedings import today
from pipeline.periods import is_open, months_of
from pipeline.publishing.hierarchy import scope_table
from pipeline.reports.figures import Language
from pipeline.reports.follow_up import CityKit, chat
from pipeline.settings import load_settings
from pipeline.stores import open_stores

ANSWER_DAYS = 3  # working days that a letter gives
_OWED = ("not_reported", "pending_correction")
_STATES: dict[str, State] = {zh: state for state, (zh, _) in STATE_WORDS.items()}


@dataclass
class Made:
    """What was made. `cities`: as in schemas/follow-up.schema.json."""

    period: str
    as_of: date
    cities: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {"period": self.period, "as_of": self.as_of.isoformat(), "cities": self.cities}


def city_kits(folder: DataFolder, period: str, city: str | None = None) -> list[CityKit]:
    """One kit for each city, or for the one named, by code.

    Fault: 1 no register, 2 no such period or city, 3 busy.
    """
    told = completeness(folder, period)
    day = today()
    with open_stores(folder, load_settings(folder).lock_seconds) as stores:
        take_replies(stores)
        regions = regions_of(scope_table(stores.warehouse.live("branch")))
        own = actions.standing(actions.acts(stores.office.connection)).values()
        on_sheet = stores.warehouse.live("corrective_action").to_dicts()
        bodies = stores.warehouse.live("edition")
    rows = [row_of(a, day, regions) for a in own if a.state != "withdrawn"]
    known = {row["action"] for row in rows}
    rows += [_from_sheet(r, day, regions) for r in on_sheet if r["issue_id"] not in known]
    rows.sort(key=lambda r: (r["waits_for"] is None, r["due"], r["action"]))
    since = f"{months_of(told.period)[0]}-01"
    rows = [r for r in rows if r["waits_for"] or (r["closed"] or "") >= since]
    owed = [r for r in told.branches.to_dicts() if r["status"] in _OWED]
    return [
        CityKit(
            code,
            regions.name[code],
            told.period,
            day,
            due_date(day, ANSWER_DAYS, is_open),
            [r for r in owed if regions.city(r["branch_code"]) == code],
            [r for r in rows if r["city"] == code],
            _wording(bodies.to_dicts()),
        )
        for code in _wanted(regions, city)
    ]


def _wanted(regions: Regions, city: str | None) -> list[str]:
    if city is None:
        return regions.cities()
    if city not in regions.cities():
        raise Fault(
            f"“{city}”不是二级分行或直管机构的代码。现有：{'、'.join(regions.cities())}",
            f"{city!r} is no city or direct institution; there are: {', '.join(regions.cities())}",
            2,
        )
    return [city]


def _wording(used: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[str, str]]:
    """(edition, item) → wording: of editions in use as they were used, of others as they are.

    Items without an edition (of the office's sheet) are worded as in the newest that has them.
    """
    from audits.scorecard import Edition, load_editions

    kept = [Edition.model_validate_json(row["body"]) for row in used if row["body"]]
    editions = load_editions() | {e.id: e for e in kept}
    ordered = sorted(editions.values(), key=lambda e: (e.valid_from, e.id))
    newest = {("", i.id): (i.zh, i.en) for e in ordered for i in e.items}
    return newest | {(e.id, i.id): (i.zh, i.en) for e in ordered for i in e.items}


def _from_sheet(row: Mapping[str, Any], day: date, regions: Regions) -> dict[str, Any]:
    """A row of the office's own sheet (整改台账) in the shape of the others."""
    state = _STATES.get(row["state"] or "", "open")
    state = "closed" if row["closed_date"] else state
    city = regions.city(row["branch_code"])
    waits: str | None = "office" if state == "replied" else "branch"
    return {
        "action": row["issue_id"],
        "branch_code": row["branch_code"],
        "branch_name": regions.name.get(row["branch_code"], row["branch_code"]),
        "city": city,
        "edition": "",
        "item_id": row["item_id"],
        "round": row["round"],
        "severity": "",
        "owner": "",
        "issued": _iso(row["issued_date"]),
        "due": _iso(row["due_date"]),
        "state": state,
        "waits_for": waits if state in UNSETTLED else None,
        "overdue": bool(state in UNSETTLED and row["due_date"] and row["due_date"] < day),
        "recurring": False,
        "measure": "",
        "evidence": "",
        "done": _iso(row["done_date"]) or None,
        "closed": _iso(row["closed_date"]) or None,
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def make(
    folder: DataFolder, period: str, out: Path, city: str | None = None, lang: Language = "zh"
) -> Made:
    """Writes the kits under `out`, a folder for each city; see :func:`city_kits` for faults."""
    kits = city_kits(folder, period, city)
    made = Made(kits[0].period if kits else period, today())
    for kit in kits:
        numbers = kit.numbers()
        paths = write(kit, out / kit.city, lang)
        made.cities.append(
            {
                "city": kit.city,
                "name": kit.name,
                "unreported": len(kit.unreported),
                "actions": numbers["unsettled"],
                "overdue": numbers["overdue"],
                "recurring": numbers["recurring"],
                "files": [str(path) for path in paths],
            }
        )
    return made


def write(kit: CityKit, room: Path, lang: Language = "zh") -> list[Path]:
    """The files of one city; without anything to chase there is no letter."""
    from pipeline.render import excel, word
    from pipeline.reports import follow_up

    room.mkdir(parents=True, exist_ok=True)
    tail = f"{kit.period}-{kit.city}"
    paths = []
    if kit.anything:
        to = room / f"supervision-letter-{tail}.docx"
        paths.append(word.render(follow_up.letter(kit, lang), to))
    if kit.unreported:
        to = room / f"unreported-{tail}.xlsx"
        paths.append(excel.render(follow_up.unreported(kit, lang), to))
    paths.append(excel.render(follow_up.ledger(kit, lang), room / f"action-ledger-{tail}.xlsx"))
    text = room / f"chat-{tail}.txt"
    text.write_text(chat(kit, lang), "utf-8")
    return [*paths, text]


def zipped(kits: Sequence[CityKit], lang: Language = "zh") -> bytes:
    """The kits as one zip with a folder for each city, the same bytes for the same kits."""
    box = io.BytesIO()
    with tempfile.TemporaryDirectory() as room, zipfile.ZipFile(box, "w") as target:
        for kit in kits:
            for path in write(kit, Path(room) / kit.city, lang):
                info = zipfile.ZipInfo(f"{kit.city}/{path.name}", (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(info, path.read_bytes())
    return box.getvalue()
