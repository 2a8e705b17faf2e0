"""The shape of a metric (指标) and of a mart. Declared once; dictionary, help, checks derive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

Form = Literal["ratio", "amount", "difference", "ratio_of_ratios"]
Direction = Literal["up", "down", "none"]
# Which months of the mart a component adds up, for a period ending with month M:
#   period       the months of the period
#   end          the last month of the period
#   before       the last month before the period starts
#   year_start   December of the year before the period's year
#   year_ago     the same months one year earlier
#   year_ago_end the last of them
#   year         all months of the period's year up to M
#   to_date      every month up to M
Window = Literal[
    "period", "end", "before", "year_start", "year_ago", "year_ago_end", "year", "to_date"
]
# Whether the effect of the introduction is estimated (statistics §2): `suitable` outcomes mean the
# same before and after and do not grow with the size of a branch (a sum of yuan does); `redefined`
# ones came with the introduction or count it, and are refused by name; the rest is not looked at.
Introduction = Literal["", "suitable", "redefined"]


@dataclass(frozen=True)
class Mart:
    """A named table at a stated grain, a pure function of the facts of a publication.

    Every mart has `branch_code` and `month` (YYYY-MM). `fact` and `keys` say which rows of which
    fact table stand behind a row of the mart: that is how `explain` finds the cells.
    """

    id: str
    grain: tuple[str, ...]
    fact: str
    keys: tuple[str, ...]
    build: Callable[[Any], pl.DataFrame]


@dataclass(frozen=True)
class Component:
    """One sum: over the rows of a mart in a window, where a condition holds, of a row value.

    `value` and `where` take the Ibis table of the mart and give row expressions; the sum over
    the hierarchy is made by `measure`, so no level is ever a mean of ratios. `mean` divides by
    the number of months in the window that have rows (stock_mean columns, averages of staff).

    A row enters a pair of components of one mart and window only when every side whose condition
    it meets has its value: a branch that left one column blank leaves both sums.

    `keys` says where the cells of the component lie when they are not in the row's own fact: pairs
    (key of the fact, column of the mart; a list column stands for several facts). `fact` names
    another fact table. `since`: the mart column with the first month of several that were added up.
    """

    mart: str
    value: Callable[[Any], Any]
    sources: tuple[str, ...]  # columns of the mart's fact table whose cells enter
    where: Callable[[Any], Any] | None = None
    window: Window = "period"
    mean: bool = False
    fact: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    since: str = ""


@dataclass(frozen=True)
class Metric:
    """One entry of the metric dictionary.

    ratio: parts = (numerator, denominator). amount: (amount,). difference: (a, b) = a - b.
    ratio_of_ratios: (a, b, c, d) = (a/b) / (c/d). A difference of two ratios (speak_up_gap) is
    form `difference` with four parts: a/b - c/d.
    """

    id: str
    zh: str
    en: str
    form: Form
    parts: tuple[Component, ...]
    unit: str  # %, pp, 万元, 户, 分, ‱, ratio
    direction: Direction
    formula_zh: str
    formula_en: str
    minimum: float = 1.0  # smallest denominator that is published; below: insufficient
    scale: float = 1.0  # complaints: per 10,000
    version: int = 1
    observed: bool | None = None  # True: seen by shoppers; False: self-declared on sheets
    note_zh: str = ""
    note_en: str = ""
    adoption: bool = False  # has a meaning only where the process was introduced
    introduction: Introduction = ""
