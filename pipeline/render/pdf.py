"""Blocks to PDF with typst in the layout of GB/T 9704-2012, tagged (PDF/UA-1, PDF/A-2a).

Fonts are those of the installation only, and times those of the publication: the same document
gives the same bytes on every machine.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from pipeline.faults import Fault
from pipeline.render import charts, theme
from pipeline.render.columns import em
from pipeline.render.layout import LAST, UNDATED, plan
from pipeline.render.pdf_reading import overflow, page_count, read, read_tables, straggles
from pipeline.render.strips import check_strips
from pipeline.render.totals import as_shown, checked, tables
from pipeline.reports.blocks import Appendix, Document, Note, Table

SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)  # of the type of a single page; no smaller is read
TIGHT = (0.6, 0.3, 0.0)  # of the room in cells, where a last page would bear a line or two
STANDARDS = ["a-2a", "ua-1"]
LOST = "〓"  # the printer's mark for a character that no font has
Texts = list[list[str]]
_NEAR = 0.04  # of a scale, by which its guess may be too small
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_MISSING = "could not be displayed with"


class PageError(Fault):
    """A document of one page does not go onto one page, however small its type (exit 1)."""

    def __init__(self, document: Document) -> None:
        super().__init__(
            f"“{document.title}”的内容一页放不下（字号已缩到{SCALES[-1]:.0%}），文件没有放出。"
            "请减少条目或缩短文字。",
            f"{document.title!r} does not go onto one page (type already at {SCALES[-1]:.0%}); the "
            "file was not released. Give it fewer items or shorter texts.",
            1,
        )


@cache
def _engine() -> tuple[Any, bytes]:
    """One engine per process: it keeps fonts and what it has set before."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(theme.font_folder())],
    )
    source = files("pipeline.render").joinpath("document.typ").read_bytes()
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True), source


def _data(document: Document, scale: float, tight: float = 1.0, reserve: float = 0.0) -> str:
    """The laid-out document as JSON for the template."""
    laid = plan(document, scale, tight)
    pieces = laid["body"] + [p for a in laid["attachments"] for p in a["items"]]
    for piece in pieces:
        if piece["kind"] == "chart":
            piece["svg"] = charts.svg(piece.pop("chart"))
    more = {
        "style": asdict(laid["style"]),
        "red_head_em": em(laid["red_head"]),
        "fallback": [],
        "last": LAST,
        "reserve": reserve,
        "red": f"#{theme.RED}",
        "muted": f"#{theme.MUTED}",
        "header_fill": f"#{theme.HEADER_FILL}",
        "fills": {mark: f"#{fill}" for mark, fill in theme.MARK_FILLS.items()},
    }
    return json.dumps({**laid, **more}, ensure_ascii=False)


def _set(data: str, day: datetime) -> bytes:
    compiler, source = _engine()
    blob: bytes = compiler.compile(
        input=source, sys_inputs={"doc": data}, timestamp=day, pdf_standards=STANDARDS
    )
    return blob


def typeset(document: Document, scale: float = 1.0, reserve: float = 0.0) -> bytes:
    """The PDF at a scale of its type. LostError where a character is in no font."""
    day = datetime.fromisoformat(document.meta["date"] or UNDATED).replace(tzinfo=UTC)
    try:
        blob = _set(_data(document, scale, reserve=reserve), day)
        for tight in () if document.layout == "onepage" else TIGHT:
            if not straggles(blob):
                break
            blob = _set(_data(document, scale, tight), day)
        return blob
    except typst.TypstError as error:
        lost = _lost(str(error.message))
        if not lost:
            raise
        raise LostError(lost) from error


class LostError(ValueError):
    """Characters that no font of the installation has."""

    def __init__(self, characters: str) -> None:
        super().__init__(characters)
        self.characters = characters


def _lost(message: str) -> str:
    """The characters a message of the engine says are in no font."""
    if _MISSING not in message or '`"' not in message:
        return ""
    told = message.split('`"', 1)[1].split('"`', 1)[0]
    characters = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), told)
    return "".join(c for c in characters if not c.isascii())  # escapes of the message are


