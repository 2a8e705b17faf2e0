"""Documents as text, to be read by people: structure, sentences, tables as they are shown.

python -m tests.pipeline.reports.golden     writes the golden files anew; read the difference
"""

from __future__ import annotations

import re
import sys
import tempfile
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdfium2
from docx.text.paragraph import Paragraph

from pipeline.publication import Publication
from pipeline.render import excel, pdf, word
from pipeline.render.excel import FIRST
from pipeline.render.pdf_reading import read
from pipeline.render.theme import shown
from pipeline.reports import catalogue
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
from pipeline.reports.figures import Language
from pipeline.reports.origins import with_annexes

GOLDEN = Path(__file__).with_name("golden")
NODES = {"city": "0101", "onepager": "01010101"}  # of full_publication


def lines(blocks: Sequence[Block], indent: str = "") -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading():
                yield f"{indent}{'#' * block.level} {block.text}"
            case Sentence():
                yield f"{indent}{block.text}"
            case Note():
                yield f"{indent}> {block.text}"
            case Table():
                yield from (indent + line for line in _table(block))
            case Strip():
                cells = (f"{c.label} {shown(c.value, c.format, c.digits)}" for c in block.cells)
                yield f"{indent}[{block.id}] {block.title}: " + " · ".join(cells)
                yield f"{indent}> {block.note}"
            case Chart():
                yield f"{indent}[{block.id}] {block.title}: {block.says}"
            case Appendix():
                yield f"{indent}=== {block.title}"
                yield from lines(block.blocks, "  ")


def _table(table: Table) -> Iterator[str]:
    yield f"[{table.id}] {table.title} ({table.expected_rows})"
    yield "| " + " | ".join(c.title for c in table.columns)
    for row in table.rows:
        yield "| " + " | ".join(shown(row.get(c.id), c.format, c.digits) for c in table.columns)
    if table.note:
        yield f"> {table.note}"


def text(document: Document) -> str:
    head = [document.title, document.subtitle, document.issuer, document.date, document.layout]
    return "\n".join([*head, "", *lines(document.blocks)]) + "\n"


def documents(publication: Publication) -> Iterator[tuple[str, str]]:
    """(name of the golden file, its text) of every document in both languages."""
    for entry in catalogue():
        for lang in LANGUAGES:
            code = [NODES[entry.id]] if entry.levels else []
            yield f"{entry.id}-{lang}.txt", text(entry.make(publication, lang, *code))


def files(publication: Publication, folder: Path) -> Iterator[tuple[str, str]]:
    """(name of the golden file, what is read back) of every document in every format: headings as
    they are numbered, every sentence, and of each table its head."""
    for entry in catalogue():
        for lang in LANGUAGES:
            code = [NODES[entry.id]] if entry.levels else []
            document = entry.make(publication, lang, *code)
            for ending, (write, told) in _FORMATS.items():
                path = folder / f"{entry.id}-{lang}.{ending}"
                own = with_annexes(publication, document, False) if ending == "xlsx" else document
                write(own, path)
                yield f"{path.name}.txt", "\n".join(told(path)) + "\n"


def _of_word(path: Path) -> Iterator[str]:
    """Paragraphs in order; of a table its first row."""
    for block in docx.Document(str(path)).iter_inner_content():
        if isinstance(block, Paragraph):
            if block.text.strip():
                yield block.text.strip()
        else:
            yield "| " + " | ".join(cell.text for cell in block.rows[0].cells)


def _of_pdf(path: Path) -> Iterator[str]:
    """Bookmarks by level, heads of tables, then every letter in the order of the pages."""
    with pypdfium2.PdfDocument(path) as opened:
        yield from (f"{'#' * (b.level + 1)} {b.get_title()}" for b in opened.get_toc())
    reading = read(path)
    yield from ("| " + " | ".join(table[0]) for table in reading.tables)
    # Without page numbers and hyphens: where a page or line ends is not what is said.
    text = re.sub(r"—\d+—", "", reading.text).replace("\ufffe", "").replace("-", "")
    yield from textwrap.wrap(text, 100, break_on_hyphens=False)


def _of_excel(path: Path) -> Iterator[str]:
    """The sheet of text in full; of the others title, control total, note and head."""
    with warnings.catch_warnings():  # it knows no bars of Excel 2010, and says so of each sheet
        warnings.filterwarnings("ignore", ".* extension is not supported", UserWarning)
        first, *others = openpyxl.load_workbook(path).worksheets
    for sheet in (first, *others):
        yield f"[{sheet.title}]"
        for row in sheet.iter_rows(max_row=None if sheet is first else FIRST, values_only=True):
            texts = [str(value) for value in row if value is not None]
            if texts:
                yield "| ".join(texts)


LANGUAGES: tuple[Language, ...] = ("zh", "en")
_FORMATS: dict[str, Any] = {
    "docx": (word.write, _of_word),
    "pdf": (pdf.write, _of_pdf),
    "xlsx": (excel.write, _of_excel),
}


def _write() -> None:
    from tests.pipeline.reports.full_publication import full

    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        publication = Publication(full(Path(folder)))
        for name, said in documents(publication):
            (GOLDEN / name).write_text(said, "utf-8")
        for name, said in files(publication, Path(folder)):
            (GOLDEN / name).write_text(said, "utf-8")


if __name__ == "__main__":
    sys.exit(_write())
