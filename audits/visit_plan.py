"""The visit plan (暗访计划) of a round: how many, who, when, in which role.

    branches, shoppers, history ─▶ visits per branch ─▶ who goes where ─▶ pairs ─▶ dates ─▶ roles

Pure and reproducible: the same input and seed give the same plan, whatever the order of the lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from audits.planning import concerns
from audits.planning.allocation import visits_per_site
from audits.planning.assignment import Assigned, assign, graph_of, islands
from audits.planning.model import (
    Concern,
    Plan,
    PlannedVisit,
    PlanRules,
    Shopper,
    Site,
)
from audits.planning.reach import OTHER_CITY, SAME_CITY, Reach, reach
from audits.planning.timing import Task, cells_of, deal, permuted_blocks, schedule, week_of


def make_plan(
    sites: Sequence[Site],
    shoppers: Sequence[Shopper],
    visits: int,
    seed: int,
    visited: frozenset[tuple[str, str]] = frozenset(),
    rules: PlanRules | None = None,
) -> Plan:
    """The plan of `visits` visits. `visited`: (shopper, branch) of the year before the period.

    ValueError where there is no branch with a business day, no shopper, or no visit to plan.
    """
    rules = rules or PlanRules()
    sites = sorted((s for s in sites if s.days), key=lambda s: s.code)
    shoppers = sorted(shoppers, key=lambda s: s.id)
    if not sites or not shoppers or visits < 1:
        raise ValueError("a plan needs branches, shoppers and at least one visit")
    may = reach(sites, shoppers, visited)
    demand, paired = _demand(sites, may, visits, rules, _stream(seed, "visits"))
    luck = _stream(seed, "who").random(may.way.shape)
    given = assign(demand, may, luck)
    tasks = _tasks(sites, shoppers, given, paired, seed)
    pairs_wanted = int(paired.sum())
    lost = schedule(tasks, sites, shoppers)
    made = [t for i, t in enumerate(tasks) if i not in set(lost)]
    planned = _visits(tasks, lost, sites, shoppers, rules, seed)
    parts, with_history = _islands(planned, visited)
    counted = sum(v.companion is not None for v in planned) // 2
    told: list[Concern] = [
        *_concerns_of_demand(sites, may, demand, given, (visits, pairs_wanted), rules),
        *concerns.no_day([sites[tasks[i].site].code for i in lost]),
        *concerns.pairs(pairs_due(visits, rules), counted),
        *concerns.islands(parts, with_history),
    ]
    return Plan(
        visits=planned,
        concerns=tuple(told),
        strata=tuple(_strata(sites, planned)),
        islands=parts,
        islands_with_history=with_history,
        on_target=_on_target(made),
        travel=_travel(tasks, lost, may),
    )


def _concerns_of_demand(
    sites: Sequence[Site],
    may: Reach,
    demand: np.ndarray,
    given: Assigned,
    wanted: tuple[int, int],
    rules: PlanRules,
) -> list[Concern]:
    """What cannot be met before a day is looked for. `wanted`: visits asked for, pairs in them."""
    visits, pairs = wanted
    return [
        *concerns.below_minimum(sites, visits - pairs, rules.minimum),
        *concerns.capacity(may, int(demand.sum())),
        *concerns.unmet(sites, may, demand, given.short),
        *concerns.too_many(visits, int(demand.sum())),
    ]


def _stream(seed: int, room: str) -> np.random.Generator:
    """A stream of its own for each step, so that a change in one leaves the others alone."""
    return np.random.default_rng([seed, crc32(room.encode())])


def pairs_due(visits: int, rules: PlanRules) -> int:
    """Pairs of a plan: a share of the occasions, each pair being one occasion and two visits."""
    return round(visits * rules.paired / (1 + rules.paired))


def _demand(
    sites: Sequence[Site], may: Reach, visits: int, rules: PlanRules, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """[site] visits, and how many of them are second halves of a pair.

    The minimum of every branch comes before pairs; nobody goes twice, so a branch takes as many
    visits as there are shoppers who may go. A branch where nobody may go keeps its minimum, so
    that it is told.
    """
    able = may.allowed.sum(axis=1).astype(np.int64)
    least = rules.minimum * len(sites)
    ceiling = np.maximum(able, rules.minimum)
    visits = min(visits, int(ceiling.sum()))
    pairs = max(0, min(pairs_due(visits, rules), visits - min(visits, least)))
    counts = visits_per_site(sites, visits - pairs, rules.minimum, ceiling.tolist(), rng)
    second = _pair_sites(sites, counts, able, pairs, rng)
    return counts + second, second


def _pair_sites(
    sites: Sequence[Site],
    counts: np.ndarray,
    able: np.ndarray,
    pairs: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Where the pairs are: drawn from the occasions, strata in proportion, spread over branches."""
    second = np.zeros(len(sites), dtype=np.int64)
    luck = rng.permutation(len(sites))
    sizes: dict[tuple[str, str, bool], int] = {}
    for i, site in enumerate(sites):
        sizes[site.stratum] = sizes.get(site.stratum, 0) + int(counts[i])
    had = dict.fromkeys(sizes, 0)
    for _ in range(pairs):
        room = [
            i for i in range(len(sites))
            if second[i] < counts[i] and counts[i] + second[i] < able[i]
        ]  # fmt: skip
        if not room:
            break
        # the stratum furthest behind its share, then the branch with fewest pairs, then luck
        at = min(
            room,
            key=lambda i: (
                (had[sites[i].stratum] + 0.5) / sizes[sites[i].stratum],
                second[i],
                luck[i],
            ),
        )
        second[at] += 1
        had[sites[at].stratum] += 1
    return second


