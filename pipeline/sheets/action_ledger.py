"""Ledger of corrective actions (整改台账), kept by the office."""

from __future__ import annotations

from dataclasses import replace

from pipeline.sheets.actions import BRANCH_CODE, ISSUE_ID, ITEM_ID
from pipeline.sheets.declaration import ROUND, Column, SheetKind

STATES = ("待整改", "已回复", "退回", "已销号")

KIND = SheetKind(
    id="action_ledger",
    zh="整改台账",
    en="Corrective action ledger",
    columns=(
        replace(ISSUE_ID, filler="office"),
        replace(BRANCH_CODE, filler="office"),
        Column(
            "round", "轮次", "Round", "text", required=True, mandatory=True,
            spellings=("暗访轮次", "检查轮次", "批次"),
            help_zh="发现问题的轮次，按季度命名，写成 2026Q3 的样式。",
            help_en="Round of the issue, named after its quarter: write it like 2026Q3.",
            pattern=ROUND,
        ),
        replace(ITEM_ID, filler="office"),
        Column(
            "issued_date", "下发日期", "Issued on", "date", required=True, mandatory=True,
            spellings=("下发时间", "通知日期", "整改通知日期"),
            help_zh="下发整改通知的日期。", help_en="Day the action was issued.",
        ),
        Column(
            "due_date", "到期日", "Due on", "date", required=True, mandatory=True,
            spellings=("到期日期", "整改期限", "截止日期", "应完成日期"),
            help_zh="整改期限。", help_en="Day it is due.",
        ),
        Column(
            "done_date", "整改日期", "Done on", "date",
            spellings=("完成日期", "整改完成日期"),
            help_zh="网点完成整改的日期；未完成留空。", help_en="Blank while not done.",
        ),
        Column(
            "closed_date", "销号日期", "Closed on", "date",
            spellings=("销号时间", "核销日期", "办结日期"),
            help_zh="办公室销号的日期；未销号留空。", help_en="Blank while open.",
        ),
        Column(
            "state", "状态", "State", "text", required=True, mandatory=True,
            spellings=("整改状态", "进度", "当前状态"), choices=STATES,
            help_zh="待整改、已回复、退回或已销号。",
            help_en="To do, answered, sent back or closed.",
        ),
    ),
    key=("issue_id",),
    table="corrective_action",
    help_zh="全部整改问题，一行一个。",
    help_en="All corrective actions, one row each.",
)  # fmt: skip
