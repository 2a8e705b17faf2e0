"""What the tests of the procedures share: a calendar written from the State Council's notice."""

from __future__ import annotations

from datetime import date, timedelta

from audits.procedure import ROLES, Actor, Refused

# 国办发明电 for 2026: Spring Festival 15-23 February (worked: Saturdays 14 and 28 February),
# National Day 1-7 October (worked: Sunday 20 September, Saturday 10 October).
_OFF = {date(2026, 2, 15) + timedelta(days=n) for n in range(9)}
_OFF |= {date(2026, 10, 1) + timedelta(days=n) for n in range(7)}
_WORKED = {date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)}
EVERYBODY = (*ROLES, "stranger")


def works(day: date) -> bool:
    return day in _WORKED or (day not in _OFF and day.weekday() < 5)


def actor(role: str, branch: str | None = None, name: str | None = None) -> Actor:
    return Actor(name or f"某{role}", role, branch)


def is_told(refused: Refused) -> None:
    """A refusal is two whole sentences, 中文 and English."""
    assert refused.code
    assert refused.zh.endswith(("。", "head", "seal", "draft", "show", "open", "file", "propose",
                                "countersign", "agree|object", "preview"))  # fmt: skip
    assert any("一" <= c <= "鿿" for c in refused.zh) and len(refused.zh) > 12
    assert len(refused.en.split()) > 6
