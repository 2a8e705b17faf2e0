"""Blocks to Word, in the layout of Chinese official documents (GB/T 9704-2012).

Fonts are named as offices have them; the font table gives their other names, and a reader without
any takes its own: lines have an exact pitch, so pages stay as they are.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from lxml import etree

from pipeline.render import charts, theme
from pipeline.render.layout import UNDATED, Piece, Style, chinese_number, heading_number, plan
from pipeline.render.strips import check_strips
from pipeline.render.totals import checked
from pipeline.render.word_xml import border, imprint, paragraph, run, strip, table, twips
from pipeline.reports.blocks import Document

__all__ = ["chinese_number", "heading_number", "read_tables", "render", "write"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
TIGHT = 0.5  # of the room in cells: where office fonts are missing others set text wider
RESERVE = 25.0  # mm of a single page: Word and WPS may have wider fonts than are here
_SANS = theme.HEAD_FONTS[1]
_UNUSED = ("stylesWithEffects", "/customXml", "/thumbnail")


class WordWriter:
    """Writes one document. A class, because sections turn as wide tables come."""

    def __init__(self, document: Document, scale: float = 1.0) -> None:
        self.document = document
        self.plan = plan(document, scale, TIGHT)
        self.style: Style = self.plan["style"]
        self.official = document.layout != "onepage"
        # English without hyphens would be torn apart between two margins.
        self.sides = "both" if document.language == "zh" else "left"
        self.word = docx.Document()
        self.lies = False  # the page being written
        for id, rel in list(self.word.part.rels.items()):
            if any(name in rel.reltype for name in _UNUSED):
                self.word.part.drop_rel(id)  # of the template: Word takes it for damaged
        self._page()

    def _page(self) -> None:
        section, margins = self.word.sections[0], self.style.margins
        section.page_width, section.page_height = Mm(210), Mm(297)
        self._margins(section, *margins)
        style = self.word.styles["Normal"]
        style.font.name, style.font.size = theme.LATIN_FONT, Pt(16)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), theme.BODY_FONT)
        # Latin text is English in a Chinese document too: as Chinese, its numbers would be torn.
        style.element.rPr.append(_xml('<w:lang w:val="en-US" w:eastAsia="zh-CN"/>'))
        section.footer_distance = Mm(margins[1] - 12)  # the number's line is 7 mm below the text
        _grid(section, self.style.pitch)
        spacing = self.word.settings.element.find(qn("w:characterSpacingControl"))
        spacing.set(qn("w:val"), "compressPunctuation")  # as in every Chinese Word
        if self.official:
            self.word.settings.odd_and_even_pages_header_footer = True
            _numbered(section.footer, "right")
            _numbered(section.even_page_footer, "left")

    @staticmethod
    def _margins(section: Any, top: float, bottom: float, left: float, right: float) -> None:
        section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
        section.left_margin, section.right_margin = Mm(left), Mm(right)

    def add(self, xml: str) -> Any:
        """One element before the section's end."""
        element = _xml(xml)
        self.word.element.body.sectPr.addprevious(element)
        return element

    def line(self, text: str, font: str = theme.BODY_FONT, size: float = 0, **look: Any) -> None:
        """A paragraph; `size` and `pitch` are those of the text unless given."""
        size, colour = size or self.style.body, look.pop("colour", "")
        pitch = look.pop("pitch", self.style.pitch)
        self.add(paragraph(run(text, size, font, colour), pitch, size=size, **look))

    def front(self) -> None:
        """版头 (if any), title, subtitle, addressee."""
        p, s = self.plan, self.style
        if p["red_head"]:
            self._red_head()
        elif p["number"]:
            self.line(p["number"], align="center")
        title = "\n".join(p["title"])
        self.line(title, theme.TITLE_FONT, s.title, pitch=s.title_pitch, align="center", keep=True)
        if p["subtitle"]:
            colour = "" if self.official else theme.MUTED
            font = theme.HEAD_FONTS[2]
            self.line(p["subtitle"], font, s.subtitle, align="center", colour=colour)
        if self.official:
            self.line("")
        if p["addressee"]:
            self.line(p["addressee"], keep=True)

    def _red_head(self) -> None:
        """发文机关标志 35 mm below the text area's top, number, red line 4 mm below (7.2)."""
        p, s = self.plan, self.style
        size = min(48.0, 440 / max(1, len(p["red_head"])))
        top = 35 * 72 / 25.4
        self.line(
            p["red_head"], theme.TITLE_FONT, size, pitch=size * 1.2, align="center",
            before=top, colour=theme.RED,
        )  # fmt: skip
        self.line("")
        self.line("")
        said = p["number"]
        look: dict[str, Any] = {"align": "center"}
        if p["signer"]:
            said += "\t" + p["words"]["signer"] + p["words"]["colon"] + p["signer"]
            stop = round((s.room * 72 / 25.4 - s.body) * 20)
            look = {
                "left": 1,
                "tabs": f'<w:tabs><w:tab w:val="right" w:pos="{stop}"/></w:tabs>',
            }
        self.line(said, rule=border("bottom", 12, theme.RED, 11), **look)
        self.line("")
        self.line("")

    def piece(self, p: Piece) -> None:
        """Write one piece. A wide table in the text lies on pages of its own."""
        s = self.style
        if not p.get("annex"):
            self._turn(bool(p.get("wide")))
        match p["kind"]:
            case "heading":
                font, indent = theme.HEAD_FONTS[p["level"]], 2 if self.official else 0
                self.line(p["text"], font, indent=indent, keep=True, outline=p["level"] - 1)
            case "text":
                self.line(p["text"], indent=2, align=self.sides, keep=p.get("sticky", False))
            case "note":
                colour = "" if p.get("annex") else theme.MUTED
                runs = run(p["lead"], s.note, _SANS, colour) if p["lead"] else ""
                runs += run(p["text"], s.note, colour=colour)
                keep = p.get("sticky", False)
                sides = self.sides
                self.add(
                    paragraph(runs, s.note_pitch, size=s.note, align=sides, after=2, keep=keep)
                )
            case "table":
                self._sheet(p)
            case "strip":
                if p["title"]:
                    self._table_title(p["title"])
                if p["cells"]:
                    self.add(strip(p, s))
                self._table_note(p["note"], p.get("sticky", False))
            case "chart":
                self._chart(p)

    def _table_title(self, title: str) -> None:
        size = self.style.table_title
        above, below = (5.8, 1.3) if self.official else (3, 2)  # as the PDF has them
        self.line(
            title, _SANS, size, pitch=size * 1.5, align="center", keep=True, before=above,
            after=below,
        )  # fmt: skip

    def _table_note(self, note: str, keep: bool = False) -> None:
        """The note under a table; two tables without anything between would grow together."""
        s = self.style
        size = s.note * 0.875
        above, below = (1.6, 2.6) if self.official else (2, 4)
        self.line(
            note, size=size, pitch=size * 1.5, colour=theme.MUTED, before=above, after=below,
            keep=keep,
        )  # fmt: skip

    def _sheet(self, p: Piece) -> None:
        if p["title"]:
            self._table_title(p["title"])
        else:
            self.line("", size=2, pitch=5, keep=True)  # the text would touch the table
        self.add(table(p))
        self._table_note(p["note"], p.get("sticky", False))

    def _turn(self, wide: bool) -> None:
        """A new section whose pages lie, or stand again; none where they do already."""
        if wide == self.lies:
            return
        self.lies = wide
        top, bottom, left, right = self.style.margins
        section = self.word.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        width, height = Mm(210), Mm(297)
        section.page_width, section.page_height = (height, width) if wide else (width, height)
        turned = (left, right, bottom, top) if wide else (top, bottom, left, right)
        self._margins(section, *turned)
        section.footer_distance = Mm((right if wide else bottom) - 12)

    def _chart(self, p: Piece) -> None:
        """The picture, with its sentence as caption and as alternative text."""
        s = self.style
        holder = self.word.add_paragraph()
        picture = holder.add_run().add_picture(io.BytesIO(charts.png(p["chart"])), Mm(s.chart))
        picture._inline.docPr.set("descr", p["caption"])
        drawn = etree.tostring(holder._p.find(qn("w:r")), encoding="unicode")
        self.word.element.body.remove(holder._p)
        # At least, not exactly, a line high: an exact line would cut the picture off. Not on the
        # grid of the text, which would stretch it to whole lines.
        above = s.pitch - s.body
        self.add(paragraph(drawn, s.note, align="center", keep=True, before=above, least=True))
        keep = p.get("sticky", False)
        self.line(p["caption"], size=s.note, pitch=s.note_pitch, align="center", keep=keep)

    def back(self) -> None:
        """附件说明, issuer and date; they keep the last paragraph with them (7.3.4, 7.3.5)."""
        self._turn(False)
        p = self.plan
        look: dict[str, Any] = {"keep": True}
        if p["attachments"]:
            if self.official:
                self.line("", **look)
            head = p["words"]["attachment"] + p["words"]["colon"]
            room = 3 if self.document.language == "zh" else 7
            for i, each in enumerate(p["attachments"]):
                said, hang = (head + each["listed"], room) if i == 0 else (each["listed"], 0)
                self.line(said, left=2 + room, hanging=hang, **look)
        if self.official:
            self.line("", **look)
        issuer, day = p["signature"]
        self.line(p["issuer"], align="right", right=issuer, **look)
        self.line(p["date"], align="right", right=day)

    def attachment(self, p: Piece) -> None:
        """附件: label at the top left, title on the third line, numbered pages go on (7.3.7)."""
        s, stood = self.style, not self.lies
        self._turn(p["wide"])
        # A new section is a new page already.
        same = stood != self.lies
        self.line(p["label"], _SANS, new_page=same, keep=True)
        if self.official:
            self.line("", keep=True)
        title = "\n".join(p["title"])
        self.line(
            title, theme.TITLE_FONT, s.title, pitch=s.title_pitch, align="center", keep=True,
            after=6, outline=0,
        )  # fmt: skip
        for inner in p["items"]:
            self.piece(inner)

    def imprint(self) -> None:
        """版记: copies and printing between lines of 0.35 and 0.25 mm (7.4)."""
        p, s = self.plan, self.style
        rows = []
        if p["copies_to"]:
            words = p["words"]
            rows.append(words["copies"] + words["colon"] + p["copies_to"] + words["stop"])
        if p["printed_by"]:
            rows.append(f"{p['printed_by']}\t{p['printed_on']}{p['words']['printed']}")
        if rows:
            self._turn(False)
            self.add(imprint(rows, twips(s.room)))
            self.line("", pitch=2)  # Word wants a paragraph after a table

    def properties(self) -> None:
        """Document properties: of the publication, never of the machine or the hour."""
        day = datetime.fromisoformat(self.document.meta["date"] or UNDATED)
        core = self.word.core_properties
        core.title, core.author = self.plan["name"], self.plan["issuer"]
        core.created = core.modified = day
        core.last_modified_by, core.comments, core.revision = "", "", 1


