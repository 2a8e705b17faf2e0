"""When: day-parts drawn in permuted blocks, then the dates of each shopper by linear assignment.

A cell is weekday × half of the day × window. Each stratum draws its cells from blocks that hold
every cell once in random order, so that no class of branches is seen on market days only. Two
shoppers of a pair come in the same half-day, one in each window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from scipy.optimize import linear_sum_assignment

from audits.planning.model import HalfDay, Shopper, Site

Cell = tuple[int, int, int]  # weekday (Monday 0), half, window
WRONG_WEEKDAY, WRONG_HALF, WEEK_OFF = 4.0, 2.0, 0.3
CROWDED = 6.0  # another visit of the branch within a week
BETWEEN_CITIES = 60.0  # visits in two cities on one day
NEVER = 1e6
_WEEK = 7


@dataclass
class Task:
    """One visit that is to get its time. `partner`: index of the other visit of a pair."""

    site: int
    shopper: int
    cell: Cell
    week: int  # week of the period, from 0
    partner: int | None = None
    day: date | None = None
    half: int = 0
    window: int = 0


@dataclass
class Diary:
    """What is taken: half-days of each shopper, days of each branch, cities of a shopper's days."""

    taken: dict[int, set[HalfDay]] = field(default_factory=dict)
    visits: dict[int, list[date]] = field(default_factory=dict)
    cities: dict[tuple[int, date], str] = field(default_factory=dict)

    def book(self, task: Task, day: date, half: int, window: int, city: str) -> None:
        """The visit takes place then."""
        task.day, task.half, task.window = day, half, window
        self.taken.setdefault(task.shopper, set()).add((day, half))
        self.visits.setdefault(task.site, []).append(day)
        self.cities[task.shopper, day] = city


def cells_of(days: Iterable[date]) -> list[Cell]:
    """Every cell of the weekdays among `days`."""
    weekdays = sorted({d.weekday() for d in days})
    return [(w, half, window) for w in weekdays for half in (0, 1) for window in (0, 1)]


def permuted_blocks(things: Sequence[Cell], count: int, rng: np.random.Generator) -> list[Cell]:
    """`count` things from blocks that hold each once, in random order."""
    drawn: list[Cell] = []
    while len(drawn) < count and things:
        drawn += [things[int(i)] for i in rng.permutation(len(things))]
    return drawn[:count]


def deal(
    crews: Sequence[Sequence[Shopper]], drawn: Sequence[Cell], days: Sequence[date]
) -> list[Cell]:
    """Each crew one of the drawn cells, such that as many as can be are free on theirs.

    Which cells a stratum gets stays as drawn; only who of it takes which is chosen.
    """
    if not crews:
        return []
    cost = np.zeros((len(crews), len(drawn)))
    wanted = set(days)
    for row, crew in enumerate(crews):
        free = set.intersection(*(set(s.free) for s in crew))
        known = {(d.weekday(), half) for d, half in free if d in wanted}
        weekdays = {w for w, _ in known}
        for column, (weekday, half, _) in enumerate(drawn):
            if (weekday, half) not in known:
                cost[row, column] = WRONG_HALF if weekday in weekdays else WRONG_WEEKDAY
    rows, columns = linear_sum_assignment(cost)
    chosen = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [drawn[chosen[row]] for row in range(len(crews))]


def week_of(day: date, first: date) -> int:
    """Weeks (Monday to Sunday) since the one of `first`."""
    return (day.toordinal() - day.weekday() - (first.toordinal() - first.weekday())) // _WEEK


def schedule(tasks: list[Task], sites: Sequence[Site], shoppers: Sequence[Shopper]) -> list[int]:
    """Gives every task its day, half and window; the indices of those for which there is none."""
    first = min((d for s in sites for d in s.days), default=date.min)
    diary = Diary()
    slots = [_slots(s, sites) for s in shoppers]
    _pairs(tasks, sites, slots, diary, first)
    order = sorted(range(len(shoppers)), key=lambda j: (_slack(tasks, slots, j), shoppers[j].id))
    for j in order:
        own = [t for t in tasks if t.shopper == j and t.day is None]
        by_city: dict[str, list[Task]] = {}
        for task in own:
            by_city.setdefault(sites[task.site].city, []).append(task)
        for city, some in sorted(by_city.items(), key=lambda c: (-len(c[1]), c[0])):
            _assign_dates(some, sites, slots[j], diary, city, first)
    return [i for i, t in enumerate(tasks) if t.day is None]


