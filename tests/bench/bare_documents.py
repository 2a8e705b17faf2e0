"""The bare engines: the same pages, tables and charts, handed to typst, python-docx, xlsxwriter and
vl-convert with nothing around them: no publication, no sentences, nothing read back. Each chart is
drawn as often as in the documents, once for Word and once for the PDF; the workbook has all sheets
and every cell its number format, but no widths, filters, bars or native charts.

`python bare_documents.py FOLDER OUT`: one of the processes of the baseline. FOLDER has what each
engine is given, gathered beforehand: `*.json` pages for typst, `*.blocks` texts and cells.
"""

from __future__ import annotations

import json
import pickle
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def typeset(pages: list[Path], out: Path, given: dict[str, Any]) -> None:
    """One reused compiler for all pages."""
    import typst

    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[given["fonts"]]
    )
    compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
    source = Path(given["source"]).read_bytes()
    for page in pages:
        blob = compiler.compile(
            input=source,
            sys_inputs={"doc": page.read_text("utf-8")},
            timestamp=datetime(2026, 10, 9, tzinfo=UTC),
            pdf_standards=given["standards"],
        )
        (out / f"{page.stem}.pdf").write_bytes(blob)


def in_word(blocks: list[dict[str, Any]], pictures: list[Any], out: Path) -> None:
    """Paragraphs and tables with python-docx; cells by their elements, its fastest way."""
    import io

    import docx
    from docx.table import _Cell

    word = docx.Document()
    for block in blocks:
        for text in block["texts"]:
            word.add_paragraph(text)
        if rows := block["rows"]:
            grid = word.add_table(rows=len(rows), cols=len(rows[0]))
            for tr, row in zip(grid._tbl.tr_lst, rows, strict=True):
                for tc, text in zip(tr.tc_lst, row, strict=True):
                    _Cell(tc, grid).paragraphs[0].add_run(text)
    for picture in pictures:
        word.add_picture(io.BytesIO(picture))
    word.save(str(out / "bare.docx"))


def in_excel(blocks: list[dict[str, Any]], out: Path) -> None:
    """The same cells with xlsxwriter, a sheet for each table, each cell in its number format."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(out / "bare.xlsx"), {"in_memory": True})
    text = book.add_worksheet()
    looks: dict[str, Any] = {}
    for form in sorted({form for block in blocks for row in block["formats"] for form in row}):
        looks[form] = book.add_format({"num_format": form, "border": 1})
    line = 0
    for block in blocks:
        for said in block["texts"]:
            text.write_string(line, 0, said)
            line += 1
        if block["values"]:
            sheet = book.add_worksheet()
            for i, row in enumerate(block["values"]):
                forms = block["formats"][i]
                for j, value in enumerate(row):
                    look = looks[forms[j]]
                    if isinstance(value, int | float):
                        sheet.write_number(i, j, value, look)
                    else:
                        sheet.write_string(i, j, "" if value is None else str(value), look)
    book.close()


def drawn(specs: list[dict[str, Any]], fonts: str) -> list[bytes]:
    """The charts as pictures."""
    if not specs:
        return []
    import vl_convert

    vl_convert.register_font_directory(fonts)
    for spec in specs:
        vl_convert.vegalite_to_svg(spec)  # those of the PDF, which are in its page as it was given
    return [vl_convert.vegalite_to_png(spec, scale=2.0) for spec in specs]


def main(folder: Path, out: Path, part: int, of: int) -> None:
    """This process's part: every `of`-th page; the first has the circular in Word and Excel too."""
    given = json.loads((folder / "given.json").read_text("utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    if part == 0:
        blocks, annexes = pickle.loads((folder / "circular.blocks").read_bytes())
        in_word(blocks, drawn(given["charts"], given["fonts"]), out)
        in_excel([*blocks, *annexes], out)
    pages = sorted(folder.glob("*.json"))
    # The first has Word and Excel to do: its share of the pages is smaller by what those cost.
    own = [p for i, p in enumerate(pages) if p.name != "given.json" and i % of == part]
    typeset(own, out, given)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
