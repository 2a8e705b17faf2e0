"""Ledger of appeals (申诉台账): items of a visit that a branch contested."""

from __future__ import annotations

from pipeline.sheets.declaration import ROUND, Column, SheetKind

OUTCOMES = ("成立", "部分成立", "不成立", "待处理")

KIND = SheetKind(
    id="appeals",
    zh="申诉台账",
    en="Appeals",
    columns=(
        Column(
            "appeal_id", "申诉编号", "Appeal id", "code", required=True, mandatory=True,
            spellings=("申诉号", "申诉单号"),
            help_zh="每项申诉一个编号。", help_en="One id for each appeal.",
        ),
        Column(
            "branch_code", "网点代码", "Branch code", "code", required=True, mandatory=True,
            spellings=("机构代码", "网点号", "网点编号", "网点编码", "机构号", "行号"),
            filler="branch",
            help_zh="文本格式，保留前面的 0。", help_en="Text, keep leading zeros.",
        ),
        Column(
            "round", "轮次", "Round", "text", required=True, mandatory=True,
            spellings=("暗访轮次", "检查轮次", "批次"), filler="branch",
            help_zh="轮次按季度命名，写成 2026Q3 的样式。",
            help_en="A round is named after its quarter: write it like 2026Q3.", pattern=ROUND,
        ),
        Column(
            "edition", "版本", "Edition", "text",
            spellings=("评分表版本", "标准版本", "评分标准版本"), filler="branch",
            help_zh="评分标准版本编号，如 covert-1。", help_en="Id of the edition, e.g. covert-1.",
        ),
        Column(
            "visit_date", "暗访日期", "Visit date", "date",
            spellings=("检查日期", "到访日期"), filler="branch",
            help_zh="被申诉暗访的日期。", help_en="Day of the contested visit.",
        ),
        Column(
            "item_id", "考核项编号", "Item id", "code", required=True, mandatory=True,
            spellings=("考核编号", "检查项编号", "项目编号"), filler="branch",
            help_zh="申诉的考核项。", help_en="The contested item.",
        ),
        Column(
            "filed_date", "申诉日期", "Filed on", "date", required=True, mandatory=True,
            spellings=("提出日期", "申诉时间", "提交日期"), filler="branch",
            help_zh="提出申诉的日期。", help_en="Day the appeal was filed.",
        ),
        Column(
            "reason", "申诉理由", "Reason", "text",
            spellings=("理由", "申诉内容", "申诉说明"), filler="branch",
            help_zh="写事实，不写客户、员工姓名。",
            help_en="Facts; no names of customers or staff.", prose=True,
        ),
        Column(
            "outcome", "处理结果", "Outcome", "text", required=True,
            spellings=("申诉结果", "裁定结果", "处理意见"), choices=OUTCOMES,
            help_zh="成立、部分成立、不成立或待处理。",
            help_en="Upheld, partly upheld, rejected or pending.",
        ),
        Column(
            "decided_date", "处理日期", "Decided on", "date",
            spellings=("裁定日期", "处理时间", "办结日期"),
            help_zh="作出处理的日期；待处理留空。", help_en="Blank while pending.",
        ),
    ),
    key=("appeal_id",),
    table="appeal",
    help_zh="每项申诉一行。",
    help_en="One row per appeal.",
)  # fmt: skip
