"""Blocks to Word, in the layout of Chinese official documents (GB/T 9704-2012 practice)."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from pipeline.render import charts, theme
from pipeline.render.totals import checked
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Heading,
    Note,
    Sentence,
    Table,
)

_CHINESE = "零一二三四五六七八九十"
_EPOCH = (1980, 1, 1, 0, 0, 0)


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


class WordWriter:
    """Writes one document. A class, because headings are numbered as they come."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.word = docx.Document()
        self.numbers = [0, 0, 0]
        self._page()

    def _page(self) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        style = self.word.styles["Normal"]
        style.font.name, style.font.size = theme.LATIN_FONT, Pt(16)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), theme.BODY_FONT)
        self._footer(section)

    def _footer(self, section: Any) -> None:
        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run("— ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        # A field without a cached result shows nothing in readers that do not compute fields.
        shown, text = OxmlElement("w:r"), OxmlElement("w:t")
        text.text = "1"
        shown.append(text)
        field.append(shown)
        paragraph._p.append(field)
        tail = paragraph.add_run(" —")
        for each in (run, tail):
            each.font.size = Pt(14)

    def paragraph(
        self, text: str, size: float = 16, font: str = theme.BODY_FONT, **look: Any
    ) -> Any:
        """A paragraph with fixed line pitch; `look`: align, indent, bold, colour, keep, line."""
        paragraph = self.word.add_paragraph()
        form = paragraph.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        form.line_spacing = Pt(look.get("line", 28))
        form.alignment = look.get("align")
        form.keep_with_next = look.get("keep", False)
        if look.get("indent", False):
            form.first_line_indent = Pt(size * 2)
        run = paragraph.add_run(text)
        self._font(run, size, font, look.get("bold", False), look.get("colour"))
        return paragraph

    @staticmethod
    def _font(run: Any, size: float, font: str, bold: bool = False, colour: str | None = None):  # type: ignore[no-untyped-def]
        run.font.size, run.font.name, run.bold = Pt(size), theme.LATIN_FONT, bold
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)

    def front(self) -> None:
        """Red head (if any), document number, title, subtitle."""
        centre, d = WD_ALIGN_PARAGRAPH.CENTER, self.document
        if d.red_head:
            self.paragraph(
                d.red_head, 36, theme.TITLE_FONT, align=centre, colour=theme.RED, line=56
            )
        if d.number:
            self.paragraph(d.number, align=centre)
        self.paragraph(d.title, 22, theme.TITLE_FONT, align=centre, line=36)
        if d.subtitle:
            self.paragraph(d.subtitle, 16, theme.HEAD_FONTS[2], align=centre)
        self.paragraph("")
        if d.addressee:
            self.paragraph(d.addressee, keep=True)

    def back(self) -> None:
        """Issuer and date, set to the right as in official documents."""
        # Official documents forbid a last page that bears nothing but the signature.
        self.word.paragraphs[-1].paragraph_format.keep_with_next = True
        self.paragraph("", keep=True)
        right = WD_ALIGN_PARAGRAPH.RIGHT
        self.paragraph(self.document.issuer, align=right, keep=True)
        self.paragraph(self.document.date, align=right)

    def block(self, block: Block) -> None:
        """Write one block."""
        match block:
            case Heading():
                self.heading(block)
            case Sentence():
                self.paragraph(block.text, indent=True, align=WD_ALIGN_PARAGRAPH.JUSTIFY)
            case Note():
                self.paragraph(block.text, 12, line=20, colour=theme.MUTED)
            case Table():
                self.table(block)
            case Chart():
                self.chart(block)
            case Appendix():
                self.word.add_page_break()
                self.paragraph(block.title, font=theme.HEAD_FONTS[1], keep=True)
                for inner in block.blocks:
                    self.block(inner)

    def heading(self, block: Heading) -> None:
        """A numbered heading that Word's navigation pane knows."""
        i = block.level - 1
        self.numbers[i] += 1
        self.numbers[i + 1 :] = [0] * (2 - i)
        text = heading_number(block.level, self.numbers[i], self.document.language) + block.text
        font = theme.HEAD_FONTS[block.level]
        paragraph = self.paragraph(text, font=font, indent=True, keep=True, bold=block.level == 3)
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), str(i))
        paragraph._p.get_or_add_pPr().append(outline)

    def chart(self, block: Chart) -> None:
        """The picture, with its sentence as caption and as alternative text."""
        paragraph = self.word.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        picture = paragraph.add_run().add_picture(io.BytesIO(charts.png(block)), width=Mm(150))
        picture._inline.docPr.set("descr", f"{block.title}: {block.says}")
        centre = WD_ALIGN_PARAGRAPH.CENTER
        self.paragraph(f"{block.title}：{block.says}", 12, align=centre, line=20)

    def table(self, block: Table) -> None:
        """A native table: header repeated on each page, no row split across pages."""
        self.paragraph(
            block.title, 14, theme.HEAD_FONTS[1], align=WD_ALIGN_PARAGRAPH.CENTER, keep=True
        )
        grid = self.word.add_table(rows=1 + len(block.rows), cols=len(block.columns))
        grid.style, grid.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
        grid.autofit = False
        self._widths(grid, block)
        rows = grid._tbl.tr_lst
        self._fill(rows[0], [c.title for c in block.columns], block, header=True)
        for i, (tr, row) in enumerate(zip(rows[1:], block.rows, strict=True)):
            texts = [theme.shown(row.get(c.id), c.format, c.digits) for c in block.columns]
            self._fill(tr, texts, block, keep=i < 2)
        words = (
            "应有{0}行，实有{1}行。"
            if self.document.language == "zh"
            else "{0} rows due, {1} given. "
        )
        total = words.format(block.expected_rows, len(block.rows))
        self.paragraph(f"{total}{block.note}", 10.5, line=18, colour=theme.MUTED)

    @staticmethod
    def _widths(grid: Any, block: Table) -> None:
        share = 156 / sum(c.width for c in block.columns)
        for column, grid_col in zip(block.columns, grid._tbl.tblGrid.gridCol_lst, strict=True):
            grid_col.w = Mm(share * column.width)

    def _fill(
        self, tr: Any, texts: list[str], block: Table, header: bool = False, keep: bool = False
    ) -> None:
        """One row. The header and the first rows stay together: no header alone on a page."""
        row = tr.get_or_add_trPr()
        for tag in ("w:cantSplit", "w:tblHeader") if header else ("w:cantSplit",):
            row.append(OxmlElement(tag))
        for tc, text, column in zip(tr.tc_lst, texts, block.columns, strict=True):
            cell = docx.table._Cell(tc, self.word)
            paragraph = cell.paragraphs[0]
            self._tight(paragraph)
            paragraph.paragraph_format.keep_with_next = header or keep
            if header:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                self._shade(tc)
            elif theme.is_number(column.format):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            self._font(paragraph.add_run(text), 10.5, theme.BODY_FONT, bold=header)

    @staticmethod
    def _tight(paragraph: Any) -> None:
        form = paragraph.paragraph_format
        form.space_before = form.space_after = Pt(1)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.AT_LEAST, Pt(14)
        # The paragraph mark has a size too: left at 16 pt it would stretch every empty cell.
        mark = paragraph._p.get_or_add_pPr()
        size = OxmlElement("w:rPr")
        height = OxmlElement("w:sz")
        height.set(qn("w:val"), "21")
        size.append(height)
        mark.append(size)

    @staticmethod
    def _shade(tc: Any) -> None:
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), theme.HEADER_FILL)
        tc.get_or_add_tcPr().append(shade)

    def properties(self) -> None:
        """Document properties: of the publication, never of the machine or the hour."""
        core, day = self.word.core_properties, datetime.fromisoformat(self.document.meta["date"])
        core.title, core.author = self.document.title, self.document.issuer
        core.created = core.modified = day
        core.last_modified_by, core.comments, core.revision = "", "", 1


def _fixed(blob: bytes) -> bytes:
    """The same archive with fixed times, so that the same publication gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blob)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(name))
    return out.getvalue()


def read_tables(path: Path) -> list[list[list[str]]]:
    """Tables × rows × texts of a Word file."""
    return [
        [[c.text for c in row.cells] for row in table.rows]
        for table in docx.Document(str(path)).tables
    ]


def write(document: Document, path: Path) -> None:
    """Write `document` as .docx."""
    writer = WordWriter(document)
    writer.front()
    appendices = [b for b in document.blocks if isinstance(b, Appendix)]
    for block in document.blocks:
        if not isinstance(block, Appendix):
            writer.block(block)
    writer.back()
    for block in appendices:
        writer.block(block)
    writer.properties()
    buffer = io.BytesIO()
    writer.word.save(buffer)
    path.write_bytes(_fixed(buffer.getvalue()))


def render(document: Document, path: Path) -> Path:
    """Write `document` as .docx, read it back and compare. ControlTotalError on any difference."""
    return checked(document, path, write, read_tables)
