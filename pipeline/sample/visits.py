"""Visits: the plan of each round, who went, and what was seen, item by item."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, time

import numpy as np

from audits.scorecard import Edition, Item
from pipeline.periods import business_days, month_of, months_of
from pipeline.sample.diary import add_pairs, spread_days
from pipeline.sample.options import Options
from pipeline.sample.planned import Planned
from pipeline.sample.province import Branch, Province
from pipeline.sample.truth_model import VISIT_SD, Truth

ROLES = ("普通客户", "潜在贵宾客户", "未办卡贵宾客户", "贵宾客户")
_ROLE_SHARES = (0.55, 0.15, 0.15, 0.15)
COUNTERS = 2  # counter encounters of a covert visit
NOT_MADE = 0.03
OPEN_SHARE = 0.25  # of the branches get an open check in a round
DIFFICULTY_SD = 0.45
ALIKE = 0.90  # of the answers of a paired visit are what the first shopper saw
# Items that shoppers do not understand alike: in a paired visit each answers for itself.
UNCLEAR = ("ENV01", "HALL04")
_COMMENTS = (
    "现场未见做到", "只做了一半", "提醒后才做", "当时人员忙未顾上", "询问后仍未落实",
    "动作有但不到位", "未按手册顺序", "只有口头没有动作",
)  # fmt: skip
_COPIED = "总体较好，个别细节需加强"


@dataclass
class Visit:
    """One visit made. `answers` [item position, encounter] → answer, None = not applicable."""

    plan: Planned
    edition: Edition
    time_in: time
    time_out: time
    role: str | None
    union: bool
    invented: bool
    answers: dict[tuple[int, int], int | None] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    file: str = ""

    @property
    def visit_id(self) -> str:
        """The id the warehouse derives: never from the shopper."""
        plan = self.plan
        key = f"{plan.branch.code}|{plan.round}|{plan.edition}|{plan.day}|{self.time_in:%H:%M}"
        return hashlib.sha256(key.encode()).hexdigest()[:16]

    def encounters(self) -> list[int]:
        """The encounters of the visit, the hall (0) first."""
        covert = self.edition.instrument == "covert"
        return list(range(COUNTERS + 1)) if covert else [0]

    def given(self, position: int) -> list[int]:
        """The answers to one item, over the encounters in which it applied."""
        found = (self.answers.get((position, e)) for e in range(COUNTERS + 1))
        return [v for v in found if v is not None]


def _round_days(quarter: str) -> list[date]:
    """Working days of a round: from the 11th of its first month, after any introduction."""
    days = [d for m in months_of(quarter) for d in business_days(m)]
    return [d for d in days if d >= date(days[0].year, days[0].month, 11)]


def _shopper(
    truth: Truth, homes: dict[str, str], branch: Branch, start: int, others: list[str]
) -> str:
    """The next shopper in turn who does not belong to the branch's own sub-branch."""
    count = len(truth.shoppers)
    turn = [truth.shoppers[(start + i) % count] for i in range(count)]
    able = [s for s in turn if homes[s] != branch.parent and s not in others]
    return (able or turn)[0]


def home_branches(province: Province, truth: Truth) -> dict[str, Branch]:
    """The own branch of each shopper."""
    count = len(province.branches)
    return {s: province.branches[(i * 5) % count] for i, s in enumerate(truth.shoppers)}


def _plan_round(
    options: Options, province: Province, truth: Truth, quarter: str, editions: dict[str, Edition]
) -> list[Planned]:
    chance = options.chance(f"plan {quarter}")
    homes = {s: b.parent for s, b in home_branches(province, truth).items()}
    days = _round_days(quarter)
    found: list[Planned] = []
    order = chance.permutation(len(province.branches))
    wanted = [(b, n, "covert-1") for n in (1, 2) for b in order]
    wanted += [(b, 1, "open-1") for b in order if chance.random() < OPEN_SHARE]
    for turn, (b, number, edition) in enumerate(w for w in wanted if w[2] in editions):
        branch = province.branches[int(b)]
        # The two covert visits lie in different halves of the round, so never on one day.
        half = len(days) // 2
        low, high = (0, half) if number == 1 else (half, len(days))
        before = [p.shopper for p in found if p.branch == branch and p.edition == edition]
        shopper = _shopper(truth, homes, branch, turn * 7 + int(chance.integers(0, 3)), before)
        found.append(
            Planned(f"P{quarter}-{turn + 1:04d}", quarter, branch, edition,
                    days[int(chance.integers(low, high))],
                    str(chance.choice(("上午", "下午"))), shopper,
                    bool(chance.random() >= NOT_MADE), number)
        )  # fmt: skip
    invents = truth.invents
    moved = spread_days(found, days, invents)
    pairing = options.chance(f"pairs {quarter}")
    return add_pairs(moved, truth.shoppers, homes, invents, pairing)


