"""Fonts, colours and number formats shared by all renderers, in one place."""

from __future__ import annotations

import math
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipeline.reports.blocks import Format, Quantity

# Named for offices that have them (GB/T 9704 practice); Word and WPS fall back where they lack.
TITLE_FONT = "方正小标宋简体"
BODY_FONT = "仿宋_GB2312"
HEAD_FONTS = {1: "黑体", 2: "楷体_GB2312", 3: "仿宋_GB2312"}
LATIN_FONT = "Times New Roman"
LATIN_SANS = "Arial"  # beside 黑体
CHART_FONT = "Noto Sans SC"
# Of the same shapes under the names other systems know them by.
ALTERNATIVES = {"方正小标宋简体": "华文中宋", "仿宋_GB2312": "仿宋", "楷体_GB2312": "楷体"}
INK, MUTED, RED = "1F2933", "52606D", "C00000"
# Told apart by lightness as well as hue, so that print and colour-blind readers keep them apart.
SERIES_COLOURS = ("#1F4E79", "#E08E2B", "#4F8F6B", "#8C6BB1", "#7F7F7F")
HEADER_FILL = "E8EDF3"
MARK_FILLS = {"good": "E1F0E6", "middle": "FFF1D0", "bad": "FADFDC", "none": "F0F2F4"}
_DASH = "—"
_NO_XML = "\ufffe\uffff"


def font_folder() -> Path:
    """Folder of the Chinese fonts that travel with the installation (OFL, Noto SC)."""
    return Path(str(files("pylopdf_fonts_zh_cn")))


def clean(text: Any) -> str:
    """`text` as a line can bear it: no control characters, no lone surrogates, single spaces."""
    kept = str(text)
    if not kept.isprintable():  # nearly every text is, and is asked at once
        kept = "".join(c if c.isprintable() or c.isspace() else _kept(c) for c in kept)
    return " ".join(kept.replace("‱", "1/10000").split())  # a sign that few fonts have


def _kept(c: str) -> str:
    """What is not printable and yet belongs to a name: private-use characters of old systems."""
    return c if unicodedata.category(c) in ("Co", "Cn") and c not in _NO_XML else ""


def shown(value: Any, format: Format, digits: int = 1) -> str:
    """`value` as text for a document; a missing value is a dash, never a zero."""
    if isinstance(value, Quantity):
        return shown(value.value, value.format, value.digits)
    if value is None:
        return _DASH
    match format:
        case "percent":
            return _minus(f"{_rounded(value * 100, digits):.{digits}f}%")
        case "points" | "decimal" | "money":
            return _minus(f"{_rounded(value, digits):,.{digits}f}")
        case "pp":
            return pp(value, digits)
        case "integer" | "count":
            return _minus(f"{_rounded(value, 0):,.0f}")
        case "date":
            return value.isoformat() if isinstance(value, date) else str(value)
    return clean(value)


def _rounded(value: float, digits: int) -> Decimal:
    """Half away from zero, of the 15 digits that a workbook has: 91.25 is 91.3 as in Excel and on
    the screen; Python's own way would print 91.2."""
    if not math.isfinite(value):
        return Decimal(value)
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def pp(value: float, digits: int = 1) -> str:
    """A difference of two shares in percentage points, with its sign: 0.031 is +3.1."""
    said = f"{_rounded(value * 100, digits):+.{digits}f}"
    return _minus(said) if float(said) else said[1:]


def _minus(said: str) -> str:
    """A negative number with the sign that sentences have, not with a hyphen."""
    return said.replace("-", "−")


def excel_value(value: Any, format: Format) -> Any:
    """`value` as Excel is to hold it: a difference of shares in points, since no format does it."""
    if isinstance(value, Quantity):
        return excel_value(value.value, value.format)
    return value * 100 if format == "pp" and isinstance(value, int | float) else value


def excel_format(format: Format, digits: int = 1) -> str:
    """The Excel number format that shows what :func:`shown` shows."""
    tail = f".{'0' * digits}" if digits else ""
    return {
        "percent": f"0{tail}%",
        "points": f"#,##0{tail}",
        "decimal": f"#,##0{tail}",
        "money": f"#,##0{tail}",
        "pp": f"+0{tail};-0{tail};0{tail}",
        "integer": "#,##0",
        "count": "#,##0",
        "date": "yyyy-mm-dd",
    }.get(format, "@")


def excel_format_of(value: Any, format: Format, digits: int = 1) -> str:
    """The number format of a cell: its own, or that of its column."""
    if isinstance(value, Quantity):
        return excel_format(value.format, value.digits)
    return excel_format(format, digits)


def is_number(format: Format) -> bool:
    """Whether a column of this format is set to the right."""
    return format in ("percent", "points", "decimal", "money", "integer", "count", "pp")


def is_whole(format: Format) -> bool:
    """Whether a text of this format stays on one line."""
    return is_number(format) or format in ("date", "interval")
