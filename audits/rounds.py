"""Rounds (轮次) under two keys (domain §1, §6): who may do what, in which state, and until when.

    draft → shown to all staff (公示) → opened by the office → countersigned by the union → running
          → sealed: from then on no answer changes but by appeal

The union that refuses or stays silent does not block a round for ever: after so many working days
the head may decide on record, and the circular says so. Pure: days and calendar are given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from audits.procedure import (
    Actor,
    Calendar,
    Refused,
    known_event,
    last_day,
    refuse_before,
    refuse_own_branch,
    refuse_role,
    refuse_same_person,
    refuse_silence,
    refuse_state,
)

STATES: dict[str, tuple[str, str]] = {
    "none": ("未立项", "not on record"),
    "draft": ("草案", "a draft"),
    "shown": ("公示中", "shown to all staff"),
    "opened": ("省行已开启，待工会会签", "opened by the office and awaits the union"),
    "refused": ("工会未同意", "refused by the union"),
    "running": ("进行中", "running"),
    "sealed": ("已封存", "sealed"),
    "cancelled": ("已取消", "cancelled"),
}
EVENTS: dict[str, tuple[str, str]] = {
    "draft": ("立项", "draft it"),
    "show": ("公示评分标准", "show its edition to all staff"),
    "open": ("开启轮次", "open it"),
    "countersign": ("会签", "countersign it"),
    "refuse": ("不同意会签", "refuse to countersign it"),
    "decide": ("僵局裁定", "decide without the union"),
    "seal": ("封存", "seal it"),
    "cancel": ("取消轮次", "cancel it"),
}
_OFFICE, _UNION, _HEAD = ("office", "head"), ("union",), ("head",)
WHO: dict[str, tuple[str, ...]] = {
    "draft": _OFFICE,
    "show": _OFFICE,
    "open": _OFFICE,
    "countersign": _UNION,
    "refuse": _UNION,
    "decide": _HEAD,
    "seal": _OFFICE,
    "cancel": _OFFICE,
}
# (state, event) → the state that follows; what is not here is refused.
MOVES: dict[tuple[str, str], str] = {
    ("none", "draft"): "draft",
    ("cancelled", "draft"): "draft",
    ("draft", "show"): "shown",
    ("shown", "open"): "opened",
    ("opened", "countersign"): "running",
    ("opened", "refuse"): "refused",
    ("opened", "decide"): "running",
    ("refused", "countersign"): "running",
    ("refused", "open"): "opened",
    ("refused", "decide"): "running",
    ("running", "seal"): "sealed",
    **{(s, "cancel"): "cancelled" for s in ("draft", "shown", "opened", "refused")},
}
_CURES: dict[str, tuple[str, str]] = {
    "none": ("请先立项：mingcha round draft", "First: mingcha round draft"),
    "draft": ("请先公示：mingcha round show", "First: mingcha round show"),
    "shown": ("公示期满后开启：mingcha round open", "When shown: mingcha round open"),
    "opened": ("请工会会签：mingcha round countersign", "Next: mingcha round countersign"),
    "refused": (
        "请协商后由工会会签，或重新开启，或到期由负责人裁定。",
        "Talk, then let the union countersign; or open it anew; or, in time, let the head decide.",
    ),
    "running": ("暗访完成后封存：mingcha round seal", "When complete: mingcha round seal"),
    "sealed": (
        "封存后只能经申诉改动：mingcha appeal file",
        "After sealing answers change by appeal only: mingcha appeal file",
    ),
    "cancelled": ("需要时请重新立项：mingcha round draft", "Draft it anew: mingcha round draft"),
}


@dataclass(frozen=True)
class Rules:
    """Configuration. `head_decides`: whether a deadlock ends; otherwise nothing runs unsigned."""

    show_days: int = 5
    countersign_days: int = 5
    head_decides: bool = True


@dataclass(frozen=True)
class Act:
    """One step. `editions`: (id, SHA-256 of its text); `branches`: empty, all of them.

    `missing`: planned visits not made, when it is sealed. `until` is set by :func:`completed`.
    """

    event: str
    actor: Actor
    day: date
    reason: str = ""
    editions: tuple[tuple[str, str], ...] = ()
    branches: tuple[str, ...] = ()
    missing: int = 0
    until: date | None = None


@dataclass(frozen=True)
class Round:
    """What is on record of one round. `until`: end of the showing, or the union's last day."""

    id: str
    state: str = "none"
    editions: tuple[tuple[str, str], ...] = ()
    branches: tuple[str, ...] = ()
    shown: date | None = None
    opened: date | None = None
    opened_by: str = ""
    until: date | None = None
    running: date | None = None
    decided: bool = False  # by the head, without the union
    sealed: date | None = None
    missing: int = 0
    reason: str = ""

    @property
    def edition_ids(self) -> tuple[str, ...]:
        return tuple(id for id, _ in self.editions)


