"""Who may see what. No Streamlit in here: pages, files and exports ask the same policy.

Default deny: what `POLICY` does not grant is refused. A grant is a reach: `all` is every branch,
`own` is the viewer's node of the tree and what lies below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["office", "city", "branch", "union"]
# upload: put workbooks in · completeness: who has reported · ranks: the league table ·
# values: metric values · items: lost points by item with the shopper's words · origin: file, sheet
# and cell behind a value · names: file names as received · dictionary: what a metric means ·
# effect: what the introduction did to the province's metrics, in sums only · actions: corrective
# actions · calibration: agreement of shoppers (by pseudonym), review queue, excluded visits ·
# plan: planned visits and what became of them; nobody a visit could be announced to
Subject = Literal[
    "upload",
    "completeness",
    "ranks",
    "values",
    "items",
    "actions",
    "origin",
    "names",
    "dictionary",
    "effect",
    "calibration",
    "plan",
]
Reach = Literal["all", "own"]
ROLES: tuple[Role, ...] = ("office", "city", "branch", "union")
ROLES_WITH_NODE: tuple[Role, ...] = ("city", "branch")

POLICY: dict[Role, dict[Subject, Reach]] = {
    "office": {
        "upload": "all",
        "completeness": "all",
        "ranks": "all",
        "values": "all",
        "items": "all",
        "actions": "all",
        "origin": "all",
        "names": "all",
        "dictionary": "all",
        "effect": "all",
        "calibration": "all",
        "plan": "all",
    },
    "city": {
        "completeness": "own",
        "ranks": "all",  # the league table is published to everybody in the province
        "values": "own",
        "items": "own",
        "actions": "own",
        "origin": "own",
        "dictionary": "all",
        "effect": "all",
    },
    "branch": {
        "ranks": "all",
        "values": "own",
        "items": "own",
        "actions": "own",
        "origin": "own",
        "dictionary": "all",
        "effect": "all",
    },
    # Trends and fairness, no item detail: a shopper's words may point to a person.
    "union": {
        "ranks": "all",
        "values": "all",
        "dictionary": "all",
        "effect": "all",
        "calibration": "all",
        "plan": "all",
    },
}


class Denied(Exception):
    """The viewer may not do this. Carries no detail of what was asked for."""


@dataclass(frozen=True)
class Viewer:
    """Who looks. `node` is the region or branch code that a city manager or branch head has."""

    role: str
    node: str | None = None


@dataclass(frozen=True)
class Scope:
    """Which rows a query may give: everything, or `node` and below. Hashable: a key of caches."""

    everything: bool
    node: str | None = None


NOTHING = Scope(everything=False, node=None)


def may(viewer: Viewer, subject: Subject) -> bool:
    """Whether the viewer may touch the subject at all."""
    try:
        scope_of(viewer, subject)
    except Denied:
        return False
    return True


def scope_of(viewer: Viewer, subject: Subject) -> Scope:
    """How far the viewer sees of a subject. Denied if not at all."""
    reach = POLICY.get(viewer.role, {}).get(subject)  # type: ignore[call-overload]
    if reach == "all":
        return Scope(everything=True)
    if reach == "own" and viewer.node:
        return Scope(everything=False, node=viewer.node)
    raise Denied
