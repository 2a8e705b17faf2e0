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
from dashboards.queries import Key, publications
from dashboards.views import Context
from pipeline import check_period
from pipeline.folders import DataFolder
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
    newest: bool = True  # whether the publication on show is the last word on its period

    @property
    def checking(self) -> bool:
        """Whether the check period is open today, on the figures that are shown."""
        return self.newest and self.check.open_on(self.day)

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
    check, newest = Check(), True
    if context.key is not None:
        newest = is_newest(context.folder, context.key)
        told = check_period.listed(context.folder, context.key.period)
        until = date.fromisoformat(told["until"]) if told["until"] else None
        check = Check(until, {b["branch"]: b["day"] for b in told["by_branch"]}, told["branches"])
    actions = standing.standing(context.folder, node).rows if context.may("actions") else []
    return Due(today(), check, actions, _appeals(context, node), newest)


def is_newest(folder: DataFolder, key: Key) -> bool:
    """Whether no later revision of the same period is out."""
    of_period = [k.revision for k in publications(folder) if k.period == key.period]
    return key.revision == max(of_period, default=key.revision)


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