def _tasks(
    sites: Sequence[Site],
    shoppers: Sequence[Shopper],
    given: Assigned,
    paired: np.ndarray,
    seed: int,
) -> list[Task]:
    """The visits with their drawn cells and weeks; both of a pair share them."""
    rng = _stream(seed, "when")
    groups: dict[tuple[tuple[str, str, bool], tuple[int, ...]], list[tuple[int, list[int]]]] = {}
    for i, site in enumerate(sites):
        going = [int(j) for j in rng.permutation(np.flatnonzero(given.goes[i]))]
        weekdays = tuple(sorted({d.weekday() for d in site.days}))
        for crew in _crews(going, int(paired[i]), shoppers, site):
            groups.setdefault((site.stratum, weekdays), []).append((i, crew))
    tasks: list[Task] = []
    for key in sorted(groups):
        own = [groups[key][int(k)] for k in rng.permutation(len(groups[key]))]
        days = sorted({d for i, _ in own for d in sites[i].days})
        drawn = permuted_blocks(cells_of(days), len(own), rng)
        cells = deal([[shoppers[j] for j in crew] for _, crew in own], drawn, days)
        weeks = _weeks(days, len(own), rng)
        for (i, crew), cell, week in zip(own, cells, weeks, strict=True):
            at = len(tasks)
            tasks += [Task(i, j, cell, week) for j in crew]
            if len(crew) == 2:
                tasks[at].partner, tasks[at + 1].partner = at + 1, at
    return tasks


def _crews(
    going: list[int], pairs: int, shoppers: Sequence[Shopper], site: Site
) -> list[list[int]]:
    """Shoppers of one branch in ones and twos; the two with most common half-days pair first."""
    left, twos = list(going), []
    days = set(site.days)
    free = {j: {h for h in shoppers[j].free if h[0] in days} for j in left} if pairs else {}
    for _ in range(pairs):
        couples = [(a, b) for n, a in enumerate(left) for b in left[n + 1 :]]
        common = [len(free[a] & free[b]) for a, b in couples]
        if not couples or max(common) == 0:
            break
        best = couples[common.index(max(common))]
        twos.append(list(best))
        left = [j for j in left if j not in best]
    return [*twos, *([j] for j in left)]


