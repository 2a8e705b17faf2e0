"""Facts of one OOXML sheet that the fast reader does not give.

Every test begins with a search for bytes that most sheets do not have, so that a clean sheet
costs a few passes at C speed and no Python loop over cells. A sheet written in an unusual way
(prefixes, single quotes, cells without address) goes through `slow_facts.py` instead.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from pipeline.workbook.excerpts import LETTERS, ends
from pipeline.workbook.limits import Refused
from pipeline.workbook.places import in_order, places
from pipeline.workbook.serials import iso_moment, plain, serial_date
from pipeline.workbook.styles import Styles

_CELL = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_PLACE = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
ROWS, COLUMNS = 1 << 20, 1 << 14  # of the largest sheet there is
_DIGITS = b"0123456789"
_VALUED = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<(?:v|is)\b'
)
# Likewise, but with something in it: the fast reader takes `<v/>` for no cell.
_FILLED = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?'
    rb"<(?:is\b|v(?:\s[^>]*)?>[^<])"
)
_FULL = re.compile(  # column, row, attributes, formula, value
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>]*)(?<!/)>'
    rb"(<f[^>]*/>|<f[^>]*>[^<]*</f>)?(?:<v[^>]*/>|<v[^>]*>([^<]*)</v>)?"
)
_HIDDEN_ROW = re.compile(rb'<row r="([0-9]{1,7})"[^>]*?\shidden="(?:1|true)"')
_HIDDEN_COL = re.compile(rb"<col [^>]*?\bhidden=\"(?:1|true)\"[^>]*>")
_ZEROS = re.compile(rb"([A-Z])0+")  # A01 is A1
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]+):([A-Z]{1,3})([0-9]+)"')
# A number that the reader's nine decimals or fifteen digits would alter.
_DELICATE = re.compile(rb"<v>-?(?:[0-9]{16}|[0-9]*\.[0-9]{9}|[0-9.]+[Ee])")
# A number that the reader gives back as it is written, whatever it is told of it.
_ORDINARY = re.compile(rb"(?=.{1,10}\Z)-?(?:[1-9][0-9]*|0(?=\.))(?:\.[0-9]*[1-9])?|0")
_LONG = 1e15
_BREAKS = (b"\n", b"\r", b"\t")
_INDENTED_CELL = re.compile(rb"<c [^>]*>\s|</f>\s")
_FEW, _FEW_FORMATS = 50, 4
# A cell whose format the quick searches would miss: `t` before `s` (Apache POI), other quotes or
# blanks, further attributes, `<v xml:space="preserve">`.
_UNUSUAL_CELL = re.compile(
    rb'<c (?!r="[A-Z]{1,3}[0-9]{1,7}"(?: s="(?:0|[1-9][0-9]*)")?(?: t="[a-zA-Z]+")?/?>)|<v\s'
)
_UNUSUAL_TAG = re.compile(rb"<(?:row|col|mergeCell)(?:\s[^>]*(?:'|\s=|=\s)|[\r\n\t])")


Mark = tuple[int, int, str, str | None]  # row, col, flag, exact text (None: the reader's own)


@dataclass
class Facts:
    """What the pre-check knows of a sheet. Rows and columns count from 1."""

    rows: int = 0  # last written row
    cells: int = 0
    hulls: list[tuple[int, int, int]] = field(default_factory=list)  # first col, last col, last row
    marks: list[Mark] = field(default_factory=list)
    duplicates: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_cols: list[int] = field(default_factory=list)
    merged: list[list[int]] = field(default_factory=list)


def number_of(letters: bytes | str) -> int:
    """Column letters to number: A -> 1, AB -> 28."""
    total = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode():
        total = total * 26 + letter - 64
    return total


def is_canonical(xml: bytes) -> bool:
    """Whether every cell and row is written as Excel, WPS and the common libraries write it."""
    if b"<!" in xml or b"<sheetData" not in xml:
        return not xml.count(b"<c ") and b":c " not in xml and b"<!" not in xml
    if b"<c>" in xml or b"<row>" in xml:
        return False
    if xml.count(b"<c ") != xml.count(b'<c r="') or xml.count(b"<row ") != xml.count(b'<row r="'):
        return False
    if _UNUSUAL_CELL.search(xml) or _UNUSUAL_TAG.search(xml):
        return False
    start = xml.find(b"<sheetData")
    # one byte is found many times faster than two
    indented = any(xml.find(blank, start) >= 0 for blank in _BREAKS) or xml.find(b"> ", start) >= 0
    return not indented or _INDENTED_CELL.search(xml, start) is None


def scan(xml: bytes, styles: Styles, looked_at: bytes | None = None) -> Facts:
    """Facts of a canonical sheet. `looked_at`: its `excerpts.excerpt`."""
    whole = looked_at is None or len(looked_at) == len(xml)
    looked_at = xml if looked_at is None else looked_at
    facts, starts = (None if whole else _placed_in_order(xml)) or (_placed(xml), None)
    _scan_layout(looked_at, facts)
    peculiar = _is_peculiar(looked_at)
    if _everywhere(styles) or (peculiar and (whole or b"<v>-0" in xml)):  # the reader's -0 is our 0
        _scan_values(xml, styles, facts)
        return facts
    _scan_styled(xml, styles, facts, starts)
    if peculiar:
        odd = Facts()
        _scan_values(looked_at, styles, odd)  # the other cells give back what is written
        seen = {(int(row), number_of(column)) for column, row in _PLACE.findall(looked_at)}
        facts.marks = [mark for mark in facts.marks if mark[:2] not in seen] + odd.marks
    return facts


def _everywhere(styles: Styles) -> bool:
    """Whether a cell may be more than a number without saying which format it has: 0."""
    return styles.date1904 or 0 in styles.dates or bool(styles.flag(0))


def _placed(xml: bytes) -> Facts:
    """Where the cells stand, and which of them twice. From the cells, not from their rows: the
    reader goes by a cell's own address."""
    references = _CELL.findall(xml)
    facts = Facts(cells=len(references))
    if len(references) != xml.count(b'<c r="'):  # ZZZZ1, A-1: places that no sheet has
        raise Refused("file_corrupt")
    if references:
        joined = b" ".join(references)
        columns = [number_of(name) for name in set(joined.translate(None, _DIGITS).split())]
        numbers = set(joined.translate(None, LETTERS).split())
        if any(number.startswith(b"0") for number in numbers):
            references = [_ZEROS.sub(rb"\1", reference) for reference in references]
        rows = list(map(int, numbers))
        _take_hull(facts, min(rows), max(rows), min(columns), max(columns))
    if len(set(references)) != len(references):
        facts.duplicates = _duplicates(references)
    return facts


