"""A document laid out: numbered, formatted, measured. Word and PDF set the same pieces in order.

Figures of GB/T 9704-2012 (5.2.1-5.2.3, 7.2-7.5): margins 37, 35, 28, 26 mm, text area 156 × 225 mm,
22 lines of 28 characters of 3号 (15.75 pt), page number 4号 7 mm below the text at the outer side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.render import theme
from pipeline.render.columns import PADDING, PORTRAIT, SIZES, breakable, em, fit
from pipeline.render.titles import title_lines
from pipeline.render.totals import as_shown, control_line
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Heading,
    Note,
    Sentence,
    Strip,
    Table,
)

Piece = dict[str, Any]
Language = Literal["zh", "en"]
SIGNS = {"good": "√", "middle": "△", "bad": "×", "none": ""}  # told by shape, not by colour alone
_CHINESE = "零一二三四五六七八九十"
UNDATED = "1980-01-01"  # of a document without a day
WHOLE = 8  # lines up to which a table is not torn over two pages
_SHORT = 224  # em: eight lines
LAST = 3  # rows of a long table that stay together at its end: none is alone on a page
ROOM = 0.6  # pt above and below the lines of a cell
_LEAD = 14  # characters: a note that begins "term：" has its term set off
_LABEL = re.compile(r"^(附件\d*|Annex|Attachment)\s*[:：]\s*")  # the number is given here
_WORDS = {
    "zh": {
        "attachment": "附件",
        "colon": "：",
        "copies": "抄送",
        "signer": "签发人",
        "printed": "印发",
        "stop": "。",
    },
    "en": {
        "attachment": "Attachment",
        "colon": ": ",
        "copies": "Copies to",
        "signer": "Signed by",
        "printed": "",
        "stop": ".",
    },
}


@dataclass(frozen=True)
class Style:
    """Sizes and line pitches in pt, margins (top, bottom, left, right) in mm."""

    body: float
    pitch: float
    title: float
    title_pitch: float
    subtitle: float
    table_title: float
    tables: tuple[float, ...]
    note: float
    note_pitch: float
    margins: tuple[float, float, float, float]
    chart: float  # mm
    cell: float = ROOM  # pt above and below the lines of a cell

    def scaled(self, k: float) -> Style:
        """The same page with all type `k` times as large."""
        sizes = ("body", "pitch", "title", "title_pitch", "subtitle", "table_title")
        more = {n: getattr(self, n) * k for n in (*sizes, "note", "note_pitch", "chart")}
        return Style(**more, tables=tuple(s * k for s in self.tables), margins=self.margins)

    @property
    def room(self) -> float:
        """Width between the margins in mm."""
        return 210 - self.margins[2] - self.margins[3]


# 28.95 pt: twenty-two lines fill the 225 mm of the text area.
OFFICIAL = Style(15.75, 28.95, 22, 36, 15.75, 14, SIZES, 12, 20, (37, 35, 28, 26), 150)
# English is no official document of GB/T 9704: 3号 would take half as many pages again.
ENGLISH = Style(12, 20, 20, 30, 13, 12, SIZES, 10.5, 15.5, (37, 35, 28, 26), 150)
ONE_PAGE = Style(11.5, 18, 18, 25, 11, 11.5, (10, 9, 8, 7), 9.5, 13.5, (16, 14, 19, 17), 130)
# To be read on two pages: 四号, and a sheet with a little less of a margin.
BRIEF = Style(14, 22.5, 20, 30, 14, 12, SIZES, 10.5, 15.5, (30, 28, 28, 26), 150)
BRIEF_ENGLISH = Style(11, 17, 18, 26, 12, 11, SIZES, 10, 14.5, (30, 28, 28, 26), 150)
STYLES = {
    "official": {"zh": OFFICIAL, "en": ENGLISH},
    "brief": {"zh": BRIEF, "en": BRIEF_ENGLISH},
    "onepage": {"zh": ONE_PAGE, "en": ONE_PAGE},
}


def chinese_number(n: int) -> str:
    """1..99 in Chinese numerals, for headings."""
    if n <= 10:
        return _CHINESE[n]
    tens, ones = divmod(n, 10)
    return (_CHINESE[tens] if tens > 1 else "") + "十" + (_CHINESE[ones] if ones else "")


def heading_number(level: int, n: int, language: str) -> str:
    """一、（一）1. in Chinese; 1. (a) (i) would mislead in English, so 1. 1) - there."""
    if language == "en":
        return {1: f"{n}. ", 2: f"({n}) "}.get(level, f"{n}) ")
    return {1: f"{chinese_number(n)}、", 2: f"（{chinese_number(n)}）"}.get(level, f"{n}.")


def plan(document: Document, scale: float = 1.0, tight: float = 1.0) -> Piece:
    """Everything a page shows, in order: plain texts, lists, numbers, and charts as blocks.

    `scale` of the type, `tight` of the room in cells.
    """
    style = STYLES[document.layout][document.language]
    style = replace(style.scaled(scale), cell=ROOM * tight)
    words = _WORDS[document.language]
    numbering = _Numbering(document.language)
    appendices = [b for b in document.blocks if isinstance(b, Appendix)]
    body = [b for b in document.blocks if not isinstance(b, Appendix)]
    back = {key: getattr(document, key) for key in ("copies_to", "printed_by", "printed_on")}
    head = {key: getattr(document, key) for key in ("red_head", "number", "signer", "addressee")}
    return {
        "layout": "onepage" if document.layout == "onepage" else "official",
        "lang": document.language,
        "style": style,
        "words": words,
        "name": theme.clean(document.title) or document.id,
        "title": title_lines(_lines(document.title), style.room * 72 / 25.4 / style.title),
        "subtitle": theme.clean(document.subtitle),
        "issuer": theme.clean(document.issuer),
        "date": theme.clean(document.date),
        "signature": signature_indents(document.issuer, document.date)
        if document.language == "zh"
        else (2.0, 2.0),
        **{key: theme.clean(text) for key, text in {**head, **back}.items()},
        "body": _held(_untitled([_piece(b, style, numbering) for b in body])),
        "attachments": [
            _attachment(a, i, len(appendices), style, document.language)
            for i, a in enumerate(appendices, start=1)
        ],
    }


def _lines(title: str) -> str:
    """A title clean, with the line breaks it brings."""
    return "\n".join(filter(None, map(theme.clean, title.split("\n"))))


def signature_indents(issuer: str, date: str) -> tuple[float, float]:
    """Right indents in em of issuer and date (GB/T 9704-2012, 7.3.5.2).

    The issuer stands two characters from the right and the date begins two characters after it;
    where the date is the longer one, it stands two characters from the right instead.
    """
    below = em(issuer) - em(date)
    if below >= 2:
        return 2.0, below
    return max(2.0, 4 + em(date) - em(issuer)), 2.0


def _held(body: list[Piece]) -> list[Piece]:
    """A short end of the text goes with the signature, which must not stand alone on a page: the
    last notes, and the last paragraph or table above them."""
    for piece in reversed(body):
        if piece["kind"] in ("text", "note") and em(piece["text"]) > _SHORT:
            break
        piece["sticky"] = True
        if piece["kind"] != "note":
            break
    return body


def _untitled(pieces: list[Piece], heading: str = "") -> list[Piece]:
    """A table right under a heading of its own name does not say it again."""
    for piece in pieces:
        if piece["kind"] == "heading":
            heading = piece["bare"]
        elif piece["kind"] == "table" and piece["title"] == heading:
            piece["title"] = ""
    return pieces


class _Numbering:
    """Headings are numbered as they come."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.numbers = [0, 0, 0]
        self.depth = 0

    def next(self, heading: Heading) -> str:
        i = heading.level - 1
        self.numbers[i] += 1
        self.numbers[i + 1 :] = [0] * (2 - i)
        return heading_number(heading.level, self.numbers[i], self.language) + heading.text