def _weeks(days: Sequence, count: int, rng: np.random.Generator) -> list[int]:
    """Weeks of the period in permuted blocks."""
    weeks = sorted({week_of(d, days[0]) for d in days})
    drawn: list[int] = []
    while len(drawn) < count:
        drawn += [weeks[int(k)] for k in rng.permutation(len(weeks))]
    return drawn[:count]


def _visits(
    tasks: Sequence[Task],
    lost: Sequence[int],
    sites: Sequence[Site],
    shoppers: Sequence[Shopper],
    rules: PlanRules,
    seed: int,
) -> tuple[PlannedVisit, ...]:
    """The planned visits by date, numbered; roles in permuted blocks within each stratum."""
    rng = _stream(seed, "roles")
    kept = [i for i in range(len(tasks)) if i not in set(lost)]
    kept.sort(key=lambda i: _when(tasks[i], sites, shoppers))
    number = {i: n for n, i in enumerate(kept, start=1)}
    block = [role for role, times in rules.roles for _ in range(times)]
    decks: dict[tuple[str, str, bool], list[str]] = {}
    roles: dict[int, str | None] = {}
    for i in kept:
        partner = tasks[i].partner
        if partner in roles:
            roles[i] = roles[partner]  # a pair plays the same customer, or it compares two things
        elif block:
            deck = decks.setdefault(sites[tasks[i].site].stratum, [])
            if not deck:
                deck += [block[int(k)] for k in rng.permutation(len(block))]
            roles[i] = deck.pop()
        else:
            roles[i] = None
    return tuple(
        PlannedVisit(
            number[i], sites[t.site].code, shoppers[t.shopper].id, t.day, t.half, t.window,
            roles[i], number.get(t.partner) if t.partner is not None else None,
        )
        for i in kept if (t := tasks[i]).day is not None
    )  # fmt: skip


def _when(task: Task, sites: Sequence[Site], shoppers: Sequence[Shopper]) -> tuple:
    return task.day, task.half, task.window, sites[task.site].code, shoppers[task.shopper].id


def _islands(
    planned: Sequence[PlannedVisit], visited: frozenset[tuple[str, str]]
) -> tuple[int, int]:
    pairs = frozenset((v.shopper, v.site) for v in planned)
    return islands(graph_of(pairs))[0], islands(graph_of(pairs | visited))[0]


def _on_target(made: Sequence[Task]) -> float:
    """Share of the visits that fall on the weekday and half of the day drawn for them."""
    hits = [t.day is not None and (t.day.weekday(), t.half) == t.cell[:2] for t in made]
    return sum(hits) / len(hits) if hits else 1.0


def _travel(tasks: Sequence[Task], lost: Sequence[int], may: Reach) -> dict[str, int]:
    """Visits within the shopper's city, in another, and where it is not known."""
    ways = [may.way[t.site, t.shopper] for i, t in enumerate(tasks) if i not in set(lost)]
    near = sum(bool(w <= SAME_CITY) for w in ways)
    far = sum(bool(w == OTHER_CITY) for w in ways)
    return {"own_city": near, "other_city": far, "unknown": len(ways) - near - far}


def _strata(sites: Sequence[Site], planned: Sequence[PlannedVisit]) -> list[dict[str, object]]:
    """City, class, introduced, branches, open decisions, visits: one line for each stratum."""
    counts: dict[str, int] = {}
    for visit in planned:
        counts[visit.site] = counts.get(visit.site, 0) + 1
    found = []
    for stratum in sorted({s.stratum for s in sites}):
        own = [s for s in sites if s.stratum == stratum]
        city, group, introduced = stratum
        found.append(
            {
                "city": city,
                "class": group,
                "introduced": introduced,
                "branches": len(own),
                "open": sum(s.open > 0 for s in own),
                "visits": sum(counts.get(s.code, 0) for s in own),
            }
        )
    return found
