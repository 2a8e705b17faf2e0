"""Visit plan (暗访计划): who goes where and when, and whether the visit was made."""

from __future__ import annotations

from pipeline.sheets.declaration import ROUND, Column, SheetKind

CUSTOMER_ROLES = ("普通客户", "潜在贵宾客户", "未办卡贵宾客户", "贵宾客户")
OUTCOMES = ("已完成", "未完成", "改期")

KIND = SheetKind(
    id="plans",
    zh="暗访计划",
    en="Visit plan",
    columns=(
        Column(
            "plan_id", "计划编号", "Plan id", "code", required=True, mandatory=True,
            spellings=("计划号", "任务编号"),
            help_zh="每次计划暗访一个编号。", help_en="One id for each planned visit.",
        ),
        Column(
            "round", "轮次", "Round", "text", required=True, mandatory=True,
            spellings=("暗访轮次", "检查轮次", "批次"),
            help_zh="轮次按季度命名，写成 2026Q3 的样式。",
            help_en="A round is named after its quarter: write it like 2026Q3.", pattern=ROUND,
        ),
        Column(
            "branch_code", "网点代码", "Branch code", "code", required=True, mandatory=True,
            spellings=("机构代码", "网点号", "网点编号", "网点编码", "机构号", "行号"),
            help_zh="文本格式，保留前面的 0。", help_en="Text, keep leading zeros.",
        ),
        Column(
            "edition", "版本", "Edition", "text",
            spellings=("评分表版本", "标准版本", "评分标准版本"),
            help_zh="评分标准版本编号，如 covert-1。", help_en="Id of the edition, e.g. covert-1.",
        ),
        Column(
            "planned_date", "计划日期", "Planned for", "date", required=True, mandatory=True,
            spellings=("计划暗访日期", "安排日期", "计划时间"),
            help_zh="计划到访的日期。", help_en="Day the visit is planned for.",
        ),
        Column(
            "day_part", "时段", "Part of the day", "text",
            spellings=("计划时段", "到访时段", "时间段"),
            help_zh="如上午、下午。", help_en="E.g. 上午 (morning), 下午 (afternoon).", prose=True,
        ),
        Column(
            "shopper_id", "暗访员编号", "Shopper id", "code",
            spellings=("暗访员", "检查员编号", "暗访人员编号"),
            help_zh="只填编号，不填姓名。", help_en="The id only, never the name.",
        ),
        Column(
            "outcome", "结果", "Outcome", "text",
            spellings=("完成情况", "执行结果", "计划结果"), choices=OUTCOMES,
            help_zh="已完成、未完成或改期；尚未到期留空。",
            help_en="Made, not made or moved; blank while still ahead.",
        ),
        Column(
            "customer_role", "客户角色", "Customer role", "text",
            spellings=("扮演角色", "客户身份"), choices=CUSTOMER_ROLES,
            help_zh="到访时扮演的客户；现场检查留空。",
            help_en="The customer to be played; blank for open checks.",
        ),
        Column(
            "paired_with", "配对计划编号", "Paired with", "code",
            spellings=("双人暗访编号", "配对编号"),
            help_zh="双人暗访中另一次的计划编号；单独暗访留空。",
            help_en="Plan id of the other visit of a pair; blank otherwise.",
        ),
    ),
    key=("plan_id",),
    table="planned_visit",
    help_zh="每次计划暗访一行。",
    help_en="One row per planned visit.",
)  # fmt: skip
