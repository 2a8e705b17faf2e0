"""What of a sheet has to be looked at closely: most cells are of a few common forms.

A sheet's cells have a few dozen shapes once every digit is 0 and every capital A, and its rows a
few hundred: each of those is looked at once for all sheets.
"""

from __future__ import annotations

import re

LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHAPED = bytes.maketrans(b"123456789" + LETTERS, b"0" * 9 + b"A" * 26)
_ROW_TAG = rb'<row r="0{1,7}"(?: (?!hidden=)[a-zA0:]+="[^"<>\r\n\t]*")*'
_TAGS = rb"(?:%s/>)*%s>" % (_ROW_TAG, _ROW_TAG)  # of a row and the empty ones before it
_ROW_TAGS = re.compile(_TAGS)
_NEXT_ROW = rb"(?:</row>%s)?" % _TAGS
_COMMON_SHAPE = re.compile(  # a number or a shared text in a cell, and perhaps the next row's tag
    rb'r="A{1,3}0{1,7}"(?: s="0+")?(?: t="[nsb]")?'
    rb"(?:/>|><v>-?(?:0{1,15}|0{1,6}\.0{1,8})</v></c>)" + _NEXT_ROW
)
_LONG_SHAPE = re.compile(  # likewise, but of a number whose text the reader may alter
    rb'r="A{1,3}0{1,7}"(?: s="0+")?(?: t="n")?'
    rb"><v>-?0+(?:\.0+)?(?:[Ae][-+]?0+)?</v></c>" + _NEXT_ROW
)
_MOST_SHAPES, _MOST_BYTES = 10_000, 8 << 20  # kept in mind; cut into cells
_MOST_OF_ROW = 600  # bytes of a row's shape that is kept in mind
_common_shapes: set[bytes] = set()
_common_rows: set[bytes] = set()


def excerpt(xml: bytes) -> bytes:
    """The sheet without those cells between its first and its last that are of the commonest form:
    plain numbers and shared texts. Whatever is odd about a sheet is odd about its excerpt, which
    is looked through many times faster. All of it if some cell is odder than a long number."""
    first, last = ends(xml)
    if len(xml) > _MOST_BYTES or last <= first:
        return xml
    shaped = xml[first:last].translate(_SHAPED)
    if _has_common_rows(shaped):
        return b"<c ".join((xml[:first], xml[last + 3 :]))
    shapes = shaped[3:].split(b"<c ")
    long = set()
    for shape in set(shapes) - _common_shapes:
        if _is_common(shape):
            continue
        if not _LONG_SHAPE.fullmatch(shape):
            return xml
        long.add(shape)
    kept = _cells_like(long, shapes, xml[first + 3 : last]) if long else ()
    return b"<c ".join((xml[:first], *kept, xml[last + 3 :]))


def _has_common_rows(shaped: bytes) -> bool:
    """Whether all cells from the first up to the last are of the commonest form."""
    *rows, end = (b'<row r="0">' + shaped).split(b"</row>")
    if not (end in _common_rows or _ROW_TAGS.fullmatch(end) or _is_common_row(end)):
        return False
    return all(_is_common_row(row) for row in set(rows) - _common_rows)


def _is_common_row(shape: bytes) -> bool:
    tags, *cells = shape.split(b"<c ")
    common = bool(cells and _ROW_TAGS.fullmatch(tags)) and all(map(_is_common, cells))
    if common and len(shape) <= _MOST_OF_ROW and len(_common_rows) < _MOST_SHAPES:
        _common_rows.add(shape)
    return common


def _is_common(shape: bytes) -> bool:
    if shape in _common_shapes:
        return True
    common = _COMMON_SHAPE.fullmatch(shape) is not None
    if common and len(_common_shapes) < _MOST_SHAPES:
        _common_shapes.add(shape)
    return common


def _cells_like(wanted: set[bytes], shapes: list[bytes], cells: bytes) -> list[bytes]:
    cut = cells.split(b"<c ")
    return [cell for cell, shape in zip(cut, shapes, strict=True) if shape in wanted]


def ends(xml: bytes) -> tuple[int, int]:
    """Where the first and the last cell begin."""
    return xml.find(b"<c "), xml.rfind(b"<c ")