def _placed_in_order(xml: bytes) -> tuple[Facts, list[int]] | None:
    """Likewise of a sheet with an excerpt, if its cells stand one after the other; and where those
    begin that may have a format."""
    first, last = ends(xml)
    end = _PLACE.match(xml, last)
    if not end:
        raise Refused("file_corrupt")
    found = places(xml, first, last)
    rows, columns, starts = found
    row, column = int(end[2]), number_of(end[1])
    if not in_order(found) or (row, column) <= (rows[-1], columns[-1]):
        return None
    facts = Facts(cells=len(rows) + 1)
    left, right = min(column, int(columns.min())), max(column, int(columns.max()))
    _take_hull(facts, int(rows[0]), row, left, right)
    return facts, [*starts, last]


def _take_hull(facts: Facts, top: int, bottom: int, left: int, right: int) -> None:
    if top < 1 or bottom > ROWS or right > COLUMNS:
        raise Refused("file_corrupt")
    facts.rows = bottom
    facts.hulls.append((left, right, bottom))


def written_hulls(xml: bytes) -> Iterator[tuple[int, int, int]]:
    """First column, last column, last row over cells that have a value element (blank formats left
    out), then over those that have something in it."""
    for pattern in (_VALUED, _FILLED):
        if found := pattern.findall(xml):
            columns = [number_of(name) for name in {column for column, _ in found}]
            yield min(columns), max(columns), max(int(row) for row in {row for _, row in found})


def _duplicates(references: list[bytes]) -> list[tuple[int, int]]:
    seen: set[bytes] = set()
    twice = []
    for reference in references:
        if reference in seen:
            letters = reference.rstrip(b"0123456789")
            twice.append((int(reference[len(letters) :]), number_of(letters)))
        seen.add(reference)
    return twice


def _scan_layout(xml: bytes, facts: Facts) -> None:
    if b" hidden=" in xml:
        facts.hidden_rows = [int(row) for row in _HIDDEN_ROW.findall(xml)]
        for column in _HIDDEN_COL.findall(xml):
            first, last = (
                int(m[1]) if (m := re.search(rb'\b%s="([0-9]+)"' % name, column)) else 0
                for name in (b"min", b"max")
            )
            # Excel hides the unused rest of a sheet up to column XFD as one range.
            facts.hidden_cols += list(range(first, min(last, first + 255, 16384) + 1))
    if b"<mergeCell " in xml:
        facts.merged = [
            [int(r1), number_of(c1), int(r2), number_of(c2)]
            for c1, r1, c2, r2 in _MERGE.findall(xml)
        ]


def _is_peculiar(xml: bytes) -> bool:
    """Whether it has formulas, errors, dates as text, or numbers that the reader would alter."""
    odd = b"<f" in xml or b't="e"' in xml or b't="d"' in xml
    return odd or _DELICATE.search(xml) is not None


def _scan_values(xml: bytes, styles: Styles, facts: Facts) -> None:
    known: dict[bytes, tuple[str, int]] = {}  # a sheet has few different attributes
    silent: dict[bytes, Callable[[bytes], object] | None] = {}
    for column, row, attributes, formula, value in _FULL.findall(xml):
        if attributes not in known:
            kind, style = known[attributes] = _kind_and_style(attributes)
            silent[attributes] = _silent(kind, style, styles)
        says_nothing = silent[attributes]
        if says_nothing and not formula and says_nothing(value):
            continue
        kind, style = known[attributes]
        shown = formula_text(formula) if formula else None
        mark = judge(kind, style, shown, value.decode("utf-8", "replace"), styles)
        if mark:
            facts.marks.append((int(row), number_of(column), *mark))


