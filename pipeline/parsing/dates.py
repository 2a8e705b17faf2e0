"""Dates, months, years and times of day as people write them (domain §4).

Frames come with `text`, `plain`, `joined`, `flag`, `date1904` and, for months, `title` (YYYY-MM or
null).
"""

from __future__ import annotations

import polars as pl

from pipeline.parsing.words import MARKS

_CLOCK_AFTER = r"(?:[ T]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?$"
_DAY = r"^((?:19|20)[0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?" + _CLOCK_AFTER
_EIGHT = r"^((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})$"
_MONTH = r"^(20[0-9]{2})[-/.年]([0-9]{1,2})(?:月份?)?$"
_SIX = r"^(20[0-9]{2})([0-9]{2})$"
_BARE_MONTH = r"^([0-9]{1,2})(?:月份?)?$"
_SERIAL = r"^([0-9]{5})(?:\.[0-9]+)?$"
_CLOCK = (
    r"(?:^|[T ])(上午|下午|晚上|中午)?([0-9]{1,2})[:时点]([0-9]{1,2})?分?"
    r"(?::[0-9]{2}(?:\.[0-9]+)?)?$"
)
FIRST_SERIAL, LAST_SERIAL = 20000, 73050  # 1954 .. 2099
SHIFT_1904 = 1462  # days between the two date systems


def _half_width() -> pl.Expr:
    """`plain`, but as written where a footnote would become part of the number: 9月1①日."""
    return pl.when(pl.col("text").str.contains(MARKS)).then("text").otherwise("plain")


def _joined(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    text = pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")
    return text.str.to_date("%Y-%m-%d", strict=False)


def _serial() -> pl.Expr:
    """Days of an Excel serial number; null if the text is none."""
    number = pl.col("joined").str.extract(_SERIAL).cast(pl.Int32, strict=False)
    days = number + pl.when("date1904").then(SHIFT_1904).otherwise(0)
    known = days.is_between(FIRST_SERIAL, LAST_SERIAL)
    return pl.when(known).then(pl.lit("1899-12-30").str.to_date() + pl.duration(days=days))


def _day() -> pl.Expr:
    text = _half_width().str.replace_all(r" ?([-/.年月日]) ?", "${1}")
    written = _joined(*(text.str.extract(_DAY, n) for n in (1, 2, 3)))
    return pl.coalesce(
        written, _joined(*(pl.col("joined").str.extract(_EIGHT, n) for n in (1, 2, 3)))
    )


def dates(frame: pl.DataFrame) -> pl.DataFrame:
    """Days: 2026-09-01, 2026/9/1, 2026年9月1日, 20260901, Excel serials (adds `serial`).

    Two-digit years and day-first forms are unreadable: they could be several days. Value: Date.
    """
    read = frame.with_columns(written=_day(), counted=_serial())
    return read.with_columns(
        value=pl.coalesce("written", "counted"),
        serial=pl.col("written").is_null() & pl.col("counted").is_not_null(),
    )


def months(frame: pl.DataFrame) -> pl.DataFrame:
    """Months as YYYY-MM: 2026年9月, 2026.9, 202609, any day of the month, 9月 with a title.

    2026.1 may be January, or October whose zero Excel ate: the title decides, else `doubt`.
    """
    text, title = pl.col("joined"), pl.col("title")
    written = [_joined(text.str.extract(p, 1), text.str.extract(p, 2), pl.lit("1"))
               for p in (_MONTH, _SIX)]  # fmt: skip
    bare = text.str.extract(_BARE_MONTH, 1)
    by_title = _joined(title.str.slice(0, 4), bare, pl.lit("1"))
    named = text.str.contains("月")
    agrees = by_title.dt.strftime("%Y-%m") == title
    found = pl.coalesce(*written, _day(), _serial(), pl.when(named | agrees).then(by_title))
    eaten = text.str.contains(r"^20[0-9]{2}\.1$")
    year = text.str.slice(0, 4)
    settled = (title == pl.concat_str(year, pl.lit("-01"))) | (
        title == pl.concat_str(year, pl.lit("-10"))
    )
    doubt = eaten & ~settled.fill_null(False)
    value = pl.when(doubt).then(None).when(eaten).then(title).otherwise(found.dt.strftime("%Y-%m"))
    return frame.with_columns(value=value, doubt=doubt)


def years(frame: pl.DataFrame) -> pl.DataFrame:
    """Years: 2026, 2026年, 2026年度. Value: Int32."""
    year = pl.col("joined").str.extract(r"^((?:19|20)[0-9]{2})(?:\.0+)?(?:年度?)?$")
    return frame.with_columns(value=year.cast(pl.Int32))


def times(frame: pl.DataFrame) -> pl.DataFrame:
    """Times of day: 09:35, 9：35, 9时35分, 下午2:20, a fraction of a day. Value: Time (minutes)."""
    text = _half_width()
    half, hour, minute = (text.str.extract(_CLOCK, n) for n in (1, 2, 3))
    hours = hour.cast(pl.Int32, strict=False)
    later = half.is_in(["下午", "晚上"]).fill_null(False) & (hours < 12)
    clock = hours + pl.when(later).then(12).otherwise(0)
    given = clock * 60 + minute.cast(pl.Int32, strict=False).fill_null(0)
    right = (clock < 24) & (minute.cast(pl.Int32, strict=False).fill_null(0) < 60)
    share = pl.col("joined").str.extract(r"^(0?\.[0-9]+)$").cast(pl.Float64, strict=False)
    counted = (share * 1440).round().cast(pl.Int32)
    total = pl.coalesce(pl.when(right).then(given), pl.when(counted < 1440).then(counted))
    return frame.with_columns(value=pl.time(total // 60, total % 60))
