"""When a shopper is free (可用日期): ranges, single days, weekdays, halves of the day, as written.

“2026-10-01 至 2026-10-20；周一、周三” is those weekdays within that range. Several ranges add up,
several weekdays add up; 上午 or 下午 behind a weekday or alone narrows it. Blank: every day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

_DAY = r"(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?"
# a single hyphen is also what stands inside a date
_HYPHEN = r"(?<=日)-|-(?=\d{4}[-./年])|-(?=\d{1,2}[./月])"
_RANGE = re.compile(rf"{_DAY}(?:至|到|~|—+|–|--|{_HYPHEN})(?:{_DAY}|(\d{{1,2}})日)")
_SINGLE = re.compile(_DAY)
_MONTH = re.compile(r"(?:(\d{4})[-./年])?(\d{1,2})月(?:份)?")
_WEEK = "一二三四五六日"
_WEEKDAY = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])(?:(?:至|到|~|—+|–|-)(?:周|星期|礼拜)?([一二三四五六日天]))?(上午|下午)?"
)
_HALF = re.compile(r"上午|下午")
_ALWAYS = re.compile(r"(?:每天|每日|任意|不限|随时|全部|均可|都可以?|全天)(?:日期|时间)?")
_WORKDAYS, _WEEKENDS = re.compile(r"工作日"), re.compile(r"周末|双休日")
_REST = re.compile(r"[\s,，、;；。.和及与或/()]+")
_HALVES = {"上午": (0,), "下午": (1,)}


@dataclass
class _Said:
    ranges: list[tuple[date, date]] = field(default_factory=list)
    weekdays: dict[int, set[int]] = field(default_factory=dict)  # weekday -> halves
    halves: set[int] = field(default_factory=set)


def free_half_days(text: str | None, days: Iterable[date]) -> frozenset[tuple[date, int]] | None:
    """The half-days (0 morning, 1 afternoon) among `days`; None if the text is not understood.

    Dates without a year are of the year of `days` that they fall in.
    """
    wanted = sorted(set(days))
    said = _read(text or "", sorted({d.year for d in wanted}))
    if said is None:
        return None
    found: set[tuple[date, int]] = set()
    for day in wanted:
        if said.ranges and not any(a <= day <= b for a, b in said.ranges):
            continue
        if said.weekdays and day.weekday() not in said.weekdays:
            continue
        halves = said.weekdays.get(day.weekday()) or said.halves or {0, 1}
        found |= {(day, h) for h in halves}
    return frozenset(found)


def _read(text: str, years: list[int]) -> _Said | None:
    """What the text says; None if something in it was not understood."""
    rest = unicodedata.normalize("NFKC", text).replace(" ", "")
    said = _Said()
    try:
        rest = _RANGE.sub(lambda m: _range(said, m, years), rest)
        rest = _SINGLE.sub(lambda m: _single(said, m, years), rest)
        rest = _MONTH.sub(lambda m: _month(said, m, years), rest)
    except ValueError:  # the 31st of June
        return None
    rest = _WEEKDAY.sub(lambda m: _weekday(said, m), rest)
    for pattern, weekdays in ((_WORKDAYS, range(5)), (_WEEKENDS, range(5, 7))):
        if pattern.search(rest):
            rest = pattern.sub("", rest)
            for one in weekdays:
                said.weekdays.setdefault(one, set())
    for half in _HALF.findall(rest):
        said.halves.update(_HALVES[half])
    rest = _REST.sub("", _ALWAYS.sub("", _HALF.sub("", rest)))
    for weekday, halves in said.weekdays.items():
        said.weekdays[weekday] = halves or set(said.halves) or {0, 1}
    return None if rest else said


def _days(years: list[int], year: str | None, month: str, day: str) -> list[date]:
    return [date(int(y), int(month), int(day)) for y in ([year] if year else years)]


def _range(said: _Said, match: re.Match[str], years: list[int]) -> str:
    y1, m1, d1, y2, m2, d2, only = match.groups()
    last = (y2 or y1, m1, only) if only else (y2 or y1, m2, d2)
    starts, ends = _days(years, y1, m1, d1), _days(years, *last)
    if len(starts) > len(ends):
        starts = starts[-1:]
    said.ranges += zip(starts, ends, strict=True)
    return ""


def _single(said: _Said, match: re.Match[str], years: list[int]) -> str:
    said.ranges += [(d, d) for d in _days(years, *match.groups())]
    return ""


def _month(said: _Said, match: re.Match[str], years: list[int]) -> str:
    year, month = match.groups()
    for first in _days(years, year, month, "1"):
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        said.ranges.append((first, date.fromordinal(after.toordinal() - 1)))
    return ""


def _weekday(said: _Said, match: re.Match[str]) -> str:
    first, last, half = match.groups()
    start = _WEEK.index(first.replace("天", "日"))
    end = _WEEK.index(last.replace("天", "日")) if last else start
    for step in range((end - start) % 7 + 1):
        said.weekdays.setdefault((start + step) % 7, set()).update(_HALVES.get(half, ()))
    return ""
