"""truth.json: what a reader of the sample must find out, and what it must be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.sample.monthly import Messy, Monthly
from pipeline.sample.options import Options
from pipeline.sample.province import Province
from pipeline.sample.truth_model import (
    EFFECT,
    RATE_EFFECT,
    SEVERITY_SD,
    VISIT_SD,
    WITHOUT_EFFECT,
    Truth,
)
from pipeline.sample.visits import ALIKE, UNCLEAR, Observer, Visit

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)


def expected_adherence(observer: Observer, branch: int, logit: float) -> float:
    """Expected share of points earned (0-1), over the luck of visits and shoppers.

    Takes the earning items that hang on no condition, weighted by points: the others apply to
    some visits only, deductions are rare.
    """
    plain = np.array([i.effect == "earn" and not i.depends_on for i in observer.items])
    points = np.array([float(i.points) for i in observer.items])[plain]
    spread = float(np.hypot(VISIT_SD, SEVERITY_SD))
    values = [
        float((points * observer.probabilities(branch, logit + spread * z)[plain]).sum())
        for z in _NODES
    ]
    return float(np.dot(values, _WEIGHTS) / _WEIGHTS.sum() / points.sum())


def earned_share(visit: Visit) -> float:
    """Share of the applicable earning points of one visit, deductions and vetoes left out."""
    earned = whole = 0.0
    for (position, _), answer in visit.answers.items():
        item = visit.edition.items[position]
        if answer is None or item.effect == "deduct":
            continue
        best = int(item.levels or item.target or 1)
        share = float(answer <= best) if item.kind == "minutes" else min(1.0, answer / best)
        earned += float(item.points) * share
        whole += float(item.points)
    return earned / whole if whole else float("nan")


def single_visit_icc(visits: list[Visit]) -> float | None:
    """ICC(1) of honest covert visits within a round (one-way analysis of variance)."""
    pairs: dict[tuple[str, int], list[float]] = {}
    for visit in visits:
        plain = not visit.invented and not visit.plan.pair_of
        if visit.edition.instrument == "covert" and plain:
            key = (visit.plan.round, visit.plan.branch.index)
            pairs.setdefault(key, []).append(earned_share(visit))
    scores = {k: v for k, v in pairs.items() if len(v) == 2}
    between, within = [], []
    for quarter in sorted({q for q, _ in scores}):
        table = np.array([v for (q, _), v in scores.items() if q == quarter])
        if len(table) > 2:
            between.append(2 * table.mean(axis=1).var(ddof=1))
            within.append(float(((table[:, 0] - table[:, 1]) ** 2 / 2).mean()))
    if not between:
        return None
    b, w = float(np.mean(between)), float(np.mean(within))
    return round((b - w) / (b + w), 4)


def _branches(
    options: Options, province: Province, truth: Truth, observer: Observer | None
) -> list[dict[str, Any]]:
    relapse = {r.branch: r.round for r in truth.relapses}
    found = []
    for b in province.branches:
        seen = {}
        for quarter in options.round_list if observer else ():
            logit = truth.logit(province, b.index, options.first_month(quarter))
            assert observer is not None
            seen[quarter] = round(expected_adherence(observer, b.index, logit), 5)
        found.append({
            "branch_code": b.code,
            "quality": round(float(truth.quality[b.index]), 6),
            "introduced": b.introduced.isoformat() if b.introduced else None,
            "introduced_by": b.parent,
            "relapses_from": relapse.get(b.index),
            "inflates": b.index == truth.inflater,
            "expected_adherence": seen,
        })  # fmt: skip
    return found


def _adherence_effect(
    options: Options, province: Province, truth: Truth, observer: Observer | None
) -> float | None:
    """Mean gain in expected adherence (0-1) over introduced, not relapsed branch rounds."""
    relapse = {r.branch: r.round for r in truth.relapses}
    gains = []
    for quarter in options.round_list if observer else ():
        month = options.first_month(quarter)
        for b in province.branches:
            fallen = quarter >= relapse.get(b.index, "9999")
            if fallen or not truth.is_introduced(province, b.index, month):
                continue
            assert observer is not None
            base = float(truth.quality[b.index])
            gains.append(
                expected_adherence(observer, b.index, base + EFFECT)
                - expected_adherence(observer, b.index, base)
            )
    return round(float(np.mean(gains)), 5) if gains else None


def _messy_entry(root: Path, entry: Messy) -> dict[str, Any]:
    """One entry; its canonical rows go to a file of their own under truth/."""
    told: dict[str, Any] = {
        "file": entry.file,
        "kind": entry.kind,
        "ways": entry.ways,
        "expect": entry.expect,
    }
    if entry.fault:
        told["fault"] = {
            k: v
            for k in ("kind", "sheet", "cell", "value", "branch_code")
            if (v := getattr(entry.fault, k)) is not None or k in ("sheet", "cell", "value")
        }
    if entry.corrected_by:
        told["corrected_by"] = entry.corrected_by
    if entry.rows is not None:
        told["canonical"] = f"truth/{entry.file}.json"
        target = root / told["canonical"]
        target.parent.mkdir(parents=True, exist_ok=True)
        body: dict[str, Any] = {"table": entry.table, "rows": entry.rows}
        if entry.visit:
            body["visit"] = entry.visit
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
        target.write_text(text, "utf-8")
    return told


def _wrong_unit(messy: list[Messy]) -> str | None:
    return next((m.file for m in messy if m.fault and m.fault.kind == "wan_unnamed"), None)


def write_truth(
    root: Path, options: Options, province: Province, truth: Truth, visits: list[Visit],
    monthly: Monthly, messy: list[Messy], observers: dict[str, Observer], workbooks: int,
) -> dict[str, Any]:  # fmt: skip
    """Writes truth.json and the canonical rows; returns what it wrote."""
    covert = observers.get("covert-1")
    invented = [v for v in visits if v.invented]
    found: dict[str, Any] = {
        "seed": options.seed,
        "months": options.month_list,
        "rounds": options.round_list,
        "workbooks": workbooks,
        "icc_single_visit": single_visit_icc(visits),
        "effect": {
            "starts": "the month of the introduction date",
            "adherence_logit": EFFECT,
            "adherence": _adherence_effect(options, province, truth, covert),
            **RATE_EFFECT,
            "without_effect": list(WITHOUT_EFFECT),
        },
        "relapses": [
            {"branch_code": province.branches[r.branch].code, "round": r.round}
            for r in truth.relapses
        ],
        "inflater": province.branches[truth.inflater].code,
        "fabricator": {
            "shopper_id": truth.fabricator,
            "from_round": truth.fabricates_from,
            "visits": [{"visit_id": v.visit_id, "file": v.file} for v in invented],
        },
        "paired": {
            "alike": ALIKE,
            "unclear_items": list(UNCLEAR),
            "visits": [v.visit_id for v in visits if v.plan.pair_of],
        },
        "severity": {s: round(v, 6) for s, v in truth.severity.items()},
        "wrong_unit": _wrong_unit(messy),
        "resent": monthly.resent,
        "branches": _branches(options, province, truth, covert),
        "messy": [_messy_entry(root, m) for m in sorted(messy, key=lambda m: m.file)],
    }
    (root / "truth.json").write_text(
        json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    return found