def printable(document: Document) -> Document:
    """`document` with 〓 for each character that no font has, and a note that says which."""
    lost = ""
    marked = document
    while True:
        try:
            fitted(marked) if document.layout == "onepage" else typeset(marked)
        except LostError as error:
            if set(error.characters) <= set(lost):
                raise  # marked already: not what is wrong
            lost += error.characters
            marked = _replaced(document, dict.fromkeys(map(ord, lost), LOST))
            continue
        return marked if not lost else _told(marked, lost)


def _told(document: Document, lost: str) -> Document:
    codes = ", ".join(f"U+{ord(c):04X}" for c in dict.fromkeys(lost))
    zh = document.language == "zh"
    said = f"{LOST}：字库没有的字（{codes}）。" if zh else f"{LOST}: not in the fonts ({codes})."
    at = next((i for i, b in enumerate(document.blocks) if isinstance(b, Appendix)), None)
    at = len(document.blocks) if at is None else at
    blocks = (*document.blocks[:at], Note(said), *document.blocks[at:])
    return replace(document, blocks=blocks)


def _replaced(thing: Any, marks: dict[int, str]) -> Any:
    """`thing` with characters replaced in every text in it."""
    if isinstance(thing, str):
        return thing.translate(marks)
    if isinstance(thing, tuple | list):
        return type(thing)(_replaced(each, marks) for each in thing)
    if isinstance(thing, dict):
        return {key: _replaced(value, marks) for key, value in thing.items()}
    if is_dataclass(thing) and not isinstance(thing, type):
        own = {f.name: _replaced(getattr(thing, f.name), marks) for f in fields(thing)}
        return replace(thing, **own)
    return thing


def fitted(document: Document, reserve: float = 0.0) -> tuple[bytes, float]:
    """The PDF of a one-page document and the scale at which it is one page; PageError if none.

    `reserve`: millimetres at the foot that must stay free, for a program with other fonts.
    """
    blob = typeset(document, SCALES[0], reserve)
    over = overflow(blob)
    if not over:
        return blob, SCALES[0]
    # Type half as large takes a quarter of the page: scales that cannot do are not tried.
    near = (1 - over) ** 0.5 + _NEAR
    for scale in SCALES[1:]:
        if scale > near and scale != SCALES[-1]:
            continue
        blob = typeset(document, scale, reserve)
        if page_count(blob) == 1:
            return blob, scale
    raise PageError(document)


def write(document: Document, path: Path) -> None:
    """Write `document` as .pdf. LostError where a character is in no font."""
    blob = fitted(document)[0] if document.layout == "onepage" else typeset(document)
    path.write_bytes(blob)


def render(document: Document, path: Path) -> Path:
    """Write `document` as .pdf, read it back and compare. ControlTotalError on any difference.

    A character that no font has is printed as 〓 and named below: better than a box or no document.
    """
    try:
        return _checked(document, path)
    except LostError:
        return _checked(printable(document), path)


def _checked(document: Document, path: Path) -> Path:
    said = ""

    def own(written: Path) -> list[Texts]:
        nonlocal said
        reading = read(written)
        said = reading.text
        if document.layout == "onepage" and reading.pages != 1:
            raise PageError(document)
        return [_bare(table) for table in reading.tables]

    checked(document, path, write, own, _wanted)
    return check_strips(document, path, said)


def _wanted(document: Document) -> list[tuple[Table, Texts]]:
    return [(table, _bare(as_shown(table))) for table in tables(document)]


def _bare(table: Texts) -> Texts:
    """Texts without spaces (one at the end of a line is not always in the file) and without
    ligatures, which a reader takes apart."""
    return [["".join(unicodedata.normalize("NFKC", t).split()) for t in row] for row in table]


__all__ = ["LOST", "PageError", "fitted", "page_count", "read_tables", "render", "typeset", "write"]
