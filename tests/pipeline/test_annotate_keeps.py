"""What a returned workbook keeps: everything but the marks, part by part, byte by byte."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from pipeline.annotate import SHEET, Annotation, annotate, annotate_all
from pipeline.annotating.words import FILLS, HEADER_ROW, SEPARATOR
from pipeline.findings import Finding, Severity
from pipeline.workbook import read
from pipeline.workbook.limits import Limits

# The smallest PNG there is: one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def found(
    sheet: str | None, cell: str | None, severity: Severity = "error", row: int | None = None
) -> Finding:
    said = f"{severity} {cell}"
    return Finding(0, "r", severity, "row", f"请改正 {said}", f"Mend {said}", sheet, cell, row, "v")


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with about everything that an office puts into one."""
    path = tmp_path_factory.mktemp("rich") / "rich.xlsx"
    book = xlsxwriter.Workbook(path)
    data, lists, hidden = (book.add_worksheet(n) for n in ("业绩", "选项", "藏"))
    percent = book.add_format({"num_format": "0.00%", "bg_color": "#CCFFCC", "locked": False})
    data.write_row("A1", ["代码", "名称", "占比", "日期"])
    data.merge_range("A6:C6", "合计")
    data.write("C2", 0.5, percent)
    data.write_datetime("D2", date(2026, 9, 1), book.add_format({"num_format": "yyyy-mm-dd"}))  # type: ignore[arg-type]
    data.write("A2", "0012", percent)
    data.write_comment("A2", "我自己的批注", {"author": "张三"})
    data.write_comment("D2", "又一条", {"author": "张三"})
    data.set_column("B:B", 33, percent)
    data.set_row(3, 40)
    data.data_validation("B2:B9", {"validate": "list", "source": "=选项!$A$1:$A$2"})
    data.conditional_format("C2:C9", {"type": "data_bar", "data_bar_2010": True})
    data.conditional_format("A2:A9", {"type": "duplicate", "format": percent})
    data.add_sparkline("F2", {"range": "业绩!A2:D2"})
    data.insert_image("G2", "pixel.png", {"image_data": io.BytesIO(PIXEL)})
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=业绩!$C$2:$C$5"})
    data.insert_chart("H8", chart)
    data.insert_textbox("H2", "文本框")
    data.protect("secret")
    data.freeze_panes(1, 0)
    data.autofilter("A1:D5")
    lists.write_column("A1", ["是", "否"])
    hidden.hide()
    book.define_name("选项们", "=选项!$A$1:$A$2")
    book.define_name("选项!本表", "=选项!$A$1")
    book.close()
    return path


