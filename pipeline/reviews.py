"""The review queue as the office uses it: listed, decided on by office and union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audits.procedure import Actor
from audits.reviews import Decision, check, newest, reopening, state
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, proceedings, review_cases
from pipeline.office.proceedings import REVIEW
from pipeline.proceeding import actor_of, at_desk, today

REFUSED, USAGE = 1, 2


@dataclass(frozen=True)
class Reviewed:
    """A case with what was decided. `state` is a key of audits.reviews.STATES."""

    case: dict[str, Any]
    state: str
    decisions: dict[str, Decision]  # side → its newest word
    reopening: str | None = None  # the side that asks to look again at what both agreed on

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/review-list.schema.json)."""
        said = {
            side: {"verdict": d.event, "reason": d.reason, "actor": d.actor.name,
                   "day": d.day.isoformat()}
            for side, d in sorted(self.decisions.items())
        }  # fmt: skip
        own = {"state": self.state, "decisions": said, "reopening": self.reopening}
        return {**self.case, **own}


def reviewed(office: Office) -> list[Reviewed]:
    """Every case with its state."""
    said: dict[str, list[Decision]] = {}
    for entry in proceedings.entries(office.connection, REVIEW):
        said.setdefault(entry.subject, []).append(entry.act(Decision))
    return [
        _of_case(case, said.get(case["id"], [])) for case in review_cases.listed(office.connection)
    ]


def _of_case(case: dict[str, Any], said: Sequence[Decision]) -> Reviewed:
    return Reviewed(case, state(said), newest(said), reopening(said))


def listed(
    folder: DataFolder, kind: str | None = None, wanted: str | None = None, past: bool = False
) -> list[Reviewed]:
    """Cases of a kind and state (all if None); `past`: also what no longer stands.

    Nothing is created by asking.
    """
    if not folder.office.is_file():
        return []
    with Office.open(folder) as office:
        found = reviewed(office)
    return [
        r for r in found
        if (past or r.case["standing"]) and kind in (None, r.case["kind"])
        and wanted in (None, r.state)
    ]  # fmt: skip


def decide(
    folder: DataFolder, ids: Sequence[str], verdict: str, reason: str, who: str | Actor
) -> list[Reviewed]:
    """One side's word on cases, all or none. Fault: 2 no such case, 1 it may not be said."""
    actor = actor_of(who) if isinstance(who, str) else who
    with at_desk(folder) as (office, connection, _):
        cases = {r.case["id"]: r for r in reviewed(office)}
        for id in dict.fromkeys(ids):
            found = cases.get(id)
            if found is None:
                raise _unknown(id)
            new = Decision(verdict, actor, today(), reason.strip())
            check(found.decisions.values(), new, found.case["branch_code"])
            proceedings.record(connection, REVIEW, id, new)
        after = {r.case["id"]: r for r in reviewed(office)}
    return [after[id] for id in dict.fromkeys(ids)]


def _unknown(id: str) -> Fault:
    return Fault(
        f"没有编号为“{id}”的复核事项。可用 mingcha review list 查看；发布一次后才会有新的事项。",
        f"There is no case {id!r}. See them with: mingcha review list. "
        "New ones come with each publication.",
        USAGE,
    )
