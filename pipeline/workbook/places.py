"""Where the cells of a sheet stand, read for all of them at once.

One character of every address is looked at in each step: a sheet takes as many steps as its
longest address has characters, where a search takes one for each of thousands of cells.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

_OPEN, _CELL, _STYLE = ord("<"), ord("c"), ord("s")
_BEFORE = len('<c r="')


class Places(NamedTuple):
    """Of cells in the order in which they are written: arrays of rows and columns, and where in
    the bytes those begin that have a format."""

    rows: Any
    columns: Any
    styled: list[int]


def places(xml: bytes, first: int, last: int) -> Places:
    """Where the cells of `xml[first:last]` stand.

    Whoever calls has looked: cells and rows only, and each cell begins with `<c r="`, one to three
    capitals, one to seven digits and a quotation mark (`excerpts.excerpt`).
    """
    text = np.frombuffer(xml, np.uint8, last - first, first)
    starts = np.flatnonzero((text[:-1] == _OPEN) & (text[1:] == _CELL))
    columns, ends = _numerals(text, starts + _BEFORE, ord("A") - 1, 26, 27)  # of digits 1 to 26
    rows, ends = _numerals(text, ends, ord("0"), 10, 10)
    styled = starts[text.take(ends + len('" ')) == _STYLE]
    return Places(rows, columns, (styled + first).tolist())


def _numerals(text: Any, at: Any, zero: int, base: int, end: int) -> tuple[Any, Any]:
    """The numbers that begin at the places `at`, and the places after them."""
    lowest = np.uint8(zero)
    total = (text.take(at) - lowest).astype(np.int64)
    at = at + 1
    digit = text.take(at) - lowest  # what stands before `zero` becomes a large one
    while np.count_nonzero(more := digit < end):
        np.copyto(total, total * base + digit, where=more)
        at += more
        digit = text.take(at) - lowest
    return total, at


def in_order(found: Places) -> bool:
    """Whether each stands after the one before it, row by row: then no place is there twice."""
    rows, columns = found.rows, found.columns
    same = rows[1:] == rows[:-1]
    return bool(((rows[1:] > rows[:-1]) | (same & (columns[1:] > columns[:-1]))).all())
