"""Workbooks are read with openpyxl and compared with what the blocks say; LibreOffice opens one."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from pipeline.render import excel
from pipeline.render.grids import as_held, grids_of
from pipeline.render.sheet_names import sheet_names
from pipeline.reports.blocks import (
    Appendix,
    Chart,
    Document,
    Heading,
    Note,
    Sentence,
    Series,
    Strip,
    StripCell,
    Table,
    TableColumn,
)

# openpyxl knows no bars of Excel 2010 and says so.
pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported")
COLUMNS = (
    TableColumn("rank", "名次", "integer", 0),
    TableColumn("name", "网点"),
    TableColumn("score", "得分", "points", 1, total=True),
    TableColumn("share", "占比", "percent", 1),
    TableColumn("change", "升降", "pp", 1),
    TableColumn("due", "应报日", "date"),
)
ROWS: list[dict[str, object]] = [
    {"rank": 1, "name": "东门网点", "score": 91.25, "share": 0.875, "change": -0.031,
     "due": date(2026, 10, 14)},
    {"rank": 2, "name": "松涛", "score": 1008.5, "share": 1.0, "change": 0.02, "due": None},
    {"rank": None, "name": "0012", "score": None, "share": None, "change": None, "due": None},
]  # fmt: skip
STRIP = Strip("七步", (StripCell("迎", 0.8, "good"), StripCell("识", None)), "说明")
CHART = Chart(
    "名次表", "由80%变为90%", "line", ["一", "二"], (Series("率", [0.8, None]),), format="percent"
)


def table(rows: list[dict[str, object]]) -> Table:
    return Table("名次表", COLUMNS, rows, len(rows), note="说明")


def document(rows: list[dict[str, object]] = ROWS) -> Document:
    return Document(
        id="circular",
        title="关于样例的通报",
        subtitle="第1版",
        issuer="省行",
        date="2026年10月9日",
        period="2026Q3",
        revision=1,
        language="zh",
        blocks=(
            Heading("总体"),
            Sentence("一句话。"),
            CHART,
            table(rows),
            STRIP,
            Appendix("附件", (Note("注"), replace(table(rows), title="附件表"))),
        ),
        meta={"date": "2026-10-09"},
        annexes=(replace(table(rows[:1]), title="数据来源"),),
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return excel.render(document(), tmp_path_factory.mktemp("excel") / "a.xlsx")


def test_a_sheet_for_each_table_chart_and_annex_under_names_of_their_own(path: Path) -> None:
    names = openpyxl.load_workbook(path).sheetnames
    assert names == ["正文", "名次表", "名次表_2", "七步", "附件表", "数据来源"]


def test_numbers_are_numbers_with_their_formats(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["名次表_2"]
    first, _, last = ([c.value for c in sheet[n]] for n in (5, 6, 7))
    assert first[:4] == [1, "东门网点", 91.25, 0.875]
    assert first[4] == pytest.approx(-3.1)
    assert [sheet.cell(5, j).number_format for j in (1, 3, 4, 5, 6)] == [
        "#,##0", "#,##0.0", "0.0%", "+0.0;-0.0;0.0", "yyyy-mm-dd",
    ]  # fmt: skip
    assert last == [None, "0012", None, None, None, None]  # missing is blank, never 0
    assert sheet["B7"].data_type == "s"  # a code keeps its zeros


def test_the_control_total_is_the_sum_of_what_is_shown(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["名次表_2"]
    # 91.3 + 1,008.5: what somebody gets who adds up the printed figures
    assert sheet["A2"].value == "应有3行，实有3行；合计：得分 1,099.8。"
    english = excel.control_line(table(ROWS), "en")
    assert english == "3 rows due, 3 given; sums: 得分 1,099.8."


def test_header_frozen_filtered_and_repeated_on_paper(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["名次表_2"]
    assert sheet.freeze_panes == "C5"
    assert sheet.auto_filter.ref == "A4:F7"
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToWidth in (None, 1)  # 1 where it is not said
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_bars_behind_shares_begin_at_nothing(path: Path) -> None:
    xml = zipfile.ZipFile(path).read("xl/worksheets/sheet3.xml").decode()
    assert xml.count("<dataBar>") == 2  # score and share
    assert '<cfvo type="num" val="0"/><cfvo type="num" val="1"/>' in xml


def test_charts_are_native_and_told_in_words(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert len(book["名次表"]._charts) == 1
    drawing = zipfile.ZipFile(path).read("xl/drawings/drawing1.xml").decode()
    assert 'descr="名次表: 由80%变为90%"' in drawing


_LIVE = ["=1+1", "+7", "-7", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋7", "－7", "＠A", "=a|'/C'!A0"]


@pytest.mark.parametrize("text", _LIVE)
def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path, text: str) -> None:
    path = excel.render(document([{**ROWS[0], "name": text}]), tmp_path / "a.xlsx")
    cell = openpyxl.load_workbook(path)["名次表_2"]["B5"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    parts = zipfile.ZipFile(path)
    sheets = [n for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in parts.read(n) for n in sheets)
    assert not any("externalLink" in n for n in parts.namelist())


def test_an_address_is_no_link(tmp_path: Path) -> None:
    path = excel.render(document([{**ROWS[0], "name": "http://example.org"}]), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    links = [c.hyperlink for s in book for row in s for c in row if c.hyperlink]
    assert links
    assert all(h.target is None and h.location for h in links)  # only to sheets of the book


def test_names_of_sheets_are_such_as_excel_takes() -> None:
    titles = ["a/b:c?*[x]\\", "A B C    X", "", "'q'", "history", "😀" * 20, "长" * 40, "长" * 40]
    names = sheet_names(titles)
    assert len({n.casefold() for n in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
    assert names[4].casefold() != "history"


def test_libreoffice_reads_the_same_cells(path: Path, tmp_path: Path) -> None:
    """Another program's view: opened without repair, every row of the first table there."""
    calc = Path(shutil.which("soffice") or "/").resolve().parent / "libsclo.so"
    if not calc.exists():
        pytest.skip("no LibreOffice Calc on this machine")
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,3"
    command = ["soffice", home, "--headless", "--convert-to", csv]
    command += ["--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (made,) = tmp_path.glob("*.csv")
    lines = made.read_text("utf-8-sig").splitlines()
    assert lines[3:5] == [
        "名次,网点,得分,占比,升降,应报日",
        "1,东门网点,91.25,87.5%,-3.1,2026-10-14",
    ]
    assert len(lines) == 7


def test_a_strip_holds_numbers_and_the_words_of_the_page() -> None:
    cells = (StripCell("Ask", 0.739, "bad"), StripCell("See off", None))
    document = Document(
        "d", "T", "", "I", "", "2026-09", 1, "en", (Strip("Steps", cells),), meta={"date": ""}
    )
    (grid,) = grids_of(document)[1]
    # Of the page: 74 % is below the 75 % that are fair; what was not seen is no zero.
    assert as_held(grid.table)[1:] == [
        ["Ask", "0.739 (0%)", "× weak"],
        ["See off", "", "— no data"],
    ]
