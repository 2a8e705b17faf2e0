"""The batch by numbers: sheets, lines and words. Looking up a number is cheaper than any join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from audits.lookups import firsts, ranked, spans
from pipeline.parsing.words import prepared
from pipeline.workbook.cells import ReadBatch

MOST_CELLS = 1_000_000  # of one part


@dataclass(frozen=True)
class Grid:
    """All cells of a batch in reading order.

    cells: sid, line, row, col, word · lines (the place of a line is its number): sid, row, n (its
    cells), first (word of its first cell) · words (the place is the number): see `words` ·
    sheets: sid and what the batch says of them.
    """

    cells: pl.DataFrame
    lines: pl.DataFrame
    words: pl.DataFrame
    sheets: pl.DataFrame

    def on(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The cells of some lines (`lines` has `line`, in order and each once), with the columns of
        `lines`."""
        own = lines["line"].to_numpy()
        count = self._counts[own]
        cell, line = spans(self._ends[own] - count, count)
        more = [c for c in lines.columns if c not in ("line", "sid", "row")]
        return self.cells[cell].hstack([lines[c].gather(line) for c in more])

    def lines_between(self, sid: pl.Series, first: Any, last: Any) -> pl.DataFrame:
        """Of some sheets (each once) the lines from row `first` to row `last` (arrays, or one for
        all): line, sid, row, n, first."""
        own, row = self.lines["sid"].to_numpy(), self.lines["row"].to_numpy()
        low = np.ones(self.end, dtype=np.int64)
        high = np.zeros(self.end, dtype=np.int64)  # without a row
        low[sid.to_numpy()], high[sid.to_numpy()] = first, last
        met = np.flatnonzero((row >= low[own]) & (row <= high[own]))
        number = pl.Series("line", met.astype(np.uint32))
        return self.lines[met].insert_column(0, number)

    @property
    def end(self) -> int:
        """One more than the largest number of a sheet."""
        last: Any = self.sheets["sid"].max()
        return 0 if last is None else int(last) + 1

    @cached_property
    def _counts(self) -> np.ndarray:
        return self.lines["n"].to_numpy().astype(np.int64)

    @cached_property
    def _ends(self) -> np.ndarray:
        return np.cumsum(self._counts)

    def with_more(self, more: pl.DataFrame) -> Grid:
        """The grid with some more cells (sid, line, row, col, word) in lines that it has."""
        cells = pl.concat([self.cells, more.select(self.cells.columns)]).sort("line", "col")
        firsts = cells.select(pl.col("line").is_first_distinct())["line"]
        counts = cells.group_by("line", maintain_order=True).len("n")["n"].cast(pl.UInt32)
        word = cells["word"].filter(firsts)
        lines = self.lines.with_columns(counts, word.alias("first"))
        return Grid(cells, lines, self.words, self.sheets)

    def spelled(self, cells: pl.DataFrame, *names: str, word: str = "word") -> pl.DataFrame:
        """`cells` with columns of their words, such as text or dense."""
        return cells.with_columns(self.words[name].gather(cells[word]) for name in names)

    def numbered_lines(self) -> pl.DataFrame:
        """`lines` with `line`."""
        return self.lines.with_row_index("line")


def marked(numbers: pl.Series, size: int) -> np.ndarray:
    """Booleans by number: whether it is among `numbers`."""
    flags = np.zeros(size, dtype=bool)
    flags[numbers.to_numpy()] = True
    return flags


def parts_of(batch: ReadBatch) -> Iterator[ReadBatch]:
    """The batch in parts of whole files, so that memory does not grow with its size.

    Its sheets are numbered throughout (`sid`).
    """
    sheets = batch.sheets.sort("file", "position").with_row_index("sid")
    places = batch.places if batch.places["file"].is_sorted() else batch.places.sort("file")
    held = places.select(pl.col("file").rle()).unnest("file")
    first, last, size, start = 0, 0, 0, 0
    for count, file in held.iter_rows():
        if size and size + count > MOST_CELLS:
            yield _slice(batch, sheets, places.slice(start, size), first, file)
            first, start, size = file, start + size, 0
        size, last = size + count, file
    end = max([last, *(f.index for f in batch.files)]) + 1
    yield _slice(batch, sheets, places.slice(start, size), first, end)


def _slice(
    batch: ReadBatch, sheets: pl.DataFrame, places: pl.DataFrame, first: int, end: int
) -> ReadBatch:
    """Files number `first` up to, not including, `end`, with the words that they say."""
    own, words = range(first, end), batch.words
    if len(places) < len(batch.places):
        word, met = ranked(places["word"].to_numpy())
        places = places.with_columns(pl.Series("word", word, dtype=pl.UInt32))
        words = words[met]
    return ReadBatch(
        [f for f in batch.files if f.index in own],
        places,
        words,
        sheets.filter((pl.col("file") >= first) & (pl.col("file") < end)),
        [f for f in batch.findings if f.file in own],
    )


def numbered(batch: ReadBatch) -> Grid:
    """One of `parts_of` a batch with its lines and words numbered, in reading order."""
    sheets, places = batch.sheets, batch.places
    begin = firsts(places["file"].to_numpy(), places["position"].to_numpy())
    runs = places.select("file", "position")[np.flatnonzero(begin)].join(
        sheets.select("sid", "file", "position"), on=["file", "position"], how="left",
        maintain_order="left",
    )  # fmt: skip
    sid = np.repeat(runs["sid"].to_numpy(), np.diff(np.flatnonzero(np.append(begin, True))))
    cells = places.select("row", "col", pl.Series("sid", sid, dtype=pl.UInt32), "word")
    return _lined(cells, prepared(batch.words), sheets)


def _lined(cells: pl.DataFrame, words: pl.DataFrame, sheets: pl.DataFrame) -> Grid:
    sid, row, col = (cells[c].to_numpy() for c in ("sid", "row", "col"))
    starts = firsts(sid, row)
    first = np.flatnonzero(starts)
    if not _in_order(sid[first], row[first], col, starts):  # most are
        cells = cells[np.lexsort((col, row, sid))]
        return _lined(cells, words, sheets)
    number = pl.Series("line", np.cumsum(starts, dtype=np.uint32) - np.uint32(1))
    count = pl.Series("n", np.diff(np.append(first, len(cells))).astype(np.uint32))
    cells = cells.select("sid", number, "row", "col", "word")
    lines = cells[first].select("sid", "row", count, first="word")
    return Grid(cells, lines, words, sheets)


def _in_order(sid: np.ndarray, row: np.ndarray, col: np.ndarray, starts: np.ndarray) -> bool:
    """Whether lines (of which `sid` and `row` are) come in reading order, and their cells do."""
    back = (sid[1:] < sid[:-1]) | ((sid[1:] == sid[:-1]) & (row[1:] < row[:-1]))
    return not back.any() and not ((col[1:] < col[:-1]) & ~starts[1:]).any()
