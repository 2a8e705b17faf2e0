"""Tables of a PDF as its tags tell them: read from the page's own text, for the read-back check."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.render.columns import BREAK

_PROFILE = re.compile(rb"\[/ICCBased \d+ 0 R\]")
_Row = list[str]
_FEW = 150  # characters of a page, its number and a repeated header included
_LONGEST = 64  # bytes of the name of a tag, as UTF-16
_MADE_UP = frozenset(" \r\n")  # what the reader puts in by itself
_HYPHEN = "\x02"  # what the reader makes of a hyphen at the end of a line
_BROKEN = "\ufffe"  # the same in all text of a page
_PAGES = re.compile(rb"<</Type/Pages/Count (\d+)/")
_HEAD = 4096  # bytes within which the engine has them: looking through all takes as long as opening


def _plain(call: Any, answer: Any, *given: Any) -> Callable[..., Any]:
    """A call of PDFium that takes and gives addresses as numbers: made a thousand times a page, a
    call with an object for each address takes three times as long."""
    address = ctypes.cast(call, ctypes.c_void_p).value
    assert address is not None
    plain: Callable[..., Any] = ctypes.PYFUNCTYPE(answer, *given)(address)
    return plain


_P, _I = ctypes.c_void_p, ctypes.c_int
_count_chars = _plain(pdfium.FPDFText_CountChars, _I, _P)
_is_generated = _plain(pdfium.FPDFText_IsGenerated, _I, _P, _I)
_unicode_of = _plain(pdfium.FPDFText_GetUnicode, ctypes.c_uint, _P, _I)
_object_of = _plain(pdfium.FPDFText_GetTextObject, _P, _P, _I)
_mark_of = _plain(pdfium.FPDFPageObj_GetMarkedContentID, _I, _P)
_tree_of = _plain(pdfium.FPDF_StructTree_GetForPage, _P, _P)
_roots = _plain(pdfium.FPDF_StructTree_CountChildren, _I, _P)
_root = _plain(pdfium.FPDF_StructTree_GetChildAtIndex, _P, _P, _I)
_close = _plain(pdfium.FPDF_StructTree_Close, None, _P)
_count = _plain(pdfium.FPDF_StructElement_CountChildren, _I, _P)
_child = _plain(pdfium.FPDF_StructElement_GetChildAtIndex, _P, _P, _I)
_mark = _plain(pdfium.FPDF_StructElement_GetChildMarkedContentID, _I, _P, _I)
_name = _plain(pdfium.FPDF_StructElement_GetType, ctypes.c_ulong, _P, _P, ctypes.c_ulong)


def page_count(blob: bytes) -> int:
    """Number of pages, as the engine that set it writes it, or as the reader finds it."""
    if told := _PAGES.search(blob, 0, _HEAD):
        return int(told[1])
    document = pypdfium2.PdfDocument(blob)
    try:
        return len(document)
    finally:
        document.close()


def overflow(blob: bytes) -> float:
    """The share of the text that does not stand on the first page."""
    if page_count(blob) < 2:
        return 0.0
    document = pypdfium2.PdfDocument(_uncoloured(blob))
    try:
        counts = [len(page.get_textpage().get_text_range()) for page in document]
        return max(1 - counts[0] / max(1, sum(counts)), 1e-9)
    finally:
        document.close()


def straggles(blob: bytes) -> bool:
    """Whether the last of several pages bears next to nothing."""
    if page_count(blob) < 2:
        return False
    document = pypdfium2.PdfDocument(_uncoloured(blob))
    try:
        text = document[len(document) - 1].get_textpage().get_text_range()
        return len("".join(text.split())) < _FEW
    finally:
        document.close()


@dataclass(frozen=True)
class Reading:
    """What a PDF says: tables × rows × texts, all text without spaces as it is drawn, and how many
    pages it has."""

    tables: list[list[list[str]]]
    text: str
    pages: int


def read(path: Path) -> Reading:
    """Reads a tagged PDF. A header is given once; a table over several pages is one."""
    document = pypdfium2.PdfDocument(_uncoloured(path.read_bytes()))
    try:
        tables: list[list[_Row]] = []
        said = []
        for page in document:
            text_page = page.get_textpage()
            said.append(text_page.get_text_range())
            for header, rows in _parts(page, text_page, said[-1]):
                if header or not tables:
                    tables.append(rows)
                else:  # a table that goes on: its header is tagged on the first page only
                    tables[-1] += rows
            text_page.close()
            page.close()
    finally:
        document.close()
    text = "".join("".join(said).replace(_HYPHEN, "-").split())
    return Reading(tables, text, len(said))


def read_tables(path: Path) -> list[list[list[str]]]:
    """Tables × rows × texts: what the page draws, in the order of the tags."""
    return read(path).tables


def _uncoloured(blob: bytes) -> bytes:
    """The same file without the profile of its colours: working it out takes half of the time of
    reading a page, and tells nothing of its text. Of equal length, since a PDF counts its bytes."""
    return _PROFILE.sub(lambda m: b"/DeviceRGB".ljust(len(m[0])), blob)


def _parts(page: Any, text_page: Any, said: str) -> list[tuple[bool, list[_Row]]]:
    """Of each table on a page whether it begins here, and its rows. `said`: the page's text."""
    tree = _tree_of(page.raw)
    if not tree:
        return []
    try:
        roots = (_root(tree, i) for i in range(_roots(tree)))
        found = [t for root in roots if root for t in _within(root, _TABLE)]
        if not found:
            return []
        tables = [[_cells(tr) for tr in _within(t, _TR)] for t in found]
        wanted = {i for rows in tables for row in rows for _, marks in row for i in marks}
        drawn = _drawn(ctypes.cast(text_page.raw, _P).value, said, wanted)
        return [_table(rows, drawn) for rows in tables]
    finally:
        _close(tree)


