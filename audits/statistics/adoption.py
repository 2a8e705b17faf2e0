"""Adoption status (导入与固化): does the process last, or does a branch fall back?

Decided on rounds of covert visits (pooled by quarter). A branch with a few visits a quarter has no
control chart: its latest rounds are held against its own baseline, with the variance of a visit
pooled over all branches, at a stated false-alarm rate. A status is entered by a strict rule and
left by a slower one (hysteresis), so that it does not flicker. Arrays are [branch, round]; scores
are points 0-100 before vetoes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second
from pydantic import BaseModel, ConfigDict, Field

Array = np.ndarray[Any, Any]

NOT_INTRODUCED, INTRODUCING, CONSOLIDATING, SUSTAINED, RELAPSED, INSUFFICIENT = range(6)
STATUSES = (
    *("not_introduced", "introducing", "consolidating", "sustained", "relapsed"),
    "insufficient",
)
SEED, DRAWS = 20_260_103, 50_000
MANY = 400  # degrees of freedom from which Student is the normal distribution for our purpose
FLOOR_ROUNDS = 4  # the reliability floor looks at the rolling year, as ranks do
STEP_LEVEL = 0.05  # that a step is named although none slipped, over all steps of one round
TINY = 1e-12
STEP_BACK = 2  # rounds before the warning in which a step may have slipped first


class Thresholds(BaseModel):
    """What the office may decide about adoption status (`adoption:` in settings.yaml)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    introducing_days: int = Field(default=90, ge=0)  # 导入期
    sustained_rounds: int = Field(default=4, ge=1)  # a year without a signal of concern
    # Chance that a branch that did not change is warned of in a round (both tests together).
    false_alarm: float = Field(default=0.01, gt=0, lt=0.5)
    # The latest rounds are "not below" the baseline unless chance does it less often than this …
    recovery_level: float = Field(default=0.20, gt=0, lt=0.5)
    recovery_rounds: int = Field(default=2, ge=1)  # … so many rounds in a row, to leave 回落
    baseline_visits: int = Field(default=2, ge=1)
    # Of a branch's figure over four rounds; a fall against itself is told below it, too.
    reliability_floor: float = Field(default=0.50, ge=0, lt=1)
    # With so many branches to take it from, a rise or fall of the whole province is taken off.
    province_branches: int = Field(default=30, ge=2)


@dataclass(frozen=True)
class Visits:
    """`mean` (0 where there is none) and `n` of the visits that count in each round: those made
    after the introducing period. `days` since introduction at each round's end; < 0: not yet."""

    mean: Array
    n: Array
    days: Array
    variance: float  # of one visit, pooled within branch and round
    freedom: int
    between: float  # variance between branches (shrinkage.tau_squared)


@dataclass(frozen=True)
class Track:
    """What is said of each branch after each round. Points; 0 where `tested` is false.

    `since`: the round (index) in which the status began, -1 none. `latest` and `change` (latest −
    baseline) with `error` are those of the stronger of the two tests; `chance`: of a warning
    without any change, 0 where no warning was possible; `warned`: a new one.
    """

    status: Array
    since: Array
    baseline: Array
    baseline_n: Array
    latest: Array
    latest_n: Array
    change: Array
    error: Array
    p: Array
    tested: Array
    warned: Array
    chance: Array
    reliability: Array
    in_baseline: Array


def pooled_variance(group: Array, score: Array) -> tuple[float, int]:
    """(s²w, degrees of freedom): variance of single visits within groups of one branch and round.

    (0, 0) where no group has two visits.
    """
    if not len(score):
        return 0.0, 0
    _, at = np.unique(group, return_inverse=True)
    n = np.bincount(at)
    mean = np.bincount(at, score) / n
    freedom = int((n - 1).sum())
    squares = float(((score - mean[at]) ** 2).sum())
    return (squares / freedom, freedom) if freedom else (0.0, 0)


