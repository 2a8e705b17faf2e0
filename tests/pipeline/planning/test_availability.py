"""What shoppers write about their days is read as they mean it, or not at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pipeline.planning.availability import free_half_days

OCTOBER = [date(2026, 10, 1) + timedelta(days=n) for n in range(31)]
WEEKDAYS = [1, 2, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30]
TURN = [date(2026, 12, 20) + timedelta(days=n) for n in range(31)]


def days(text: str | None, among: list[date] = OCTOBER) -> list[int]:
    found = free_half_days(text, among)
    assert found is not None
    assert {h for _, h in found} <= {0, 1}
    return sorted({d.day for d, _ in found})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, list(range(1, 32))),
        ("每天", list(range(1, 32))),
        ("2026-10-05 至 2026-10-08", [5, 6, 7, 8]),
        ("2026年10月5日至10月8日", [5, 6, 7, 8]),
        ("10月5日-8日", [5, 6, 7, 8]),
        ("2026.10.5、2026.10.7", [5, 7]),
        ("周一、周三", [5, 7, 12, 14, 19, 21, 26, 28]),
        ("10.5-10.8", [5, 6, 7, 8]),
        ("2026-10-05-2026-10-08", [5, 6, 7, 8]),
        ("周一至周五", WEEKDAYS),
        ("工作日", WEEKDAYS),
        ("星期六、星期天", [3, 4, 10, 11, 17, 18, 24, 25, 31]),
        ("周末", [3, 4, 10, 11, 17, 18, 24, 25, 31]),
        ("２０２６－１０－０１ 至 ２０２６－１０－２０；周一、周三", [5, 7, 12, 14, 19]),
        ("10月", list(range(1, 32))),
        ("2026-11-01 至 2026-11-05", []),
        ("周五至周一", [2, 3, 4, 5, 9, 10, 11, 12, 16, 17, 18, 19, 23, 24, 25, 26, 30, 31]),
    ],
)  # fmt: skip
def test_days(text: str | None, expected: list[int]) -> None:
    assert days(text) == expected


def test_halves_of_the_day() -> None:
    found = free_half_days("周一上午、周三下午", OCTOBER)
    assert found is not None
    assert {(d.weekday(), h) for d, h in found} == {(0, 0), (2, 1)}
    only = free_half_days("10月5日 上午", OCTOBER)
    assert only == frozenset({(date(2026, 10, 5), 0)})


def test_a_range_over_the_turn_of_the_year() -> None:
    assert days("2026-12-30 至 2027-01-02", TURN) == [1, 2, 30, 31]


@pytest.mark.parametrize(
    "text", ["看情况", "除周一外", "2026-13-01", "6月31日", "下周", "第一周", "不去"]
)
def test_what_is_not_understood_is_not_guessed(text: str) -> None:
    assert free_half_days(text, OCTOBER) is None
