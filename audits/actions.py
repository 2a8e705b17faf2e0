"""Corrective actions (整改): states, deadlines, and who may do what (domain §1, §2). Pure.

    open ──reply──▶ replied ──accept──▶ closed (销号)
      ▲                │ ▲
      │ withdraw       │ └──reply── returned
      ▼                └──return──────▲
    withdrawn

A reply without a day of completion is only progress. Overdue is no state but a fact of the
calendar: not settled, and the due day is over. The same item failing again marks the action
(`recur`): one that was closed before has recurred (屡查屡犯) and a new one is opened for it; one
that is not settled goes on. Nobody decides about the own branch, and no refusal is without a
sentence in both languages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args

from audits.procedure import person_key, same_branch

State = Literal["open", "replied", "returned", "closed", "withdrawn"]
Event = Literal["progress", "reply", "chase", "accept", "return", "withdraw", "recur"]
# system: what follows from the rules after a publication; no person may do it.
Role = Literal["office", "head", "city", "branch", "union", "hq", "system"]
Severity = Literal["critical", "major", "minor"]

STATES: tuple[State, ...] = get_args(State)
EVENTS: tuple[Event, ...] = get_args(Event)
ROLES: tuple[Role, ...] = get_args(Role)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # gravest first
UNSETTLED: frozenset[State] = frozenset({"open", "replied", "returned"})

STATE_WORDS: dict[State, tuple[str, str]] = {
    "open": ("待整改", "to do"),
    "replied": ("已回复", "answered"),
    "returned": ("退回", "sent back"),
    "closed": ("已销号", "closed"),
    "withdrawn": ("已撤销", "withdrawn"),
}
EVENT_WORDS: dict[Event, tuple[str, str]] = {
    "progress": ("报告进展", "report progress"),
    "reply": ("回复", "reply"),
    "chase": ("督办", "chase"),
    "accept": ("销号", "accept"),
    "return": ("退回", "send back"),
    "withdraw": ("撤销", "withdraw"),
    "recur": ("标记再次失分", "mark as failed again"),
}
ROLE_WORDS: dict[Role, tuple[str, str]] = {
    "office": ("省行", "the provincial office"),
    "head": ("省行负责人", "the head of the office"),
    "city": ("二级分行", "the city manager"),
    "branch": ("网点负责人", "the branch head"),
    "union": ("工会", "the union"),
    "hq": ("总行", "head office"),
    "system": ("系统", "the system"),
}
SEVERITY_WORDS: dict[Severity, tuple[str, str]] = {
    "critical": ("严重", "critical"),
    "major": ("较重", "major"),
    "minor": ("一般", "minor"),
}
WHERE: dict[Event, frozenset[State]] = {
    "progress": frozenset({"open", "returned"}),
    "reply": frozenset({"open", "returned", "replied"}),  # until decided it may be completed
    "chase": frozenset({"open", "returned"}),
    "accept": frozenset({"replied"}),
    "return": frozenset({"replied"}),
    "withdraw": UNSETTLED,
    "recur": UNSETTLED | {"closed"},
}
DECIDERS: frozenset[Role] = frozenset({"office", "head"})
WHO: dict[Event, frozenset[Role]] = {
    "progress": frozenset({"branch"}),
    "reply": frozenset({"branch"}),
    "chase": frozenset({"city", "office", "head"}),
    "accept": DECIDERS,
    "return": DECIDERS,
    "withdraw": DECIDERS,
    "recur": frozenset({"system"}),
}
_LEADS: dict[Event, State] = {
    "reply": "replied",
    "accept": "closed",
    "return": "returned",
    "withdraw": "withdrawn",
}
_DECISIONS: frozenset[Event] = frozenset({"accept", "return", "withdraw"})
_WITH_REASON: frozenset[Event] = frozenset({"return", "withdraw"})


class Refused(Exception):
    """What may not be done, as a sentence in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True)
class Actor:
    """Who acts. `node`: the branch of a branch head, the region of a city manager, of an office
    clerk the branch he or she belongs to, if to any."""

    role: Role
    account: str
    node: str | None = None


@dataclass(frozen=True)
class Act:
    """One thing done to an action on a day; `details` depend on the event.

    progress, reply: `measure`, `done` (ISO day), `evidence` (name of a file); chase: `reason`, may
    be empty; return, withdraw: `reason`; recur: `round`.
    """

    event: Event
    day: date
    actor: Actor
    details: Mapping[str, str]


@dataclass(frozen=True)
class Action:
    """One corrective action. `lost`: points at the worst visit of the round; `found`: day of the
    last visit that found it; `recurs`: the closed one that it repeats; `again`: the rounds in which
    the item failed again."""

    id: str
    branch: str
    item: str
    edition: str
    round: str
    found: date
    lost: Decimal
    severity: Severity
    owner: str
    issued: date
    due: date
    recurs: str | None = None
    state: State = "open"
    measure: str = ""
    evidence: str = ""
    replied_by: str = ""
    done: date | None = None
    closed: date | None = None
    reason: str = ""
    returns: int = 0
    chased: int = 0
    again: tuple[str, ...] = ()
    acts: int = 1  # the opening is the first


def due_date(issued: date, days: int, is_open: Callable[[date], bool]) -> date:
    """The `days`-th working day after `issued`. ValueError: days < 1."""
    if days < 1:
        raise ValueError(f"{days} working days")
    day = issued
    while days:
        day += timedelta(days=1)
        days -= is_open(day)
    return day


def overdue(action: Action, today: date) -> bool:
    """Not settled, and its due day is over."""
    return action.state in UNSETTLED and today > action.due


