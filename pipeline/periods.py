"""Periods (month 2026-09, quarter 2026Q3, year 2026) and the Chinese working calendar.

Periods are text everywhere, sorted as text within a kind. Public holidays and swapped workdays
come from `chinesecalendar`; for a year it does not know yet, Monday to Friday are taken, and
:func:`calendar_known` says so, so that a page can say it too.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Literal

PeriodKind = Literal["month", "quarter", "year"]
_MONTH = re.compile(r"^(\d{4})[-.年/]?(0?[1-9]|1[0-2])月?$")
_QUARTER = re.compile(r"^(\d{4})[-年]?(?:[Qq]([1-4])|第?([1-4一二三四])季度)$")
_YEAR = re.compile(r"^(\d{4})年?$")
_DIGIT = {"一": 1, "二": 2, "三": 3, "四": 4}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－．Ｑｑ", "0123456789-.Qq")
DUE_BUSINESS_DAY = 5  # default of the setting: fifth business day of the next month


def parse_period(text: str) -> str:
    """The canonical period of `text`: 2026-09, 2026Q3 or 2026. ValueError if it is none."""
    plain = text.strip().translate(_FULL_WIDTH).replace(" ", "")
    if m := _YEAR.match(plain):
        return m[1]
    if m := _QUARTER.match(plain):
        digit = m[2] or m[3]
        return f"{m[1]}Q{_DIGIT.get(digit) or int(digit)}"
    if m := _MONTH.match(plain):
        return f"{m[1]}-{int(m[2]):02d}"
    raise ValueError(f"not a period (2026-09, 2026Q3 or 2026): {text!r}")


def kind_of(period: str) -> PeriodKind:
    """`month`, `quarter` or `year` of a canonical period."""
    if "Q" in period:
        return "quarter"
    return "month" if "-" in period else "year"


def year_of(period: str) -> int:
    """The calendar year a period lies in."""
    return int(period[:4])


def months_of(period: str) -> list[str]:
    """The months (YYYY-MM) of a canonical period, in order."""
    year = period[:4]
    kind = kind_of(period)
    if kind == "month":
        return [period]
    first = 3 * int(period[5]) - 2 if kind == "quarter" else 1
    last = first + 2 if kind == "quarter" else 12
    return [f"{year}-{m:02d}" for m in range(first, last + 1)]


def last_month(period: str) -> str:
    """The last month of a period."""
    return months_of(period)[-1]


def shift_month(month: str, by: int) -> str:
    """The month `by` months later (earlier if negative)."""
    index = month_index(month) + by
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def month_index(month: str) -> int:
    """Months since year 0, so that differences of months are differences of numbers."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_of(day: date) -> str:
    """YYYY-MM of a date."""
    return f"{day.year:04d}-{day.month:02d}"


def quarter_of(month: str) -> str:
    """The quarter a month lies in."""
    return f"{month[:4]}Q{(int(month[5:7]) + 2) // 3}"


def previous(period: str) -> str:
    """The period of the same kind just before."""
    kind = kind_of(period)
    if kind == "year":
        return f"{int(period) - 1:04d}"
    if kind == "month":
        return shift_month(period, -1)
    return quarter_of(shift_month(months_of(period)[0], -1))


def year_before(period: str) -> str:
    """The same period one year earlier."""
    return f"{int(period[:4]) - 1:04d}{period[4:]}"


def periods_of(months: Iterable[str]) -> list[str]:
    """Every month, quarter and year that the months touch: months first, then quarters, years."""
    wanted = sorted(set(months))
    quarters = sorted({quarter_of(m) for m in wanted})
    return [*wanted, *quarters, *sorted({m[:4] for m in wanted})]


def elapsed_share(month: str) -> float:
    """Share of the year gone at the end of `month`: whole months of twelve (序时进度)."""
    return int(month[5:7]) / 12


def label(period: str, lang: str = "zh") -> str:
    """How a period is written on a page: 2026年9月, 2026年第三季度, 2026年; September 2026 …"""
    kind = kind_of(period)
    year = period[:4]
    if kind == "year":
        return f"{year}年" if lang == "zh" else year
    if kind == "quarter":
        number = int(period[5])
        return f"{year}年第{'一二三四'[number - 1]}季度" if lang == "zh" else f"Q{number} {year}"
    month = int(period[5:])
    return f"{year}年{month}月" if lang == "zh" else f"{_ENGLISH[month - 1]} {year}"


_ENGLISH = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@cache
def calendar_known(year: int) -> bool:
    """Whether the public holidays of `year` are known; if not, Monday to Friday are taken."""
    from chinese_calendar import is_holiday

    try:
        is_holiday(date(year, 12, 31))
    except NotImplementedError:
        return False
    return True


def is_open(day: date, weekend: bool = False) -> bool:
    """Whether a branch works on `day`. Swapped workdays count, public holidays do not.

    `weekend`: the branch opens on ordinary Saturdays and Sundays too (not on public holidays).
    """
    if not calendar_known(day.year):
        return weekend or day.weekday() < 5
    from chinese_calendar import get_holiday_detail

    off, name = get_holiday_detail(day)
    return not off or (weekend and name is None)


def days_of(month: str) -> list[date]:
    """All days of a month."""
    year, number = int(month[:4]), int(month[5:7])
    return [date(year, number, d) for d in range(1, monthrange(year, number)[1] + 1)]


@cache
def business_days(month: str, weekend: bool = False) -> tuple[date, ...]:
    """The days of `month` on which a branch works."""
    return tuple(d for d in days_of(month) if is_open(d, weekend))


@cache
def business_weeks(month: str, weekend: bool = False) -> int:
    """Weeks of `month` with at least one working day.

    A week (Monday to Sunday) belongs to the month of its Thursday, as in ISO 8601, so that every
    week counts in exactly one month.
    """
    thursdays = (d for d in days_of(month) if d.weekday() == 3)
    weeks = ([t + timedelta(days=i) for i in range(-3, 4)] for t in thursdays)
    return sum(any(is_open(d, weekend) for d in week) for week in weeks)


def due_date(period: str, nth: int = DUE_BUSINESS_DAY) -> date:
    """The `nth` business day after the period's end, when its sheets are due. ValueError: nth < 1.

    Raises no error across months: a large `nth` simply runs on.
    """
    if nth < 1:
        raise ValueError(f"business day {nth} of a month does not exist")
    day = days_of(last_month(period))[-1]
    while nth:
        day += timedelta(days=1)
        nth -= is_open(day)
    return day
