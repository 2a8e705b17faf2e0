"""The shape of a sheet kind. One declaration; suites, templates, tables and help derive from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal[
    "code",  # an identifier: text, always; leading zeros count
    "text",
    "count",  # whole number >= 0
    "money",  # DECIMAL(18,2) in yuan; the sheet may say 元, 万元 or 亿元
    "number",  # DOUBLE
    "rate",  # share stored 0-1
    "date",
    "time",  # HH:MM of a day
    "month",  # stored as text YYYY-MM
    "year",
    "yes_no",
]
# How a performance column adds up over time (design §3).
Over = Literal["flow", "stock_end", "stock_mean"]
Filler = Literal["office", "branch"]  # 系统取数 / 网点填报
ROUND = "20[0-9]{2}Q[1-4]"  # rounds of visits are named after their quarter


@dataclass(frozen=True)
class Column:
    """One column: `id` is the name in the warehouse, `zh` the header the template prints."""

    id: str
    zh: str
    en: str
    type: ColumnType
    required: bool = False  # the header must be there
    mandatory: bool = False  # a blank cell is an error, not a missing value
    spellings: tuple[str, ...] = ()  # other headers that mean the same
    unit: str = ""  # 元, 人, 户, 次 …
    over: Over | None = None
    filler: Filler = "office"
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    help_zh: str = ""
    help_en: str = ""
    derived: bool = False  # made by parse from other columns; never on the sheet itself
    pattern: str = ""  # the whole text must match this; the help text says how it is written
    prose: bool = False  # free text: whoever writes it may name a person


@dataclass(frozen=True)
class Comparison:
    """A rule between two columns of one row: `left` <= `right` (both given)."""

    id: str
    left: str
    right: str
    severity: Literal["error", "warning"]
    zh: str
    en: str


@dataclass(frozen=True)
class SheetKind:
    """One kind of sheet (design §4)."""

    id: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    head: tuple[Column, ...] = ()  # pairs label -> value above the table (one-visit scorecard)
    key: tuple[str, ...] = ()  # columns that identify a row; twice the same key is a finding
    comparisons: tuple[Comparison, ...] = ()
    consolidated: bool = True  # an error costs the row only; False: it costs the workbook
    layout: Literal["list", "one_visit", "visit_list"] = "list"
    table: str = ""  # fact table of the warehouse that the rows go to
    help_zh: str = ""
    help_en: str = ""
    jumps: tuple[str, ...] = field(default=())  # columns watched for x1/3 .. x3 month on month
    by_name: Callable[[str], Column | None] | None = field(default=None, compare=False)

    def column(self, id: str) -> Column:
        """The column or head field called `id`; KeyError if there is none."""
        for column in (*self.columns, *self.head):
            if column.id == id:
                return column
        raise KeyError(id)
