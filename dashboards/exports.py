"""Tables as files. Text that a spreadsheet would take for a formula is written as text."""

from __future__ import annotations

import polars as pl

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel reads Chinese right only with it
_FORMULA = r"^([=+\-@\t\r＝＋－＠])"


def csv(table: pl.DataFrame) -> bytes:
    """UTF-8 CSV for Excel and WPS. Only text is guarded: a negative number stays a number."""
    guarded = table.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'$1"))
    return _BYTE_ORDER_MARK + guarded.write_csv().encode("utf-8")
