"""A publication that gives every document something to say in each of its sections.

Made by hand on top of `tests.dashboards.fixture_publication`: 12 branches in 2 cities. Shares of
the branches are chosen and added up here; nothing comes from the code that measures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.publication import TABLES
from pipeline.publishing.cells import OFFICE
from tests.dashboards.fixture_publication import (
    BRANCHES,
    PERIOD,
    REASON,
    _metric,
    build,
)

BEFORE = "2026-08"
GROUPS = ("旗舰网点", "综合网点")  # in place of the two of the base, to be said in English
Row = dict[str, Any]
LEVELS = {2: "province", 4: "city", 6: "sub_branch", 8: "branch"}


def full(folder: Path) -> Path:
    """Writes the publication and gives its path."""
    path = build(folder, 2)
    for name in TABLES:
        file = path / f"{name}.parquet"
        table = _grouped(name, pl.read_parquet(file))
        kept, added = _more(name, table)
        rows = pl.DataFrame(
            [{c: r.get(c) for c in TABLES[name]} for r in added], schema=TABLES[name]
        )
        pl.concat([kept, rows]).write_parquet(file)
    _facts(path)
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))
    manifest["former_circular"] = {
        "period": BEFORE, "revision": 1, "restated": 3, "told": {"adherence": 0.75},
    }  # fmt: skip
    # Two visits of the period wait for office and union; one of them is of both kinds.
    manifest["reviews"] = {"visits": 2, "branches": 2, "fabrication": 2, "conduct": 1}
    manifest["reviews"]["at"] = {BRANCHES[0]: 1, BRANCHES[3]: 1}
    manifest["created_at"] = "2026-10-09T02:00:00Z"
    (path / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    return path


def _grouped(name: str, table: pl.DataFrame) -> pl.DataFrame:
    old = dict(zip(("城区", "县域"), GROUPS, strict=True))
    codes = {f"peer:{a}": f"peer:{b}" for a, b in old.items()}
    for column in ("peer_group", "name", "scope"):
        if column in table.columns and name in ("scope", "rank", "reward"):
            table = table.with_columns(pl.col(column).replace(old | codes))
    return table


def _more(name: str, table: pl.DataFrame) -> tuple[pl.DataFrame, list[Row]]:
    """What is kept of a table, and the rows that come to it."""
    added = _ADDED.get(name)
    if added is None:
        return table, []
    if name == "metric_value":
        own = {r["metric"] for r in _values()}
        return table.filter(~pl.col("metric").is_in(list(own))), _values()
    if name == "rank":
        return _withheld(table), []
    if name in ("edition", "item_result"):
        return table.clear(), added()
    return table, added()


def _withheld(ranks: pl.DataFrame) -> pl.DataFrame:
    """The third branch is not reliable enough: no rank in the province, nor in its group."""
    own = pl.col("scope") == BRANCHES[2]
    return ranks.with_columns(
        rank=pl.when(~own).then("rank"),
        status=pl.when(own).then(pl.lit("unreliable")).otherwise("status"),
        vetoes=pl.when(pl.col("scope") == BRANCHES[0]).then(1).otherwise(0).cast(pl.Int64),
        published_score=pl.when(pl.col("scope") == BRANCHES[0]).then(60.0).otherwise("score"),
    )


# --- metrics ------------------------------------------------------------------------------------
def _shares(
    metric: str, now: Sequence[int], before: Sequence[int], of: int = 100, **more: Any
) -> list[Row]:
    """Numerators of the 12 branches in both months, each out of `of`; cities and province added."""
    rows = []
    for period, tops in ((PERIOD, now), (BEFORE, before)):
        for node in ("01", "0101", "0102", *BRANCHES):
            own = [t for c, t in zip(BRANCHES, tops, strict=True) if c.startswith(node)]
            top, bottom = float(sum(own)), float(of * len(own))
            rows.append(_row(metric, node, period, top, bottom, top / bottom) | more)
    return rows


def _row(metric: str, scope: str, period: str, top: float, bottom: float, value: float) -> Row:
    return {
        "metric": metric, "scope": scope, "level": LEVELS[len(scope)], "period": period,
        "numerator": top, "denominator": bottom, "value": value, "n": 12, "status": "ok",
    }  # fmt: skip


def _one(metric: str, value: float | None, before: float, **more: Any) -> list[Row]:
    """A value of the province alone."""
    now = _row(metric, "01", PERIOD, 3.0, 10.0, 0.0) | {"value": value} | more
    return [now, _row(metric, "01", BEFORE, 4.0, 10.0, before)]


_UP = (82, 85, 80, 84, 83, 81, 86, 82, 84, 83, 85, 81)
_DOWN = (75, 74, 76, 73, 75, 77, 74, 76, 75, 74, 73, 76)
_EVEN = (70, 74, 72, 69, 73, 71, 75, 70, 72, 74, 69, 73)
_ODD = (72, 71, 73, 70, 72, 70, 73, 72, 71, 73, 70, 72)


def _values() -> list[Row]:
    rows = _shares("adherence", _UP, _DOWN)
    rows += [_row("adherence", "01", "2026-07", 880.0, 1200.0, 880 / 1200)]
    for i in range(1, 8):
        rows += _shares(f"adherence.step.s{i}", [v + i for v in _EVEN], [v + i for v in _ODD])
    rows += _shares("adherence.section.ENV", _EVEN, _ODD)
    rows += _shares("adherence.section.STEP", _UP, _DOWN)
    rows += _shares("adherence.zone.waiting", _DOWN, _UP)
    rows += _shares("adherence.zone.vip", _EVEN, _ODD)
    rows += _shares("adherence.role.closed_teller", _UP, _DOWN)
    rows += _shares("adherence.role.wealth_manager", _EVEN, _ODD)
    rows += _shares("seven_steps_complete", _EVEN, _ODD)
    rows += _shares("observed_speak_up", _EVEN, _ODD)
    rows += _shares("reported_speak_up", _UP, _DOWN)
    gap = {"low": 0.05, "high": 0.17}
    rows += _one("speak_up_gap", sum(_UP) / 1200 - sum(_EVEN) / 1200, 0.03, **gap)
    rows[-1] |= {"low": -0.03, "high": 0.09}
    rows += _shares("identification_rate", _UP, _DOWN)
    rows += _one("veto_rate", 1 / 3, 0.5, numerator=1.0, denominator=3.0) + _one(
        "rollout_coverage", 0.75, 0.7
    )
    rows += _one("rectified_on_time", 0.5, 0.6) + _one("recurrence", 0.25, 0.2)
    rows += _one("appeal_upheld", None, 0.5, status="undecided")
    rows += _one("reporting_on_time", 10 / 12, 1.0) + _one("visit_coverage", 0.9, 1.0)
    rows += _one("per_head", 58_000.0, 61_000.0)
    rows += [_row("rectified_on_time", "0101", PERIOD, 1.0, 2.0, 0.5)]
    return rows


def _metrics() -> list[Row]:
    named = {
        "seven_steps_complete": ("七步完整率", "Seven steps complete"),
        "observed_speak_up": ("开口率（观察）", "Speak-up rate, observed"),
        "identification_rate": ("识别率", "Identification rate"),
        "veto_rate": ("否决项发生率", "Veto rate"),
        "rollout_coverage": ("导入覆盖率", "Rollout coverage"),
        "rectified_on_time": ("按期整改率", "Rectified on time"),
        "recurrence": ("屡查屡犯率", "Recurrence"),
        "appeal_upheld": ("申诉成立率", "Appeals upheld"),
        "reporting_on_time": ("报送及时率", "Reporting on time"),
        "visit_coverage": ("暗访覆盖率", "Visit coverage"),
        "adherence.section.ENV": ("流程执行率·环境与分区", "Adherence, environment"),
        "adherence.section.STEP": ("流程执行率·柜员七步", "Adherence, seven steps"),
        "adherence.zone.waiting": ("流程执行率·等候区", "Adherence, waiting zone"),
        "adherence.zone.vip": ("流程执行率·贵宾区", "Adherence, VIP zone"),
        "adherence.role.closed_teller": ("流程执行率·封闭式柜员", "Adherence, closed teller"),
        "adherence.role.wealth_manager": ("流程执行率·理财经理", "Adherence, wealth manager"),
    }
    gap = _metric("speak_up_gap", "自报与暗访差", "Speak-up gap", "pp", form="difference")
    head = _metric("per_head", "人均营业收入", "Income per head", "万元")
    return [_metric(id, zh, en, "%", observed=True) for id, (zh, en) in named.items()] + [gap, head]


# --- items --------------------------------------------------------------------------------------
_ITEMS = {
    "STEP1A": (
        "STEP",
        "s1",
        "closed_teller",
        "柜员<b>目光</b>接触并微笑 & **稳**",
        "The teller <b>smiles</b> & **calm**",
    ),
    "STEP1B": ("STEP", "s1", "closed_teller", "举右手示意", "Raises the right hand"),
    "MGR03": ("MGR", None, "wealth_manager", "问到几项（0至3）", "How many were asked (0 to 3)"),
    "COMP24": ("COMP", None, None, "泄露客户信息", "Customer data was leaked"),
}
_SECTIONS = {
    "STEP": ("柜员七步", "Seven counter steps"),
    "MGR": ("客户经理与理财经理", "Customer and wealth managers"),
    "COMP": ("合规与适当性", "Compliance and suitability"),
    "ENV": ("环境与分区", "Environment and zones"),
}


def _edition() -> list[Row]:
    return [
        {"edition": "covert-1", "instrument": "covert", "item_id": id, "section": section,
         "section_zh": _SECTIONS[section][0], "section_en": _SECTIONS[section][1], "step": step,
         "role": role, "points": 2.5, "zh": zh, "en": en}
        for id, (section, step, role, zh, en) in _ITEMS.items()
    ]  # fmt: skip


def _results() -> list[Row]:
    """Two and a half points of each item; the first branch loses 1.25 of two items."""
    lost = {"STEP1A": 1.25, "STEP1B": 1.25, "MGR03": 0.5}
    rows = [
        {"scope": code, "period": PERIOD, "edition": "covert-1", "item_id": item, "answers": 4,
         "earned": 2.5 - points * (i % 2 == 0), "applicable": 2.5, "lost": points * (i % 2 == 0),
         "reasons": [REASON] if item == "STEP1A" and i == 0 else []}
        for i, code in enumerate(BRANCHES)
        for item, points in lost.items()
    ]  # fmt: skip
    leak = {"scope": BRANCHES[0], "period": PERIOD, "edition": "covert-1", "item_id": "COMP24"}
    rows.append(leak | {"answers": 2, "earned": 0.0, "applicable": 0.0, "lost": 3.0, "reasons": []})
    return rows


# --- the rest -----------------------------------------------------------------------------------
def _peers() -> list[Row]:
    return [{"scope": f"peer:{GROUPS[i % 2]}", "branch_code": c} for i, c in enumerate(BRANCHES)]


def _charts() -> list[Row]:
    one = {"scope": "01", "level": "province", "kind": "xmr", "points": 12, "status": "ok"}
    return [
        one | {"metric": "per_head", "signals": 1, "chance": 0.03, "chance_below": 0.02},
        one | {"metric": "adherence", "signals": 0, "chance": 0.03, "chance_below": 0.02},
    ]


def _signals() -> list[Row]:
    return [
        {"scope": "01", "level": "province", "period": PERIOD, "metric": "per_head",
         "signal": "outside", "direction": "worse", "at": PERIOD,
         "zh": "人均营业收入：自 2026-09 起，低于控制下限；2026-09 为 5.80万元，"
         "中心线 5.95万元，控制限 5.81万元 至 6.09万元。",
         "en": "Income per head: since 2026-09, below the lower limit; 2026-09 at 58.00 thousand "
         "yuan, centre 59.50 thousand yuan, limits 58.10 thousand yuan to 60.90 thousand yuan."}
    ]  # fmt: skip


def _effects() -> list[Row]:
    head = {"kind": "group", "n": 9, "clusters": 8}
    return [
        head | {"metric": "adherence", "verdict": "effective", "estimate": 0.09, "low": 0.06,
                "high": 0.12},
        head | {"metric": "veto_rate", "verdict": "no_effect", "estimate": -0.0002, "low": -0.03,
                "high": 0.03},
        head | {"metric": "recurrence", "verdict": "insufficient"},
    ]  # fmt: skip


def _agreement() -> list[Row]:
    one = {"edition": "covert-1", "basis": "paired", "pairs": 12, "places": 12, "left_out": False}
    return [
        one | {"item_id": "STEP1A", "raw": 0.9, "alpha": 0.8, "ac1": 0.85, "status": "ok"},
        one
        | {"item_id": "STEP1B", "raw": 0.55, "alpha": 0.08, "ac1": 0.44, "status": "below_floor"},
        one | {"item_id": "MGR03", "raw": 0.95, "status": "constant", "left_out": True},
    ]


def _reliability() -> list[Row]:
    one = {"edition": "covert-1", "branches": 12, "visits": 48, "status": "ok"}
    return [
        one | {"basis": "visits", "group": "all", "icc": 0.35, "needed": 7.43},
        one | {"basis": "visits", "group": GROUPS[0], "icc": 0.46, "needed": 4.7},
        one | {"basis": "paired", "group": "all", "icc": 0.94, "low": 0.88, "high": 0.97},
    ]


def _shoppers() -> list[Row]:
    return [
        {"shopper": f"s{i:02d}", "edition": "covert-1", "visits": 6, "branches": 6, "islands": 1,
         "shift": 0.1 * i, "differs": i == 0, "status": "ok"}
        for i in range(12)
    ]  # fmt: skip


def _excluded() -> list[Row]:
    return [
        {"visit_id": "f" * 16, "scope": BRANCHES[4], "visit_date": date(2026, 9, 9),
         "round": "2026Q3", "edition": "covert-1", "signals": ["same_answers"]}
    ]  # fmt: skip


def _restated() -> list[Row]:
    one = {"period": PERIOD, "former_revision": 1, "metric": "adherence"}
    return [
        one
        | {"scope": "01", "former_value": 0.8, "value": 0.83, "cause": f"{'c' * 64} 表 B7: 1 -> 2"},
        # 95.941234 % and 95.943766 %: alike with two decimals, apart with three
        one
        | {"scope": "0101", "former_value": 0.95941234, "value": 0.95943766, "cause": "edition"},
        one | {"scope": "0102", "former_value": 0.7, "value": 0.7000000001, "cause": "edition"},
        one | {"scope": BRANCHES[0], "former_value": 0.8, "value": 0.82, "cause": "申诉 appeal 7"},
    ]


def _visits() -> list[Row]:
    """A capped visit beside those of the base."""
    return [
        {"visit_id": "e" * 16, "scope": BRANCHES[2], "period": PERIOD, "round": "2026Q3",
         "edition": "covert-1", "visit_date": date(2026, 9, 20), "score": 60.0,
         "score_before_veto": 88.0, "coverage": 0.9, "veto": 1, "status": "ok"}
    ]  # fmt: skip


_ADDED: dict[str, Any] = {
    "metric_value": _values, "metric": _metrics, "rank": list, "edition": _edition,
    "item_result": _results, "chart": _charts, "signal": _signals, "effect": _effects,
    "item_agreement": _agreement, "visit_reliability": _reliability,
    "shopper_calibration": _shoppers, "excluded_visit": _excluded, "restatement": _restated,
    "visit_score": _visits, "scope_member": _peers,
}  # fmt: skip


def _facts(path: Path) -> None:
    """The register: three actions by sheets, one by the system, one closed after the period; two
    appeals, of which none is decided."""
    day = date
    rows = [
        ("Z1", BRANCHES[0], "STEP1A", day(2026, 7, 1), day(2026, 9, 15), None, "a" * 64),
        ("Z2", BRANCHES[0], "MGR03", day(2026, 8, 1), day(2026, 9, 20), day(2026, 9, 18), "a" * 64),
        (
            "Z3",
            BRANCHES[1],
            "STEP1B",
            day(2026, 8, 1),
            day(2026, 8, 31),
            day(2026, 10, 8),
            "a" * 64,
        ),
        ("A4", BRANCHES[0], "STEP1B", day(2026, 9, 25), day(2026, 10, 10), None, OFFICE),
        ("Z5", BRANCHES[7], "STEP1A", day(2026, 9, 1), None, None, "a" * 64),
    ]
    names = (
        "issue_id",
        "branch_code",
        "item_id",
        "issued_date",
        "due_date",
        "closed_date",
        "sha256",
    )
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(
        path / "fact_corrective_action.parquet"
    )
    appeals = [
        ("S1", BRANCHES[0], day(2026, 9, 10), "待处理"),
        ("S2", BRANCHES[8], day(2026, 9, 11), "待处理"),
    ]
    filed = ("appeal_id", "branch_code", "filed_date", "outcome")
    pl.DataFrame(appeals, schema=filed, orient="row").write_parquet(path / "fact_appeal.parquet")
