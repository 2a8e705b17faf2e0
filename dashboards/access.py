"""Who may see what, and who may do what. No Streamlit in here: pages, files and exports ask the
same policy.

Default deny: what `POLICY` does not grant is refused, and so is what `ACTS` does not. A grant is a
reach: `all` is every branch, `own` is the viewer's node of the tree and what lies below it.
Whether a procedure stands where an act is possible at all (a round's state, one's own branch) is
for the procedure to say: `audits.rounds`, `audits.appeals`, `audits.actions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from audits.procedure import Actor

Role = Literal["office", "head", "city", "branch", "union", "hq", "system", "security", "audit"]
# upload: put workbooks in · completeness: who has reported · ranks: the league table ·
# values: metric values · items: lost points by item with the shopper's words · origin: file, sheet
# and cell behind a value · names: file names as received · dictionary: what a metric means ·
# effect: what the introduction did to the province's metrics, in sums only · actions: corrective
# actions · calibration: agreement of shoppers (by pseudonym), excluded visits · plan: planned
# visits and what became of them; nobody a visit could be announced to · queue: what waits for a
# decision · appeals: objections and how they stand, evidence masked · rounds: how rounds and check
# periods stand · publications: what was published, what it changed · documents: circulars and the
# one-pagers of branches in reach · accounts: who may sign in · ledger: the record of acts
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
    "queue",
    "appeals",
    "rounds",
    "publications",
    "documents",
    "accounts",
    "ledger",
]
Reach = Literal["all", "own"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLES_WITH_NODE: tuple[Role, ...] = ("city", "branch")
# The three administrators are three people: none of them sees a number or decides on one.
ADMINISTRATORS: tuple[Role, ...] = ("system", "security", "audit")

_EVERYTHING: tuple[Subject, ...] = tuple(
    s for s in get_args(Subject) if s not in ("accounts", "ledger")
)
POLICY: dict[Role, dict[Subject, Reach]] = {
    "office": dict.fromkeys(_EVERYTHING, "all"),
    "head": dict.fromkeys(_EVERYTHING, "all"),
    "city": {
        "completeness": "own",
        "ranks": "all",  # the league table is published to everybody in the province
        "values": "own",
        "items": "own",
        "actions": "own",
        "origin": "own",
        "dictionary": "all",
        "effect": "all",
        "appeals": "own",
        "rounds": "all",
        "publications": "own",
        "documents": "own",
    },
    "branch": {
        "ranks": "all",
        "values": "own",
        "items": "own",
        "actions": "own",
        "origin": "own",
        "dictionary": "all",
        "effect": "all",
        "appeals": "own",
        "rounds": "all",
        "publications": "own",
        "documents": "own",
    },
    # Trends and fairness, no item detail: a shopper's words may point to a person.
    "union": {
        "ranks": "all",
        "values": "all",
        "dictionary": "all",
        "effect": "all",
        "calibration": "all",
        "plan": "all",
        "queue": "all",
        "appeals": "all",
        "rounds": "all",
        "publications": "all",
        "documents": "all",
    },
    # Trends across regions and provinces, down to the cell; changes nothing.
    "hq": {
        "ranks": "all",
        "values": "all",
        "origin": "all",
        "dictionary": "all",
        "effect": "all",
        "rounds": "all",
        "publications": "all",
        "documents": "all",
    },
    "system": {"accounts": "all"},  # who can sign in: accounts, sessions, operation
    "security": {"accounts": "all"},  # what an account may: role and node
    "audit": {"ledger": "all", "accounts": "all"},  # reads both, changes nothing
}

# What is done. The codes of procedures are those of their state machines' events.
Act = Literal[
    "upload",
    "spell",
    "correct",
    "preview",
    "publish",
    "decide_rank",
    "review",
    "remind",
    "round",
    "countersign",
    "appeal",
    "answer_appeal",
    "decide_appeal",
    "agree_appeal",
    "confirm",
    "answer_action",
    "check_action",
    "open_account",
    "grant",
    "export",
]
ACTS: dict[Act, dict[Role, Reach]] = {
    "upload": {"office": "all", "head": "all"},
    "spell": {"office": "all", "head": "all"},
    "correct": {"office": "all", "head": "all"},
    "preview": {"office": "all", "head": "all"},
    "publish": {"office": "all", "head": "all"},
    "decide_rank": {"head": "all"},
    "review": {"office": "all", "head": "all", "union": "all"},
    "remind": {"office": "all", "head": "all"},
    "round": {"office": "all", "head": "all"},
    "countersign": {"union": "all"},
    "appeal": {"branch": "own"},
    "answer_appeal": {"branch": "own", "office": "all", "head": "all"},
    "decide_appeal": {"office": "all", "head": "all"},
    "agree_appeal": {"union": "all"},
    "confirm": {"branch": "own"},
    "answer_action": {"branch": "own"},
    "check_action": {"office": "all", "head": "all", "city": "own"},
    "open_account": {"system": "all"},
    "grant": {"security": "all"},
    "export": {r: "all" for r in ROLES if r not in ADMINISTRATORS},
}


# Who reads what is said of the whole province before it is formal: those who prepare it together.
# In the check period everybody else sees the own figures (domain: 预发布, each sees its own page).
BEFORE_FORMAL: tuple[Role, ...] = ("office", "head", "union")
OF_THE_PROVINCE: tuple[Subject, ...] = ("ranks",)
FORMAL = "formal"


class Denied(Exception):
    """The viewer may not do this. Carries no detail of what was asked for."""


class NotYet(Denied):
    """The viewer may do this once it is published formally."""


@dataclass(frozen=True)
class Viewer:
    """Who looks. `node`: the region or branch that a city manager or branch head has, and the own
    branch of anybody else who has one. `account` is what the ledger calls the person."""

    role: str
    node: str | None = None
    account: str = ""
    name: str = ""

    @property
    def actor(self) -> Actor:
        """Who acts, as the procedures ask for it."""
        return Actor(self.account or self.role, self.role, self.node)


@dataclass(frozen=True)
class Scope:
    """Which rows a query may give: everything, or `node` and below. Hashable: a key of caches."""

    everything: bool
    node: str | None = None


NOTHING = Scope(everything=False, node=None)


def _scope(viewer: Viewer, reach: Reach | None) -> Scope:
    if reach == "all":
        return Scope(everything=True)
    if reach == "own" and viewer.node and viewer.role in ROLES_WITH_NODE:
        return Scope(everything=False, node=viewer.node)
    raise Denied


def may(viewer: Viewer, subject: Subject) -> bool:
    """Whether the viewer may touch the subject at all."""
    try:
        scope_of(viewer, subject)
    except Denied:
        return False
    return True


def scope_of(viewer: Viewer, subject: Subject) -> Scope:
    """How far the viewer sees of a subject. Denied if not at all."""
    return _scope(viewer, POLICY.get(viewer.role, {}).get(subject))  # type: ignore[call-overload]


def check_out(viewer: Viewer, subject: Subject, stage: str) -> None:
    """NotYet if the subject is not out for the viewer in a publication of that stage."""
    if subject in OF_THE_PROVINCE and stage != FORMAL and viewer.role not in BEFORE_FORMAL:
        raise NotYet


def standing_detail(viewer: Viewer) -> Scope:
    """Of which branches the league shows more than name, tier and interval: a branch head sees the
    score, the rank and the visits of the own branch only. Denied if the league is not shown."""
    ranks = scope_of(viewer, "ranks")
    return scope_of(viewer, "values") if viewer.role == "branch" else ranks


def check_user_can(viewer: Viewer, act: Act) -> Scope:
    """How far the viewer may do this: the scope that what is acted on must lie in. Denied if not
    at all."""
    return _scope(viewer, ACTS.get(act, {}).get(viewer.role))  # type: ignore[call-overload]


def user_can(viewer: Viewer, act: Act) -> bool:
    """Whether the viewer may do this at all."""
    try:
        check_user_can(viewer, act)
    except Denied:
        return False
    return True
