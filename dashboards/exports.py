"""Tables as files. Text that a spreadsheet would take for a formula is written as text."""

from __future__ import annotations

import re

import polars as pl
import streamlit as st

from dashboards.watermark import WHOSE

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel reads Chinese right only with it
_FORMULA = r"^([=+\-@\t\r＝＋－＠])"
_LIKE_A_FORMULA = re.compile(_FORMULA)


def csv(table: pl.DataFrame) -> bytes:
    """UTF-8 CSV for Excel and WPS, with whose copy it is as its last line where the watermark is
    on. Only text is guarded, that of the titles too (the name of a branch may be one): a negative
    number stays a number."""
    guarded = table.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'$1"))
    guarded = guarded.rename(lambda title: _LIKE_A_FORMULA.sub(r"'\1", title))
    text = guarded.write_csv() + _last_line()
    return _BYTE_ORDER_MARK + text.encode("utf-8")


def _last_line() -> str:
    """One cell: a last line leaves the header row where a reader looks for it."""
    whose = st.session_state.get(WHOSE, "") if st.runtime.exists() else ""
    if not whose:
        return ""
    return pl.DataFrame({"whose": [f"# {whose}"]}).write_csv(include_header=False)
