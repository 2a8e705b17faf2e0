"""Scorecard of one visit (评分表): a head of pairs over a table of items, one workbook a visit."""

from __future__ import annotations

import re

from pipeline.sheets.declaration import ROUND, Column, SheetKind

CUSTOMER_ROLES = ("普通客户", "潜在贵宾客户", "未办卡贵宾客户", "贵宾客户")
NOT_APPLICABLE = "不适用"

HEAD = (
    Column(
        "branch_code", "网点代码", "Branch code", "code", required=True, mandatory=True,
        spellings=("机构代码", "网点号", "网点编号", "网点编码", "机构号", "被查网点代码", "行号"),
        help_zh="文本格式，保留前面的 0。", help_en="Text, keep leading zeros.",
    ),
    Column(
        "branch_name", "网点名称", "Branch name", "text",
        spellings=("机构名称", "被查网点", "被查网点名称", "网点"),
        help_zh="用于核对代码。", help_en="To check the code against.",
    ),
    Column(
        "round", "轮次", "Round", "text", required=True, mandatory=True,
        spellings=("暗访轮次", "检查轮次", "批次"),
        help_zh="轮次按季度命名，写成 2026Q3 的样式。",
        help_en="A round is named after its quarter: write it like 2026Q3.", pattern=ROUND,
    ),
    Column(
        "edition", "版本", "Edition", "text", required=True, mandatory=True,
        spellings=("评分表版本", "标准版本", "评分标准版本", "表单版本"),
        help_zh="评分标准版本编号，如 covert-1。", help_en="Id of the edition, e.g. covert-1.",
    ),
    Column(
        "visit_date", "暗访日期", "Visit date", "date", required=True, mandatory=True,
        spellings=("检查日期", "访问日期", "到访日期", "日期"),
        help_zh="到访当天，如 2026-09-15。", help_en="Day of the visit, e.g. 2026-09-15.",
    ),
    Column(
        "time_in", "进入时间", "Time in", "time", required=True, mandatory=True,
        spellings=("进店时间", "到达时间", "开始时间", "进入网点时间"),
        help_zh="24 小时制，如 09:35。", help_en="24-hour clock, e.g. 09:35.",
    ),
    Column(
        "time_out", "离开时间", "Time out", "time", required=True, mandatory=True,
        spellings=("离店时间", "结束时间", "离开网点时间"),
        help_zh="24 小时制，如 10:20。", help_en="24-hour clock, e.g. 10:20.",
    ),
    Column(
        "shopper_id", "暗访员编号", "Shopper id", "code", required=True, mandatory=True,
        spellings=("暗访员", "检查员编号", "暗访人员编号", "检查人员编号"),
        help_zh="只填编号，不填姓名。", help_en="The id only, never the name.",
    ),
    Column(
        "customer_role", "客户角色", "Customer role", "text",
        spellings=("角色", "客户身份", "扮演角色", "扮演客户类型"), choices=CUSTOMER_ROLES,
        help_zh="暗访时扮演的客户；现场检查可不填。",
        help_en="The customer the shopper played; may be blank on an open check.",
    ),
    Column(
        "union_present", "工会陪同", "Union present", "yes_no",
        spellings=("工会是否陪同", "工会参与", "工会人员陪同"), choices=("是", "否"),
        help_zh="填“是”或“否”。", help_en="是 or 否.",
    ),
)  # fmt: skip

ITEM_ID = Column(
    "item_id", "考核项编号", "Item id", "code", required=True, mandatory=True,
    spellings=("编号", "项目编号", "考核编号", "检查项编号"),
    help_zh="考核项编号，不得改动。", help_en="Id of the item; do not change it.",
)  # fmt: skip

_ENCOUNTER = re.compile(r"(?:检查结果|检查情况|得分情况|结果)[(]?(厅堂|大厅|柜台|柜员)(\d*)[)]?")


def answer_column(header: str) -> Column | None:
    """The 检查结果 column of one encounter by its normalised header; None for other headers.

    Its id is `answer.<encounter>`: 检查结果(厅堂) is 0, 检查结果(柜台2) is 2. A plain 检查结果 is
    the declared column `answer`, whose encounter follows from each item's scope.
    """
    found = _ENCOUNTER.fullmatch(header)
    if found is None:
        return None
    place, number = found.groups()
    hall = place in ("厅堂", "大厅")
    if hall and number:
        return None
    encounter = 0 if hall else int(number or 1)
    if encounter > 99:
        return None
    zh = "检查结果（厅堂）" if hall else f"检查结果（柜台{encounter}）"
    en = "Answer (hall)" if hall else f"Answer (counter {encounter})"
    return Column(f"answer.{encounter}", zh, en, "text")


KIND = SheetKind(
    id="scorecard",
    zh="评分表",
    en="Scorecard",
    head=HEAD,
    columns=(
        ITEM_ID,
        Column(
            "item_text", "考核内容", "What is looked at", "text",
            spellings=("检查内容", "考核项", "检查项", "评分内容", "考核标准"),
            help_zh="考核项的文字，仅供阅读。", help_en="Wording of the item, for reading only.",
        ),
        Column(
            "points", "分值", "Points", "number",
            spellings=("标准分", "满分", "分数"),
            help_zh="考核项分值，仅供阅读。", help_en="Points of the item, for reading only.",
        ),
        Column(
            "answer", "检查结果", "Answer", "text",
            spellings=("检查情况", "结果", "考核结果"),
            help_zh="是/否、等级、次数或分钟数；不适用时填“不适用”。空白不等于不适用。",
            help_en="Yes/no, level, count or minutes; 不适用 if it does not apply. "
            "Blank is not the same.",
        ),
        Column(
            "not_applicable", NOT_APPLICABLE, "Not applicable", "yes_no",
            spellings=("是否不适用", "不适用项", "N/A", "NA"), choices=("√",),
            help_zh="打“√”表示该项所有空白的检查结果均不适用。",
            help_en="√ means: does not apply to every blank answer of the item.",
        ),
        Column(
            "reason", "扣分原因", "Reason", "text",
            spellings=("扣分说明", "原因", "备注", "问题描述", "情况说明"),
            help_zh="写所见事实，不写员工、客户姓名。",
            help_en="What was seen; no names of staff or customers.", prose=True,
        ),
    ),
    key=("visit_id", "encounter", "item_id"),
    consolidated=False,
    layout="one_visit",
    table="answer",
    help_zh="一次暗访一个工作簿；有几位柜员接待就填几列检查结果。",
    help_en="One workbook per visit; one answer column for each counter encounter.",
    by_name=answer_column,
)  # fmt: skip
