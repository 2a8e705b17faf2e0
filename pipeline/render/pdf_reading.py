"""Tables of a PDF as its tags tell them: read from the page's own text, for the read-back check."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.render.columns import BREAK

_Row = list[str]
_FEW = 90  # characters of a page, its number and a repeated header included
_HYPHEN = "\x02"  # what the reader makes of a hyphen at the end of a line


def page_count(blob: bytes) -> int:
    """Number of pages."""
    document = pypdfium2.PdfDocument(blob)
    try:
        return len(document)
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


def read_tables(path: Path) -> list[list[list[str]]]:
    """Tables × rows × texts of a tagged PDF, header once; a table over several pages is one.

    Each text is what the page draws, in the order of the tags; a line that was broken between two
    words of Latin script gets its space back.
    """
    document = pypdfium2.PdfDocument(path)
    try:
        tables: list[list[_Row]] = []
        for page in document:
            for header, rows in _parts(page):
                if header or not tables:
                    tables.append(rows)
                else:  # a table that goes on: its header is tagged on the first page only
                    tables[-1] += rows
            page.close()
        return tables
    finally:
        document.close()


def _parts(page: Any) -> list[tuple[bool, list[_Row]]]:
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
        drawn = _drawn(page)
        return [_table(t, drawn) for t in found]
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _table(table: Any, drawn: dict[int, str]) -> tuple[bool, list[_Row]]:
    rows, header = [], False
    for tr in _within(table, "TR"):
        cells = [c for c in _children(tr) if _type(c) in ("TH", "TD")]
        header = header or any(_type(c) == "TH" for c in cells)
        rows.append(["".join(drawn.get(i, "") for i in _marks(c)).strip() for c in cells])
    return header, rows


def _children(element: Any) -> Iterator[Any]:
    for i in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, i)
        if child:
            yield child


def _type(element: Any) -> str:
    size = pdfium.FPDF_StructElement_GetType(element, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDF_StructElement_GetType(element, buffer, size)
    return buffer.raw.decode("utf-16-le").rstrip("\0")


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


def _drawn(page: Any) -> dict[int, str]:
    """Marked-content id to the text drawn under it."""
    text_page = page.get_textpage()
    texts: dict[int, str] = {}
    buffer = ctypes.create_string_buffer(4096)
    for i in range(pdfium.FPDFPage_CountObjects(page.raw)):
        drawn = pdfium.FPDFPage_GetObject(page.raw, i)
        if pdfium.FPDFPageObj_GetType(drawn) != pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        mark = pdfium.FPDFPageObj_GetMarkedContentID(drawn)
        if mark < 0:
            continue
        size = pdfium.FPDFTextObj_GetText(
            drawn, text_page.raw, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), 4096
        )
        text = buffer.raw[: max(0, size - 2)].decode("utf-16-le")
        texts[mark] = texts.get(mark, "") + text.replace(BREAK, "").replace(_HYPHEN, "-")
    text_page.close()
    return texts
