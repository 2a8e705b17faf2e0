"""An effect in words: the sentence of its verdict, with figures in the unit of the metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from audits.statistics.effect import Effect
from audits.statistics.words import explained

Language = Literal["zh", "en"]
_THOUSAND, _WAN, _MILLION = 1_000, 10_000, 1_000_000


def change(value: float, unit: str, lang: Language, beside: Sequence[float] = ()) -> str:
    """A change with its sign: 0.052 of a share → +5.2 个百分点, 12,340 yuan → +1.23 万元.

    `beside`: figures that stand in one row with it, so that all of them are in one unit.
    """
    most = max(abs(v) for v in (value, *beside))
    if unit in ("%", "pp"):
        said = f"{100 * value:+.1f}"
        return (_minus(said) if float(said) else "0.0") + (" 个百分点" if lang == "zh" else " pp")
    if unit == "万元":
        return _money(value, most, lang)
    return _figure(value) + ({"zh": "（每万）", "en": " per 10,000"}[lang] if unit == "‱" else "")


def _money(value: float, most: float, lang: Language) -> str:
    if lang == "zh":
        wan = most >= _WAN / 10
        return _figure(value / _WAN if wan else value) + (" 万元" if wan else " 元")
    for least, unit in ((_MILLION, "million "), (_THOUSAND, "thousand ")):
        if most >= least:
            return f"{_figure(value / least)} {unit}yuan"
    return _figure(value) + " yuan"


def _figure(value: float) -> str:
    """Three digits that count, two below one: more would be precision nobody has measured."""
    size = abs(value)
    if size < 1:
        return _minus(f"{value:+.2g}" if size >= 1e-4 or not size else f"{value:+.1e}")
    return _minus(f"{value:+,.{2 if size < 10 else 1 if size < 100 else 0}f}")


def _minus(said: str) -> str:
    """A minus for a hyphen, at the head alone: an exponent keeps its own."""
    return said.replace("-", "−", 1) if said.startswith("-") else said


def reason(found: Effect, unit: str, lang: Language) -> str:
    """Why the verdict is what it is, in one sentence."""
    slots, overall = dict(found.slots), found.overall
    if found.reason.startswith("says_") and overall is not None:
        assert overall.low is not None and overall.high is not None
        slots |= {
            "change": change(overall.estimate, unit, lang, (overall.low, overall.high)),
            "low": change(overall.low, unit, lang, (overall.estimate, overall.high)),
            "high": change(overall.high, unit, lang, (overall.estimate, overall.low)),
            "n": overall.n,
            "clusters": overall.clusters,
        }
    return explained("effect").phrase(found.reason, lang, **slots)