def _silent(kind: str, style: int, styles: Styles) -> Callable[[bytes], object] | None:
    """Which values of such a cell get no mark if it has no formula; None: :func:`judge` knows."""
    if kind in ("s", "str", "inlineStr", "b"):
        return lambda value: True
    plain_number = kind == "n" and not styles.flag(style) and style not in styles.dates
    return _ORDINARY.fullmatch if plain_number else None


def _kind_and_style(attributes: bytes) -> tuple[str, int]:
    """`t` and `s` of a cell."""
    style = re.search(rb'\bs="([0-9]+)"', attributes)
    kind = re.search(rb'\bt="([a-zA-Z]+)"', attributes)
    return kind[1].decode() if kind else "n", int(style[1]) if style else 0


def _scan_styled(xml: bytes, styles: Styles, facts: Facts, starts: list[int] | None) -> None:
    """Percentages, dates and scaled numbers of a sheet that has no other peculiarity. `starts`:
    where cells begin that may be such, if that is known."""
    every = (styles.dates, "date"), (styles.percents, "percent"), (styles.scaled, "scaled")
    for ids, flag in every:
        if not ids:
            continue
        told: dict[bytes, str | None] = {}  # a column of months holds one value
        for column, row, value in _cells_of(ids, xml, starts):
            if flag == "date" and value not in told:
                told[value] = _date(value, styles)
            facts.marks.append((int(row), number_of(column), flag, told.get(value)))


@lru_cache(maxsize=64)
def _cell_in(ids: frozenset[int]) -> re.Pattern[bytes]:
    """A cell in one of these formats, with a number."""
    one = b"|".join(b"%d" % i for i in sorted(ids))
    return re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})" s="(?:%s)"(?: t="n")?><v>([^<]+)' % one)


def _cells_of(
    ids: frozenset[int], xml: bytes, starts: list[int] | None
) -> list[tuple[bytes, bytes, bytes]]:
    """Column, row and value of the cells in these formats; a few are looked up one by one."""
    cell = _cell_in(ids)
    if starts is None or len(starts) > _FEW:
        if len(ids) > _FEW_FORMATS:
            return cell.findall(xml)
        places = sorted(place for i in ids for place in _places(b'" s="%d"' % i, xml))
        if len(places) > _FEW:
            return cell.findall(xml)
        # a row has a format too: its mark leads to the cell before it, a second time
        starts = list(dict.fromkeys(xml.rfind(b"<c ", 0, place) for place in places))
    found = (cell.match(xml, start) for start in starts if start >= 0)
    return [(m[1], m[2], m[3]) for m in found if m]


def _places(mark: bytes, xml: bytes) -> list[int]:
    """Where it stands, at most as often as is still few, and once more."""
    found = [xml.find(mark)]
    while found[-1] >= 0 and len(found) <= _FEW:
        found.append(xml.find(mark, found[-1] + 1))
    return [place for place in found if place >= 0]


def _date(value: bytes | str, styles: Styles) -> str | None:
    """The date of a serial. The fast reader's own text is not taken: it does not heed every
    workbook's 1904, cuts seconds off where Excel rounds, writes times above a day as `P 24H0M0S`
    and a number outside its calendar as a blank."""
    try:
        return serial_date(float(value), styles.date1904)
    except (ValueError, OverflowError):
        return None


def formula_text(formula: bytes) -> str:
    """The formula of an `<f>` element as a clerk sees it."""
    inner = re.sub(rb"<[^>]*>", b"", formula).decode("utf-8", "replace")
    return "=" + html.unescape(inner)


def judge(
    kind: str, style: int, formula: str | None, value: str, styles: Styles
) -> tuple[str, str | None] | None:
    """Flag and exact text of a cell, or None for an ordinary one. None as text: keep the reader's.

    `kind` is the cell's `t`; `value` the text of `<v>` ("" if there is none).
    """
    if kind == "e":
        return ("error", value) if value else ("uncached", formula or "=")
    if formula is not None and not value:
        return None if kind == "str" else ("uncached", formula)
    if kind == "d":
        return ("date", _iso(value))
    if kind != "n" or not value:
        return None
    return _judge_number(value, style, styles)


def _iso(value: str) -> str:
    try:
        return iso_moment(value)
    except (ValueError, OverflowError):
        return value  # parsing will call it unreadable


def _judge_number(value: str, style: int, styles: Styles) -> tuple[str, str | None] | None:
    flag = styles.flag(style)
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number):
        return ("error", value)
    if style in styles.dates:
        return ("date", _date(value, styles))
    if abs(number) >= _LONG:
        return ("long", value)
    exact = plain(number)
    # The reader keeps nine decimals; a short number it gives back as it is.
    return (flag, exact) if flag or exact != value or len(value) > 10 else None
