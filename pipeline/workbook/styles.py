"""Which cell formats of a workbook mean a date or a percentage."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache

# ECMA-376 18.8.30; 27-36 and 50-58 are the Chinese built-ins, all dates.
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_PERCENTS = {9, 10}
_SILENT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)


@dataclass(frozen=True)
class Styles:
    """Indexes of cell formats (the `s` of a cell) by what they mean, and the date system."""

    dates: frozenset[int] = frozenset()
    percents: frozenset[int] = frozenset()
    date1904: bool = False


def meaning(number_format: int, code: str | None) -> str:
    """`date`, `percent` or "" of a number format id and its own code, if it has one."""
    if code is None:
        if number_format in _DATES:
            return "date"
        return "percent" if number_format in _PERCENTS else ""
    bare = _SILENT.sub("", code.partition(";")[0])
    if "%" in bare:
        return "percent"
    if re.search(r"general", bare, re.I):
        return ""
    return "date" if re.search(r"[ymdhs]", bare, re.I) else ""


@lru_cache(maxsize=32)  # a year of scorecards comes from one template
def read_styles(xml: bytes) -> Styles:
    """The styles of `xl/styles.xml`, whose prolog was inspected before (`package.py`)."""
    if not xml:
        return Styles()
    root = ET.fromstring(xml)
    codes = {
        int(e.get("numFmtId", -1)): e.get("formatCode", "")
        for e in root.iterfind("{*}numFmts/{*}numFmt")
    }
    meanings = [
        meaning(number, codes.get(number))
        for number in (int(e.get("numFmtId", 0)) for e in root.iterfind("{*}cellXfs/{*}xf"))
    ]
    return Styles(
        frozenset(i for i, m in enumerate(meanings) if m == "date"),
        frozenset(i for i, m in enumerate(meanings) if m == "percent"),
    )
