"""The review queue (复核): a case proposes, office and union decide together, with reasons.

A case is a visit that may not have been made (upheld: it leaves the scores and is named in the
publication), a comment that names a breach (upheld: the veto is applied) or an item that shoppers
do not judge alike (upheld: it is left out of ranks). Nothing happens until both said the same. What
both agreed on holds until both agree on something else: one side that changes its word asks the
other to look at the case again, and undoes nothing by that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from audits.procedure import (
    Actor,
    known_event,
    refuse_own_branch,
    refuse_role,
    refuse_same_person,
    refuse_silence,
)

KINDS: dict[str, tuple[str, str]] = {
    "fabrication": ("疑似未实地暗访", "visit that may not have been made"),
    "conduct": ("疑似违规话术", "words that may break conduct rules"),
    "item": ("考核项一致性不足", "item that shoppers do not judge alike"),
}
UPHOLD, DISMISS = "uphold", "dismiss"
EVENTS: dict[str, tuple[str, str]] = {
    UPHOLD: ("认定", "uphold it"),
    DISMISS: ("排除", "dismiss it"),
}
# What upholding does, by kind.
EFFECTS: dict[str, tuple[str, str]] = {
    "fabrication": (
        "该次暗访不计分并在发布中列明",
        "the visit is not scored, and named",
    ),
    "conduct": ("按否决项处理", "the veto is applied"),
    "item": ("该考核项不计入排名", "the item is left out of ranks"),
}
OFFICE, UNION = SIDES = ("office", "union")
_SIDE = {"office": OFFICE, "head": OFFICE, "union": UNION}
STATES: dict[str, tuple[str, str]] = {
    "open": ("待复核", "open"),
    "office_decided": ("省行已定，待工会", "decided by the office, awaits the union"),
    "union_decided": ("工会已定，待省行", "decided by the union, awaits the office"),
    "upheld": ("已认定", "upheld"),
    "dismissed": ("已排除", "dismissed"),
    "disputed": ("双方意见不一", "the two disagree"),
}
SETTLED = ("upheld", "dismissed")  # both said the same; in any other state a case still waits


@dataclass(frozen=True)
class Decision:
    """One side's word on a case. `event`: uphold or dismiss."""

    event: str
    actor: Actor
    day: date
    reason: str = ""

    @property
    def side(self) -> str:
        return _SIDE[self.actor.role]


def newest(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """The newest word of each side; `decisions` in their order."""
    return {d.side: d for d in decisions}


def state(decisions: Iterable[Decision]) -> str:
    """The state of a case (a key of STATES) after these decisions, in their order."""
    settled, said = _followed(decisions)
    if settled:
        return "upheld" if settled == UPHOLD else "dismissed"
    if not said:
        return "open"
    return "disputed" if len(said) == len(SIDES) else f"{next(iter(said))}_decided"


def reopening(decisions: Iterable[Decision]) -> str | None:
    """The side that asks to look again at what both had agreed on; None if neither does."""
    settled, said = _followed(decisions)
    return next((side for side in SIDES if settled and said[side] != settled), None)


def _followed(decisions: Iterable[Decision]) -> tuple[str | None, dict[str, str]]:
    """What both agreed on last, if they ever did, and the newest word of each side."""
    settled: str | None = None
    said: dict[str, str] = {}
    for decision in decisions:
        said[decision.side] = decision.event
        if len(said) == len(SIDES) and len(set(said.values())) == 1:
            settled = decision.event
    return settled, said


def check(decisions: Iterable[Decision], new: Decision, branch: str | None) -> None:
    """Whether `new` may be said of a case of `branch`; Refused, with the cure, if not."""
    words = known_event(EVENTS, new.event)
    refuse_role(new.actor, tuple(_SIDE), words)
    refuse_own_branch(new.actor, (branch,) if branch else ())
    refuse_silence(new.reason, words)
    other = newest(decisions).get(UNION if new.side == OFFICE else OFFICE)
    if other is not None:
        refuse_same_person(new.actor, other.actor.name)
