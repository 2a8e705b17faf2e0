"""Whose day is when: nobody is in two branches at once who was in both; paired visits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from pipeline.sample.planned import Planned

PAIR_SHARE = 0.10  # of the covert visits that are made, a second shopper goes too


def spread_days(
    planned: Sequence[Planned], days: Sequence[date], invents: Callable[[Planned], bool]
) -> list[Planned]:
    """The same plan with one visit per shopper and day, each moved within its half of the round.

    Invented visits stay where they are and are brought together in twos: whoever makes them up at
    a desk does not look at the clock. No randomness: what else is drawn stays as it was.
    """
    taken: dict[str, set[date]] = {}
    desk: dict[tuple[str, bool], Planned] = {}
    found = []
    for plan in planned:
        late = plan.day >= days[len(days) // 2]
        if invents(plan):
            first = desk.pop((plan.edition, late), None)
            if first is None:
                desk[plan.edition, late] = plan
            else:
                plan = replace(plan, day=first.day, day_part=first.day_part)
        else:
            free = _free(plan, days, late, taken.setdefault(plan.shopper, set()))
            taken[plan.shopper].add(free)
            plan = replace(plan, day=free)
        found.append(plan)
    return found


def _free(plan: Planned, days: Sequence[date], late: bool, busy: set[date]) -> date:
    """The nearest day without a visit: in the same half, else in the round, else the day itself."""
    half = days[len(days) // 2 :] if late else days[: len(days) // 2]
    for among in (half, days):
        open_days = [d for d in among if d not in busy]
        if open_days:
            return min(open_days, key=lambda d: (abs((d - plan.day).days), d))
    return plan.day


def add_pairs(
    planned: Sequence[Planned],
    shoppers: Sequence[str],
    homes: dict[str, str],
    invents: Callable[[Planned], bool],
    chance: np.random.Generator,
) -> list[Planned]:
    """The plan with paired visits (双人暗访) at its end: another shopper, same branch and day."""
    able = [p for p in planned if p.made and p.number == 1 and p.covert and not invents(p)]
    wanted = min(len(able), max(1, round(PAIR_SHARE * len(able)))) if able else 0
    busy = {(p.shopper, p.day) for p in planned}
    been = {(p.shopper, p.branch.code) for p in planned}
    found = list(planned)
    for at in chance.permutation(len(able)):
        first = able[int(at)]
        free = [
            s
            for s in shoppers
            if homes[s] != first.branch.parent
            and (s, first.day) not in busy
            and (s, first.branch.code) not in been
            and not invents(replace(first, shopper=s))
        ]
        if not free or len(found) - len(planned) >= wanted:
            continue
        second = free[int(chance.integers(0, len(free)))]
        busy.add((second, first.day))
        plan_id = f"P{first.round}-D{len(found) - len(planned) + 1:03d}"
        found.append(
            replace(first, plan_id=plan_id, shopper=second, number=3, pair_of=first.plan_id)
        )
    return found
