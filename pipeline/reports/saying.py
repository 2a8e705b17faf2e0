"""Sentences out of figures: what is printed and where it comes from are one thing.

A slot of a sentence takes a `Figure` (a number with its source), a name or words as text, never a
bare number: mypy and the tests hold it.
"""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from pipeline import periods
from pipeline.reports.blocks import Evidence, Reckoned, Sentence
from pipeline.reports.figures import Language
from pipeline.reports.words import template

DASH = "—"
_WAN = 10_000


@dataclass(frozen=True)
class Figure:
    """A number as it is printed, and where it comes from."""

    text: str
    source: Evidence | Reckoned


Slot = Figure | Sentence | str  # a clause is a sentence too


def say(lang: Language, key: str, /, **slots: Slot) -> Sentence:
    """The sentence `key` with its slots filled. KeyError if there is none."""
    return fill(template(lang, key), **slots)


def fill(text: str, /, **slots: Slot) -> Sentence:
    """A sentence of any template, e.g. of `audits.statistics.words`."""
    shown = {k: v if isinstance(v, str) else v.text for k, v in slots.items()}
    used = [s for v in slots.values() for s in _sources(v)]
    return Sentence(
        text.format(**shown),
        tuple(s for s in used if isinstance(s, Evidence)),
        tuple(s for s in used if isinstance(s, Reckoned)),
    )


def _sources(slot: Slot) -> tuple[Evidence | Reckoned, ...]:
    if isinstance(slot, Sentence):
        return (*slot.evidence, *slot.reckoned)
    return (slot.source,) if isinstance(slot, Figure) else ()


def join(lang: Language, *sentences: Sentence | None) -> Sentence:
    """Several sentences as one paragraph."""
    said = [s for s in sentences if s is not None and s.text]
    return Sentence(
        ("" if lang == "zh" else " ").join(s.text.strip() for s in said),
        tuple(e for s in said for e in s.evidence),
        tuple(r for s in said for r in s.reckoned),
    )


def share(source: Evidence | Reckoned, digits: int = 1) -> Figure:
    """A share as 76.9%; a missing one as a dash."""
    value = source.value
    return Figure(DASH if value is None else f"{rounded(value * 100, digits)}%", source)


def pp(source: Evidence | Reckoned, signed: bool = True, digits: int = 1) -> Figure:
    """A difference of shares in percentage points, without the unit: +1.2."""
    value = source.value
    if value is None:
        return Figure(DASH, source)
    points = rounded(value * 100, digits)
    said = f"{points:+}" if signed and points else f"{abs(points)}"
    return Figure(said.replace("-", "−"), source)


def number(source: Evidence | Reckoned, digits: int = 1) -> Figure:
    """A number with so many decimals."""
    value = source.value
    return Figure(DASH if value is None else f"{rounded(value, digits):,}", source)


def exact(source: Evidence | Reckoned) -> Figure:
    """Points with the decimals that they have, two at most: 2, 1.5, 1.25."""
    return Figure(DASH if source.value is None else points(source.value), source)


def points(value: float) -> str:
    """See :func:`exact`."""
    return f"{rounded(value, 2):,f}".rstrip("0").rstrip(".")


def rounded(value: float, digits: int) -> Decimal:
    """Half away from zero, as tables, Excel and pages round: 91.25 is 91.3 everywhere."""
    exact = Decimal(f"{value:.15g}")
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def rare(source: Evidence | Reckoned) -> Figure:
    """How many chance alone would give: with as many decimals as tell it from nothing."""
    return number(source, _rare_digits(source.value or 0.0))


def rare_words(value: float) -> str:
    """The same of a number, for a page: 0.04 is not 0.0 there either."""
    return f"{rounded(value, _rare_digits(value)):,}"


def _rare_digits(value: float) -> int:
    size = abs(value)
    return 1 if size >= 0.05 or not size else 2 if size >= 0.005 else 3


def direction(difference: Evidence | Reckoned) -> Literal["more", "less", "same"]:
    """Which side of nothing a difference of shares is, as it is printed."""
    value = difference.value or 0.0
    if pp(difference, signed=False).text == "0.0":
        return "same"
    return "more" if value > 0 else "less"


def whole(source: Evidence | Reckoned) -> Figure:
    """A number of things."""
    return number(source, 0)


def in_unit(source: Evidence | Reckoned, unit: str, digits: int = 2) -> Figure:
    """A stored value in the unit of its metric: shares × 100, money in 10,000 yuan."""
    value = as_unit(source.value, unit)
    return Figure(DASH if value is None else f"{rounded(value, digits):,}", source)


def as_unit(value: float | None, unit: str) -> float | None:
    """See :func:`in_unit`."""
    if value is None:
        return None
    if unit in ("%", "pp"):
        return value * 100
    return value / _WAN if unit == "万元" else value


def period_words(period: str, lang: Language) -> str:
    """2026Q3 as 2026年第三季度, Q3 2026."""
    return periods.label(period, lang)


def date_words(day: str, lang: Language) -> str:
    """An ISO date as 2026年10月9日, 9 October 2026."""
    year, month, date = day.split("-")
    if lang == "zh":
        return f"{year}年{int(month)}月{int(date)}日"
    return f"{int(date)} {month_name[int(month)]} {year}"


def clipped(text: str, length: int) -> str:
    """Text of others, cut where it would not fit."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip("，、；,; ") + "…"
