"""An effect in words: the sentence of its verdict, with figures in the unit of the metric."""

from __future__ import annotations

from typing import Literal

from audits.statistics.effect import Effect
from audits.statistics.words import explained

Language = Literal["zh", "en"]
_WAN = 10_000


def change(value: float, unit: str, lang: Language) -> str:
    """A change with its sign: 0.052 of a share → +5.2 个百分点, 12,340 yuan → +1.23 万元."""
    if unit in ("%", "pp"):
        return f"{100 * value:+.1f}" + (" 个百分点" if lang == "zh" else " pp")
    if unit == "万元" and abs(value) < _WAN / 10:
        return _figure(value) + (" 元" if lang == "zh" else " yuan")
    if unit == "万元":
        return _figure(value / _WAN) + (" 万元" if lang == "zh" else " (10,000 yuan)")
    return _figure(value) + ({"zh": "（每万）", "en": " per 10k"}[lang] if unit == "‱" else "")


def _figure(value: float) -> str:
    """Three digits that count, two below one: more would be precision nobody has measured."""
    size = abs(value)
    if size < 1:
        return f"{value:+.2g}" if size >= 1e-4 or not size else f"{value:+.1e}"
    return f"{value:+,.{2 if size < 10 else 1 if size < 100 else 0}f}"


def reason(found: Effect, unit: str, lang: Language) -> str:
    """Why the verdict is what it is, in one sentence."""
    slots, overall = dict(found.slots), found.overall
    if found.reason.startswith("says_") and overall is not None:
        assert overall.low is not None and overall.high is not None
        slots |= {
            "change": change(overall.estimate, unit, lang),
            "low": change(overall.low, unit, lang),
            "high": change(overall.high, unit, lang),
            "n": overall.n,
            "clusters": overall.clusters,
        }
    return explained("effect").phrase(found.reason, lang, **slots)
