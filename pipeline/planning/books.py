"""The plan as workbooks: one for each shopper with the scorecards to fill in, and the plan itself.

File names say nothing of who goes: workbooks are numbered in an order drawn from the seed. The
number of each is on its first sheet beside the shopper's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from audits.planning.model import Plan, PlannedVisit
from audits.scorecard import Edition
from pipeline.periods import months_of, quarter_of
from pipeline.sheets import kinds
from pipeline.template import Card, write_cards, write_rows

_WEEKDAYS = "一二三四五六日"


def plan_id(period: str, edition: str, number: int) -> str:
    """The id of a planned visit: the same for the same plan, whoever makes it again."""
    return f"{period}-{edition}-{number:04d}"


def round_of(period: str) -> str:
    """The round (quarter) that a period of the plan belongs to."""
    return quarter_of(months_of(period)[0])


def numbered(plan: Plan, seed: int) -> dict[str, int]:
    """The number of each shopper's workbook, from 1. The order is drawn, not that of the ids."""
    people = sorted({v.shopper for v in plan.visits})
    drawn = np.random.default_rng([seed, crc32(b"books")]).permutation(len(people))
    return {shopper: int(n) + 1 for shopper, n in zip(people, drawn, strict=True)}


def rows_of(plan: Plan, period: str, edition: str) -> list[dict[str, Any]]:
    """The rows of the plan's sheet (kind `plans`), by column id."""
    return [
        {
            "plan_id": plan_id(period, edition, v.number),
            "round": round_of(period),
            "branch_code": v.site,
            "edition": edition,
            "planned_date": v.day,
            "day_part": v.day_part,
            "shopper_id": v.shopper,
            "outcome": None,
            "customer_role": v.role,
            "paired_with": plan_id(period, edition, v.companion) if v.companion else None,
        }
        for v in plan.visits
    ]


def write_books(
    out: Path,
    plan: Plan,
    period: str,
    edition: Edition,
    seed: int,
    names: Mapping[str, str],
) -> list[Path]:
    """Writes the workbooks into `out`; their paths, the plan's own first. OSError if it cannot."""
    out.mkdir(parents=True, exist_ok=True)
    kind = kinds()["plans"]
    columns = [c.id for c in kind.columns]
    values = [[row[c] for c in columns] for row in rows_of(plan, period, edition.id)]
    paths = [write_rows(kind, out / f"plan-{period}-{edition.id}.xlsx", values)]
    numbers = numbered(plan, seed)
    for shopper, number in sorted(numbers.items(), key=lambda n: n[1]):
        own = [v for v in plan.visits if v.shopper == shopper]
        path = out / f"visits-{period}-{edition.id}-{number:02d}.xlsx"
        front = _front(period, edition, shopper, number, len(own))
        cards = [_card(v, n, period, edition, names) for n, v in enumerate(own, start=1)]
        paths.append(write_cards(path, edition, front, cards))
    return paths


def _front(period: str, edition: Edition, shopper: str, number: int, count: int) -> list[str]:
    english = (
        "One card for each visit, its head filled in. Send the whole workbook; cards of visits "
        "still ahead stay blank. Keep it to yourself and hand it back."
    )
    return [
        f"{period} {edition.zh} 暗访行程（第 {number} 册）",
        f"暗访员编号 {shopper} · 共 {count} 次 · Shopper {shopper}, {count} visits",
        "每次暗访一张评分表，网点、轮次、版本、编号、角色已填好；到访后填进入、离开时间和检查结果。",
        "一次一填，整本报送；尚未到访的表留空即可。行程请勿外传，用后交回。",
        english,
    ]


def _card(
    visit: PlannedVisit, number: int, period: str, edition: Edition, names: Mapping[str, str]
) -> Card:
    name = names.get(visit.site, "")
    lead = f"第 {number} 次 · {_day(visit.day)} {visit.day_part} · {visit.site} {name}"
    if visit.role:
        lead += f" · {visit.role}"
    given = {
        "branch_code": visit.site,
        "branch_name": name,
        "round": round_of(period),
        "edition": edition.id,
        "visit_date": visit.day.isoformat(),
        "shopper_id": visit.shopper,
        "customer_role": visit.role or "",
    }
    return Card(f"{number:02d}-{visit.site}"[:31], lead, {k: v for k, v in given.items() if v})


def _day(day: date) -> str:
    return f"{day.isoformat()} 周{_WEEKDAYS[day.weekday()]}"
