"""Times of the ledger (UTC) as people at the office read them: in China, and said so."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "UTC+8")


def china_time(at: str) -> str:
    """2026-10-14T02:00:00Z → `2026-10-14 10:00 UTC+8`; what is no time stays as it is."""
    try:
        told = datetime.fromisoformat(at)
    except ValueError:
        return at
    if told.tzinfo is None:
        return at
    return f"{told.astimezone(CHINA):%Y-%m-%d %H:%M} UTC+8"