def waits_for(action: Action) -> Role | None:
    """Whose turn it is: the branch, the office, or nobody's."""
    if action.state == "replied":
        return "office"
    return "branch" if action.state in UNSETTLED else None


def recurring(action: Action) -> bool:
    """It repeats a closed one, or its item failed again since."""
    return action.recurs is not None or bool(action.again)


def recurs(action: Action, round: str, seen: date, order: Sequence[str], within: int = 2) -> bool:
    """Whether a failure in `round`, seen on a day, repeats a closed action.

    Seen after the closing, in one of the next `within` rounds after the action's own (`order`:
    all rounds, first to last; a round that is not in it tells nothing).
    """
    if action.closed is None or seen <= action.closed or not {round, action.round} <= set(order):
        return False
    return 0 < order.index(round) - order.index(action.round) <= within


def check(action: Action, act: Act, above: Collection[str] = ()) -> None:
    """Refused if `act` may not be done to `action` now.

    `above`: the codes of the regions over the branch of the action.
    """
    _check_who(action, act, above)
    if action.state not in WHERE[act.event]:
        raise _wrong_state(action, act.event)
    if act.event in ("reply", "progress"):
        _check_reply(action, act)
    if act.event == "accept" and not action.evidence:
        raise Refused(
            f"{action.id} 的回复没有佐证材料，不能销号。请退回补充。",
            f"The reply to {action.id} names no evidence, so it cannot be accepted. "
            "Send it back for evidence.",
        )
    if act.event in _WITH_REASON and not act.details.get("reason", "").strip():
        zh, en = EVENT_WORDS[act.event]
        raise Refused(f"{zh}须写明原因。", f"Give the reason to {en} it.")


def _check_who(action: Action, act: Act, above: Collection[str]) -> None:
    actor, (zh, en) = act.actor, EVENT_WORDS[act.event]
    who_zh, who_en = ROLE_WORDS[actor.role]
    if actor.role not in WHO[act.event]:
        able_zh = "、".join(ROLE_WORDS[r][0] for r in ROLES if r in WHO[act.event])
        able_en = " or ".join(ROLE_WORDS[r][1] for r in ROLES if r in WHO[act.event])
        raise Refused(
            f"{who_zh}不能{zh}整改事项，应由{able_zh}办理。",
            f"{who_en.capitalize()} may not {en} a corrective action; that is for {able_en}.",
        )
    if act.event in _DECISIONS and _own(actor, action):
        raise Refused(
            f"{action.id} 属于本人所在网点 {action.branch}，须回避，请由他人办理。",
            f"{action.id} is about your own branch {action.branch}: somebody else has to decide.",
        )
    if actor.role == "branch" and actor.node != action.branch:
        raise Refused(
            f"{action.id} 属于网点 {action.branch}，只能由该网点回复。",
            f"{action.id} belongs to branch {action.branch}; only that branch may answer it.",
        )
    if actor.role == "city" and actor.node not in above:
        raise Refused(
            f"{action.id} 的网点 {action.branch} 不在本行辖内。",
            f"Branch {action.branch} of {action.id} is not in your city.",
        )


def _own(actor: Actor, action: Action) -> bool:
    """Whether somebody decides about the own branch: by its code, or having answered for it."""
    if actor.node is not None and same_branch(actor.node, action.branch):
        return True
    return bool(action.replied_by) and person_key(actor.account) == person_key(action.replied_by)


def _wrong_state(action: Action, event: Event) -> Refused:
    state_zh, state_en = STATE_WORDS[action.state]
    zh, en = EVENT_WORDS[event]
    able_zh = "、".join(STATE_WORDS[s][0] for s in STATES if s in WHERE[event])
    able_en = " or ".join(STATE_WORDS[s][1] for s in STATES if s in WHERE[event])
    return Refused(
        f"{action.id} 现为“{state_zh}”，不能{zh}；只有“{able_zh}”的可以。",
        f"{action.id} is {state_en}, so it is too late or too early to {en} it: "
        f"it would have to be {able_en}.",
    )


def _check_reply(action: Action, act: Act) -> None:
    done = act.details.get("done", "")
    if not act.details.get("measure", "").strip():
        raise Refused("请写明整改措施。", "Say what was done.")
    if act.event == "progress":
        return
    if not done:
        raise Refused("请写明完成日期；未完成的请报告进展。", "Give the day it was done.")
    day = date.fromisoformat(done)
    if day > act.day:
        raise Refused(
            f"完成日期 {day} 晚于今天 {act.day}，请核对。",
            f"Done on {day} lies after today, {act.day}. Check the date.",
        )
    if day < action.found:
        raise Refused(
            f"完成日期 {day} 早于检查发现日期 {action.found}，请核对。",
            f"Done on {day} lies before the visit that found it, {action.found}. Check the date.",
        )


def apply(action: Action, act: Act) -> Action:
    """The action after an act that :func:`check` has let through."""
    given = act.details
    new = replace(action, state=_LEADS.get(act.event, action.state), acts=action.acts + 1)
    match act.event:
        case "progress":
            evidence = given.get("evidence", "") or action.evidence
            who = act.actor.account
            return replace(new, measure=given["measure"], evidence=evidence, replied_by=who)
        case "reply":
            done = date.fromisoformat(given["done"])
            evidence = given.get("evidence", "")
            told = replace(new, measure=given["measure"], evidence=evidence, done=done)
            return replace(told, replied_by=act.actor.account)
        case "accept":
            return replace(new, closed=act.day)
        case "return":
            return replace(new, done=None, reason=given["reason"], returns=action.returns + 1)
        case "withdraw":
            return replace(new, reason=given["reason"])
        case "chase":
            return replace(new, chased=action.chased + 1)
    return replace(new, again=(*action.again, given["round"]))
