"""List of scorecards (评分汇总表): one row per visit and encounter, one column per item id."""

from __future__ import annotations

import re

from pipeline.sheets.declaration import Column, SheetKind
from pipeline.sheets.scorecard import HEAD

# An item id as editions write it: letters, then digits or parts joined by "-", "." or "_".
_ITEM = re.compile(r"[A-Za-z]{1,12}[A-Za-z0-9]*(?:[-._][A-Za-z0-9]+)*")
_DIGIT = re.compile(r"\d")


def item_column(header: str) -> Column | None:
    """The column of one item by its id; None for a header that cannot be an item id."""
    if _ITEM.fullmatch(header) is None or _DIGIT.search(header) is None:
        return None
    return Column(header, header, header, "text")


KIND = SheetKind(
    id="scorecards",
    zh="评分汇总表",
    en="Scorecard list",
    columns=(
        *HEAD,
        Column(
            "encounter", "次序", "Encounter", "count", required=True, mandatory=True,
            spellings=("接待次序", "柜台次序", "接待序号", "柜员次序"), minimum=0, maximum=99,
            help_zh="0 为厅堂（整次暗访），1、2… 为第几位柜员接待。",
            help_en="0 is the hall (the whole visit), 1, 2 … the counter encounters.",
        ),
    ),
    key=("branch_code", "round", "edition", "visit_date", "time_in", "encounter"),
    layout="visit_list",
    table="answer",
    help_zh="一次暗访的厅堂和每位柜员各占一行，每个考核项编号一列。",
    help_en="One row for the hall and for each counter encounter, one column per item id.",
    by_name=item_column,
)  # fmt: skip