def province_effect(mean: Array, n: Array, least: int) -> Array:
    """[round]: by how much the middle branch lies off its own mean; 0 with under `least` branches.

    The median, so that a few relapsing branches do not hide themselves.
    """
    seen = n > 0
    own = (mean * n).sum(axis=1) / np.maximum(n.sum(axis=1), 1)
    several = seen.sum(axis=1) > 1
    effect = np.zeros(mean.shape[1])
    for at in range(mean.shape[1]):
        there = seen[:, at] & several
        if there.sum() >= least:
            effect[at] = np.median(mean[there, at] - own[there])
    return effect


@dataclass
class _Walk:
    """What is known of every branch while the rounds go by."""

    visits: Visits
    given: Thresholds
    mean: Array  # with the province's own movement taken off
    state: Array = field(init=False)
    since: Array = field(init=False)
    base: Array = field(init=False)  # [branch, round] in the baseline
    before: Array = field(init=False)  # index of the round last visited, -1
    calm: Array = field(init=False)  # rounds in a row not below, while relapsed
    quiet: Array = field(init=False)  # the last round that nobody can vouch for, or of concern
    tests: Array = field(init=False)  # rounds tested since then

    def __post_init__(self) -> None:
        shape = self.mean.shape
        self.state = np.zeros(shape[0], int)
        self.since = np.full(shape[0], -1)
        self.base = np.zeros(shape, bool)
        self.before = np.full(shape[0], -1)
        self.calm = np.zeros(shape[0], int)
        self.quiet = np.full(shape[0], shape[1])
        self.tests = np.zeros(shape[0], int)

    def compare(self, at: int) -> dict[str, Array]:
        """The two tests of round `at`: it alone, and it with the one visited before."""
        n, base = self.visits.n, self.base[:, :at]
        rows = np.arange(len(n))
        had = self.before >= 0
        before_n = np.where(had, n[rows, self.before], 0)
        before_sum = np.where(had, self.mean[rows, self.before] * before_n, 0.0)
        own_n, own_sum = n[:, at], self.mean[:, at] * n[:, at]
        base_n = (n[:, :at] * base).sum(axis=1)
        base_sum = (self.mean[:, :at] * n[:, :at] * base).sum(axis=1)
        inside = had & self.base[rows, self.before]
        rest_n = base_n - np.where(inside, before_n, 0)
        rest_sum = base_sum - np.where(inside, before_sum, 0.0)
        one = self._test(own_sum, own_n, base_sum, base_n, own_n > 0)
        two = self._test(
            own_sum + before_sum, own_n + before_n, rest_sum, rest_n, (own_n > 0) & (before_n > 0)
        )
        tests = one["tested"].astype(int) + two["tested"]
        second = two["tested"] & (~one["tested"] | (two["t"] < one["t"]))
        chosen = {k: np.where(second, two[k], one[k]) for k in one}
        raw = np.where(chosen["tested"], self._below(chosen["t"]), 1.0)
        pooled = np.where(two["tested"], two["t"], one["t"])
        return chosen | {
            "p": np.minimum(1.0, raw * np.maximum(tests, 1)),
            "steady": one["tested"] & (self._below(pooled) >= self.given.recovery_level),
            "sizes": np.stack([rest_n, before_n * two["tested"], own_n, inside, base_n]),
        }

    def _below(self, t: Array) -> Array:
        return np.asarray(scipy.special.stdtr(max(self.visits.freedom, 1), t))

    def _test(
        self, total: Array, n: Array, base_total: Array, base_n: Array, able: Array
    ) -> dict[str, Array]:
        tested = able & (base_n >= self.given.baseline_visits) & (self.visits.variance > 0)
        mean, base = total / np.maximum(n, 1), base_total / np.maximum(base_n, 1)
        error = np.sqrt(self.visits.variance * (1 / np.maximum(n, 1) + 1 / np.maximum(base_n, 1)))
        t = np.where(tested, (mean - base) / np.where(error > 0, error, 1.0), 0.0)
        return {"tested": tested, "t": t, "latest": mean, "latest_n": n, "baseline": base,
                "baseline_n": base_n, "error": error}  # fmt: skip

    def move(self, at: int, found: dict[str, Array]) -> Array:
        """Takes the state of round `at`; tells who is newly warned of."""
        days, given = self.visits.days[:, at], self.given
        former = self.state.copy()
        open_ = self.state < CONSOLIDATING
        due = np.where(days < given.introducing_days, INTRODUCING, CONSOLIDATING)
        self.state = np.where(open_, np.where(days < 0, NOT_INTRODUCED, due), self.state)
        warned = (self.state >= CONSOLIDATING) & (self.state != RELAPSED)
        warned &= found["tested"] & (found["p"] < given.false_alarm)
        self._recover(at, found)
        seen = self.visits.n[:, at] > 0
        self.quiet[seen & (self.before < 0)] = at - 1
        lasting = at - self.quiet >= given.sustained_rounds
        lasting &= (self.tests + found["tested"] >= 2) & found["steady"]
        self.state[(self.state == CONSOLIDATING) & (former != RELAPSED) & lasting] = SUSTAINED
        self.state[warned] = RELAPSED
        self.calm[warned] = 0
        changed = self.state != former
        self.since[changed] = at
        fresh = warned | (changed & (former == RELAPSED))
        self.quiet[fresh] = at
        self.tests = np.where(fresh, 0, self.tests + found["tested"])
        self.base[:, at] = seen & (self.state >= CONSOLIDATING) & (self.state != RELAPSED)
        self.before[seen] = at
        return warned

    def _recover(self, at: int, found: dict[str, Array]) -> None:
        fallen = self.state == RELAPSED
        seen = fallen & (self.visits.n[:, at] > 0)
        self.calm = np.where(seen, np.where(found["steady"], self.calm + 1, 0), self.calm)
        self.state[fallen & (self.calm >= self.given.recovery_rounds)] = CONSOLIDATING


