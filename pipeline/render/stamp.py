"""A faint line over every page of a finished PDF: whose copy it is.

The document stays what it is: its own content is not touched, its tags, fonts and profile go along,
and the line is an artifact, which whoever is read the page aloud does not hear. It is set by the
engine that set the document, with its fonts, and laid over by PDFium.
"""

from __future__ import annotations

import io
import json
import threading
from functools import cache
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import typst

from pipeline.render import theme

_LOCK = threading.Lock()  # PDFium is for one thread at a time
_SIZE = 10.5  # points
_SOURCE = b"""#let told = json(bytes(sys.inputs.told))
#set page(width: told.width * 1pt, height: told.height * 1pt, margin: 0pt, fill: none)
#set text(font: "Noto Sans SC", size: told.size * 1pt, fill: rgb(122, 136, 153, 56))
#for row in range(calc.ceil(told.height / 200)) {
  for column in range(calc.ceil(told.width / 280)) {
    place(dx: 40pt + column * 280pt, dy: 100pt + row * 200pt,
      rotate(-20deg, origin: left, reflow: false, box(told.text)))
  }
}"""


@cache
def _engine() -> Any:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(theme.font_folder())],
    )
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


def _sheet(width: float, height: float, text: str) -> bytes:
    """A page of that size, in points, with nothing on it but the line, again and again."""
    told = {"width": width, "height": height, "size": _SIZE, "text": theme.clean(text)}
    blob: bytes = _engine().compile(
        input=_SOURCE, sys_inputs={"told": json.dumps(told, ensure_ascii=False)}, pdf_tags=False
    )
    return blob


def stamped(blob: bytes, text: str) -> bytes:
    """The PDF with the line over each page. ValueError if it cannot be read."""
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(blob)
        except pypdfium2.PdfiumError as error:
            raise ValueError("no readable PDF") from error
        try:
            return _laid_over(document, text)
        finally:
            document.close()


def _laid_over(document: Any, text: str) -> bytes:
    sheets: dict[tuple[float, float], Any] = {}
    for number in range(len(document)):
        page = document[number]
        width, height = size = page.get_size()
        if size not in sheets:
            sheets[size] = _taken_in(document, _sheet(width, height, text))
        form = pdfium.FPDF_NewFormObjectFromXObject(sheets[size])
        pdfium.FPDFPageObj_AddMark(form, b"Artifact")
        pdfium.FPDFPage_InsertObject(page.raw, form)
        if not pdfium.FPDFPage_GenerateContent(page.raw):
            raise ValueError("a page that cannot be written on")
        page.close()
    for sheet in sheets.values():
        pdfium.FPDF_CloseXObject(sheet)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _taken_in(document: Any, sheet: bytes) -> Any:
    """The one page of `sheet` as something that pages of `document` can show."""
    other = pypdfium2.PdfDocument(sheet)
    try:
        return pdfium.FPDF_NewXObjectFromPage(document.raw, other.raw, 0)
    finally:
        other.close()