def _attachment(block: Appendix, i: int, of: int, style: Style, language: Language) -> Piece:
    """One attachment; a single one bears no number (7.3.4, 7.3.7)."""
    numbering = _Numbering(language)
    word, named = _WORDS[language]["attachment"], theme.clean(_LABEL.sub("", block.title))
    space = " " if language == "en" else ""
    items = [_piece(b, style, numbering) | {"annex": True} for b in block.blocks]
    _untitled(items, named)
    return {
        "label": f"{word}{space}{i}" if of > 1 else word,
        "listed": f"{i}. {named}" if of > 1 else named,
        "name": named,
        "title": title_lines(named, style.room * 72 / 25.4 / style.title),
        "items": items,
        "wide": any(p.get("wide") for p in items),  # then all of it lies, its title too
    }


def _piece(block: Block, style: Style, numbering: _Numbering) -> Piece:
    match block:
        case Heading():
            text, bare = theme.clean(numbering.next(block)), theme.clean(block.text)
            depth = min(block.level, numbering.depth + 1)  # a tagged PDF may not skip a level
            numbering.depth = depth
            return {
                "kind": "heading",
                "level": block.level,
                "depth": depth,
                "text": text,
                "bare": bare,
            }
        case Sentence():
            return {"kind": "text", "text": theme.clean(block.text)}
        case Note():
            return {"kind": "note", **_lead(theme.clean(block.text))}
        case Table():
            return _table(block, style, numbering.language)
        case Chart():
            colon = _WORDS[numbering.language]["colon"]
            caption = theme.clean(f"{block.title}{colon}{block.says}")
            return {"kind": "chart", "caption": caption, "chart": block}
        case Strip():
            return _strip(block)
    raise TypeError(f"an attachment inside an attachment: {block.title}")