def track(visits: Visits, given: Thresholds) -> Track:
    """Status of every branch after every round, in the order of the rounds.

    A round in which a branch was not visited changes nothing but the calendar. Under the
    reliability floor (visits of the last four rounds) the status is `insufficient`, unless a fall
    has been seen.
    """
    effect = province_effect(visits.mean, visits.n, given.province_branches)
    walk = _Walk(visits, given, visits.mean - effect[None, :] * (visits.n > 0))
    columns: list[dict[str, Array]] = []
    for at in range(visits.mean.shape[1]):
        former = walk.state.copy()
        found = walk.compare(at)
        warned = walk.move(at, found)
        recent = visits.n[:, max(at - FLOOR_ROUNDS + 1, 0) : at + 1].sum(axis=1)
        error = visits.variance / np.maximum(recent, 1)
        reliability = np.where(
            (recent > 0) & (visits.between > 0),
            visits.between / (visits.between + error + TINY),
            0.0,
        )
        poor = (walk.state >= CONSOLIDATING) & (reliability < given.reliability_floor)
        # a fall that chance does not explain is not for want of visits
        fallen = (walk.state == RELAPSED) & (visits.n[:, at] > 0)
        able = found["tested"] & (former != RELAPSED) & (walk.state >= CONSOLIDATING)
        columns.append(found | {
            "status": np.where(poor & ~fallen, INSUFFICIENT, walk.state),
            "since": walk.since.copy(), "warned": warned, "reliability": reliability,
            "chance": _chance(found["sizes"], able, visits.freedom, given),
        })  # fmt: skip
    return _stacked(columns, walk)


def _stacked(columns: list[dict[str, Array]], walk: _Walk) -> Track:
    def all_of(name: str) -> Array:
        return np.stack([c[name] for c in columns], axis=1) if columns else np.zeros_like(walk.base)

    tested = all_of("tested").astype(bool)

    def where_tested(name: str) -> Array:
        return np.where(tested, all_of(name), 0)

    latest, baseline = where_tested("latest"), where_tested("baseline")
    return Track(
        status=all_of("status"), since=all_of("since"), baseline=baseline,
        baseline_n=where_tested("baseline_n"), latest=latest, latest_n=where_tested("latest_n"),
        change=latest - baseline, error=where_tested("error"), p=np.where(tested, all_of("p"), 1.0),
        tested=tested, warned=all_of("warned").astype(bool), chance=all_of("chance"),
        reliability=all_of("reliability"), in_baseline=walk.base,
    )  # fmt: skip


