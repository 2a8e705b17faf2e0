"""Widths of columns and size of type: a table fits its page, and no number splits over two lines.

Both renderers take these widths, so that a table breaks alike in Word and PDF. Widths of characters
are those of the widest of the fonts in use (Noto Serif SC; DejaVu where an office font is missing),
rounded up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

PORTRAIT, LANDSCAPE = 156.0, 225.0  # mm between the margins of GB/T 9704-2012
PADDING = 2.4  # mm, both sides of a cell, and a hair for the rule
SIZES = (10.5, 9.0, 8.0, 7.0)  # pt, from 五号 down; smaller is not read
_MM = 25.4 / 72
_WIDE_LATIN = dict.fromkeys("mwMW%", 1.0) | dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 0.78)
_NARROW = dict.fromkeys("ijl.,:;'!|()[]- ", 0.4)
_LONGEST = 14.0  # em: a longer word may be broken, or one file name would take the page
_SHORT = 5.0  # em: a shorter text is kept on one line
_CALM = 1.25  # lines a row, on the mean, at which little wraps
_MANY = 2.0  # lines a row from which on another way of sharing is tried
_BETWEEN = (0.0, 0.25, 0.5, 0.75, 1.0)  # ways tried, from the even one to that of the longest text
_SAVED = 0.85  # so much fewer lines, by this count that knows no words, are fewer in earnest
_TALL, _TWO = 40, 1.8  # rows of a long table, and lines a row at which it is worth another look
_WORTH = 0.7  # so much fewer lines are worth a smaller type
_KEPT = re.compile(r"[^\s⺀-鿿＀-￯　-〿]+|\S")
_LONG = re.compile(r"[^\s⺀-鿿＀-￯　-〿]{16,}")
_SEAM = re.compile(r"(?<=[\u2e80-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[\u2e80-\u9fff])")
BREAK = "\u200b"  # a place where a long word may break


@dataclass(frozen=True)
class Fit:
    """How a table is set: widths in mm, size in pt, and whether the page is turned."""

    widths: tuple[float, ...]
    size: float
    wide: bool = False
    lines: float = 1.0  # of a row, on the mean
    torn: bool = False  # nothing fits: words and numbers break anywhere rather than overlap


@lru_cache(maxsize=4096)
def _char(c: str) -> float:
    if c in _NARROW:
        return 0.4
    if c in _WIDE_LATIN:
        return _WIDE_LATIN[c]
    if unicodedata.combining(c) or c == BREAK:
        return 0.0
    return 0.64 if c.isascii() else 1.0


@lru_cache(maxsize=65536)
def em(text: str) -> float:
    """Width of a text on one line, in em; a quarter more where Chinese and digits meet."""
    return sum(map(_char, text)) + 0.25 * len(_SEAM.findall(text))


@lru_cache(maxsize=65536)
def least(text: str) -> float:
    """Width in em below which a text would be torn: its longest word, all of a short text, half
    of a name."""
    whole = em(text)
    if whole <= _SHORT:
        return whole
    words = max((em(w) for w in _KEPT.findall(text)), default=0.0)
    return max(min(whole / 2, _SHORT + 1), min(words, _LONGEST))


def breakable(text: str, torn: bool = False) -> str:
    """`text` with places to break inside words that are longer than a column can be, or in all."""
    if torn:
        return BREAK.join(text)
    return _LONG.sub(lambda m: BREAK.join(m[0]), text)


def fit(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    whole: Sequence[bool],
    width: float = PORTRAIT,
    sizes: Sequence[float] = SIZES,
    turn: bool = True,
) -> Fit:
    """Widths and size for a table of texts.

    `whole`: columns whose texts stay on one line (numbers, dates). `sizes` come largest first; the
    largest at which little wraps is taken (the smallest of all only in need), else the second; a
    table that does not fit at the smallest goes onto a turned page.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    longest = [max(map(em, c), default=0.0) for c in columns]
    lows, fulls = [], []
    for title, texts, full, one_line in zip(header, columns, longest, whole, strict=True):
        words = full if one_line else max(map(least, texts), default=0.0)
        lows.append(max(words, min(least(title), 4.0), _title_low(title)))
        fulls.append(max(full, lows[-1]))  # a title wraps once, what stands below in every row
    wanted = [em(title) for title in header]
    return _chosen(lows, fulls, wanted, columns, width, sizes, turn)


def _title_low(title: str) -> float:
    """A title is set in at most three lines, and none of its words is torn."""
    words = max((em(w) for w in _KEPT.findall(title)), default=1.0)
    return max(words if title.isascii() else 1.0, min(em(title) / 3, 3.0))


