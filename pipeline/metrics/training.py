"""培训与文化: staff trained, exams passed, the culture wall."""

from typing import Any

from pipeline.metrics.components import sheet
from pipeline.metrics.declaration import Component, Metric


def _wall(t: Any) -> Any:
    return (t["instrument"] == "open") & t["is_culture_wall"]


METRICS = (
    Metric(
        "exam_pass",
        "考试通过率",
        "Exam pass rate",
        "ratio",
        (sheet("exam_passed", "end"), sheet("staff", "end")),
        "%",
        "up",
        "期末考试通过人数 ÷ 期末在岗人数",
        "staff who passed ÷ staff in post, at the period's end",
        observed=False,
        introduction="redefined",
    ),
    Metric(
        "training_coverage",
        "培训覆盖率",
        "Training coverage",
        "ratio",
        (sheet("trained", "end"), sheet("staff", "end")),
        "%",
        "up",
        "期末已培训人数 ÷ 期末在岗人数",
        "staff trained on the current handbook ÷ staff in post, at the period's end",
        observed=False,
        introduction="redefined",
    ),
    Metric(
        "culture_wall",
        "文化墙达标率",
        "Culture wall",
        "ratio",
        (
            Component("answer_scored", lambda t: t["full"], ("answer",), _wall),
            Component("answer_scored", lambda t: (t["full"] >= 0).ifelse(1, 0), ("answer",), _wall),
        ),
        "%",
        "up",
        "文化墙四个平台中已有的个数 ÷ 4（现场检查）",
        "platforms present ÷ 4 (open visits)",
        observed=True,
    ),
)
