"""Scorecards as sheets: one workbook for a covert visit, one list per city for open checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.sample.pages import Page, list_page
from pipeline.sample.visits import Visit
from pipeline.sheets import kinds

TITLE = "网点销售服务流程评分表"
CODES = {1: "是", 0: "否"}


def answer_text(kind: str, answer: int | None, words: dict[int, str] = CODES) -> Any:
    """How an answer is written: words for yes/no, the number for the rest, blank for n/a."""
    if answer is None:
        return None
    return words[answer] if kind == "yes_no" else answer


def head_values(visit: Visit) -> dict[str, Any]:
    """The head fields of a visit by column id."""
    plan = visit.plan
    return {
        "branch_code": plan.branch.code,
        "branch_name": plan.branch.name,
        "round": plan.round,
        "edition": plan.edition,
        "visit_date": plan.day,
        "time_in": f"{visit.time_in:%H:%M}",
        "time_out": f"{visit.time_out:%H:%M}",
        "shopper_id": plan.shopper,
        "customer_role": visit.role,
        "union_present": "是" if visit.union else "否",
    }


def head_rows(visit: Visit) -> list[list[Any]]:
    """The head as pairs, one to a row, as the template has it."""
    values = head_values(visit)
    return [[c.zh, values[c.id]] for c in kinds()["scorecard"].head]


def item_rows(visit: Visit, words: dict[int, str] = CODES) -> list[list[Any]]:
    """The table: id, wording, points, one answer per encounter, n/a mark, reason."""
    rows: list[list[Any]] = []
    encounters = visit.encounters()
    for position, item in enumerate(visit.edition.items):
        places = [visit.answers.get((position, e)) for e in encounters]
        asked = [(position, e) in visit.answers for e in encounters]
        blank = any(a and v is None for a, v in zip(asked, places, strict=True))
        rows.append([
            item.id, item.zh, float(item.points),
            *[answer_text(item.kind, v, words) for v in places],
            "√" if blank else None, visit.reasons.get(position),
        ])  # fmt: skip
    return rows


def answer_headers(visit: Visit) -> list[str]:
    """The headers of the answer columns, the hall first."""
    return [f"检查结果（{'厅堂' if e == 0 else f'柜台{e}'}）" for e in visit.encounters()]


def scorecard_page(visit: Visit, words: dict[int, str] = CODES) -> Page:
    """The clean one-visit workbook."""
    head = head_rows(visit)
    columns = ["item_id", "item_text", "points"]
    columns += [f"answer.{e}" for e in visit.encounters()] + ["not_applicable", "reason"]
    headers = ["考核项编号", "考核内容", "分值", *answer_headers(visit), "不适用", "扣分原因"]
    table = item_rows(visit, words)
    rows = [[TITLE], *head, [], headers, *table]
    header = len(head) + 2
    return Page("评分表", rows, columns, header, list(range(header + 1, len(rows))))


def list_of_visits(visits: Sequence[Visit]) -> Page:
    """The list workbook: a row per visit and encounter, a column per item."""
    edition = visits[0].edition
    head = kinds()["scorecard"].head
    columns = [*[c.id for c in head], "encounter", *[i.id for i in edition.items]]
    headers = [*[c.zh for c in head], "次序", *[i.id for i in edition.items]]
    rows = []
    for visit in visits:
        values = head_values(visit)
        for encounter in visit.encounters():
            row = [*values.values(), encounter]
            for position, item in enumerate(edition.items):
                asked = (position, encounter) in visit.answers
                answer = visit.answers.get((position, encounter))
                row.append("不适用" if asked and answer is None else answer_text(item.kind, answer))
            rows.append(row)
    return list_page("现场检查", columns, headers, rows)
