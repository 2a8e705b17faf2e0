"""Addressed cells: what the untrusted edge hands on. Text only; types come later."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipeline.findings import Finding

# One row per non-blank cell. `file` is the index of the file in the batch; `row` and `col` count
# from 1 as Excel shows them. `flag` is what the fast reader cannot see (robustness §1):
#   ""         an ordinary value
#   "percent"  a number whose format is a percentage (text holds the raw number, 0.85)
#   "date"     a number whose format is a date (text holds ISO date or date-time)
#   "error"    an error value such as #DIV/0! (text holds it)
#   "uncached" a formula without a stored result (text holds the formula)
#   "long"     a number of more than 15 digits (text cannot be trusted)
CELL_SCHEMA = {
    "file": pl.UInt32,
    "sheet": pl.String,
    "row": pl.UInt32,
    "col": pl.UInt16,
    "text": pl.String,
    "flag": pl.String,
}
# One row per sheet of each file.
SHEET_SCHEMA = {
    "file": pl.UInt32,
    "sheet": pl.String,
    "position": pl.UInt16,
    "visible": pl.Boolean,
    "date1904": pl.Boolean,
    "hidden_rows": pl.List(pl.UInt32),
    "hidden_cols": pl.List(pl.UInt16),
    "merged": pl.List(pl.List(pl.UInt32)),  # [first row, first col, last row, last col]
}


@dataclass(frozen=True)
class ReceivedFile:
    """One workbook as received. `name` is what the clerk sees (inside a zip: `a.zip/b.xlsx`)."""

    index: int
    path: Path
    name: str
    sha256: str
    size: int


@dataclass
class ReadBatch:
    """Everything read from the files of one command, in path order."""

    files: list[ReceivedFile]
    cells: pl.DataFrame  # CELL_SCHEMA
    sheets: pl.DataFrame  # SHEET_SCHEMA
    findings: list[Finding] = field(default_factory=list)


def letter(col: int) -> str:
    """Column number (from 1) to Excel letters: 1 -> A, 28 -> AB."""
    name = ""
    while col:
        col, rest = divmod(col - 1, 26)
        name = chr(65 + rest) + name
    return name