def load_workbook(path: Path) -> openpyxl.Workbook:
    """From memory: openpyxl leaves a file with pictures open, and warns of what it loses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(path.read_bytes()))


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as box:
        return {name: box.read(name) for name in box.namelist()}


FINDINGS = [
    found("业绩", "C2", "warning"),
    found("业绩", "B4"),
    found("业绩", "A2"),
    found("业绩", "C2", "info"),
    found(None, None, "info"),
    found("业绩", "B6"),  # inside a merged range
]


@pytest.fixture(scope="module")
def marked(rich: Path) -> Path:
    wanted = Annotation(rich, rich.name, FINDINGS, rich.with_name("out.xlsx"), [("业绩", 2)])
    (made,) = annotate_all([wanted])
    assert isinstance(made, Path), made
    return made


def test_parts_that_carry_no_mark_are_the_same_bytes(rich: Path, marked: Path) -> None:
    before, after = parts(rich), parts(marked)
    touched = {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml",
    }  # fmt: skip
    assert {n for n in before if after.get(n) != before[n]} == touched
    assert set(after) - set(before) == {"xl/worksheets/mingcha1.xml"}
    assert "xl/media/image1.png" in before and "xl/charts/chart1.xml" in before


@pytest.mark.parametrize(("coding", "kept"), [("utf-8", True), ("utf-8-sig", True),
                                              ("utf-16", False)])  # fmt: skip
def test_a_sheet_told_as_a_whole_is_only_taken_out_of_the_selection(
    tmp_path: Path, coding: str, kept: bool
) -> None:
    """A tree of 700,000 cells, to change one attribute, took more than a gigabyte."""
    source = tmp_path / "s.xlsx"
    book = xlsxwriter.Workbook(source)
    book.add_worksheet("甲").write_formula("A1", "=1+1", None, "")
    book.close()
    name, held = "xl/worksheets/sheet1.xml", parts(source)
    xml = held[name].decode().replace("UTF-8", coding.removesuffix("-sig").upper())
    assert xml.count(' tabSelected="1"') == 1 and "<v></v>" in xml
    with zipfile.ZipFile(source, "w") as box:
        for part, body in held.items():
            box.writestr(part, xml.encode(coding) if part == name else body)
    told = annotate(source, [found("甲", None)], tmp_path / "o.xlsx")
    text = parts(told)[name]
    assert (text == xml.replace(' tabSelected="1"', "").encode(coding)) is kept
    assert b"tabSelected" not in text.replace(b"\0", b"")
    assert load_workbook(told).active.title == SHEET


def test_the_marked_sheet_keeps_what_is_not_a_cell(rich: Path, marked: Path) -> None:
    """Element by element, as strings: drop-downs, formats, widths, merges, sparklines, lock."""
    before, after = (parts(p)["xl/worksheets/sheet1.xml"].decode() for p in (rich, marked))
    for element in ("cols", "mergeCells", "dataValidations", "conditionalFormatting", "extLst",
                    "sheetProtection", "autoFilter", "drawing ", "legacyDrawing "):  # fmt: skip
        first = before.index(f"<{element}")
        end = before.find(f"</{element}>", first)
        whole = before[first : end if end > 0 else before.index("/>", first)]
        assert whole in after, element


def test_names_keep_their_sheets(marked: Path) -> None:
    book = load_workbook(marked)
    assert book.sheetnames == [SHEET, "业绩", "选项", "藏"]
    assert book.active.title == SHEET
    assert "选项们" in book.defined_names
    assert "本表" in book["选项"].defined_names
    assert book["藏"].sheet_state == "hidden"
    assert [s.title for s in book.worksheets if s.sheet_view.tabSelected] == [SHEET]


def test_marks(marked: Path) -> None:
    sheet = load_workbook(marked)["业绩"]
    colours = {a: sheet[a].fill.fgColor.rgb for a in ("A2", "C2", "B4", "A6", "D2")}
    assert colours == {
        "A2": FILLS["error"], "C2": FILLS["warning"], "B4": FILLS["error"], "A6": FILLS["error"],
        "D2": FILLS["row"],  # the row was not taken
    }  # fmt: skip
    assert sheet["C2"].number_format == "0.00%" and not sheet["C2"].protection.locked
    assert not sheet["B4"].protection.locked, "a blank cell to be filled in must stay open"
    assert sheet["A2"].comment.text == f"我自己的批注\n{SEPARATOR}\n请改正 error A2"
    assert sheet["C2"].comment.text == "请改正 warning C2\n请改正 info C2"
    assert sheet["D2"].comment.text == "又一条"
    assert sheet["A2"].value == "0012" and sheet["C2"].value == 0.5


def test_the_list_is_worst_first_then_by_place(marked: Path) -> None:
    page = load_workbook(marked)[SHEET]
    rows = [[c.value for c in row][:5] for row in page.iter_rows(min_row=HEADER_ROW + 1)]
    assert [(r[0], r[2], r[3]) for r in rows] == [
        (1, "A2", "错误"), (2, "B4", "错误"), (3, "B6", "错误"), (4, "C2", "警告"),
        (5, None, "提示"), (6, "C2", "提示"),
    ]  # fmt: skip
    link = page.cell(HEADER_ROW + 2, 3).hyperlink
    assert (link.location, link.target) == ("'业绩'!B4", None)


def test_a_mended_copy_loses_our_marks_and_keeps_the_senders_own(
    rich: Path, marked: Path, tmp_path: Path
) -> None:
    """Returned for a second time with one finding left: only that one is marked."""
    again = annotate(marked, [found("业绩", "B4")], tmp_path / "again.xlsx")
    book = load_workbook(again)
    assert book.sheetnames == [SHEET, "业绩", "选项", "藏"]
    assert "本表" in book["选项"].defined_names
    sheet, first = book["业绩"], load_workbook(rich)["业绩"]
    for address in ("A2", "C2", "D2", "A6"):
        own, was = sheet[address].fill, first[address].fill
        assert own.patternType == was.patternType, address
        assert own.patternType is None or own.fgColor.rgb == was.fgColor.rgb, address
    assert sheet["B4"].fill.fgColor.rgb == FILLS["error"]
    comments = {c.coordinate: c.comment.text for r in sheet.iter_rows() for c in r if c.comment}
    assert comments == {"A2": "我自己的批注", "B4": "请改正 error B4", "D2": "又一条"}
    boxes = parts(again)["xl/drawings/vmlDrawing1.vml"].count(b'ObjectType="Note"')
    assert boxes == len(comments)


def test_saved_by_another_program_between(marked: Path, tmp_path: Path) -> None:
    """openpyxl numbers styles and comments anew, as Excel and WPS do."""
    book = load_workbook(marked)
    book["业绩"]["A2"] = "0013"
    book.save(tmp_path / "saved.xlsx")
    again = annotate(tmp_path / "saved.xlsx", [found("业绩", "B4")], tmp_path / "again.xlsx")
    book = load_workbook(again)
    sheet = book["业绩"]
    assert book.sheetnames.count(SHEET) == 1 and sheet["A2"].value == "0013"
    assert sheet["A2"].fill.fgColor.rgb == "FFCCFFCC" and sheet["D2"].fill.patternType is None
    comments = {c.coordinate: c.comment.text for r in sheet.iter_rows() for c in r if c.comment}
    assert comments == {"A2": "我自己的批注", "B4": "请改正 error B4", "D2": "又一条"}


def written(path: Path, data: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(data.encode(encoding))
    return path


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
BARE = {
    "[Content_Types].xml": f"""<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{SHEETS}.template.main+xml"/>
