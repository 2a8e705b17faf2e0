"""What follows a round: corrective actions with their fate, and appeals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pipeline.periods import days_of, last_month
from pipeline.sample.options import Options
from pipeline.sample.visits import Observer, Visit

PER_VISIT = 2  # issues raised from one visit at most
APPEALS = 0.03  # of the visits
_MEASURES = (
    "晨会重训并现场演练", "调整布局并拍照留存", "指定专人每日检查", "补学手册相关章节",
    "更换标识并登记",
)  # fmt: skip
_REASONS = ("当时系统临时维护", "有监控录像可证已做到", "该业务当日不适用", "表述与标准不一致")


@dataclass(frozen=True)
class Issue:
    """One corrective action."""

    issue_id: str
    branch: str
    round: str
    item: str
    issued: date
    due: date
    done: date | None
    closed: date | None
    state: str
    measure: str


@dataclass(frozen=True)
class Appeal:
    """One contested item of a visit."""

    appeal_id: str
    branch: str
    round: str
    edition: str
    visit_date: date
    item: str
    filed: date
    reason: str
    outcome: str
    decided: date | None


def as_of(options: Options) -> date:
    """The day on which the ledgers were written: twenty days after the last month."""
    return days_of(options.last_month)[-1] + timedelta(days=20)


def _fate(
    issued: date, due: date, today: date, chance: np.random.Generator
) -> tuple[date | None, date | None, str]:
    """(done, closed, state): most close in time, some late, some never."""
    luck = chance.random()
    span = (due - issued).days
    if luck < 0.72:
        done = issued + timedelta(days=int(chance.integers(3, max(4, span - 3))))
        closed = min(due, done + timedelta(days=int(chance.integers(1, 4))))
    elif luck < 0.86:
        done = due + timedelta(days=int(chance.integers(1, 20)))
        closed = done + timedelta(days=int(chance.integers(1, 6)))
    else:
        return (None, None, "待整改") if luck < 0.95 else (None, None, "退回")
    if done > today:
        return None, None, "待整改"
    if closed > today:
        return done, None, "已回复"
    return done, closed, "已销号"


def _worst(visit: Visit, observer: Observer) -> list[str]:
    """The failed items of a visit, dearest first, ties in the order of the edition."""
    failed = [p for p in range(len(observer.items)) if observer.failed(visit, p)]
    failed.sort(key=lambda p: (-float(observer.items[p].points), p))
    return [observer.items[p].id for p in failed]


def make_issues(
    options: Options, quarter: str, visits: list[Visit], observers: dict[str, Observer]
) -> list[Issue]:
    """Corrective actions of one round: one per branch and item, however often it failed."""
    chance, today = options.chance(f"issues {quarter}"), as_of(options)
    end = days_of(last_month(quarter))[-1]
    wanted: dict[tuple[str, str], None] = {}
    for visit in visits:
        for item in _worst(visit, observers[visit.plan.edition])[:PER_VISIT]:
            wanted.setdefault((visit.plan.branch.code, item))
    found = []
    for number, (branch, item) in enumerate(sorted(wanted), start=1):
        issued = end + timedelta(days=int(chance.integers(5, 10)))
        due = issued + timedelta(days=int(chance.integers(10, 31)))
        done, closed, state = _fate(issued, due, today, chance)
        measure = str(chance.choice(_MEASURES))
        found.append(Issue(f"Z{quarter}-{number:04d}", branch, quarter, item, issued, due, done,
                           closed, state, measure))  # fmt: skip
    return found


def make_appeals(
    options: Options, quarter: str, visits: list[Visit], observers: dict[str, Observer]
) -> list[Appeal]:
    """Appeals of one round; those of the last round are partly still undecided."""
    chance, today = options.chance(f"appeals {quarter}"), as_of(options)
    found: list[Appeal] = []
    for visit in visits:
        worst = _worst(visit, observers[visit.plan.edition])
        if not worst or chance.random() >= APPEALS:
            continue
        filed = visit.plan.day + timedelta(days=int(chance.integers(5, 20)))
        decided: date | None = filed + timedelta(days=int(chance.integers(2, 15)))
        outcome = str(chance.choice(("成立", "部分成立", "不成立"), p=(0.3, 0.2, 0.5)))
        waiting = quarter == options.round_list[-1] and chance.random() < 0.4
        if waiting or (decided is not None and decided > today):
            outcome, decided = "待处理", None
        found.append(Appeal(f"A{quarter}-{len(found) + 1:03d}", visit.plan.branch.code, quarter,
                            visit.plan.edition, visit.plan.day, worst[0], filed,
                            str(chance.choice(_REASONS)), outcome, decided))  # fmt: skip
    return found
