"""督办与报送: actions, appeals, plans and the sheets themselves."""

from __future__ import annotations

from pipeline.metrics.components import each, flag
from pipeline.metrics.declaration import Direction, Metric


def _share(
    id: str,
    zh: str,
    en: str,
    mart: tuple[str, str],
    sources: tuple[tuple[str, ...], tuple[str, ...]],
    formula: tuple[str, str],
    direction: Direction = "up",
    note: tuple[str, str] = ("", ""),
) -> Metric:
    table, name = mart
    return Metric(
        id,
        zh,
        en,
        "ratio",
        (flag(table, name, sources[0]), each(table, name, sources[1])),
        "%",
        direction,
        *formula,
        note_zh=note[0],
        note_en=note[1],
    )


METRICS = (
    _share(
        "rectified_on_time",
        "按期整改率",
        "Rectified on time",
        ("action_due", "in_time"),
        (("closed_date",), ("due_date",)),
        ("到期日前销号的问题数 ÷ 到期问题数", "actions closed by their due date ÷ actions due"),
    ),
    _share(
        "recurrence",
        "屡查屡犯率",
        "Recurrence",
        ("action_closed", "again"),
        (("closed_date",), ("closed_date",)),
        (
            "销号后两轮内再次失分的问题数 ÷ 已销号且已复看的问题数",
            "items failed again within two rounds ÷ items rectified and looked at again",
        ),
        "down",
        (
            "按销号月份归集；销号后的下两轮中还没看过该项的，暂不计入。",
            "By the month of closing; an item not yet looked at in the next two rounds waits.",
        ),
    ),
    _share(
        "appeal_upheld",
        "申诉成立率",
        "Appeals upheld",
        ("appeal", "upheld"),
        (("outcome",), ("filed_date",)),
        ("成立（含部分成立）的申诉数 ÷ 申诉数", "appeals upheld, wholly or in part ÷ appeals"),
        "none",
        (
            "按申诉月份归集；待处理的计入分母；尚无已办结的，不给数值。",
            "By the month of filing; pending ones count below; no value while none is decided.",
        ),
    ),
    _share(
        "reporting_on_time",
        "报送及时率",
        "Reporting on time",
        ("report", "on_time"),
        (("branch_code",), ("branch_code",)),
        ("按期报送的网点月数 ÷ 应报网点月数", "sheets that came by the due date ÷ sheets due"),
        "up",
        (
            "月度业绩报表；默认次月第五个营业日前。",
            "The monthly sheet; by default the fifth business day of the next month.",
        ),
    ),
    _share(
        "first_pass",
        "一次通过率",
        "First pass",
        ("report", "first_pass"),
        (("branch_code",), ("branch_code",)),
        ("首次上报即通过的网点月数 ÷ 已上报的网点月数", "accepted at first upload ÷ uploads"),
        "up",
        (
            "按网点和月份计；重报不另计；汇总表中被隔离的网点行算未通过。",
            "By branch and month; re-sending adds none; a row held back in a shared sheet failed.",
        ),
    ),
    _share(
        "visit_coverage",
        "暗访覆盖率",
        "Visit coverage",
        ("plan", "made"),
        (("outcome",), ("planned_date",)),
        ("已完成的暗访数 ÷ 计划暗访数", "visits made ÷ visits planned"),
    ),
)
