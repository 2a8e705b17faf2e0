"""Numbers and dates of cells as text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

_DURATION = re.compile(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?\Z")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d(?:\.\d+)?)\Z")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?\Z")


def plain(number: float) -> str:
    """The shortest text that is this number, without exponent: 12345678901234.56, 85, 0.0000001."""
    if number == int(number):
        return str(int(number))
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


@lru_cache(maxsize=4096)  # a year has few days
def serial_date(serial: float, date1904: bool) -> str:
    """An Excel serial as ISO text; a serial outside the calendar stays a number."""
    if not 0 <= serial < 2_958_466:
        return plain(serial)
    if serial < 1 and not (date1904 and serial == 0):
        seconds = round(serial * 86400) % 86400
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    # Excel counts a 29 February 1900 that never was.
    epoch = datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 30 if serial >= 60 else 31)
    moment = epoch + timedelta(seconds=round(serial * 86400))
    midnight = moment.hour == moment.minute == moment.second == 0
    return moment.strftime("%Y-%m-%d") if midnight else moment.strftime("%Y-%m-%d %H:%M:%S")


def iso_moment(value: str) -> str:
    """A date, time or duration as strict OOXML writes it (`t="d"`), to the nearest second."""
    value = value.removesuffix("Z")
    if found := _MOMENT.match(value):
        moment = datetime.fromisoformat(f"{found[1]} {found[2]}")
        moment += timedelta(seconds=round(float(found[3] or 0)))
        return f"{moment:%Y-%m-%d}" if moment.time() == moment.min.time() else str(moment)
    if found := _DURATION.match(value):
        return _clock(24 * int(found[1] or 0) + int(found[2] or 0), found[3] or 0, found[4] or 0)
    if found := _CLOCK.match(value):
        return _clock(*found.groups())
    return value.replace("T", " ")


def _clock(hours: int | str, minutes: int | str, seconds: float | str) -> str:
    whole = int(hours) * 3600 + int(minutes) * 60 + round(float(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
