"""Looking up by number: arrays of whole numbers, none negative, instead of joins.

A table with a place for every number that there may be answers in one step each; where it would be
much longer than what is asked, the numbers are sorted instead.
"""

from __future__ import annotations

import numpy as np
import polars as pl

_SPARSE = 8  # places of a table for each number that is asked or known
_SMALL = 1 << 16  # a table of that size is always cheap


def firsts(*columns: np.ndarray) -> np.ndarray:
    """Booleans: where a run of the same values begins."""
    begins = np.ones(len(columns[0]), dtype=bool)
    if len(begins):
        begins[1:] = np.logical_or.reduce([c[1:] != c[:-1] for c in columns])
    return begins


def spans(first: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers first, first + 1 … of each span one after the other, and whose each is."""
    whose = np.repeat(np.arange(len(count)), count)
    shift = np.asarray(first, dtype=np.int64) - (np.cumsum(count, dtype=np.int64) - count)
    return np.arange(len(whose)) + shift[whose], whose


def ranked(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each number its place among the distinct ones, and these in order."""
    size = _end(numbers)
    if not _dense(size, len(numbers)):
        met, place = np.unique(numbers, return_inverse=True)
        return place, met
    there = np.zeros(size, dtype=bool)
    there[numbers] = True
    met = np.flatnonzero(there)
    return index_of(numbers, met), met


def index_of(asked: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """For each number asked its place among the keys (each once), and how many keys there are where
    it is none."""
    size = max(_end(asked), _end(keys))
    if _dense(size, len(asked) + len(keys)):
        table = np.full(size, len(keys), dtype=np.uint32)
        table[keys] = np.arange(len(keys), dtype=np.uint32)
        return table[asked]
    if not len(keys):
        return np.zeros(len(asked), dtype=np.uint32)
    order = np.argsort(keys, kind="stable")
    known = keys[order]
    at = np.searchsorted(known, asked).clip(max=len(keys) - 1)
    return np.where(known[at] == asked, order[at], len(keys)).astype(np.uint32)


def codes_of(values: pl.Series) -> np.ndarray:
    """The distinct values numbered from 0 on, no value like any other; of texts, booleans or
    numbers that are not negative."""
    if values.dtype == pl.String:
        # of its own: categories that all share would never be forgotten
        values = values.cast(pl.Categorical(pl.Categories.random())).to_physical()
    codes = values.cast(pl.Int64).fill_null(-1).to_numpy() + 1
    return ranked(codes)[0]


def grouped(codes: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Each code (small whole numbers) and where it stands, from the least to the greatest."""
    order = np.argsort(codes, kind="stable")
    begin = np.flatnonzero(firsts(codes[order]))
    return [(int(codes[at[0]]), at) for at in np.split(order, begin[1:])] if len(codes) else []


def alike(begins: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """For each run (`begins`: where) the first run that holds the same rows in the same order."""
    first = np.flatnonzero(begins)
    count = np.diff(np.append(first, len(begins)))
    if not len(first):
        return first
    mark = np.add.reduceat(_mixed(columns), first)
    _, met, same = np.unique(mark, return_index=True, return_inverse=True)
    likely = np.where(count == count[met[same]], met[same], np.arange(len(first)))
    # the marks only say whom to compare with
    at, run = spans(first[likely], count)
    differs = np.logical_or.reduce([c != c[at] for c in columns])
    odd = run[differs]
    likely[odd] = odd
    return likely


def _mixed(columns: tuple[np.ndarray, ...]) -> np.ndarray:
    """Each row as one number in which every bit of its values has a say."""
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        mixed = (mixed ^ column.astype(np.int64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed * np.uint64(0xBF58476D1CE4E5B9)


def _end(numbers: np.ndarray) -> int:
    """One more than the largest."""
    return int(numbers.max()) + 1 if len(numbers) else 0


def _dense(size: int, asked: int) -> bool:
    return size <= max(_SPARSE * asked, _SMALL)
