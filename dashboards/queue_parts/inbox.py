"""One inbox of everything that office and union decide: cases, appeals, corrective actions.

What the union reads is masked where it is made; the page has nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from audits.appeals import OPEN
from dashboards.due import today
from dashboards.views import Context
from pipeline import appeals, masked_reviews
from pipeline.following import standing

KINDS = ("fabrication", "conduct", "item", "appeal", "action")
SETTLED = ("upheld", "dismissed")
_SIDE = {"office": "office", "head": "office", "union": "union"}
_REVIEW_WAITS = {
    "open": ("office", "union"),
    "disputed": ("office", "union"),
    "office_decided": ("union",),
    "union_decided": ("office",),
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Matter:
    """Something to be decided. `waits`: the sides whose turn it is; `until`: its day, if any."""

    kind: str
    id: str
    waits: tuple[str, ...]
    row: Row
    until: date | None = None

    def for_side(self, side: str) -> bool:
        """Whether it is the turn of this side."""
        return side in self.waits

    @property
    def late(self) -> bool:
        return self.until is not None and today() > self.until


def side_of(context: Context) -> str:
    """office or union: whose key the viewer has; nothing for anybody else."""
    return _SIDE.get(context.viewer.role, "")


def matters(context: Context) -> list[Matter]:
    """Everything that is not settled and that the viewer may read: the latest day first.

    Fault: 3 the stores are being written to, 4 damaged.
    """
    context.scope("queue")
    actor = context.viewer.actor
    found = [
        Matter(row["kind"], row["id"], _waits(row), row)
        for row in masked_reviews.read_by(context.folder, actor)
        if row["state"] not in SETTLED or row["reopening"]
    ]
    if context.may("appeals"):
        found += _appeals(appeals.listed(context.folder, actor)["appeals"])
    if context.may("actions"):
        found += _actions(standing.standing(context.folder).rows)
    return sorted(found, key=lambda m: (not m.late, m.until or date.max, KINDS.index(m.kind)))


def _waits(row: Row) -> tuple[str, ...]:
    """Whose turn it is: where one side asks to look again at what was agreed, the other's."""
    if row["reopening"]:
        return tuple(side for side in ("office", "union") if side != row["reopening"])
    return _REVIEW_WAITS[row["state"]]


def settled(context: Context) -> list[Row]:
    """Cases that both sides agree on: they hold from the next publication."""
    found = masked_reviews.read_by(context.folder, context.viewer.actor)
    return [row for row in found if row["state"] in SETTLED and not row["reopening"]]


def _appeals(rows: Iterable[Row]) -> list[Matter]:
    return [
        Matter(
            "appeal",
            str(row["appeal"]),
            ("union",) if row["state"] == "proposed" else ("office",),
            row,
            date.fromisoformat(row["until"]) if row["until"] else None,
        )
        for row in rows
        if row["state"] in OPEN
    ]


def _actions(rows: Iterable[Row]) -> list[Matter]:
    return [
        Matter("action", row["action"], ("office",), row, date.fromisoformat(row["due"]))
        for row in rows
        if row["waits_for"] == "office"
    ]
