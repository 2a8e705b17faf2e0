"""What is going on with a branch or a region today: check period, appeals, corrective actions.

Read from the office database at every run: it is what people do, and a publication is older.
Nobody's name is in it, and nothing is created by asking.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from audits.appeals import OPEN, Appeal
from dashboards.views import Context
from pipeline import check_period
from pipeline.following import standing
from pipeline.office import Office
from pipeline.office.appeals import standing as appeals_of
from pipeline.office.proceedings import today

Row = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """The check period of the publication's period. `until` is None where there is none."""

    until: date | None = None
    confirmed: dict[str, str] = field(default_factory=dict)  # branch → the day of its word
    branches: int = 0

    def open_on(self, day: date) -> bool:
        """Whether branches may still confirm and appeal."""
        return self.until is not None and day <= self.until


@dataclass(frozen=True)
class Due:
    """Everything that waits. `actions` as in schemas/action-list.schema.json, of the node asked
    for; `appeals` of the branches asked for."""

    day: date
    check: Check = field(default_factory=Check)
    actions: list[Row] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)

    @property
    def checking(self) -> bool:
        """Whether the check period is open today."""
        return self.check.open_on(self.day)

    def unsettled(self) -> list[Row]:
        """Actions that wait for somebody."""
        return [row for row in self.actions if row["waits_for"]]

    def overdue(self) -> list[Row]:
        """Actions whose due day is over."""
        return [row for row in self.actions if row["overdue"]]

    def counts(self) -> Counter[str]:
        """Appeals by whether they wait (`open`) or are over (`over`)."""
        return Counter("open" if a.state in OPEN else "over" for a in self.appeals)


def due(context: Context, node: str | None) -> Due:
    """What waits at a branch or below a region; None: everywhere. Fault: damaged database (4)."""
    if not context.folder.office.is_file():
        return Due(today())
    check = Check()
    if context.key is not None:
        told = check_period.listed(context.folder, context.key.period)
        until = date.fromisoformat(told["until"]) if told["until"] else None
        check = Check(until, {b["branch"]: b["day"] for b in told["by_branch"]}, told["branches"])
    actions = standing.standing(context.folder, node).rows if context.may("actions") else []
    return Due(today(), check, actions, _appeals(context, node))


def _appeals(context: Context, node: str | None) -> list[Appeal]:
    if not context.may("appeals"):
        return []
    with Office.open(context.folder) as office:
        found = appeals_of(office.connection).values()
    if node is None:
        return list(found)
    from pipeline.following.region import newest_regions

    regions = newest_regions(context.folder)
    return [a for a in found if a.contested and regions.covers(node, a.contested.branch)]