def _xml(text: str) -> Any:
    """An element with the namespace declared where it begins."""
    at = min(i for i in (text.find(" "), text.find(">"), text.find("/>")) if i > 0)
    return parse_xml(f"{text[:at]} {nsdecls('w', 'r', 'wp', 'a', 'pic')}{text[at:]}")


def _grid(section: Any, pitch: float) -> None:
    """Lines of the page; replaces the template's."""
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(_xml(f'<w:docGrid w:type="lines" w:linePitch="{round(pitch * 20)}"/>'))


def _numbered(footer: Any, side: str) -> None:
    """The page number — 1 — of 4号 at the outer side, a character in (7.5)."""
    size = 14.0
    # A field without a cached result shows nothing in readers that do not compute fields.
    field = f'<w:fldSimple w:instr="PAGE">{run("1", size)}</w:fldSimple>'
    runs = run("— ", size) + field + run(" —", size)
    indent = {side: 1.0}
    new = _xml(paragraph(runs, 18, align=side, size=size, **indent))  # type: ignore[arg-type]
    old = footer.paragraphs[0]._p
    old.addprevious(new)
    old.getparent().remove(old)


def _fixed(blob: bytes) -> bytes:
    """The same archive with fixed times, so that the same publication gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blob)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            content = old.read(name)
            new.writestr(info, _fonts() if name == "word/fontTable.xml" else content)
    return out.getvalue()


def _fonts() -> bytes:
    """The font table: the fonts in use, each with the other name it is known by."""
    used = (theme.TITLE_FONT, theme.BODY_FONT, *theme.HEAD_FONTS.values())
    fonts = "".join(
        f'<w:font w:name="{name}">'
        + (f'<w:altName w:val="{other}"/>' if (other := theme.ALTERNATIVES.get(name)) else "")
        + '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="default"/></w:font>'
        for name in dict.fromkeys(used)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<w:fonts {nsdecls('w')}>{fonts}</w:fonts>".encode()


def read_tables(path: Path) -> list[list[list[str]]]:
    """Tables × rows × texts of a Word file; a strip, which has no header row, is none."""
    return _read(path)[0]


def _read(path: Path) -> tuple[list[list[list[str]]], str]:
    """Tables × rows × texts, and the text of the tables without a header row, without spaces."""
    with zipfile.ZipFile(path) as file:
        body = etree.fromstring(file.read("word/document.xml"), etree.XMLParser(huge_tree=True))
    found: list[list[list[str]]] = []
    strips = []
    for tbl in body.iter(qn("w:tbl")):
        if tbl.find(f".//{qn('w:tblHeader')}") is None:
            strips += [t.text or "" for t in tbl.iter(qn("w:t"))]
            continue
        rows = [
            ["".join(t.text or "" for t in tc.iter(qn("w:t"))) for tc in tr.iter(qn("w:tc"))]
            for tr in tbl.iter(qn("w:tr"))
        ]
        found.append(rows)
    return found, "".join("".join(strips).split())


def write(document: Document, path: Path) -> None:
    """Write `document` as .docx. A single page is set at the scale at which it is one as PDF."""
    scale = 1.0
    if document.layout == "onepage":
        from pipeline.render import pdf

        scale = pdf.fitted(pdf.printable(document), RESERVE)[1]
    writer = WordWriter(document, scale)
    writer.front()
    for piece in writer.plan["body"]:
        writer.piece(piece)
    writer.back()
    for each in writer.plan["attachments"]:
        writer.attachment(each)
    writer.imprint()
    writer.properties()
    buffer = io.BytesIO()
    writer.word.save(buffer)
    path.write_bytes(_fixed(buffer.getvalue()))


def render(document: Document, path: Path) -> Path:
    """Write `document` as .docx, read it back and compare. ControlTotalError on any difference."""
    said = ""

    def own(written: Path) -> list[list[list[str]]]:
        nonlocal said
        found, said = _read(written)
        return found

    checked(document, path, write, own)
    return check_strips(document, path, said)
