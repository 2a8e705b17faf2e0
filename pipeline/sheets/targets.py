"""Yearly targets (计划目标): one row per branch, year and product."""

from __future__ import annotations

from pipeline.sheets.declaration import Column, SheetKind
from pipeline.sheets.performance import KIND as PERFORMANCE

PRODUCTS = tuple(c.zh for c in PERFORMANCE.columns if c.over is not None)
UNITS = ("元", "万元", "亿元", "人", "人次", "户", "次", "笔", "天")

KIND = SheetKind(
    id="targets",
    zh="计划目标表",
    en="Targets",
    columns=(
        Column(
            "branch_code", "网点代码", "Branch code", "code", required=True, mandatory=True,
            spellings=("机构代码", "网点号", "网点编号", "网点编码", "机构号", "机构编码", "行号"),
            help_zh="文本格式，保留前面的 0。", help_en="Text, keep leading zeros.",
        ),
        Column(
            "branch_name", "网点名称", "Branch name", "text",
            spellings=("机构名称", "网点", "机构", "单位名称"),
            help_zh="用于核对代码。", help_en="To check the code against.",
        ),
        Column(
            "year", "年份", "Year", "year", required=True, mandatory=True,
            spellings=("年度", "计划年度", "目标年份"), minimum=2000, maximum=2100,
            help_zh="四位年份，如 2026。", help_en="Four digits, e.g. 2026.",
        ),
        Column(
            "product", "产品", "Product", "text", required=True, mandatory=True,
            spellings=("指标", "产品名称", "指标名称", "计划项目", "项目"), choices=PRODUCTS,
            help_zh="业绩报表的列名，如“储蓄存款日均”。",
            help_en="A column of the performance sheet by name, e.g. 储蓄存款日均.",
        ),
        Column(
            "product_id", "产品列名", "Product column", "text", derived=True,
            help_zh="由“产品”一列得出。", help_en="Derived from the product column.",
        ),
        Column(
            "target", "目标值", "Target", "money", required=True, mandatory=True,
            spellings=("目标", "计划", "计划值", "年度计划", "年度目标", "任务数", "计划数"),
            help_zh="全年目标，按“单位”一列的单位填写。",
            help_en="Target of the whole year in the unit of the next column.",
        ),
        Column(
            "unit", "单位", "Unit", "text",
            spellings=("计量单位", "目标单位"), choices=UNITS,
            help_zh="金额填元、万元或亿元；其余填户、笔、次等。",
            help_en="元, 万元 or 亿元 for money; 户, 笔, 次 … otherwise.",
        ),
    ),
    key=("branch_code", "year", "product"),
    table="target",
    help_zh="每年一次，每个网点、每个产品一行。",
    help_en="Once a year, one row per branch and product.",
)  # fmt: skip
