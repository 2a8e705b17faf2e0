"""Why a published figure has no value, or what its sum lacks, in a sentence with the cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.metrics.declaration import Metric
from pipeline.periods import months_of
from pipeline.publication import Publication
from pipeline.publishing.incomplete import INCOMPLETE, SHEETS, months_looked_at, owed_months
from pipeline.sheets import kinds

_FROM_SHEETS = {SHEETS, "target_progress"}
_LISTED = 20  # branches and months in a sentence; the JSON has all


def owed_behind(
    publication: Publication, metric: Metric, scope: str, period: str
) -> list[dict[str, str]]:
    """The sheets that a figure would add up and that are not there: `branch_code`, `month` and
    `status` (not_reported, pending_correction), by branch and month."""
    own = owed_months(_due(publication, metric, scope, period))
    return own.sort("branch_code", "month").to_dicts()


def _due(publication: Publication, metric: Metric, scope: str, period: str) -> pl.DataFrame:
    """Rows of `coverage` of the sheets that a figure would add up; none if it adds up none."""
    rows = publication.table("coverage")
    if not any(part.mart in _FROM_SHEETS for part in metric.parts):
        return rows.clear()
    months = months_looked_at(metric, period) or months_of(period)
    members = publication.table("scope_member").filter(pl.col("scope") == scope)
    own = pl.col("scope").is_in(members["branch_code"].to_list())
    return rows.filter(own & pl.col("period").is_in(months))


def reason(
    publication: Publication,
    metric: Metric,
    published: Mapping[str, Any],
    owed: Sequence[Mapping[str, str]],
) -> dict[str, str] | None:
    """Why there is no value, and what to do, as `{"zh", "en"}`; None where there is one."""
    if published["status"] == "ok":
        return None
    period, status = published["period"], published["status"]
    zh, en = _OTHERWISE.get(status, _OTHERWISE["not_reported"])
    if status == "not_reported" and any(part.mart in _FROM_SHEETS for part in metric.parts):
        due = _due(publication, metric, published["scope"], period).height
        zh, en = _blank(metric) if due > len(owed) else ("", "")
    elif owed and status in (INCOMPLETE, "pending_correction"):
        zh, en = "", ""
    given = {"denominator": published["denominator"] or 0, "minimum": metric.minimum}
    told = [(zh.format(**given), en.format(**given))]
    if owed:
        zh, en = _owing(owed)
        cure = f"mingcha status --period {period}"
        zh = f"{zh}。请催报或更正（{cure}），补报后重新发布。"
        told.append((zh, f"{en}. Chase or correct them ({cure}), then publish again."))
    return {"zh": "".join(z for z, _ in told), "en": " ".join(e for _, e in told if e)}


_OWED_WORDS = {
    "not_reported": ("未报", "not reported"),
    "pending_correction": ("待更正", "to be corrected"),
}


def _owing(owed: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    """What is not there by status, in both languages."""
    zh, en = [], []
    for status, (chinese, english) in _OWED_WORDS.items():
        own = [f"{o['branch_code']} {o['month']}" for o in owed if o["status"] == status]
        if own:
            more = f" …（{len(own)}）" if len(own) > _LISTED else ""
            zh.append(f"{chinese}：{'、'.join(own[:_LISTED])}{more}")
            more = f" … ({len(own)})" if len(own) > _LISTED else ""
            en.append(f"{english}: {', '.join(own[:_LISTED])}{more}")
    english = "; ".join(en)
    return "；".join(zh), english[:1].upper() + english[1:]


def owing_line(owed: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    """Of a sum that has a value: what it is without."""
    zh, en = _owing(owed)
    return f"合计不含以下报表。{zh}", f"Without these sheets. {en}"


def _blank(metric: Metric) -> tuple[str, str]:
    """Sheets came, and what the metric adds up is not in them."""
    columns = {c.id: c for c in kinds()["performance"].columns}
    named = dict.fromkeys(
        s for part in metric.parts if part.mart in _FROM_SHEETS for s in part.sources
    )
    known = [columns[s] for s in named if s in columns]
    zh, en = "”“".join(c.zh for c in known), ", ".join(c.en for c in known)
    blank = (
        f"期内已收报表中没有可算的数：请看“{zh}”等列是否空白，或计划、上期数据是否缺少。"
        "补齐后重新报送、发布。"
    )
    return blank, (
        f"The sheets that came have nothing to work it out of: look whether {en} are blank, or "
        "targets or the former period are not there. Complete them, send again and publish again."
    )


_OTHERWISE = {
    "not_reported": (
        "期内没有可计入的记录（例如没有暗访、整改或申诉）。有了记录，重新发布后即有数。",
        "Nothing of the period enters: no visit, corrective action or appeal, for instance.",
    ),
    "pending_correction": (
        "期内的报表行待更正。请按退回件更正后重新报送、发布。",
        "A row of the sheets awaits its correction. Mend the returned copy, send and publish it.",
    ),
    "insufficient": (
        "分母 {denominator:g} 不足（至少 {minimum:g} 才出数），样本不足，不出数。",
        "The denominator of {denominator:g} is too small (at least {minimum:g} is needed).",
    ),
    "not_introduced": (
        "该范围在期末尚未导入，此指标没有意义。",
        "The process was not introduced here by the end of the period.",
    ),
    "undecided": (
        "申诉都未办结，尚无成立率。",
        "No appeal of the period has been decided yet.",
    ),
    "suppressed": ("所含网点太少，不予显示。", "Too few branches: withheld."),
}
