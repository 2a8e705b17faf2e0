"""Tables of a PDF as its tags tell them: read from the page's own text, for the read-back check."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
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
_MADE_UP = frozenset(map(ord, " \r\n"))  # what the reader puts in by itself
_HYPHEN = "\x02"  # what the reader makes of a hyphen at the end of a line


def page_count(blob: bytes) -> int:
    """Number of pages."""
    document = pypdfium2.PdfDocument(blob)
    try:
        return len(document)
    finally:
        document.close()


def overflow(blob: bytes) -> float:
    """The share of the text that does not stand on the first page."""
    document = pypdfium2.PdfDocument(_uncoloured(blob))
    try:
        if len(document) < 2:
            return 0.0
        counts = [len(page.get_textpage().get_text_range()) for page in document]
        return max(1 - counts[0] / max(1, sum(counts)), 1e-9)
    finally:
        document.close()


def straggles(blob: bytes) -> bool:
    """Whether the last of several pages bears next to nothing."""
    document = pypdfium2.PdfDocument(blob)
    try:
        if len(document) < 2:
            return False
        text = document[len(document) - 1].get_textpage().get_text_range()
        return len("".join(text.split())) < _FEW
    finally:
        document.close()


@dataclass(frozen=True)
class Reading:
    """What a PDF says: tables × rows × texts, and all text without spaces as it is drawn."""

    tables: list[list[list[str]]]
    text: str


def read(path: Path) -> Reading:
    """Reads a tagged PDF. A header is given once; a table over several pages is one."""
    document = pypdfium2.PdfDocument(_uncoloured(path.read_bytes()))
    try:
        tables: list[list[_Row]] = []
        said = []
        for page in document:
            text_page = page.get_textpage()
            said.append(text_page.get_text_range())
            for header, rows in _parts(page, text_page):
                if header or not tables:
                    tables.append(rows)
                else:  # a table that goes on: its header is tagged on the first page only
                    tables[-1] += rows
            text_page.close()
            page.close()
    finally:
        document.close()
    return Reading(tables, "".join("".join(said).replace(_HYPHEN, "-").split()))


def read_tables(path: Path) -> list[list[list[str]]]:
    """Tables × rows × texts: what the page draws, in the order of the tags."""
    return read(path).tables


def _uncoloured(blob: bytes) -> bytes:
    """The same file without the profile of its colours: working it out takes half of the time of
    reading a page, and tells nothing of its text. Of equal length, since a PDF counts its bytes."""
    return _PROFILE.sub(lambda m: b"/DeviceRGB".ljust(len(m[0])), blob)


def _parts(page: Any, text_page: Any) -> list[tuple[bool, list[_Row]]]:
    """Of each table on a page whether it begins here, and its rows."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return []
    try:
        roots = (
            pdfium.FPDF_StructTree_GetChildAtIndex(tree, i)
            for i in range(pdfium.FPDF_StructTree_CountChildren(tree))
        )
        found = [t for root in roots if root for t in _within(root, "Table")]
        if not found:
            return []
        tables = [[_cells(tr) for tr in _within(t, "TR")] for t in found]
        wanted = {i for rows in tables for row in rows for _, marks in row for i in marks}
        drawn = _drawn(text_page, wanted)
        return [_table(rows, drawn) for rows in tables]
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _cells(row: Any) -> list[tuple[bool, list[int]]]:
    """Of each cell whether it is a header, and its marks."""
    kinds = ((_type(c), c) for c in _children(row))
    return [(kind == "TH", list(_marks(c))) for kind, c in kinds if kind in ("TH", "TD")]


def _table(
    rows: list[list[tuple[bool, list[int]]]], drawn: dict[int, str]
) -> tuple[bool, list[_Row]]:
    header = any(head for row in rows for head, _ in row)
    texts = [["".join(drawn.get(i, "") for i in marks).strip() for _, marks in r] for r in rows]
    return header, texts


def _children(element: Any) -> Iterator[Any]:
    for i in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, i)
        if child:
            yield child


def _type(element: Any) -> str:
    buffer = ctypes.create_string_buffer(_LONGEST)
    size = pdfium.FPDF_StructElement_GetType(element, buffer, _LONGEST)
    # A longer name than any that is asked for is not filled in: it is none of them.
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le")


def _within(element: Any, kind: str) -> Iterator[Any]:
    """Elements of a kind below `element`, in order, the outermost only."""
    if _type(element) == kind:
        yield element
        return
    for child in _children(element):
        yield from _within(child, kind)


def _marks(element: Any) -> Iterator[int]:
    """Marked-content ids below an element, in order."""
    for i in range(pdfium.FPDF_StructElement_CountChildren(element)):
        mark = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, i)
        if mark >= 0:
            yield mark
            continue
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, i)
        if child:
            yield from _marks(child)


def _drawn(text_page: Any, wanted: set[int]) -> dict[int, str]:
    """Marked-content id to the characters drawn under it, of those wanted.

    Spaces that the reader makes up where it sees a gap are left out, but one between two Latin
    words: at the end of a line that is set to the middle or the right there is none in the file.
    """
    raw = text_page.raw
    unicode_of, object_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    texts: dict[int, list[str]] = {}
    marks: dict[int | None, int] = {}
    gap = False
    for i in range(pdfium.FPDFText_CountChars(raw)):
        unit = unicode_of(raw, i)
        # Asked of these only: every call is a tenth of the time of reading a page.
        if unit in _MADE_UP and pdfium.FPDFText_IsGenerated(raw, i):
            gap = True
            continue
        drawn = object_of(raw, i)
        place = ctypes.addressof(drawn.contents) if drawn else None
        if place not in marks:
            marks[place] = pdfium.FPDFPageObj_GetMarkedContentID(drawn)
        if marks[place] not in wanted:
            continue
        char, text = chr(unit), texts.setdefault(marks[place], [])
        if gap and text and _latin(text[-1]) and _latin(char):
            text.append(" ")
        text.append(char)
        gap = False
    return {mark: _text(each) for mark, each in texts.items()}


def _text(units: list[str]) -> str:
    """Characters from the units of UTF-16 that the reader gives."""
    joined = "".join(units).replace(BREAK, "").replace(_HYPHEN, "-")
    return joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()
