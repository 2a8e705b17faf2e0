"""A small publication with values made by hand: 12 branches, 2 cities, 3 months.

Scores are chosen, not computed by the code under test. Branch 01 is best (95.0), each next one
three points lower; branch 11 is insufficient and branch 12 was not visited.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.publication_tables import TABLES

PERIOD = "2026-09"
MONTHS = ("2026-07", "2026-08", "2026-09")
CITIES = {"0101": "东川分行", "0102": "西岭分行"}
SUBS = {"010101": "0101", "010201": "0102"}
BRANCHES = [f"010101{i:02d}" for i in range(1, 7)] + [f"010201{i:02d}" for i in range(7, 13)]
_NAMES = "松涛,梅溪,竹园,兰亭,荷塘,桂苑,枫桥,柳浪,杏林,桃源,槐荫,榆阳"
NAMES = dict(zip(BRANCHES, _NAMES.split(","), strict=True))
SCORES = {code: 95.0 - 3 * i for i, code in enumerate(BRANCHES[:10])}
REASON = "柜员未起身 <script>alert(1)</script> **粗**"
SHA = "ab" * 32


def build(folder: Path, revision: int = 1, *, stage: str = "preview") -> Path:
    """Writes `<folder>/publications/2026-09-r<revision>` and gives its path."""
    path = folder / "publications" / f"{PERIOD}-r{revision}"
    path.mkdir(parents=True)
    made = {
        "scope": _scope(),
        "scope_member": _members(),
        "metric": _metrics(),
        "metric_value": _values(),
        "rank": _ranks(),
        "reward": _rewards(),
        "item_result": _items(),
        "edition": _edition(),
        "visit_score": _visits(),
        "coverage": _coverage(),
        "adoption": _adoption(),
        "early_sign": _early_signs(),
        "chart": _charts(),
        "signal": _signals(),
        "claim": _claims(),
        "composite": _composite(),
    }
    for name, schema in TABLES.items():
        rows = made.get(name, [])
        full = [{c: row.get(c) for c in schema} for row in rows]
        pl.DataFrame(full, schema=schema).write_parquet(path / f"{name}.parquet")
    manifest = {
        "period": PERIOD,
        "revision": revision,
        "stage": stage,
        "content_hash": f"{revision:064d}",
        "check": {
            "opened": "2026-10-09",
            "until": "2026-10-13",
            "confirmed": 7,
            "branches": 12,
            "waived": False,
        },
        "appeals": {
            "filed": 3,
            "upheld": 1,
            "partly": 1,
            "rejected": 0,
            "pending": 1,
            "withdrawn": 0,
        },
        "rounds": [
            {
                "round": "2026Q3",
                "state": "sealed",
                "editions": ["covert-1"],
                "without_union": True,
                "sealed": "2026-09-29",
                "missing": 0,
            }
        ],
    }
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    if (folder / "office.sqlite").exists():
        on_record(folder, path)
    return path


def on_record(folder: Path, *paths: Path) -> None:
    """Has the ledger know publications that were made by hand; without any named, all there are."""
    with Office.open(DataFolder(folder)) as office:
        for path in paths or sorted((folder / "publications").iterdir()):
            manifest = (path / "manifest.json").read_bytes()
            told = json.loads(manifest)
            said = {"period": told["period"], "revision": told["revision"]}
            said["manifest"] = hashlib.sha256(manifest).hexdigest()
            office.record("publication", said, "office")


def _scope() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"scope": "01", "name": "北河省分行", "level": "province", "parent": None},
        *({"scope": c, "name": n, "level": "city", "parent": "01"} for c, n in CITIES.items()),
        *(
            {"scope": s, "name": f"{s}支行", "level": "sub_branch", "parent": c}
            for s, c in SUBS.items()
        ),
        *({"scope": f"peer:{g}", "name": g, "level": "peer_group"} for g in ("城区", "县域")),
    ]
    for i, code in enumerate(BRANCHES):
        rows.append(
            {
                "scope": code,
                "name": f"{NAMES[code]}网点",
                "level": "branch",
                "parent": code[:6],
                "peer_group": "城区" if i % 2 == 0 else "县域",
                "introduced": date(2026, 1, 5),
            }
        )
    return rows


def _members() -> list[dict[str, Any]]:
    return [{"scope": code[:n], "branch_code": code} for code in BRANCHES for n in (2, 4, 6, 8)]


def _metric(id: str, zh: str, en: str, unit: str, **more: Any) -> dict[str, Any]:
    return {
        "metric": id,
        "zh": zh,
        "en": en,
        "unit": unit,
        "form": "ratio",
        "direction": "up",
        "minimum": 1.0,
        "scale": 1.0,
        "version": 1,
        "formula_zh": "Σ 得分 ÷ Σ 应得分",
        "formula_en": "Σ earned ÷ Σ applicable",
        "note_zh": "",
        "note_en": "",
    } | more


def _metrics() -> list[dict[str, Any]]:
    steps = [
        _metric(f"adherence.step.s{i}", f"流程执行率·第{i}步", f"Adherence, step {i}", "%")
        for i in range(1, 8)
    ]
    return [
        _metric("adherence", "流程执行率", "Adherence", "%", observed=True),
        _metric("reported_speak_up", "开口率（自报）", "Speak-up (reported)", "%", observed=False),
        _metric("deposit_average_growth", "日均存款净增", "Growth", "万元", form="difference"),
        _metric("complaints", "投诉率", "Complaints", "‱", direction="down", scale=10_000.0),
        *steps,
    ]


def _value(metric: str, scope: str, period: str, top: float, bottom: float) -> dict[str, Any]:
    level = {2: "province", 4: "city", 6: "sub_branch", 8: "branch"}[len(scope)]
    return {
        "metric": metric,
        "scope": scope,
        "level": level,
        "period": period,
        "numerator": top,
        "denominator": bottom,
        "value": top / bottom,
        "n": 3,
        "status": "ok",
    }


def _values() -> list[dict[str, Any]]:
    rows = []
    for month in MONTHS:
        rows += [_value("adherence", c, month, s, 100.0) for c, s in SCORES.items()]
        rows += [
            _value("adherence", c, month, top, 500.0)
            for c, top in (("0101", 437.5), ("0102", 370.0), ("01", 405.0))
        ]
    first = BRANCHES[0]
    rows += [_value(f"adherence.step.s{i}", first, PERIOD, i + 2, 10.0) for i in range(1, 8)]
    rows.append(_value("reported_speak_up", first, PERIOD, 160.0, 200.0))
    rows.append(_value("deposit_average_growth", first, PERIOD, 1_234_567.0, 1.0))
    rows.append(
        _value("complaints", first, PERIOD, 1.0, 1.0)
        | {"value": None, "numerator": None, "denominator": None, "status": "not_reported"}
    )
    return rows


def _ranks() -> list[dict[str, Any]]:
    rows = []
    for group, codes in (
        ("all", BRANCHES),
        ("城区", BRANCHES[0::2]),
        ("县域", BRANCHES[1::2]),
    ):
        ranked = [c for c in codes if c in SCORES]
        for code in codes:
            row: dict[str, Any] = {"peer_group": group, "scope": code, "period": PERIOD}
            if code in SCORES:
                row |= {"score": SCORES[code], "visits": 2, "rank": ranked.index(code) + 1}
                row |= {"of": len(ranked), "status": "ok", "since": "2025-10", "first_k": 3}
                row |= _standing(ranked.index(code) + 1, len(ranked))
            else:
                insufficient = code == BRANCHES[10]
                row |= {"visits": 1 if insufficient else 0}
                row |= {"status": "insufficient" if insufficient else "not_visited"}
            rows.append(row)
    return rows


def _standing(place: int, of: int) -> dict[str, Any]:
    """Interval of two places up and down; the first three are sure, likely, and out of reach."""
    return {
        "low": max(1, place - 2),
        "high": min(of, place + 2),
        "joint_low": 1,
        "joint_high": of,
        "tier": "above" if place == 1 else "below" if place == of else "average",
        "reliability": 0.8,
        "expected": float(place),
        "p_first_k": {1: 0.97, 2: 0.6}.get(place, 0.02),
    }


def _rewards() -> list[dict[str, Any]]:
    """The first two are paid 1,000 yuan; the second hardly deserves it."""
    told = [(0.97, "certain", True), (0.6, "possible", True), (0.4, "possible", False)]
    return [
        {
            "prize": "two",
            "zh": "前两名",
            "en": "first two",
            "peer_group": "all",
            "scope": code,
            "period": PERIOD,
            "p": p,
            "chance": chance,
            "paid": paid,
            "worth": 1000.0,
            "amount": 1000.0 if paid else 0.0,
            "noise": 1000 * (1 - p if paid else p),
        }
        for code, (p, chance, paid) in zip(BRANCHES, told, strict=False)
    ]


def _items() -> list[dict[str, Any]]:
    lost = {"STEP1A": 2.0, "STEP2A": 0.0, "ENV1": 1.5}
    return [
        {
            "scope": code,
            "period": PERIOD,
            "edition": "covert-1",
            "item_id": item,
            "answers": 2,
            "earned": 4.0 - points,
            "applicable": 4.0,
            "lost": points,
            "reasons": [REASON] if points == 2.0 else [],
        }
        for code in BRANCHES[:2]
        for item, points in lost.items()
    ]


def _edition() -> list[dict[str, Any]]:
    words = {
        "STEP1A": ("见到客户微笑", "Smiles at the customer"),
        "STEP2A": ("主动问好", "Greets first"),
        "ENV1": ("叫号机位置便于客户取号", "Queue machine is well placed"),
    }
    return [
        {
            "edition": "covert-1",
            "instrument": "covert",
            "item_id": item,
            "section": "STEP",
            "section_zh": "柜员七步",
            "section_en": "Seven counter steps",
            "points": 2.0,
            "zh": zh,
            "en": en,
        }
        for item, (zh, en) in words.items()
    ]


def _visits() -> list[dict[str, Any]]:
    return [
        {
            "visit_id": f"{i:016x}",
            "scope": BRANCHES[0],
            "period": PERIOD,
            "round": "2026Q3",
            "edition": "covert-1",
            "visit_date": date(2026, 9, 3 + i),
            "score": 94.0 + 2 * i,
            "score_before_veto": 94.0 + 2 * i,
            "coverage": 0.9,
            "veto": 0,
            "status": "ok",
        }
        for i in range(2)
    ]


def _coverage() -> list[dict[str, Any]]:
    state = {BRANCHES[3]: "not_reported", BRANCHES[8]: "pending_correction", BRANCHES[9]: "late"}
    return [
        {
            "scope": code,
            "period": PERIOD,
            "kind": "performance",
            "due": date(2026, 10, 14),
            "status": state.get(code, "reported"),
        }
        for code in BRANCHES
    ]


def _adoption() -> list[dict[str, Any]]:
    """Branch 01 holds, 02 is newly warned of, 03 still relapsed, 12 has too few visits."""
    status = {0: "sustained", 1: "relapsed", 2: "relapsed", 11: "insufficient"}
    rows = []
    for i, code in enumerate(BRANCHES):
        row: dict[str, Any] = {"scope": code, "period": PERIOD, "since": "2026Q2"}
        row |= {"status": status.get(i, "consolidating"), "warned": i == 1}
        row |= {"chance": 0.0 if i in (2, 11) else 0.02, "zh": f"理由{i}。", "en": f"Reason {i}."}
        if i in (1, 2):
            row |= {"baseline": 88.0, "latest": 61.5, "change": -26.5, "first_step": "s2"}
        rows.append(row)
    return rows


def _early_signs() -> list[dict[str, Any]]:
    """Four branches could be told of a sign; branch 04 is."""
    told = {"told": True, "worse": 2, "since": "2026-05", "zh": "两项走低。", "en": "Two fall."}
    return [
        {"scope": code, "period": PERIOD, "tested": 3, "worse": 0, "told": False, "chance": 0.05}
        | (told if i == 3 else {})
        for i, code in enumerate(BRANCHES[:4])
    ]


def _charts() -> list[dict[str, Any]]:
    one = {"scope": BRANCHES[0], "level": "branch", "kind": "xmr", "points": 12}
    limits = {"centre": 0.9, "lower": 0.8, "upper": 1.0, "status": "ok"}
    return [
        one | limits | {"metric": "adherence", "signals": 1, "chance": 0.03, "chance_below": 0.02},
        one | {"metric": "reported_speak_up", "status": "short", "points": 3, "chance_below": 0.0},
    ]


def _signals() -> list[dict[str, Any]]:
    one = {"scope": BRANCHES[0], "level": "branch", "period": PERIOD, "metric": "adherence"}
    return [
        one | {"signal": "run", "direction": "worse", "zh": "流程执行率：变差。", "en": "Down."}
    ]


def _claims() -> list[dict[str, Any]]:
    """Branch 01 claims too much, 02 has nothing reported, 03 is copied from last month."""
    plain = {
        "status": "ok",
        "reported": 0.6,
        "observed": 0.7,
        "gap": -0.1,
        "low": -0.3,
        "high": 0.1,
    }
    flags = dict.fromkeys(("overclaimed", "unusual", "heaped", "copied"), False)
    more: dict[int, dict[str, Any]] = {
        0: {"reported": 0.96, "observed": 0.5, "gap": 0.46, "low": 0.2, "high": 0.6,
            "overclaimed": True, "unusual": True, "typical": 0.6, "z": 4.2},
        1: {"status": "not_reported", "reported": None, "gap": None, "low": None, "high": None},
        2: {"copied": True, "pairs": 80, "equal": 40, "equal_expected": 1.6, "twins": 2},
    }  # fmt: skip
    return [
        {"scope": code, "period": PERIOD, "visits": 8, "encounters": 16, "twins": 0,
         "heaped_chance": 0.001, "copied_chance": 0.0005} | plain | flags | more.get(i, {})
        for i, code in enumerate(BRANCHES)
    ]  # fmt: skip


def _composite() -> list[dict[str, Any]]:
    """Branch 01 moves between ranks 1 and 3 with the weights, and had a veto."""
    return [
        {"scope": BRANCHES[0], "period": PERIOD, "index": 91.2, "published": 60.0,
         "geometric": 90.5, "coverage": 0.88, "vetoed": True, "rank": 2, "low": 1, "high": 3,
         "geometric_rank": 3,
         "of": 10, "status": "ok"},
        {"scope": BRANCHES[1], "period": PERIOD, "coverage": 0.5, "vetoed": False,
         "status": "insufficient"},
    ]  # fmt: skip