class Observer:
    """Draws what a shopper sees with one edition."""

    def __init__(
        self, options: Options, province: Province, truth: Truth, edition: Edition
    ) -> None:
        self.options, self.province, self.truth, self.edition = options, province, truth, edition
        chance = options.chance(f"difficulty {edition.id}")
        self.items = edition.items
        self.difficulty = chance.normal(0, DIFFICULTY_SD, len(self.items))
        self.template = chance.random((len(self.items), COUNTERS + 1)) < 0.94

    def probabilities(self, branch: int, logit: float) -> np.ndarray:
        """Chance of each item being done, by position, before the visit's own luck."""
        shift = self.truth.item_shift[branch, : len(self.items)]
        return 1 / (1 + np.exp(-(logit + shift + self.difficulty)))

    def visit(
        self, plan: Planned, chance: np.random.Generator, beside: Visit | None = None
    ) -> Visit:
        """One visit as its shopper wrote it down; `beside`: the visit it is paired with."""
        invented = self.truth.invents(plan)
        role = self._role(chance, invented)
        start, stay = self._times(plan, chance, invented)
        if beside is not None:
            role = beside.role
            start = 60 * beside.time_in.hour + beside.time_in.minute + int(chance.integers(3, 12))
        end = divmod(start + stay, 60)
        visit = Visit(plan, self.edition, time(*divmod(start, 60)), time(*end), role,
                      bool(chance.random() < 0.4), invented)  # fmt: skip
        logit = self.truth.logit(self.province, plan.branch.index, month_of(plan.day))
        luck = chance.normal(0, VISIT_SD) + self.truth.severity[plan.shopper]
        done = self.probabilities(plan.branch.index, logit + luck)
        for position, item in enumerate(self.items):
            places = [0] if item.scope == "visit" else list(range(1, COUNTERS + 1))
            for place in places:
                visit.answers[position, place] = (
                    self._copied(visit, position, place)
                    if invented
                    else self._seen(visit, position, place, float(done[position]), chance, beside)
                )
        self._comment(visit, chance)
        return visit

    def _role(self, chance: np.random.Generator, invented: bool) -> str | None:
        if self.edition.instrument == "open":
            return None
        role = str(chance.choice(ROLES, p=_ROLE_SHARES))
        return ROLES[0] if invented else role

    def _times(self, plan: Planned, chance: np.random.Generator, invented: bool) -> tuple[int, int]:
        start = (9 * 60 if plan.day_part == "上午" else 14 * 60) + int(chance.integers(0, 110))
        stay = int(np.clip(chance.normal(46, 10), 24, 85))
        return start, int(chance.integers(5, 10)) if invented else stay

    def _applies(self, visit: Visit, item: Item, place: int) -> bool:
        for condition in item.depends_on:
            if condition.field == "customer_role":
                given = visit.role
            else:
                other = next(i for i, x in enumerate(self.items) if x.id == condition.field)
                place_of = 0 if self.items[other].scope == "visit" else place
                answer = visit.answers.get((other, place_of))
                given = None if answer is None else str(answer)
            if given not in condition.values:
                return False
        return True

    def _copied(self, visit: Visit, position: int, place: int) -> int | None:
        item = self.items[position]
        if not self._applies(visit, item, place):
            return None
        good = bool(self.template[position, 0])
        if item.effect == "deduct":
            return 0
        best = int(item.levels or item.target or 1)
        if item.kind == "minutes":
            return best if good else best + 2
        return best if good else best - 1

    def _answer(
        self, visit: Visit, position: int, place: int, done: float, chance: np.random.Generator
    ) -> int | None:
        item = self.items[position]
        if not self._applies(visit, item, place) or (item.na_allowed and chance.random() < 0.06):
            return None
        if item.effect == "deduct":
            rate = 0.0015 if item.veto else 0.05 * (1 - done)
            return int(chance.random() < rate)
        if item.kind == "minutes":
            limit = int(item.target or 1)
            late = int(chance.integers(limit + 1, limit + 5))
            return int(chance.integers(0, limit + 1)) if chance.random() < done else late
        best = int(item.levels or item.target or 1)
        return int(chance.binomial(best, done))

    def _seen(
        self, visit: Visit, position: int, place: int, done: float,
        chance: np.random.Generator, beside: Visit | None,
    ) -> int | None:  # fmt: skip
        """An own answer; beside another shopper mostly the same one: both look at one thing."""
        own = self._answer(visit, position, place, done, chance)
        if beside is None or own is None or self.items[position].id in UNCLEAR:
            return own
        same = beside.answers.get((position, place))
        return same if same is not None and chance.random() < ALIKE else own

    def failed(self, visit: Visit, position: int) -> bool:
        """Whether an item lost points in any encounter."""
        item = self.items[position]
        best = int(item.levels or item.target or 1)
        given = visit.given(position)
        if item.effect == "deduct":
            return any(v > 0 for v in given)
        return any(v > best if item.kind == "minutes" else v < best for v in given)

    def _comment(self, visit: Visit, chance: np.random.Generator) -> None:
        for position in range(len(self.items)):
            if self.failed(visit, position) and (visit.invented or chance.random() < 0.7):
                said = _COPIED if visit.invented else str(chance.choice(_COMMENTS))
                visit.reasons[position] = said


def make_plans(
    options: Options, province: Province, truth: Truth, editions: dict[str, Edition]
) -> dict[str, list[Planned]]:
    """The planned visits of every round."""
    return {q: _plan_round(options, province, truth, q, editions) for q in options.round_list}


def make_visits(
    options: Options, province: Province, truth: Truth, editions: dict[str, Edition],
    plans: dict[str, list[Planned]],
) -> list[Visit]:  # fmt: skip
    """Every visit that was made, in plan order."""
    observers = {e: Observer(options, province, truth, d) for e, d in editions.items()}
    found: list[Visit] = []
    for quarter, planned in plans.items():
        chance, pairing = (options.chance(f"{s} {quarter}") for s in ("visits", "paired visits"))
        made: dict[str, Visit] = {}
        for plan in (p for p in planned if p.made):
            beside = made[plan.pair_of] if plan.pair_of else None
            drawn = pairing if beside else chance
            made[plan.plan_id] = observers[plan.edition].visit(plan, drawn, beside)
        found += made.values()
    return found
