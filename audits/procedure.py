"""What the procedures (rounds, appeals, the check period) share: who acts, and until when.

A procedure is a pure state machine. `completed` says whether an act may be done now, and adds the
days that follow from it; `after` is what the act makes of the state. Only `completed` knows rules
and calendar: what was done once is replayed by `after` as it was, whatever the rules are today.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

# Whether people work on a day: the Chinese calendar with its swapped workdays, given from outside.
Calendar = Callable[[date], bool]

ROLES: dict[str, tuple[str, str]] = {
    "office": ("省行办公室", "the office"),
    "head": ("省行负责人", "the head of the office"),
    "union": ("工会", "the union"),
    "branch": ("网点负责人", "the branch head"),
    "city": ("二级分行", "the city"),
    "hq": ("总行", "head office"),
}
_UNSEEN = ("Cc", "Cf", "Mn")  # control signs, zero-width ones, marks on nothing
_LONGEST_WAIT = 366  # days looked at for one working day: a calendar without any is a mistake


@dataclass(frozen=True)
class Actor:
    """Who acts. `branch`: the own branch, of a branch head or of anybody else who has one."""

    name: str
    role: str
    branch: str | None = None


class Refused(Exception):
    """The act may not be done. `code` names the reason; the sentences say it, with the cure."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.code, self.zh, self.en = code, zh, en


def last_day(start: date, days: int, works: Calendar) -> date:
    """The last day of a period of `days` working days that begins after `start`.

    0 days: `start` itself. ValueError: negative, or no working day within a year.
    """
    if days < 0:
        raise ValueError("a period has at least 0 working days")
    day, left = start, days
    while left:
        day += timedelta(days=1)
        if (day - start).days > _LONGEST_WAIT + 2 * days:
            raise ValueError("the calendar has no working days")
        left -= works(day)
    return day


def refuse_role(actor: Actor, allowed: tuple[str, ...], words: tuple[str, str]) -> None:
    """Refuses whoever has no say in this; `words`: what is done, in both languages."""
    if actor.role in allowed:
        return
    who, who_en = ROLES.get(actor.role, (actor.role, actor.role))
    zh = "、".join(ROLES[r][0] for r in allowed)
    en = " or ".join(ROLES[r][1] for r in allowed)
    raise Refused(
        "role",
        f"“{words[0]}”由{zh}办理，{who}不能办理。请交其办理。",
        f"To {words[1]} is for {en}, not for {who_en}. Hand it to them.",
    )


def refuse_state(
    subject: tuple[str, str],
    state: tuple[str, str],
    words: tuple[str, str],
    cure: tuple[str, str],
) -> Refused:
    """The refusal of an act that the state does not allow."""
    return Refused(
        "state",
        f"{subject[0]}现为“{state[0]}”，不能“{words[0]}”。{cure[0]}",
        f"{subject[1]} is {state[1]}, so nobody can {words[1]} now. {cure[1]}",
    )


def person_key(name: str) -> str:
    """A name as people are told apart: full width, case, blanks and invisible signs aside."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in _UNSEEN)


def same_branch(one: str, other: str) -> bool:
    """Whether two codes may mean one branch: spreadsheets and people lose leading zeros."""
    return _bare(one) == _bare(other)


def _bare(code: str) -> str:
    return person_key(code).lstrip("0")


def refuse_own_branch(actor: Actor, branches: tuple[str, ...]) -> None:
    """Nobody decides about the own branch."""
    if actor.branch is not None and any(same_branch(actor.branch, b) for b in branches):
        raise Refused(
            "own_branch",
            f"{actor.name} 属于网点 {actor.branch}，不得对本网点的事项作出决定。请换人办理。",
            f"{actor.name} belongs to branch {actor.branch} and may not decide about it. "
            "Let somebody else do it.",
        )


def refuse_same_person(actor: Actor, former: str) -> None:
    """Two keys are two people."""
    if person_key(actor.name) == person_key(former):
        raise Refused(
            "same_person",
            f"前一步也是 {former} 办理的；双签须由两人分别办理。请换人办理。",
            f"{former} did the former step too; two keys are turned by two people. "
            "Let somebody else do it.",
        )


LONGEST_REASON = 2000  # characters: it stays on record for ever, and others read it on a page


def refuse_silence(reason: str, words: tuple[str, str]) -> None:
    """What is decided on record has a reason on record, that can be read."""
    if not reason.strip():
        raise Refused(
            "reason",
            f"“{words[0]}”须写明理由（--reason）。",
            f"To {words[1]} needs a reason on record (--reason).",
        )
    if len(reason) > LONGEST_REASON:
        raise Refused(
            "reason",
            f"“{words[0]}”的理由最多 {LONGEST_REASON} 字，现有 {len(reason)} 字。请只写要点。",
            f"The reason to {words[1]} has {len(reason)} characters; at most {LONGEST_REASON} are "
            "taken. Write what matters.",
        )


def refuse_before(day: date, last: date, words: tuple[str, str], why: tuple[str, str]) -> None:
    """Refuses what may be done only after `last`."""
    if day <= last:
        raise Refused(
            "early",
            f"{why[0]}至 {last}，其后才能“{words[0]}”。请届时办理。",
            f"{why[1]} lasts until {last}; only then one may {words[1]}. Do it then.",
        )


def known_event(events: Mapping[str, tuple[str, str]], event: str) -> tuple[str, str]:
    """The words of an event; Refused if there is no such event."""
    if event not in events:
        raise Refused(
            "event",
            f"没有“{event}”这一步，只有：{'、'.join(events)}。",
            f"There is no step {event!r}, only: {', '.join(events)}.",
        )
    return events[event]