def _slots(shopper: Shopper, sites: Sequence[Site]) -> list[HalfDay]:
    """The half-days on which the shopper is free and some branch is open, in order."""
    days = set().union(*{s.days for s in sites}) if sites else set()
    return sorted(h for h in shopper.free if h[0] in days)


def _slack(tasks: Sequence[Task], slots: Sequence[Sequence[HalfDay]], j: int) -> int:
    return len(slots[j]) - sum(t.shopper == j for t in tasks)


def _pairs(
    tasks: list[Task],
    sites: Sequence[Site],
    slots: Sequence[Sequence[HalfDay]],
    diary: Diary,
    first: date,
) -> None:
    """Books the pairs, those with the fewest common half-days first; a pair without any parts."""
    leaders = [(i, t) for i, t in enumerate(tasks) if t.partner is not None and i < t.partner]
    open_days = {i: set(sites[t.site].days) for i, t in leaders}
    common = {
        i: sorted(set(slots[t.shopper]) & set(slots[tasks[t.partner or 0].shopper]))
        for i, t in leaders
    }
    for i, task in sorted(leaders, key=lambda p: (len(common[p[0]]), p[0])):
        other = tasks[task.partner or 0]
        busy = diary.taken.get(task.shopper, set()) | diary.taken.get(other.shopper, set())
        options = [h for h in common[i] if h not in busy and h[0] in open_days[i]]
        city = sites[task.site].city
        if not options:
            task.partner = other.partner = None
            continue
        costs = _costs(task, options, diary, city, first)
        costs += _elsewhere(other.shopper, options, diary, city)
        day, half = options[int(np.argmin(costs))]
        window = task.cell[2]
        diary.book(task, day, half, window, city)
        diary.book(other, day, half, 1 - window, city)


def _assign_dates(
    some: list[Task],
    sites: Sequence[Site],
    slots: Sequence[HalfDay],
    diary: Diary,
    city: str,
    first: date,
) -> None:
    """The dates of one shopper's visits in one city: the least sum of deviations."""
    shopper = some[0].shopper
    taken = diary.taken.get(shopper, set())
    free = [h for h in slots if h not in taken]
    if not free:
        return
    cost = np.array([_costs(t, free, diary, city, first) for t in some])
    for row, task in enumerate(some):
        closed = set(sites[task.site].days)
        cost[row, [i for i, h in enumerate(free) if h[0] not in closed]] = NEVER
    rows, columns = linear_sum_assignment(cost)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if cost[row, column] < NEVER:
            day, half = free[column]
            diary.book(some[row], day, half, some[row].cell[2], city)


def _costs(
    task: Task, options: Sequence[HalfDay], diary: Diary, city: str, first: date
) -> np.ndarray:
    """How far each half-day is from what was drawn, and from other visits of the branch."""
    weekday, half, _ = task.cell
    days = np.array([d.toordinal() for d, _ in options])
    weeks = np.array([week_of(d, first) for d, _ in options])
    cost = WRONG_WEEKDAY * np.array([d.weekday() != weekday for d, _ in options], dtype=float)
    cost += WRONG_HALF * np.array([h != half for _, h in options], dtype=float)
    cost += WEEK_OFF * np.abs(weeks - task.week)
    for other in diary.visits.get(task.site, []):
        apart = np.abs(days - other.toordinal())
        cost += CROWDED * (apart < _WEEK) + NEVER * (apart == 0)
    return cost + _elsewhere(task.shopper, options, diary, city)


def _elsewhere(shopper: int, options: Sequence[HalfDay], diary: Diary, city: str) -> np.ndarray:
    """The cost of days on which the shopper is in another city."""
    return BETWEEN_CITIES * np.array(
        [diary.cities.get((shopper, d), city) != city for d, _ in options], dtype=float
    )
