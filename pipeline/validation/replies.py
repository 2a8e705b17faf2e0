"""Sheets about corrective actions against the office's own: would the act be allowed?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from audits.actions import Act, Action, Actor, Event, Refused, check
from pipeline.findings import Finding, Rule
from pipeline.validation.subject import Subject

# Warnings: a reply that cannot be taken costs nothing but itself, and the others of the sheet hold.
NOT_TAKEN = Rule(
    "reply_not_taken", "warning", "none",
    "{value} 的回复未采用：{why}请核对后重报该行。",
    "The reply to {value} was not taken: {why_en} Check the row and send it again.",
)  # fmt: skip
OTHER_ITEM = Rule(
    "reply_other_item", "warning", "none",
    "{value} 的回复未采用：该问题的考核项是 {item}，与本行不符。请核对问题编号。",
    "The reply to {value} was not taken: that action is about item {item}, not the one of this "
    "row. Check the issue id.",
)  # fmt: skip
KEPT_HERE = Rule(
    "action_kept_here", "warning", "none",
    "{value} 由系统台账管理，本行不采用。请用整改回复表或 mingcha action 办理。",
    "{value} is kept by the system, so this row is not used. Send the reply sheet, or use "
    "mingcha action.",
)  # fmt: skip
_NEEDED = ("issue_id", "branch_code", "item_id", "measure", "done_date")


def reply_findings(subject: Subject) -> list[Finding]:
    """Replies that will not be taken, and ledger rows of actions that are kept here."""
    known = subject.known.actions
    if subject.kind.id not in ("actions", "action_ledger") or not known:
        return []
    rows = subject.parsed.tables[subject.kind.table].to_dicts()
    own = [row for row in rows if row.get("issue_id") in known]
    if subject.kind.id == "action_ledger":
        found = [subject.places.at(KEPT_HERE, "issue_id", r, value=r["issue_id"]) for r in own]
    else:
        found = [f for row in own for f in _of(subject, known[row["issue_id"]], row)]
    return [f for f in found if f is not None]


def _of(subject: Subject, action: Action, row: Mapping[str, Any]) -> Iterator[Finding | None]:
    if any(c not in row for c in _NEEDED) or not row["branch_code"]:
        return  # the row has an error of its own
    if row["item_id"] != action.item:
        words = {"value": action.id, "item": action.item}
        yield subject.places.at(OTHER_ITEM, "item_id", row, **words)
        return
    try:
        check(action, reply_of(row, subject.known.today or date.max)[1])
    except Refused as why:
        words = {"value": action.id, "why": why.zh, "why_en": why.en}
        yield subject.places.at(NOT_TAKEN, "issue_id", row, **words)


def reply_of(row: Mapping[str, Any], day: date) -> tuple[Event, Act]:
    """The act that a row of a reply sheet is: a reply where it says when, else progress."""
    event: Event = "reply" if row["done_date"] else "progress"
    details = {"measure": row["measure"] or "", "evidence": row.get("evidence") or ""}
    if row["done_date"]:
        details["done"] = row["done_date"].isoformat()
    return event, Act(event, day, Actor("branch", "sheet", row["branch_code"]), details)
