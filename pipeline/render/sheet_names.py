"""Names of sheets that Excel, WPS and LibreOffice accept, each once in a workbook."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 31  # UTF-16 units, ECMA-376 18.2.19 as Excel enforces it
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")
_RESERVED = {"history"}  # Excel keeps it for itself


def sheet_names(titles: Sequence[str]) -> list[str]:
    """Unique names, upper and lower case being the same to Excel; a title too long is cut."""
    names: list[str] = []
    taken = set(_RESERVED)
    for title in titles:
        base = _FORBIDDEN.sub(" ", title).strip(" '") or "-"
        name, number = _cut(base, _LONGEST), 1
        while name.casefold() in taken:
            number += 1
            tail = f"_{number}"
            name = _cut(base, _LONGEST - len(tail)) + tail
        taken.add(name.casefold())
        names.append(name)
    return names


def _cut(text: str, units: int) -> str:
    while len(text.encode("utf-16-le")) > 2 * units:
        text = text[:-1]
    return text.rstrip(" '") or "-"
