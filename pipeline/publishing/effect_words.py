"""An effect in words: the sentence of its verdict, with figures in the unit of the metric."""

from __future__ import annotations

from typing import Literal

from audits.statistics.effect import Effect
from audits.statistics.words import explained

Language = Literal["zh", "en"]
_WAN = 10_000


def change(value: float, unit: str, lang: Language) -> str:
    """A change with its sign: 0.052 of a share → +5.2 个百分点; other units as they are written."""
    if unit in ("%", "pp"):
        return f"{100 * value:+.1f}" + (" 个百分点" if lang == "zh" else " pp")
    if unit == "万元":
        return f"{value / _WAN:+,.4g}" + (" 万元" if lang == "zh" else " (10,000 yuan)")
    return f"{value:+.4g}" + (f" {unit}" if unit == "‱" else "")


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
