"""Times of the ledger as the office reads them."""

from __future__ import annotations

import pytest

from pipeline.china_time import china_time


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-10-14T02:00:00Z", "2026-10-14 10:00 UTC+8"),
        ("2026-12-31T16:30:59Z", "2027-01-01 00:30 UTC+8"),  # another year already
        ("2026-10-14T10:00:00+08:00", "2026-10-14 10:00 UTC+8"),
        ("2026-10-14", "2026-10-14"),  # a day has no zone
        ("yesterday", "yesterday"),
    ],
)
def test_utc_becomes_the_time_in_china(at: str, shown: str) -> None:
    assert china_time(at) == shown