def completed(round: Round, act: Act, rules: Rules, works: Calendar) -> Act:
    """The act with the day that follows from it (`until`); Refused if it may not be done."""
    words = known_event(EVENTS, act.event)
    refuse_role(act.actor, WHO[act.event], words)
    if (round.state, act.event) not in MOVES:
        subject = (f"轮次 {round.id} ", f"Round {round.id}")
        raise refuse_state(subject, STATES[round.state], words, _CURES[round.state])
    refuse_own_branch(act.actor, act.branches if act.event == "draft" else round.branches)
    _guard(round, act, rules, words)
    days = {"show": rules.show_days, "open": rules.countersign_days}
    days |= {"refuse": rules.countersign_days}
    if act.event not in days:
        return act
    return replace(act, until=last_day(act.day, days[act.event], works))


def _guard(round: Round, act: Act, rules: Rules, words: tuple[str, str]) -> None:
    if act.event == "draft":
        _refuse_no_edition(round, act)
    elif act.event == "open":
        _refuse_changed(round, act)
        if round.state == "shown" and round.until is not None:
            refuse_before(act.day, round.until, words, ("公示期", "The showing"))
    elif act.event in ("countersign", "refuse"):
        refuse_same_person(act.actor, round.opened_by)
    elif act.event == "decide":
        refuse_same_person(act.actor, round.opened_by)
        _refuse_no_deadlock(round, act, rules, words)
    if act.event in ("refuse", "decide", "cancel") or (act.event == "seal" and act.missing):
        if act.event == "seal" and not act.reason.strip():
            raise _incomplete(round, act)
        refuse_silence(act.reason, words)


def _refuse_no_edition(round: Round, act: Act) -> None:
    if not act.editions:
        raise Refused(
            "edition",
            f"轮次 {round.id} 须指明评分标准版本（--edition）。",
            f"Round {round.id} needs the edition it judges by (--edition).",
        )


def _refuse_changed(round: Round, act: Act) -> None:
    """What is opened is what was shown."""
    changed = [id for id, digest in act.editions if (id, digest) not in round.editions]
    if changed:
        names = "、".join(changed)
        raise Refused(
            "changed",
            f"评分标准 {names} 在公示后被改动，不能按它开启。请恢复原文，或取消本轮次后重新公示。",
            f"Edition {', '.join(changed)} was changed after it was shown. Put its text back, or "
            "cancel the round and show it anew.",
        )


def _refuse_no_deadlock(round: Round, act: Act, rules: Rules, words: tuple[str, str]) -> None:
    if not rules.head_decides:
        raise Refused(
            "union",
            "本行规定未经工会会签不得开始，负责人不能代为裁定。请与工会协商。",
            "Here no round runs without the union's signature, and nobody decides in its place. "
            "Talk to the union.",
        )
    if round.until is not None:
        refuse_before(act.day, round.until, words, ("工会答复期", "The union's time to answer"))


def _incomplete(round: Round, act: Act) -> Refused:
    return Refused(
        "incomplete",
        f"轮次 {round.id} 还有 {act.missing} 次计划暗访未完成，不能封存。"
        "请补齐后封存；确定不再补的，请写明理由（--reason）。",
        f"{act.missing} planned visits of round {round.id} were not made; it cannot be sealed. "
        "Make them; if they never will be, say why (--reason).",
    )


def after(round: Round, act: Act) -> Round:
    """The round after an act that was found in order."""
    moved = replace(round, state=MOVES[(round.state, act.event)], reason=act.reason)
    if act.event == "draft":
        return Round(round.id, moved.state, act.editions, act.branches)
    if act.event == "show":
        return replace(moved, shown=act.day, until=act.until)
    if act.event == "open":
        name = act.actor.name
        return replace(moved, opened=act.day, opened_by=name, until=act.until)
    if act.event == "refuse":
        return replace(moved, until=act.until)
    if act.event in ("countersign", "decide"):
        decided = act.event == "decide"
        return replace(moved, running=act.day, decided=decided, until=None)
    if act.event == "seal":
        # why the head decided stays the reason of the round unless the sealing has its own
        kept = act.reason or round.reason
        return replace(moved, sealed=act.day, missing=act.missing, reason=kept)
    return moved