<Override PartName="/xl/s.xml" ContentType="{SHEETS}.worksheet+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="a" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="b" Type="{OFFICE}/worksheet" Target="s.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<x:workbook xmlns:x="{MAIN}" xmlns:q="{OFFICE}">
<x:sheets><x:sheet name="S" sheetId="7" q:id="b"/></x:sheets></x:workbook>""",
    "xl/s.xml": f"""<x:worksheet xmlns:x="{MAIN}"><x:sheetData>
<x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row><x:row><x:c><x:v>3</x:v></x:c></x:row>
</x:sheetData></x:worksheet>""",
}


def test_a_sheet_without_addresses_styles_or_names(tmp_path: Path) -> None:
    """Written by a program that leaves out all that may be left out."""
    path = tmp_path / "bare.xlsx"
    with zipfile.ZipFile(path, "w") as box:
        for name, text in BARE.items():
            box.writestr(name, text)
    told = [found("S", a) for a in ("B1", "A2", "C2", "B9")]
    sheet = load_workbook(annotate(path, told, tmp_path / "o.xlsx"))["S"]
    values = [[c.value for c in row] for row in sheet.iter_rows()]
    assert values[:2] == [[1, 2, None], [3, None, None]]
    assert {c.coordinate for r in sheet.iter_rows() for c in r if c.comment} == {
        "B1", "A2", "C2", "B9",
    }  # fmt: skip


def cells(path: Path, sheet: str) -> dict[tuple[int, int], tuple[str, str]]:
    """{(row, col): (text, flag)} as Mingcha itself reads them."""
    batch = read([path])
    frame = batch.cells.filter(batch.cells["sheet"] == sheet)
    return {(r, c): (t, f) for r, c, t, f in frame.select("row", "col", "text", "flag").rows()}


def open_document(path: Path, content: str) -> Path:
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        z.writestr("content.xml", content)
        z.writestr("META-INF/manifest.xml", "<m/>")
    return path


OPEN_DOCUMENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="表"><table:table-row><table:table-cell '
    'office:value-type="string"><text:p>=代码</text:p></table:table-cell><table:table-cell '
    'office:value-type="float" office:value="1234.5"><text:p>1,234.50</text:p></table:table-cell>'
    '<table:table-cell office:value-type="percentage" office:value="0.85"><text:p>85%</text:p>'
    '</table:table-cell><table:table-cell office:value-type="date" office:date-value="2026-09-30">'
    "<text:p>2026-09-30</text:p></table:table-cell><table:table-cell "
    'office:value-type="string"><text:p>0012</text:p></table:table-cell></table:table-row>'
    "</table:table></office:spreadsheet></office:body></office:document-content>"
)


def test_an_ods_comes_back_with_the_same_cells(tmp_path: Path) -> None:
    source = open_document(tmp_path / "a.ods", OPEN_DOCUMENT)
    before = cells(source, "表")
    assert before[1, 3] == ("0.85", "percent") and before[1, 4] == ("2026-09-30", "date")
    made = annotate(source, [found("表", "B1")], tmp_path / "o.xlsx")
    assert cells(made, "表") == before
    book = load_workbook(made)
    assert book["表"]["B1"].value == 1234.5 and book["表"]["B1"].comment is not None
    assert book["表"]["A1"].quotePrefix


def test_a_csv_is_called_as_it_was_received(tmp_path: Path) -> None:
    """In the archive it has its hash for a name; findings name the sheet after the file."""
    source = written(tmp_path / ("ab" * 32 + ".csv"), "代码,值\n0012,-5\n", "gb18030")
    wanted = Annotation(source, "包.zip/九月.csv", [found("九月", "B2")], tmp_path / "o.xlsx")
    (made,) = annotate_all([wanted])
    assert isinstance(made, Path)
    assert cells(made, "九月") == {
        (1, 1): ("代码", ""), (1, 2): ("值", ""), (2, 1): ("0012", ""), (2, 2): ("-5", ""),
    }  # fmt: skip
    assert load_workbook(made)["九月"]["B2"].comment is not None


def test_what_takes_too_long_or_too_much_is_said_and_the_others_are_made(
    rich: Path, tmp_path: Path
) -> None:
    def wanted(name: str, source: Path = rich) -> Annotation:
        return Annotation(source, rich.name, FINDINGS, tmp_path / "made" / name)

    gone, stuck = tmp_path / "gone.xlsx", tmp_path / "stuck.xlsx"
    made = annotate_all([wanted("a.xlsx"), wanted("g.xlsx", gone), wanted("b.xlsx")])
    assert [isinstance(m, Path) for m in made] == [True, False, True]
    os.mkfifo(stuck)  # whoever reads it waits for ever
    slow = annotate_all([wanted("c.xlsx", stuck), wanted("d.xlsx")], Limits(wall_seconds=1.0))
    assert slow[0] == "> 1 s" and isinstance(slow[1], Path)
    (fat,) = annotate_all([wanted("e.xlsx", stuck)], Limits(resident_bytes=1 << 20))
    assert fat == "> 1 MB"
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == ["a.xlsx", "b.xlsx", "d.xlsx"]
