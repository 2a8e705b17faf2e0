"""Periods and the Chinese calendar; expected dates are from the State Council's notices."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import periods as p


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2026-09", "2026-09"),
        ("2026-9", "2026-09"),
        ("202609", "2026-09"),
        ("2026年9月", "2026-09"),
        ("2026.9", "2026-09"),
        ("２０２６－０９", "2026-09"),
        ("2026Q3", "2026Q3"),
        ("2026q3", "2026Q3"),
        ("2026年第三季度", "2026Q3"),
        ("2026年3季度", "2026Q3"),
        (" 2026 ", "2026"),
        ("2026年", "2026"),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, period: str) -> None:
    assert p.parse_period(text) == period


@pytest.mark.parametrize("text", ["", "2026-13", "2026Q5", "26-09", "2026-00", "sep", "2026-09-01"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="period"):
        p.parse_period(text)


def test_months_previous_and_year_before() -> None:
    assert p.months_of("2026Q1") == ["2026-01", "2026-02", "2026-03"]
    assert p.months_of("2026")[0] == "2026-01"
    assert len(p.months_of("2026")) == 12
    assert p.months_of("2026-02") == ["2026-02"]
    assert [p.previous(x) for x in ("2026-01", "2026Q1", "2026")] == ["2025-12", "2025Q4", "2025"]
    assert [p.year_before(x) for x in ("2026-01", "2026Q1", "2026")] == [
        "2025-01",
        "2025Q1",
        "2025",
    ]
    assert p.periods_of(["2026-03", "2026-04"]) == [
        "2026-03",
        "2026-04",
        "2026Q1",
        "2026Q2",
        "2026",
    ]
    assert p.elapsed_share("2026-09") == 0.75


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-400, 400))
def test_shifting_months_goes_there_and_back(day: date, by: int) -> None:
    month = p.month_of(day)
    moved = p.shift_month(month, by)
    assert p.shift_month(moved, -by) == month
    assert p.month_index(moved) - p.month_index(month) == by
    assert month in p.months_of(p.quarter_of(month))


def test_holidays_and_swapped_workdays() -> None:
    # National Day 2025: 1-8 October off, Sunday 28 September and Saturday 11 October worked.
    assert not p.is_open(date(2025, 10, 8))
    assert p.is_open(date(2025, 9, 28))
    assert p.is_open(date(2025, 10, 11))
    # October 2025: weekdays 9, 10, 13-17, 20-24, 27-31 and the Saturday 11 = 18.
    assert len(p.business_days("2025-10")) == 18
    # A branch open at weekends works on 23 of 31 days: all but the eight holidays.
    assert len(p.business_days("2025-10", weekend=True)) == 23


def test_weeks_belong_to_the_month_of_their_thursday() -> None:
    # October 2025 has Thursdays 2, 9, 16, 23, 30. The week of the 2nd has 29-30 September worked.
    assert p.business_weeks("2025-10") == 5
    # February 2026: Thursdays 5, 12, 19, 26; Spring Festival off from the 15th to the 23rd, so the
    # week of the 19th (16-22 February) has no working day.
    assert p.business_weeks("2026-02") == 3


def test_an_unknown_year_falls_back_to_weekdays_and_says_so() -> None:
    assert p.calendar_known(2025)
    assert not p.calendar_known(2090)
    assert len(p.business_days("2090-10")) == sum(d.weekday() < 5 for d in p.days_of("2090-10"))
    assert len(p.business_days("2090-10", weekend=True)) == 31


def test_due_dates() -> None:
    # After September 2025 come eight holidays: 9, 10, 11 (swapped), 13, 14 October.
    assert p.due_date("2025-09") == date(2025, 10, 14)
    assert p.due_date("2025Q3") == date(2025, 10, 14)
    assert p.due_date("2025-09", 1) == date(2025, 10, 9)
    with pytest.raises(ValueError, match="does not exist"):
        p.due_date("2025-09", 0)


def test_labels() -> None:
    assert p.label("2026-09") == "2026年9月"
    assert p.label("2026Q3") == "2026年第三季度"
    assert p.label("2026") == "2026年"
    assert [p.label(x, "en") for x in ("2026-09", "2026Q3", "2026")] == [
        "September 2026",
        "Q3 2026",
        "2026",
    ]