def _cells(row: int) -> list[tuple[bool, list[int]]]:
    """Of each cell whether it is a header, and its marks."""
    kinds = ((_type(c), c) for c in _children(row))
    return [(kind == _TH, list(_marks(c))) for kind, c in kinds if kind in (_TH, _TD)]


def _table(
    rows: list[list[tuple[bool, list[int]]]], drawn: dict[int, str]
) -> tuple[bool, list[_Row]]:
    header = any(head for row in rows for head, _ in row)
    width = max(map(len, rows), default=0)
    rows = [row for row in rows if len(row) == width or len(row) > 1]  # the note, in the foot
    texts = [["".join(drawn.get(i, "") for i in marks).strip() for _, marks in r] for r in rows]
    return header, texts


def _children(element: int) -> list[int]:
    return [child for i in range(_count(element)) if (child := _child(element, i))]


_buffer = ctypes.create_string_buffer(_LONGEST)
_TABLE, _TR, _TH, _TD = (name.encode("utf-16-le") for name in ("Table", "TR", "TH", "TD"))


def _type(element: int) -> bytes:
    """The name of a tag as PDFium has it, in UTF-16. A longer name than any that is asked for is
    not filled in: it is none of them."""
    size = _name(element, _buffer, _LONGEST)
    return _buffer.raw[: size - 2] if 2 < size <= _LONGEST else b""


def _within(element: int, kind: bytes) -> Iterator[int]:
    """Elements of a kind below `element`, in order, the outermost only."""
    if _type(element) == kind:
        yield element
        return
    for child in _children(element):
        yield from _within(child, kind)


def _marks(element: int) -> Iterator[int]:
    """Marked-content ids below an element, in order."""
    for i in range(_count(element)):
        mark = _mark(element, i)
        if mark >= 0:
            yield mark
        elif child := _child(element, i):
            yield from _marks(child)


def _drawn(raw: int | None, said: str, wanted: set[int]) -> dict[int, str]:
    """Marked-content id to the characters drawn under it, of those wanted.

    Spaces that the reader makes up where it sees a gap are left out, but one between two Latin
    words: at the end of a line that is set to the middle or the right there is none in the file.
    """
    texts: dict[int, list[str]] = {}
    marks: dict[int | None, int] = {}
    gap = False
    for i, char in enumerate(_units(raw, said)):
        # Asked of these only: every call is a tenth of the time of reading a page.
        if char in _MADE_UP and _is_generated(raw, i):
            gap = True
            continue
        place = _object_of(raw, i)
        mark = marks.get(place)
        if mark is None:
            mark = marks[place] = _mark_of(place)
        if mark not in wanted:
            continue
        text = texts.setdefault(mark, [])
        if gap and text and _latin(text[-1]) and _latin(char):
            text.append(" ")
        text.append(char)
        gap = False
    return {mark: _text(each) for mark, each in texts.items()}


def _units(raw: int | None, said: str) -> Sequence[str]:
    """The units of UTF-16 of a page, in their order: those of its text, unless the reader counts
    otherwise (a character outside the first plane, one without a code)."""
    n = _count_chars(raw)
    if len(said) == n and max(said, default="") <= "\uffff":
        return said.replace(_BROKEN, _HYPHEN)
    return [chr(_unicode_of(raw, i)) for i in range(n)]


def _text(units: list[str]) -> str:
    """Characters from the units of UTF-16 that the reader gives."""
    joined = "".join(units).replace(BREAK, "").replace(_HYPHEN, "-")
    return joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()
