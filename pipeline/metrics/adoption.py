"""导入与固化: how far the process has reached, and whether it lasts."""

from pipeline.metrics.declaration import Component, Metric


def _sustain(phase: str, name: str) -> Component:
    return Component(
        "sustain",
        lambda t: t[name],
        ("answer",),
        where=lambda t: t["phase"] == phase,
        window="to_date",
    )


METRICS = (
    Metric(
        "rollout_coverage",
        "导入覆盖率",
        "Rollout coverage",
        "ratio",
        (
            Component(
                "branch_month",
                lambda t: t["introduced"],
                ("introduced",),
                lambda t: t["open"] == 1,
                "end",
            ),
            Component(
                "branch_month",
                lambda t: t["open"],
                ("branch_code",),
                lambda t: t["open"] == 1,
                "end",
            ),
        ),
        "%",
        "up",
        "期末已导入网点数 ÷ 期末营业网点数",
        "branches introduced by the period's end ÷ branches open then",
        introduction="redefined",
    ),
    Metric(
        "sustain_index",
        "固化度",
        "Sustain index",
        "ratio_of_ratios",
        (
            _sustain("late", "earned"),
            _sustain("late", "applicable"),
            _sustain("early", "earned"),
            _sustain("early", "applicable"),
        ),
        "ratio",
        "up",
        "导入后第4至12个月的流程执行率 ÷ 导入后第1至3个月的流程执行率",
        "adherence in months 4-12 after introduction ÷ adherence in months 1-3",
        observed=True,
        adoption=True,
        introduction="redefined",
        note_zh="导入当月不计；两个阶段都有暗访的网点才计入；截至期末累计。",
        note_en="The month of introduction counts in neither; a branch enters with visits in both "
        "phases only; cumulative to the period's end.",
    ),
)
