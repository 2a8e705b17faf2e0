"""The batch by numbers: sheets, lines and words. Looking up a number is cheaper than any join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

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
        """The cells of some lines (`lines` has `line`, each once), with the columns of `lines`."""
        met = marked(lines["line"], len(self.lines))
        some = self.cells.filter(met.gather(self.cells["line"]))
        more = lines.drop([c for c in ("sid", "row") if c in lines.columns])
        return some.join(more, on="line", maintain_order="left")

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


def marked(numbers: pl.Series, size: int) -> pl.Series:
    """Booleans by number: whether it is among `numbers`."""
    return pl.repeat(False, size, dtype=pl.Boolean, eager=True).scatter(numbers, True)


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
        met = marked(places["word"], len(words))
        number = (met.cast(pl.UInt32).cum_sum() - 1).alias("word")
        places, words = places.with_columns(number.gather(places["word"])), words.filter(met)
    return ReadBatch(
        [f for f in batch.files if f.index in own],
        places,
        words,
        sheets.filter((pl.col("file") >= first) & (pl.col("file") < end)),
        [f for f in batch.findings if f.file in own],
    )


def numbered(batch: ReadBatch) -> Grid:
    """One of `parts_of` a batch with its lines and words numbered, in reading order."""
    sheets = batch.sheets
    page = pl.col("file").cast(pl.Int64) * 2**16 + pl.col("position")
    run = batch.places.select(run=page.rle_id())["run"]
    runs = batch.places.select("file", "position").filter(run.diff().ne_missing(0))
    runs = runs.join(
        sheets.select("sid", "file", "position"), on=["file", "position"], how="left",
        maintain_order="left",
    )  # fmt: skip
    sid = runs["sid"].gather(run).alias("sid")
    cells = batch.places.select("row", "col", sid, "word")
    return _lined(cells, prepared(batch.words), sheets)


def _lined(cells: pl.DataFrame, words: pl.DataFrame, sheets: pl.DataFrame) -> Grid:
    page = pl.col("sid").cast(pl.Int64) * 2**40 + pl.col("row").cast(pl.Int64) * 2**16
    place = cells.select(place=page + pl.col("col").cast(pl.Int64))["place"].to_numpy()
    if (place[1:] < place[:-1]).any():  # most are in reading order already
        order = np.argsort(place, kind="stable")
        place, cells = place[order], cells[order]
    line = place >> 16
    starts = np.append(True, line[1:] != line[:-1]) if len(line) else np.empty(0, bool)
    number = pl.Series("line", np.cumsum(starts, dtype=np.uint32) - np.uint32(1))
    first = np.flatnonzero(starts)
    count = pl.Series("n", np.diff(np.append(first, len(line))).astype(np.uint32))
    cells = cells.select("sid", number, "row", "col", "word")
    lines = cells[first].select("sid", "row", count, first="word")
    return Grid(cells, lines, words, sheets)
