"""Numbers as people read them on a terminal."""

from __future__ import annotations

from math import floor, isfinite, log10

_MOST = 15  # decimals


def plain(value: float, digits: int = 6) -> str:
    """So many significant digits, or all whole ones, thousands apart; never an exponent."""
    if value == 0 or not isfinite(value):
        return f"{value:g}"
    places = min(max(digits - floor(log10(abs(value))) - 1, 0), _MOST)
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