def _chance(sizes: Array, able: Array, freedom: int, given: Thresholds) -> Array:
    """[branch] chance of a warning in this round without any change; 0 where none is possible."""
    found = np.zeros(sizes.shape[1])
    if not able.any():
        return found
    kinds, at = np.unique(sizes[:, able].astype(int), axis=1, return_inverse=True)
    few = min(freedom, MANY)
    rates = [_warning_chance(*map(int, kind), few, given) for kind in kinds.T]
    found[able] = np.array(rates)[at.ravel()]
    return found


@lru_cache(maxsize=8)
def _normals(freedom: int) -> tuple[Array, Array]:
    chance = np.random.default_rng([SEED, freedom])
    scale = np.sqrt(chance.chisquare(freedom, DRAWS) / freedom) if freedom < MANY else np.ones(1)
    return chance.normal(size=(3, DRAWS)), scale


@lru_cache(maxsize=4096)
def _warning_chance(
    rest: int, before: int, own: int, inside: int, base: int, freedom: int, given: Thresholds
) -> float:
    """Simulated share of warnings for these numbers of visits: baseline without the round before
    (`rest`), the round before (0: none, or no test with it; `inside` the baseline or not), this
    one; `base`: the whole baseline."""
    (a, b, c), scale = _normals(freedom)
    level = given.false_alarm
    earlier = base - rest if inside else before
    rest_sum = a * np.sqrt(rest) if rest else 0.0
    before_sum = b * np.sqrt(earlier) if earlier else 0.0
    last = c * np.sqrt(own)
    tests = []
    if base >= given.baseline_visits:
        centre = (rest_sum + before_sum * bool(inside)) / base
        tests.append((last / own - centre) / np.sqrt(1 / own + 1 / base))
    if before and rest >= given.baseline_visits:
        pooled = (last + before_sum) / (own + earlier)
        tests.append((pooled - rest_sum / rest) / np.sqrt(1 / (own + earlier) + 1 / rest))
    limit = float(
        scipy.special.stdtrit(freedom if freedom < MANY else 1e6, level / max(len(tests), 1))
    )
    below = np.zeros(DRAWS, bool)
    for t in tests:
        below |= t / scale < limit
    return float(below.mean())


def first_step(
    shares: Array, known: Array, baseline: Array, at: Array, relapsed: Array
) -> tuple[Array, Array]:
    """Which step slipped first: (index of the step or -1, index of its round), [branch].

    `shares`, `known` [branch, round, step] 0-1; `baseline` [branch, round]; `at` [branch] the
    round of the warning. Each step is held against the branch's own baseline with the spread of
    that step between rounds, pooled over branches. The earliest round from two before the warning
    in which a step lies below at 5 % over all steps; in it the step that fell furthest.
    """
    used = known & baseline[:, :, None]
    rounds = used.sum(axis=1)
    own = (shares * used).sum(axis=1) / np.maximum(rounds, 1)
    apart = ((shares - own[:, None, :]) ** 2 * used).sum(axis=(0, 1))
    freedom = np.maximum((np.maximum(rounds - 1, 0)).sum(axis=0), 1)
    spread = np.sqrt(apart / freedom)
    error = spread[None, None, :] * np.sqrt(1 + 1 / np.maximum(rounds, 1))[:, None, :]
    z = np.where(known & (rounds > 0)[:, None, :] & (error > 0), shares - own[:, None, :], 0.0)
    z = z / np.where(error > 0, error, 1.0)
    index = np.arange(shares.shape[1])[None, :]
    near = (index >= at[:, None] - STEP_BACK) & relapsed[:, None]
    limit = float(scipy.special.stdtrit(1e6, STEP_LEVEL / max(shares.shape[2], 1)))
    low: Array = (z < limit) & near[:, :, None]
    slipped: Array = np.any(low, axis=2)
    when = np.where(np.any(slipped, axis=1), np.argmax(slipped, axis=1), -1)
    rows = np.arange(len(when))
    step = np.where(low[rows, when], z[rows, when], np.inf).argmin(axis=1)
    return np.where(when >= 0, step, -1), when
