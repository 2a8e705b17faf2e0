"""Appeals (申诉): a branch contests an item of an own visit; office proposes, union agrees.

    filed → proposed by the office → agreed by the union → upheld, partly upheld or rejected
                  ↑______ objected ______|

Where the two do not agree in time, the head decides on record. Nobody decides about the own
branch, nobody agrees to the own proposal. Pure: days, calendar and effects are given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

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
    "none": ("未提出", "not filed"),
    "filed": ("待省行提出意见", "awaiting the office's proposal"),
    "proposed": ("待工会同意", "awaiting the union"),
    "objected": ("工会不同意，待省行重提", "objected to by the union"),
    "upheld": ("成立", "upheld"),
    "partly": ("部分成立", "partly upheld"),
    "rejected": ("不成立", "rejected"),
    "withdrawn": ("已撤回", "withdrawn"),
}
OUTCOMES = ("upheld", "partly", "rejected")
OPEN = ("filed", "proposed", "objected")
EVENTS: dict[str, tuple[str, str]] = {
    "file": ("提出申诉", "file an appeal"),
    "withdraw": ("撤回申诉", "withdraw the appeal"),
    "propose": ("提出处理意见", "propose an outcome"),
    "agree": ("同意处理意见", "agree to the proposal"),
    "object": ("不同意处理意见", "object to the proposal"),
    "decide": ("僵局裁定", "decide without the union"),
}
WHO: dict[str, tuple[str, ...]] = {
    "file": ("branch",),
    "withdraw": ("branch",),
    "propose": ("office", "head"),
    "agree": ("union",),
    "object": ("union",),
    "decide": ("head",),
}
# (state, event) → the state that follows; `outcome` stands for the outcome that was proposed.
MOVES: dict[tuple[str, str], str] = {
    ("none", "file"): "filed",
    ("filed", "propose"): "proposed",
    ("objected", "propose"): "proposed",
    ("proposed", "agree"): "outcome",
    ("proposed", "object"): "objected",
    ("proposed", "decide"): "outcome",
    ("objected", "decide"): "outcome",
    **{(s, "withdraw"): "withdrawn" for s in OPEN},
}
_OVER = (
    "本申诉已有结果，不再改动；对其他考核项可另行申诉。",
    "This appeal is over and stays as it is; another item can be appealed.",
)
_CURES: dict[str, tuple[str, str]] = {
    "none": ("请先提出：mingcha appeal file", "First: mingcha appeal file"),
    "filed": ("请省行提出意见：mingcha appeal propose", "Next: mingcha appeal propose"),
    "proposed": ("请工会答复：mingcha appeal agree|object", "Next: mingcha appeal agree|object"),
    "objected": ("请省行重提：mingcha appeal propose", "Next: mingcha appeal propose"),
    **dict.fromkeys((*OUTCOMES, "withdrawn"), _OVER),
}
# What the proposed answers would do to the contested ones: all in full (or not applicable), some
# better, nothing, or the visit's score lower.
Effect = Literal["full", "better", "same", "worse"]


@dataclass(frozen=True)
class Rules:
    """Configuration, in working days."""

    propose_days: int = 5
    union_days: int = 5
    head_decides: bool = True


@dataclass(frozen=True)
class Contested:
    """What is appealed: answers of one item in one visit of one branch, seen in a publication."""

    period: str
    branch: str
    visit: str
    item: str
    encounters: tuple[int, ...]
    round: str = ""
    edition: str = ""
    visit_date: date | None = None


@dataclass(frozen=True)
class Act:
    """One step. `answers`: (encounter, what the answer should say). `until` is set by `completed`.

    For filing: `contested`, and `last`, the last day on which it may be filed (None: no figures
    were shown yet). For proposing and deciding: `outcome`, `answers` and their `effect`.
    """

    event: str
    actor: Actor
    day: date
    reason: str = ""
    contested: Contested | None = None
    last: date | None = None
    outcome: str = ""
    answers: tuple[tuple[int, str], ...] = ()
    effect: Effect = "same"
    until: date | None = None


@dataclass(frozen=True)
class Appeal:
    """What is on record of one appeal. `until`: when the office, then the union, should answer."""

    number: int
    state: str = "none"
    contested: Contested | None = None
    filed: date | None = None
    until: date | None = None
    outcome: str = ""  # proposed, then decided
    answers: tuple[tuple[int, str], ...] = ()
    filed_by: str = ""
    proposed_by: str = ""
    reason: str = ""  # of the proposal or decision
    objection: str = ""
    decided: date | None = None
    by_head: bool = False

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in OPEN


def completed(
    appeal: Appeal,
    act: Act,
    rules: Rules,
    works: Calendar,
    earlier: Appeal | None = None,
) -> Act:
    """The act with the day that follows from it; Refused if it may not be done.

    `earlier`: an appeal about the same item of the same visit that is not withdrawn.
    """
    words = known_event(EVENTS, act.event)
    refuse_role(act.actor, WHO[act.event], words)
    if (appeal.state, act.event) not in MOVES:
        subject = (f"申诉 {appeal.number} ", f"Appeal {appeal.number}")
        raise refuse_state(subject, STATES[appeal.state], words, _CURES[appeal.state])
    _guard(appeal, act, rules, words, earlier)
    days = {"file": rules.propose_days, "propose": rules.union_days, "object": rules.propose_days}
    if act.event not in days:
        return act
    return replace(act, until=last_day(act.day, days[act.event], works))


def _guard(
    appeal: Appeal, act: Act, rules: Rules, words: tuple[str, str], earlier: Appeal | None
) -> None:
    contested = act.contested if act.event == "file" else appeal.contested
    if contested is None:
        raise ValueError("an appeal is about something")
    if act.actor.role == "branch":
        _refuse_other_branch(act.actor, contested)
    else:
        refuse_own_branch(act.actor, (contested.branch,))
    if act.event == "file":
        _refuse_late(act, contested)
        _refuse_again(earlier)
    elif act.event != "withdraw":
        # whoever filed it belongs to the branch, whatever role is named now
        refuse_same_person(act.actor, appeal.filed_by)
    if act.event in ("agree", "decide"):
        refuse_same_person(act.actor, appeal.proposed_by)
    if act.event == "decide":
        _refuse_no_deadlock(appeal, act, rules, words)
    if act.event in ("propose", "decide"):
        _refuse_outcome(act)
    if act.event not in ("agree", "withdraw"):
        refuse_silence(act.reason, words)


def _refuse_other_branch(actor: Actor, contested: Contested) -> None:
    if actor.branch != contested.branch:
        raise Refused(
            "other_branch",
            "只能对本网点的暗访提出或撤回申诉。请用本网点的身份办理。",
            "Only visits of the own branch can be appealed. Act for the branch that was visited.",
        )


def _refuse_late(act: Act, contested: Contested) -> None:
    if act.last is None:
        raise Refused(
            "not_shown",
            f"{contested.period} 还没有预发布，尚无可申诉的结果。请等预发布后在核对期内提出。",
            f"{contested.period} has not been published as a preview; there is nothing to appeal "
            "yet. File it in the check period that the preview opens.",
        )
    if act.day > act.last:
        raise Refused(
            "late",
            f"{contested.period} 的申诉期已于 {act.last} 结束，不再受理。"
            "确有错录的，请告知省行核实。",
            f"The time to appeal {contested.period} ended on {act.last}. "
            "If something was recorded wrongly, tell the office.",
        )


def _refuse_again(earlier: Appeal | None) -> None:
    if earlier is not None:
        state = STATES[earlier.state]
        raise Refused(
            "again",
            f"这次暗访的该考核项已有申诉 {earlier.number}（{state[0]}）。一项只申诉一次。",
            f"That item of this visit has appeal {earlier.number} ({state[1]}) already. "
            "An item is appealed once.",
        )


def _refuse_no_deadlock(appeal: Appeal, act: Act, rules: Rules, words: tuple[str, str]) -> None:
    if not rules.head_decides:
        raise Refused(
            "union",
            "本行规定申诉须经工会同意，负责人不能代为裁定。请与工会协商。",
            "Here no appeal is decided without the union. Talk to the union.",
        )
    if appeal.until is not None:
        why = ("答复期", "The time to answer")
        refuse_before(act.day, appeal.until, words, why)


def _refuse_outcome(act: Act) -> None:
    """The outcome says what the answers do; an appeal never makes a score worse."""
    if act.outcome not in OUTCOMES:
        raise Refused(
            "outcome",
            f"没有“{act.outcome}”这种结果：upheld 成立、partly 部分成立、rejected 不成立。",
            f"There is no outcome {act.outcome!r}: upheld, partly or rejected.",
        )
    if act.effect == "worse":
        raise Refused(
            "worse",
            "这样改动后得分反而更低；申诉不得使申诉网点受损。请改答案，或提“不成立”。",
            "With these answers the score would be lower; an appeal never harms who files it. "
            "Change the answers, or reject it.",
        )
    fits = {"upheld": ("full",), "partly": ("better",), "rejected": ("same",)}
    if act.outcome == "rejected" and act.answers:
        raise Refused(
            "answers",
            "“不成立”不改答案。请去掉所改的答案。",
            "A rejected appeal changes no answer. Leave out the changed answers.",
        )
    if act.effect not in fits[act.outcome]:
        raise Refused(
            "answers",
            "结果与答案不符：“成立”须使所申诉的各处全部得分或不适用，“部分成立”须有改善而不全得。"
            "请改结果或改答案。",
            "Outcome and answers do not fit: upheld gives every contested answer in full or makes "
            "it not applicable; partly upheld gives more than before and less than all. "
            "Change the outcome or the answers.",
        )


def after(appeal: Appeal, act: Act) -> Appeal:
    """The appeal after an act that was found in order."""
    follows = MOVES[(appeal.state, act.event)]
    if act.event == "file":
        kept = {"contested": act.contested, "filed": act.day, "until": act.until}
        told = replace(appeal, state=follows, **kept)  # type: ignore[arg-type]
        return replace(told, filed_by=act.actor.name)
    if act.event == "propose":
        return replace(
            appeal,
            state=follows,
            outcome=act.outcome,
            answers=act.answers,
            proposed_by=act.actor.name,
            reason=act.reason,
            until=act.until,
        )
    if act.event == "object":
        return replace(appeal, state=follows, objection=act.reason, until=act.until)
    if act.event == "agree":
        return replace(appeal, state=appeal.outcome, decided=act.day, until=None)
    if act.event == "decide":
        decided = replace(appeal, state=act.outcome, outcome=act.outcome, answers=act.answers)
        return replace(decided, reason=act.reason, decided=act.day, by_head=True, until=None)
    return replace(appeal, state=follows, until=None)
