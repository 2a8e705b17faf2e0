"""The steps of a round ahead (轮次进度): who does what next, and from which day it may be done.

A round cannot be walked in one day: it is shown for some working days before it opens, and the
union has some to answer. So that nobody has to try, the days are said beforehand. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from audits.procedure import last_day
from audits.rounds import WHO, Round, Rules

ORDER = ("draft", "show", "open", "countersign", "seal")
_DONE = {"none": 0, "draft": 1, "shown": 2, "opened": 3, "refused": 3, "running": 4, "sealed": 5}
Standing = Literal["done", "ready", "waits", "later"]


@dataclass(frozen=True)
class Step:
    """One step of a round. `day`: when it was done, or the first day on which it may be done.

    `until`: the last day to answer, for the union. `ready`: now; `waits`: next, but not before
    `day`; `later`: another step comes first, and `day` is the earliest if that is done at once.
    """

    event: str
    standing: Standing
    who: tuple[str, ...]
    day: date | None = None
    until: date | None = None


def ahead(round: Round, rules: Rules, works: Callable[[date], bool], today: date) -> list[Step]:
    """The five steps of a round in order; one that was cancelled has none."""
    if round.state not in _DONE:
        return []
    done = _DONE[round.state]
    days = (None, round.shown, round.opened, round.running, round.sealed)
    steps = [
        Step(event, "done", WHO[event], day)
        for event, day in zip(ORDER[:done], days[:done], strict=True)
    ]
    at = today
    for place, event in enumerate(ORDER[done:], start=done):
        at = max(at, _earliest(round, event, at, rules, works, place == done))
        until = _answer(round, event, at, rules, works)
        first: Standing = "ready" if at <= today else "waits"
        steps.append(Step(event, first if place == done else "later", WHO[event], at, until))
    return steps


def _earliest(
    round: Round,
    event: str,
    at: date,
    rules: Rules,
    works: Callable[[date], bool],
    next_one: bool,
) -> date:
    """The first day of a step whose former is done on `at` at the earliest."""
    if event != "open":
        return at
    if next_one:
        return at if round.until is None else round.until + timedelta(days=1)
    return last_day(at, rules.show_days, works) + timedelta(days=1)


def _answer(
    round: Round, event: str, at: date, rules: Rules, works: Callable[[date], bool]
) -> date | None:
    """The union's last day to answer; after it the head may decide, where that is the rule."""
    if event != "countersign":
        return None
    if round.state in ("opened", "refused"):
        return round.until
    return last_day(at, rules.countersign_days, works)
