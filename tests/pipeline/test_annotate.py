"""The annotated return: faults marked, the rest kept, the source untouched, nothing live."""

from __future__ import annotations

import zipfile
from pathlib import Path

import xlsxwriter
from openpyxl import load_workbook

from pipeline.annotate import SHEET, annotate
from pipeline.annotating.words import FILLS
from pipeline.findings import Finding


def finding(sheet: str | None, cell: str | None, value: str = "=1+1") -> Finding:
    return Finding(
        0, "r", "error", "row", "请改正此格。", "Mend this cell.", sheet, cell, None, value
    )


def test_marks_lists_and_keeps(tmp_path: Path) -> None:
    source = tmp_path / "s.xlsx"
    book = xlsxwriter.Workbook(source)
    sheet = book.add_worksheet("评 分")
    sheet.write("B3", "错")
    sheet.write_formula("C3", "=1+2", None, 3)
    sheet.data_validation("D1", {"validate": "list", "source": ["是", "否"]})
    book.close()
    before = source.read_bytes()
    found = [finding("评 分", "B3"), finding(None, None)]
    out = load_workbook(annotate(source, found, tmp_path / "out.xlsx", "en"))
    assert source.read_bytes() == before
    assert out.sheetnames == [SHEET, "评 分"]
    cell = out["评 分"]["B3"]
    assert (cell.value, cell.fill.fgColor.rgb) == ("错", FILLS["error"])
    assert cell.comment.text == "请改正此格。\nMend this cell."
    assert out["评 分"]["C3"].value == "=1+2"
    assert out["评 分"].data_validations.dataValidation[0].sqref.ranges
    first = out[SHEET]
    assert [c.value for c in first[5]][:3] == [2, "评 分", "B3"]
    assert first["C5"].hyperlink.location == "'评 分'!B3"
    value = first["F5"]
    assert (value.value, value.data_type, value.quotePrefix) == ("=1+1", "s", True)
    # What has no place in the file comes first, and has nothing to link to.
    assert first["B4"].value is None and first["C4"].hyperlink is None


def test_csv_comes_back_as_text_cells(tmp_path: Path) -> None:
    source = tmp_path / "九月.csv"
    source.write_bytes("代码,值\n0012,=cmd|' /C calc'!A0\n0013,-5\n".encode("gb18030"))
    target = annotate(source, [finding("九月", "B2")], tmp_path / "九月.csv.xlsx")
    with zipfile.ZipFile(target) as z:
        assert all(b"<f>" not in z.read(n) for n in z.namelist() if "sheets/" in n)
    sheet = load_workbook(target)["九月"]
    assert (sheet["A2"].value, sheet["B2"].value) == ("0012", "=cmd|' /C calc'!A0")
    assert sheet["B2"].comment.text == "请改正此格。"


def test_long_names_of_sheets_that_begin_alike_come_back_as_two_sheets(tmp_path: Path) -> None:
    """OpenDocument allows names of any length, and names that differ in case alone."""
    source = tmp_path / "s.ods"
    names = ("某省分行营业网点二〇二六年九月业绩报表（第三次更正稿）之一至五", "表", "甲", "A", "a")
    assert len(names[0]) == 31
    names = (names[0] + "・六", names[0] + "・七", *names[1:], "Sheet7", "")
    tables = "".join(
        f'<table:table table:name="{name}"><table:table-row><table:table-cell'
        f' office:value-type="string"><text:p>{number}</text:p></table:table-cell>'
        "</table:table-row></table:table>"
        for number, name in enumerate(names)
    )
    spaces = "".join(
        f' xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"'
        for p in ("office", "table", "text")
    )
    with zipfile.ZipFile(source, "w") as z:
        z.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        z.writestr("content.xml", f"<office:document-content{spaces}>{tables}"
                                  "</office:document-content>")  # fmt: skip
    out = load_workbook(annotate(source, [finding("表", "A1")], tmp_path / "o.xlsx"))
    assert [page["A1"].value for page in out.worksheets[1:]] == list(range(8))
    assert out["表"]["A1"].comment is not None


def test_a_refused_file_comes_back_as_the_list_alone(tmp_path: Path) -> None:
    source = tmp_path / "x.xlsx"
    source.write_bytes(b"PK\x03\x04broken")
    out = load_workbook(annotate(source, [finding("S", "A1")], tmp_path / "o.xlsx"))
    assert out.sheetnames == [SHEET]
    assert out[SHEET]["E4"].value == "请改正此格。"


def test_merged_cells_and_odd_addresses(tmp_path: Path) -> None:
    source = tmp_path / "m.xlsx"
    book = xlsxwriter.Workbook(source)
    book.add_worksheet("S").merge_range("B2:C3", "甲")
    book.close()
    found = [finding("S", "C3"), finding("S", "not a cell"), finding("T", "A1")]
    out = load_workbook(annotate(source, found, tmp_path / "o.xlsx"))
    assert out["S"]["B2"].comment is not None
    again = annotate(tmp_path / "o.xlsx", found, tmp_path / "o2.xlsx")
    assert load_workbook(again).sheetnames == [SHEET, "S"]
