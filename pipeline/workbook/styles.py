"""Which cell formats of a workbook mean a date or a percentage, or show another number."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache

# ECMA-376 18.8.30; 27-36 and 50-58 are the Chinese built-ins, all dates.
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_PERCENTS = {9, 10}
# A comma after the last digit divides by a thousand: 0.0, shows 12345 as 12.3. A point that is only
# written, or `!` in front of it as Chinese offices do for 万 (0!.0,), moves it once more.
_THOUSANDS = re.compile(r"[0#?.],+(?![0#?,.])")
_WRITTEN_POINT = re.compile(r'[0#?](?:"[^"]*\."|[\\!]\.)[0#?]')
_SILENT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)


@dataclass(frozen=True)
class Styles:
    """Indexes of cell formats (the `s` of a cell) by what they mean, and the date system."""

    dates: frozenset[int] = frozenset()
    percents: frozenset[int] = frozenset()
    date1904: bool = False
    scaled: frozenset[int] = frozenset()

    @classmethod
    def of(cls, meanings: list[str]) -> Styles:
        """By the :func:`meaning` of each format."""
        dates, percents, scaled = (
            frozenset(i for i, m in enumerate(meanings) if m == wanted)
            for wanted in ("date", "percent", "scaled")
        )
        return cls(dates, percents, scaled=scaled)

    def flag(self, style: int) -> str:
        """What is to be known of a number in this format that is no date."""
        return "percent" if style in self.percents else "scaled" if style in self.scaled else ""


def meaning(number_format: int, code: str | None) -> str:
    """`date`, `percent`, `scaled` or "" of a number format id and its own code, if it has one."""
    if code is None:
        if number_format in _DATES:
            return "date"
        return "percent" if number_format in _PERCENTS else ""
    first = code.partition(";")[0]
    bare = _SILENT.sub("", first)
    if "%" in bare:
        return "percent"
    if _THOUSANDS.search(bare.replace("!.", "")) or _WRITTEN_POINT.search(first):
        return "scaled"
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
    return Styles.of(meanings)
