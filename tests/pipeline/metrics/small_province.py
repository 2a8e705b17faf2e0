"""A small random province as plain rows (lists of dicts), and the same as fact frames.

Blanks, missing months, branches that open and close, quarantined rows and branches without a
process are all frequent here, since they are where sums go wrong.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from audits.scorecard import Edition, load_editions
from pipeline.sheets import kinds

MONTHS = [f"{y}-{m:02d}" for y in (2024, 2025) for m in range(1, 13)][5:]  # 2024-06 .. 2025-12
Rows = list[dict[str, Any]]


def months() -> list[str]:
    return MONTHS


def province(seed: int) -> dict[str, Rows]:
    """Facts as plain rows by fact table."""
    rng = random.Random(seed)
    facts: dict[str, Rows] = {"branch": _register(rng)}
    branches = [b for b in facts["branch"] if b["level"] == "网点"]
    facts["performance"], facts["quarantine"] = _sheets(rng, branches)
    facts["target"] = _targets(rng, branches)
    facts["visit"], facts["answer"] = _visits(rng, branches)
    facts["corrective_action"] = _actions(rng, branches)
    facts["appeal"] = _appeals(rng, branches)
    facts["planned_visit"] = _plans(rng, branches)
    facts["upload"] = _uploads(rng, branches)
    return facts


def _day(
    rng: random.Random, first: date = date(2024, 6, 1), last: date = date(2025, 12, 31)
) -> date:
    return first + timedelta(days=rng.randrange((last - first).days + 1))


def _register(rng: random.Random) -> Rows:
    nodes = [("37", "省行", None), ("3701", "二级分行", "37"), ("0702", "省行直管机构", "37")]
    nodes += [("370101", "支行", "3701"), ("370102", "支行", "3701")]
    for parent in ("370101", "370102", "0702"):
        nodes += [(f"{parent}{i:02d}", "网点", parent) for i in range(2 + (parent == "0702"))]
    rows = []
    for code, level, parent in nodes:
        outlet = level == "网点"
        rows.append(
            {
                "branch_code": code,
                "branch_name": code,
                "level": level,
                "parent_code": parent,
                "peer_group": rng.choice("AB") if outlet else None,
                "introduced": _day(rng) if outlet and rng.random() < 0.8 else None,
                "opened": _day(rng) if rng.random() < 0.3 else None,
                "closed": _day(rng, date(2025, 6, 1)) if rng.random() < 0.15 else None,
                "weekend": rng.choice([True, False, None]),
            }
        )
    return rows


def _sheets(rng: random.Random, branches: Rows) -> tuple[Rows, Rows]:
    columns = [c for c in kinds()["performance"].columns if c.over]
    rows: Rows = []
    held: Rows = []
    for branch in branches:
        for month in MONTHS:
            draw = rng.random()
            key = {"branch_code": branch["branch_code"], "month": month}
            if draw < 0.12:
                if draw < 0.06:
                    held.append(
                        {"kind": "performance", "branch_code": key["branch_code"], "period": month}
                    )
                continue
            for c in columns:
                if rng.random() < 0.06:
                    key[c.id] = None
                elif c.type == "money":
                    key[c.id] = Decimal(rng.randrange(-1000, 10**9)).scaleb(-2)
                else:
                    key[c.id] = rng.choice([0, rng.randrange(1, 400)])
            rows.append(key)
    return rows, held


def _targets(rng: random.Random, branches: Rows) -> Rows:
    columns = [c for c in kinds()["performance"].columns if c.over]
    return [
        {
            "branch_code": b["branch_code"],
            "year": year,
            "product": c.zh,
            "product_id": c.id,
            "target": Decimal(rng.randrange(0, 10**9)).scaleb(-2),
        }
        for b in branches
        for year in (2024, 2025)
        for c in columns
        if rng.random() < 0.8
    ]


def _rounds() -> list[tuple[str, date, date]]:
    quarters = [(2024, 3), (2024, 4), (2025, 1), (2025, 2), (2025, 3), (2025, 4)]
    return [
        (f"{y}Q{q}", date(y, 3 * q - 2, 1), date(y, 3 * q - 2, 1) + timedelta(days=88))
        for y, q in quarters
    ]


def _visits(rng: random.Random, branches: Rows) -> tuple[Rows, Rows]:
    editions = load_editions()
    visits: Rows = []
    answers: Rows = []
    for name, first, last in _rounds():
        for branch in branches:
            for edition in ("covert-1", "covert-1", "open-1"):
                if rng.random() < 0.2:
                    continue
                visit = {
                    "visit_id": f"v{len(visits):05d}",
                    "branch_code": branch["branch_code"],
                    "round": name,
                    "edition": edition,
                    "visit_date": _day(rng, first, last),
                    "customer_role": rng.choice(["普通客户", "潜在贵宾客户"]),
                }
                visits.append(visit)
                answers += _answers(rng, visit, editions[edition])
    return visits, answers


def _answers(rng: random.Random, visit: dict[str, Any], edition: Edition) -> Rows:
    """Mostly whole answers; some not applicable, a few visits with a blank or much not applying."""
    good = rng.random()
    sparse = rng.random() < 0.1
    blank = rng.random() < 0.1
    rows: Rows = []
    counters = rng.randrange(0, 3) if any(i.scope == "encounter" for i in edition.items) else 0
    for item in edition.items:
        places = [0] if item.scope == "visit" else list(range(1, counters + 1))
        for encounter in places:
            top = item.levels or (item.target and int(item.target) + 1) or 1
            likes = good if item.effect == "earn" else 0.05 + (0.5 if sparse else 0)
            answer = float(rng.randrange(top + 1) if top > 1 else rng.random() < likes)
            missing = rng.random() < (0.5 if sparse else 0.08) and item.effect == "earn"
            rows.append(
                {
                    "visit_id": visit["visit_id"],
                    "encounter": encounter,
                    "item_id": item.id,
                    "answer": None if missing else answer,
                    "not_applicable": missing,
                }
            )
    if blank and rows:
        rows[0] |= {"answer": None, "not_applicable": False}
    return rows


def _actions(rng: random.Random, branches: Rows) -> Rows:
    items = [i.id for i in load_editions()["covert-1"].items if i.effect == "earn"]
    rows = []
    for number in range(120):
        issued = _day(rng)
        closed = issued + timedelta(days=rng.randrange(60)) if rng.random() < 0.7 else None
        rows.append(
            {
                "issue_id": f"i{number}",
                "branch_code": rng.choice(branches)["branch_code"],
                "round": rng.choice(_rounds())[0],
                "item_id": rng.choice(items),
                "issued_date": issued,
                "due_date": issued + timedelta(days=30) if rng.random() < 0.95 else None,
                "done_date": closed,
                "closed_date": closed,
                "state": "已销号" if closed else "待整改",
            }
        )
    return rows


def _appeals(rng: random.Random, branches: Rows) -> Rows:
    return [
        {
            "appeal_id": f"a{n}",
            "branch_code": rng.choice(branches)["branch_code"],
            "filed_date": _day(rng) if rng.random() < 0.95 else None,
            "outcome": rng.choice(["成立", "部分成立", "不成立", "待处理", None]),
        }
        for n in range(60)
    ]


def _plans(rng: random.Random, branches: Rows) -> Rows:
    return [
        {
            "plan_id": f"p{n}",
            "branch_code": rng.choice(branches)["branch_code"],
            "planned_date": _day(rng) if rng.random() < 0.95 else None,
            "outcome": rng.choice(["已完成", "已完成", "未完成", "改期", None]),
        }
        for n in range(90)
    ]


def _uploads(rng: random.Random, branches: Rows) -> Rows:
    rows = []
    for month in MONTHS:
        for _ in range(rng.randrange(0, 4)):
            own = rng.random() < 0.5
            year, number = int(month[:4]), int(month[5:])
            after = date(year + number // 12, number % 12 + 1, 1)
            rows.append(
                {
                    "sha256": f"{rng.getrandbits(64):016x}",
                    "kind": rng.choice(["performance", "performance", "targets"]),
                    "branch_code": rng.choice(branches)["branch_code"] if own else None,
                    "period": month,
                    "received_at": after + timedelta(days=rng.randrange(0, 15)),
                    "status": rng.choice(["accepted", "warned", "partial", "refused"]),
                }
            )
    return rows


_MONEY = pl.Decimal(18, 2)
_TYPES: dict[str, Any] = {
    "introduced": pl.Date,
    "opened": pl.Date,
    "closed": pl.Date,
    "weekend": pl.Boolean,
    "target": _MONEY,
    "answer": pl.Float64,
    "closed_date": pl.Date,
    "year": pl.Int32,
}


def frames(facts: dict[str, Rows]) -> dict[str, pl.DataFrame]:
    """The plain rows as fact frames with the warehouse's types."""
    found = {}
    for table, rows in facts.items():
        types = dict(_TYPES)
        if table == "performance":
            types = {
                c.id: _MONEY if c.type == "money" else pl.Int64
                for c in kinds()["performance"].columns
                if c.over
            }
        used = {c: t for c, t in types.items() if rows and c in rows[0]}
        found[table] = pl.DataFrame(rows, schema_overrides=used, infer_schema_length=None)
    return found


def scopes(facts: dict[str, Rows]) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, set[str]]]:
    """Tables `scope` and `scope_member`, and the members as plain sets."""
    levels = {
        "省行": "province",
        "二级分行": "city",
        "省行直管机构": "direct",
        "支行": "sub_branch",
    }
    members: dict[str, set[str]] = {}
    level = {}
    parents = {r["branch_code"]: r["parent_code"] for r in facts["branch"]}
    for row in facts["branch"]:
        level[row["branch_code"]] = levels.get(row["level"], "branch")
        members.setdefault(row["branch_code"], set())
        if row["level"] == "网点":
            node = row["branch_code"]
            while node:
                members.setdefault(node, set()).add(row["branch_code"])
                node = parents[node]
            group = f"peer:{row['peer_group']}"
            members.setdefault(group, set()).add(row["branch_code"])
            level[group] = "peer_group"
    scope = pl.DataFrame({"scope": list(members), "level": [level[s] for s in members]})
    pairs = [(s, b) for s, found in members.items() for b in sorted(found)]
    table = pl.DataFrame(pairs, schema={"scope": pl.String, "branch_code": pl.String}, orient="row")
    return scope, table, members
