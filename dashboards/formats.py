"""How stored numbers are written: ratios are stored 0-1, money in yuan, missing is NULL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from dashboards.words import Words

DASH = "—"
_YUAN_IN_WAN = 10_000
_CODE = re.compile(r"(?<!\d)\d{6,12}(?!\d)")


def written(words: Words, value: float | None, unit: str) -> str:
    """`value` in the words of its unit: 0.8534 % → 85.3%, 1234567 万元 → 123.46 万元."""
    if value is None or value != value:
        return DASH
    if unit == "%":
        return f"{100 * value:.1f}%"
    if unit == "pp":
        return f"{100 * value:+.1f} {words.unit(unit)}"
    if unit == "万元":
        wan = value / _YUAN_IN_WAN
        return f"{wan:,.{2 if abs(wan) >= 1 else 4}f} {words.unit(unit)}"
    if unit == "户":
        return f"{value:,.0f} {words.unit(unit)}"
    if unit == "‱":
        return f"{value:.1f} ‱"
    return f"{value:,.2f}"


def apart(words: Words, before: float | None, now: float | None, unit: str) -> tuple[str, str]:
    """Two values that differ, written; with more decimals where they would look alike."""
    told = written(words, before, unit), written(words, now, unit)
    if told[0] != told[1] or before is None or now is None or before == now:
        return told
    scale = {"%": 100.0, "pp": 100.0, "万元": 1 / _YUAN_IN_WAN}.get(unit, 1.0)
    tail = unit if unit == "%" else f" {words.unit(unit)}" if unit in ("pp", "万元", "‱") else ""
    for digits in range(2, 9):
        told = tuple(f"{scale * v:,.{digits}f}{tail}" for v in (before, now))  # type: ignore[assignment]
        if told[0] != told[1]:
            break
    return told


def plain(value: object) -> str:
    """A number as it was counted, without a unit: 168.25, 1,234; anything else as text."""
    if value is None or value != value:
        return DASH
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.10g}"


def on_axis(value: float | None, unit: str) -> float | None:
    """The number that a chart or an export shows for `value`, in the unit that it names."""
    if value is None:
        return None
    if unit in ("%", "pp"):
        return 100 * value
    return value / _YUAN_IN_WAN if unit == "万元" else value


def points(value: float | None) -> str:
    """Points of a scorecard, 0-100."""
    return DASH if value is None else f"{value:.1f}"


def exact(value: float | None) -> str:
    """Points of items, with the decimals that they have, two at most: 2, 1.5, 1.25.

    Rounds half away from zero, as the documents do (pipeline.reports.saying.points).
    """
    if value is None:
        return DASH
    rounded = Decimal(f"{value:.15g}").quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:,f}".rstrip("0").rstrip(".")


def literal(text: str) -> str:
    """Text of others, with nothing in it that Markdown would read as a mark."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-.!|~$:" else c for c in text)


def named(text: str, names: Mapping[str, str]) -> str:
    """`text` with the codes of known branches by their names."""
    return _CODE.sub(lambda code: names.get(code[0], code[0]), text)
