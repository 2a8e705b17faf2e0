"""A lost row, a changed digit, two swapped branches: planted in the written file, each is caught.

The renderers' own `write` is followed by the tampering, as a fault of the machine or of a library
would be; reading back and comparing are those of production (`totals.checked`).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import docx
import openpyxl
import pytest

from pipeline.render import excel, pdf, renderers, word
from pipeline.render.totals import ControlTotalError
from pipeline.reports.blocks import Document, Heading, Table
from tests.pipeline.render.documents import league

ROWS = 60  # more than a page
MODULES = {"docx": word, "pdf": pdf, "xlsx": excel}
Plant = Callable[[Path], None]
SAID = {  # what the sentence must name, beside document and table
    "lost row": "第31行",
    "lost last row": "59行",
    "changed digit": "第8行“得分”",
    "changed in the sum": "第3行“暗访次数”",
    "swapped": "第20行“网点”",
}


def _in_word(plant: str, path: Path) -> None:
    document = docx.Document(str(path))
    table = document.tables[0]._tbl

    def text(row: int, column: int) -> str:
        return "".join(t.text for t in table.tr_lst[row].tc_lst[column].iter(T))

    def write(row: int, column: int, said: str) -> None:
        first, *others = table.tr_lst[row].tc_lst[column].iter(T)
        first.text = said
        for other in others:
            other.text = ""

    _tamper(plant, text, write, lambda row: table.remove(table.tr_lst[row]), str)
    document.save(str(path))


T = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"


def _in_excel(plant: str, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    sheet = book.worksheets[1]
    head = excel.FIRST

    def write(row: int, column: int, said: object) -> None:
        sheet.cell(head + row, column + 1).value = said

    _tamper(
        plant,
        lambda row, column: sheet.cell(head + row, column + 1).value,
        write,
        lambda row: sheet.delete_rows(head + row),
        float,
    )
    book.save(path)


def _tamper(plant: str, text, write, lose, figure) -> None:  # type: ignore[no-untyped-def]
    """`row` 0 is the header; columns: 1 the name, 4 the score, 7 the visits."""
    match plant:
        case "lost row":
            lose(31)
        case "lost last row":
            lose(ROWS)
        case "changed digit":
            write(8, 4, figure("99.6"))
        case "changed in the sum":
            write(3, 7, figure("9"))
        case "swapped":
            one, other = text(20, 1), text(40, 1)
            write(20, 1, other)
            write(40, 1, one)


def _in_pdf(plant: str, path: Path) -> None:
    """A PDF cannot be edited cell by cell: it is set anew from rows that lie."""
    document = league(ROWS)
    (table,) = (b for b in document.blocks if isinstance(b, Table))
    rows = [dict(r) for r in table.rows]
    names = [c.id for c in table.columns]

    def write(row: int, column: int, said: object) -> None:
        rows[row - 1][names[column]] = said

    _tamper(
        plant,
        lambda row, column: rows[row - 1][names[column]],
        write,
        lambda row: rows.pop(row - 1),
        float,
    )
    lying = replace(table, rows=rows, expected_rows=len(rows))
    path.write_bytes(pdf.typeset(replace(document, blocks=(Heading("名次"), lying))))


PLANT_IN = {"docx": _in_word, "pdf": _in_pdf, "xlsx": _in_excel}


def _tampering(module: ModuleType, plant: Plant) -> Callable[[Document, Path], None]:
    honest = module.write

    def write(document: Document, path: Path) -> None:
        honest(document, path)
        plant(path)

    return write


@pytest.mark.parametrize("plant", SAID)
@pytest.mark.parametrize("ending", ["docx", "pdf", "xlsx"])
def test_what_is_planted_in_the_file_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, plant: str
) -> None:
    module = MODULES[ending]
    planted = _tampering(module, lambda path: PLANT_IN[ending](plant, path))
    monkeypatch.setattr(module, "write", planted)
    path = tmp_path / f"a.{ending}"
    with pytest.raises(ControlTotalError) as stopped:
        renderers()[ending](league(ROWS), path)
    assert stopped.value.status == 1
    for told in ("circular", "名次表", SAID[plant]):
        assert told in stopped.value.zh
    assert not path.exists()


@pytest.mark.parametrize("ending", ["docx", "pdf", "xlsx"])
def test_a_thousand_branches_are_all_there(tmp_path: Path, ending: str) -> None:
    """Counted and compared here by their names, apart from the check of production."""
    path = renderers()[ending](league(1000), tmp_path / f"a.{ending}")
    if ending == "docx":
        rows = [[c.text for c in r.cells] for r in docx.Document(str(path)).tables[0].rows[1:]]
        names = [row[1] for row in rows]
    elif ending == "xlsx":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
        cells = book["名次表"].iter_rows(min_row=excel.FIRST + 1, values_only=True)
        names = [str(row[1]) for row in cells]
    else:
        names = [row[1] for row in pdf.read_tables(path)[0][1:]]
    assert names == [f"第{i:04}号网点" for i in range(1000)]
