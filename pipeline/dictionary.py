"""The metric dictionary as a page: pipeline/metrics/DICTIONARY.md, generated from the declarations.

`python -m pipeline.dictionary` writes it; a test fails when it is not current.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.marts import marts
from pipeline.metrics import families, metrics
from pipeline.metrics.declaration import Component, Metric

PAGE = Path(__file__).parent / "metrics" / "DICTIONARY.md"
_FAMILIES = {
    "adherence": ("流程执行", "Adherence"),
    "adoption": ("导入与固化", "Adoption"),
    "balances": ("规模与效益", "Volumes and returns"),
    "channels": ("渠道", "Channels"),
    "customers": ("客户", "Customers"),
    "governance": ("督办与报送", "Follow-up and reporting"),
    "marketing": ("营销与转介", "Marketing and referral"),
    "meetings": ("会议", "Meetings"),
    "service": ("服务与合规", "Service and conduct"),
    "targets": ("计划完成", "Targets"),
    "training": ("培训与文化", "Training and culture"),
}
_DIRECTION = {
    "up": "越高越好 / higher is better",
    "down": "越低越好 / lower is better",
    "none": "—",
}
_EFFECT = {
    "suitable": "估计 / estimated",
    "redefined": "不估计，口径随导入而变 / refused, it is defined by the introduction",
}
_OBSERVED = {True: "暗访或检查所见 / observed", False: "报表自报 / reported", None: "—"}
_HEAD = """# 指标字典 · Metric dictionary

由声明生成，请勿手改：`python -m pipeline.dictionary`。Generated from the declarations; do not edit.

率以 0–1 存储，百分点为两率之差，金额以元存储（页面显示为万元）。任何层级的率都是合计之比，
不是下级之率的平均。一行的分子、分母都有数才进入合计；未报的机构不计，不作 0。期内有月份未报
的网点，跨月的自报指标不出数（incomplete）；上级机构只合计已报月份，并说明还缺几份。

Rates are stored 0-1, pp are differences of rates, money is stored in yuan (pages print 万元). At
every level a rate is the ratio of sums, never a mean of rates. A row enters only with both its
numerator and its denominator; what was not reported is left out, never 0. A branch that owes a
month of a period has no self-reported figure of it (incomplete); nodes above add up what was
reported, and say how many sheets are owed.
"""


def dictionary() -> str:
    """The whole page, Chinese first."""
    declared = metrics()
    parts = [_HEAD]
    for family, ids in families().items():
        zh, en = _FAMILIES.get(family, (family, family))
        parts.append(f"\n## {zh} · {en}\n")
        parts += [_entry(declared[id]) for id in ids]
    return "\n".join(parts)


def _entry(metric: Metric) -> str:
    seen = f"{_DIRECTION[metric.direction]} · {_OBSERVED[metric.observed]}"
    least = f"{metric.minimum:g} · 版本 / version: {metric.version}"
    lines = [
        f"### `{metric.id}` {metric.zh} · {metric.en}",
        "",
        f"- 公式 / formula: {metric.formula_zh}；{metric.formula_en}",
        f"- 单位 / unit: {metric.unit} · {seen}",
        f"- 形式 / form: {metric.form} · 最小分母 / minimum denominator: {least}",
        f"- 来源 / sources: {'; '.join(dict.fromkeys(_source(p) for p in metric.parts))}",
    ]
    if metric.introduction:
        lines.append(f"- 导入成效 / effect of the introduction: {_EFFECT[metric.introduction]}")
    if metric.note_zh or metric.note_en:
        lines.append(f"- 说明 / note: {metric.note_zh} {metric.note_en}")
    return "\n".join([*lines, ""])


def _source(part: Component) -> str:
    table = part.fact or marts()[part.mart].fact
    columns = ", ".join(f"`{table}.{column}`" for column in part.sources)
    return f"{columns} (`{part.mart}`, {part.window}{', mean' if part.mean else ''})"


def main() -> None:
    """Write the page."""
    PAGE.write_text(dictionary(), "utf-8")


if __name__ == "__main__":
    main()