def _chosen(
    lows: list[float],
    fulls: list[float],
    titles: list[float],
    columns: Sequence[Sequence[str]],
    width: float,
    sizes: Sequence[float],
    turn: bool,
) -> Fit:
    pages = [(width, False)] + ([(LANDSCAPE, True)] if turn and width < LANDSCAPE else [])
    found: list[Fit] = []
    for room, wide in pages:
        fitting = {
            s: _shared(columns, lows, fulls, titles, s, room) for s in sizes if _mm(lows, s) <= room
        }
        if not fitting:
            continue
        for size, (widths, lines) in fitting.items():
            if size >= sizes[2] and lines < _CALM:
                return Fit(widths, size, wide, lines)
        size = _size(fitting, sizes, len(columns[0]) if columns else 0)
        found.append(Fit(fitting[size][0], size, wide, fitting[size][1]))
        if len(found) > 1 or size > sizes[-1] or found[0].lines < _TWO or len(columns[0]) < _TALL:
            break
    if found:  # a long table in the smallest type, two lines a row: a turned page may do better
        return found[-1] if found[-1].lines < _WORTH * found[0].lines else found[0]
    size, room = sizes[-1], pages[-1][0]
    share = room / _mm(lows, size)  # nothing fits: words are torn rather than clipped
    widths = tuple((low * size * _MM + PADDING) * share for low in lows)
    return Fit(widths, size, pages[-1][1], torn=True)


def _size(
    fitting: dict[float, tuple[tuple[float, ...], float]], sizes: Sequence[float], rows: int
) -> float:
    """The second size where it does; a smaller one where it saves a good part of the lines, the
    smallest in a long table only, whose every row would take two."""
    size = min(fitting, key=lambda s: abs(s - sizes[1]))
    for less in (s for s in sizes[2:] if s < size and s in fitting):
        lines = fitting[size][1]
        smallest = less == sizes[-1]
        if smallest and (rows < _TALL or lines < _TWO):
            continue
        if fitting[less][1] < (_WORTH if smallest or lines < _MANY else _SAVED) * lines:
            size = less
    return size


def _mm(ems: Sequence[float], size: float) -> float:
    return sum(ems) * size * _MM + PADDING * len(ems)


def _shared(
    columns: Sequence[Sequence[str]],
    lows: Sequence[float],
    fulls: Sequence[float],
    titles: Sequence[float],
    size: float,
    room: float,
) -> tuple[tuple[float, ...], float]:
    """Widths in mm, and the lines a row then takes, on the mean.

    The room left over goes to the columns that would wrap, to those that want little first (a
    verdict of two words is not torn for a long name that wraps anyway), or more of it to the one
    that wants most, where that saves a good part of the lines; then to titles; what is left to all
    alike.
    """
    wants = [(f - low) * size * _MM for f, low in zip(fulls, lows, strict=True)]
    spare = room - _mm(lows, size)
    even, first = _levelled(wants, spare), _longest_first(wants, spare)
    found: list[tuple[tuple[float, ...], float]] = []
    for t in _BETWEEN:
        given = [(1 - t) * e + t * f for e, f in zip(even, first, strict=True)]
        texts = [low * size * _MM + part for low, part in zip(lows, given, strict=True)]
        more = [max(0.0, t * size * _MM - w) for t, w in zip(titles, texts, strict=True)]
        added = _levelled(more, max(0.0, spare - sum(given)))
        widths = [w + PADDING + a for w, a in zip(texts, added, strict=True)]
        left = (room - sum(widths)) / sum(widths)
        shared = tuple(round(w * (1 + left), 3) for w in widths)
        found.append((shared, _wrapped(columns, shared, size)))
        if found[0][1] < _MANY:
            break
    best = min(found, key=lambda each: each[1])
    return best if best[1] < _SAVED * found[0][1] else found[0]


def _levelled(wants: Sequence[float], spare: float) -> list[float]:
    most = _level(wants, spare)
    return [min(want, most) for want in wants]


def _longest_first(wants: Sequence[float], spare: float) -> list[float]:
    at = max(range(len(wants)), key=lambda i: wants[i])
    own = min(wants[at], spare)
    rest = _levelled([0.0 if i == at else want for i, want in enumerate(wants)], spare - own)
    return [own if i == at else part for i, part in enumerate(rest)]


def _level(wants: Sequence[float], spare: float) -> float:
    """The most that each may have so that all together have `spare`."""
    for count, want in zip(range(len(wants), 0, -1), sorted(wants), strict=True):
        if want * count > spare:
            return spare / count
        spare -= want
    return max(wants, default=0.0)


def _wrapped(columns: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> float:
    """Lines a row takes, on the mean."""
    if not columns or not columns[0]:
        return 1.0
    room = [(w - PADDING) / (size * _MM) + 0.01 for w in widths]
    lines = 0.0
    for row in zip(*columns, strict=True):
        lines += max(-(-em(t) // r) for t, r in zip(row, room, strict=True)) or 1
    return lines / len(columns[0])