def _lead(text: str) -> Piece:
    """A note's term, up to its colon, and the rest."""
    for colon in ("：", ": "):
        at = text.find(colon)
        if 0 < at <= (_LEAD if colon == "：" else 3 * _LEAD) and len(text) > 2 * at:
            return {"lead": text[: at + len(colon)], "text": text[at + len(colon) :]}
    return {"lead": "", "text": text}


def _table(block: Table, style: Style, language: Language) -> Piece:
    header, *rows = as_shown(block)
    whole = [theme.is_whole(c.format) for c in block.columns]
    turn = style.room <= PORTRAIT  # a single page is never turned
    how = fit(header, rows, whole, style.room, style.tables, turn)
    return {
        "kind": "table",
        "title": theme.clean(block.title),
        "header": [breakable(t, how.torn) for t in header],
        "rows": [[breakable(t, how.torn) for t in row] for row in rows],
        "aligns": [_align(c.format) for c in block.columns],
        "widths": how.widths,
        "size": how.size,
        "pitch": row_pitch(how.size),
        "room": style.cell,
        "wide": how.wide,
        "lines": how.lines,
        "whole": len(rows) * how.lines <= WHOLE,
        "note": theme.clean(f"{control_line(block, language)} {block.note}".replace("。 ", "。")),
    }


def row_pitch(size: float) -> float:
    """Of the lines in a cell, in pt: Word takes half points."""
    return round(size * 1.35 * 2) / 2


def _align(format: str) -> str:
    if theme.is_number(format):  # type: ignore[arg-type]
        return "right"
    return "center" if format in ("date", "interval") else "left"


def _strip(block: Strip) -> Piece:
    cells = [
        {
            "label": theme.clean(c.label),
            "value": theme.shown(c.value, c.format, c.digits),
            "sign": SIGNS[c.mark],
            "mark": c.mark,
        }
        for c in block.cells
    ]
    return {
        "kind": "strip",
        "title": theme.clean(block.title),
        "note": theme.clean(block.note),
        "cells": cells,
        "padding": PADDING,
    }
