"""流程执行率: points earned of points applicable; covert and open never in one number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audits.scorecard import ROLES, STEPS, ZONES, Edition
from pipeline.metrics.components import each, flag
from pipeline.metrics.declaration import Component, Metric

_INSTRUMENT = {
    "covert": ("", "暗访", "covert visits"),
    "open": (".open", "现场检查", "open visits"),
}
_NOTE_ZH = "只计有得分的检查；不适用项分子分母都不计；扣分在板块内扣到0为止。"
_NOTE_EN = (
    "Only visits that have a score; what does not apply leaves both sums; deductions stop at 0 "
    "within their section."
)


def _points(name: str, instrument: str, column: str = "", value: str = "") -> Component:
    def where(t: Any) -> Any:
        covert = t["instrument"] == instrument
        return covert & (t[column] == value) if column else covert

    return Component("answer_scored", lambda t: t[name], ("answer",), where)


def _adherence(instrument: str, kind: str, value: str, zh: str, en: str) -> Metric:
    prefix, seen_zh, seen_en = _INSTRUMENT[instrument]
    part_zh, part_en = (f"（{zh}）", f" ({en})") if kind else ("", "")
    return Metric(
        f"adherence{prefix}" + (f".{kind}.{value}" if kind else ""),
        f"流程执行率{part_zh}" if instrument == "covert" else f"流程执行率·现场检查{part_zh}",
        f"Adherence{part_en}" if instrument == "covert" else f"Adherence, open visits{part_en}",
        "ratio",
        (
            _points("earned", instrument, kind, value),
            _points("applicable", instrument, kind, value),
        ),
        "%",
        "up",
        f"{seen_zh}实得分合计 ÷ {seen_zh}适用分合计{part_zh}",
        f"Σ points earned ÷ Σ points applicable in {seen_en}{part_en}",
        observed=True,
        note_zh=_NOTE_ZH,
        note_en=_NOTE_EN,
        introduction="suitable" if instrument == "covert" and not kind else "",
    )


def of_editions(editions: Mapping[str, Edition]) -> list[Metric]:
    """adherence[.open].section|step|role|zone.<id> for what the editions' items name."""
    found: dict[str, Metric] = {}
    for edition in sorted(editions.values(), key=lambda e: (e.valid_from, e.id)):
        for kind, words in _words(edition).items():
            used = {getattr(item, kind) for item in edition.items if item.effect == "earn"}
            if kind == "section":
                used |= {section.id for section in edition.sections if section.base}
            for value, (zh, en) in words.items():
                if value in used:
                    metric = _adherence(edition.instrument, kind, value, zh, en)
                    found[metric.id] = metric
    return list(found.values())


def _words(edition: Edition) -> dict[str, dict[str, tuple[str, str]]]:
    sections = {s.id: (s.zh, s.en) for s in edition.sections}
    return {"section": sections, "step": STEPS, "role": ROLES, "zone": ZONES}


METRICS = (
    _adherence("covert", "", "", "", ""),
    _adherence("open", "", "", "", ""),
    Metric(
        "seven_steps_complete",
        "七步完整率",
        "Seven steps complete",
        "ratio",
        (
            flag("encounter", "seven_complete", ("answer",), "step_items"),
            each("encounter", "seven_complete", ("answer",), "step_items"),
        ),
        "%",
        "up",
        "七步全部做到的接触次数 ÷ 观察到七步的接触次数",
        "encounters with every applicable step complete ÷ encounters with steps observed",
        observed=True,
        note_zh="不适用的步骤不算缺项；厅堂接触没有七步，不计。",
        note_en="A step that does not apply is not missed; the hall has no steps.",
        introduction="suitable",
    ),
)
