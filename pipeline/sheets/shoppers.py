"""Shoppers (暗访员名册). Personal data: goes to the office database only."""

from __future__ import annotations

from pipeline.sheets.declaration import Column, SheetKind

KIND = SheetKind(
    id="shoppers",
    zh="暗访员名册",
    en="Shoppers",
    columns=(
        Column(
            "shopper_id", "暗访员编号", "Shopper id", "code", required=True, mandatory=True,
            spellings=("编号", "暗访人员编号", "检查员编号", "人员编号"),
            help_zh="文本格式，全省唯一。", help_en="Text, unique in the province.",
        ),
        Column(
            "name", "姓名", "Name", "text", required=True, mandatory=True,
            spellings=("暗访员姓名", "人员姓名"),
            help_zh="只存于办公室，任何输出都不含姓名。",
            help_en="Kept in the office only; no output carries it.",
        ),
        Column(
            "home_branch", "所属网点", "Home branch", "code",
            spellings=("所属机构", "所属网点代码", "所在网点", "工作网点"),
            help_zh="所属网点代码；不安排暗访本网点。",
            help_en="Code of the own branch, which is never assigned.",
        ),
        Column(
            "district", "居住区县", "District of residence", "text",
            spellings=("居住地", "居住区", "常住区县", "住址区县"),
            help_zh="用于就近安排。", help_en="Used to plan short ways.",
        ),
        Column(
            "available", "可用日期", "Available days", "text",
            spellings=("可用时间", "可安排日期", "可暗访日期"),
            help_zh="如“2026-09-01 至 2026-09-20；周一、周三”。",
            help_en="E.g. 2026-09-01 至 2026-09-20；周一、周三.",
        ),
        Column(
            "maximum_visits", "每轮上限", "Visits per round at most", "count",
            spellings=("每轮次数上限", "单轮上限", "最多次数"), unit="次", minimum=0, maximum=200,
            help_zh="每轮最多安排的次数。", help_en="Most visits assigned in one round.",
        ),
    ),
    key=("shopper_id",),
    table="shopper",
    help_zh="含个人信息，仅办公室可见。",
    help_en="Personal data, seen by the office only.",
)  # fmt: skip
