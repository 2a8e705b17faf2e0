"""Addressed cells: what the untrusted edge hands on. Text only; types come later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.findings import Finding

# Non-blank cells by number: `file` is the index of the file in the batch, `position` that of the
# sheet in it; `row` and `col` count from 1 as Excel shows them; `word` is a row of the words.
PLACE_SCHEMA = {
    "file": pl.UInt32,
    "position": pl.UInt16,
    "row": pl.UInt32,
    "col": pl.UInt16,
    "word": pl.UInt32,
}
# What cells say, each once. `flag` is what the fast reader cannot see (robustness §1):
#   ""         an ordinary value
#   "percent"  a number whose format is a percentage (text holds the raw number, 0.85)
#   "date"     a number whose format is a date (text holds ISO date or date-time)
#   "error"    an error value such as #DIV/0! (text holds it)
#   "uncached" a formula without a stored result (text holds the formula)
#   "scaled"   a number whose format shows another one: 12345678 as 1234.6 (text holds the raw one)
#   "long"     a number of more than 15 digits (text cannot be trusted)
WORD_SCHEMA = {"text": pl.String, "flag": pl.String}
# Cells spelled out.
CELL_SCHEMA = {
    "file": pl.UInt32,
    "sheet": pl.String,
    "row": pl.UInt32,
    "col": pl.UInt16,
    **WORD_SCHEMA,
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
    """Everything read from the files of one command, in path order.

    A province's scorecards say a few thousand texts a million times: cells carry numbers of words.
    """

    files: list[ReceivedFile]
    places: pl.DataFrame  # PLACE_SCHEMA
    words: pl.DataFrame  # WORD_SCHEMA
    sheets: pl.DataFrame  # SHEET_SCHEMA
    findings: list[Finding] = field(default_factory=list)

    @property
    def cells(self) -> pl.DataFrame:
        """All cells spelled out (CELL_SCHEMA), in the order of `places`."""
        sheets = self.sheets.select("file", "position", "sheet")
        named = self.places.join(sheets, on=["file", "position"], how="left", maintain_order="left")
        said = [self.words[column].gather(named["word"]) for column in WORD_SCHEMA]
        return named.with_columns(said).select(list(CELL_SCHEMA))

    def with_cells(self, cells: pl.DataFrame) -> ReadBatch:
        """The batch with other cells (CELL_SCHEMA), on sheets that it has."""
        sheets = self.sheets.select("file", "position", "sheet")
        placed = cells.join(sheets, on=["file", "sheet"], maintain_order="left")
        word, words = distinct(placed["text"], placed["flag"])
        places = placed.with_columns(word).select(list(PLACE_SCHEMA))
        return replace(self, places=places, words=words)

    def only(self, files: Collection[int]) -> ReadBatch:
        """What there is of some files; the words stay, so that numbers mean the same."""
        mine = pl.col("file").is_in(pl.Series(sorted(files), dtype=pl.UInt32).implode())
        return replace(
            self,
            files=[f for f in self.files if f.index in files],
            places=self.places.filter(mine),
            sheets=self.sheets.filter(mine),
            findings=[f for f in self.findings if f.file in files],
        )


def distinct(text: pl.Series, flag: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """The number of each (text, flag) in the order in which texts first come, and what each says
    (WORD_SCHEMA)."""
    texts: Any = text.to_arrow().dictionary_encode()
    flags: Any = flag.to_arrow().dictionary_encode()
    kinds = max(len(flags.dictionary), 1)
    pair = _numbers(texts.indices) * kinds + _numbers(flags.indices)
    met = np.zeros(len(texts.dictionary) * kinds, dtype=bool)
    met[pair] = True
    number = np.cumsum(met, dtype=np.uint32) - np.uint32(1)
    which = np.flatnonzero(met)
    words = pl.DataFrame(
        {
            "text": _series(texts.dictionary).gather(which // kinds),
            "flag": _series(flags.dictionary).gather(which % kinds),
        },
        schema=WORD_SCHEMA,
    )
    return pl.Series("word", number[pair], dtype=pl.UInt32), words


def _numbers(indices: Any) -> np.ndarray:
    # not indices.to_numpy(): pyarrow would import pandas for it, half a second of start-up
    return pl.Series(indices).to_numpy().astype(np.int64)


def _series(dictionary: Any) -> pl.Series:
    return pl.Series(dictionary, dtype=pl.String)


def letter(col: int) -> str:
    """Column number (from 1) to Excel letters: 1 -> A, 28 -> AB."""
    name = ""
    while col:
        col, rest = divmod(col - 1, 26)
        name = chr(65 + rest) + name
    return name
