"""Cells come back as written, at their true addresses, from every format."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from pipeline.workbook import read
from pipeline.workbook.facts import judge
from pipeline.workbook.limits import Limits
from pipeline.workbook.pool import pool
from pipeline.workbook.styles import Styles, meaning


def cells_of(path: Path, sheet: str | None = None) -> dict[str, tuple[str, str]]:
    """{A1: (text, flag)} of the only (or the named) sheet, addresses made by openpyxl's rule."""
    from openpyxl.utils import get_column_letter

    batch = read([path])
    assert [f for f in batch.findings if f.severity == "error"] == []
    frame = batch.cells if sheet is None else batch.cells.filter(pl.col("sheet") == sheet)
    return {
        f"{get_column_letter(r['col'])}{r['row']}": (r["text"], r["flag"])
        for r in frame.iter_rows(named=True)
    }


@pytest.fixture
def peculiar(tmp_path: Path) -> Path:
    path = tmp_path / "p.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("指标")
    percent = book.add_format({"num_format": "0.0%"})
    day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    chinese = book.add_format({"num_format": 31})
    clock = book.add_format({"num_format": "hh:mm"})
    red = book.add_format({"num_format": '[Red]0.00"日"'})
    sheet.write("C4", "0012")
    sheet.write("E5", 0.85, percent)
    sheet.write("E6", 12345678901234.56)
    sheet.write("E7", 1234567890.1)
    sheet.write("E8", dt.date(2026, 9, 3), day)
    sheet.write("E9", 46268, chinese)
    sheet.write("E10", 0.5, clock)
    sheet.write("E11", 7.5, red)
    sheet.write("E12", True)
    sheet.write("E13", 1234567890123456789)
    sheet.write("E14", 10 / 3)
    sheet.write_formula("F5", "=1/0", None, "#DIV/0!")
    sheet.write_formula("F7", "=2+3", None, 5)
    sheet.write("G5", "1.100000000")
    book.close()
    return path


def test_amounts_read_as_they_are_written(tmp_path: Path) -> None:
    """In nine decimals these end in a zero, which the reader leaves out."""
    written = ["516547069.561", "610047429.848", "542798998.064", "-284213795.946", "0.1"]
    book = Workbook()
    for text in written:
        book.active.append([float(text)])  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    assert read([tmp_path / "a.xlsx"]).cells["text"].to_list() == written


def test_values_and_flags(peculiar: Path) -> None:
    got = cells_of(peculiar)
    assert got == {
        "C4": ("0012", ""),
        "E5": ("0.85", "percent"),
        "E6": ("12345678901234.56", ""),
        "E7": ("1234567890.1", ""),
        "E8": ("2026-09-03", "date"),
        "E9": ("2026-09-03", "date"),
        "E10": ("12:00:00", "date"),
        "E11": ("7.5", ""),
        "E12": ("true", ""),
        "E13": got["E13"],
        "E14": ("3.333333333333333", ""),
        "F5": ("#DIV/0!", "error"),
        "F7": ("5", ""),
        "G5": ("1.100000000", ""),
    }
    assert got["E13"][1] == "long"


def test_formula_without_result_is_told_apart_from_a_blank(tmp_path: Path) -> None:
    book = Workbook()
    book.active["B2"], book.active["B3"] = "=1+1", 4
    book.save(tmp_path / "f.xlsx")
    assert cells_of(tmp_path / "f.xlsx") == {"B2": ("=1+1", "uncached"), "B3": ("4", "")}


@pytest.mark.parametrize(
    ("kind", "formula", "value", "mark"),
    [
        ("str", "=A1", "", None),  # a formula whose result is an empty text: a blank
        ("n", "=A1", "", ("uncached", "=A1")),
        ("n", None, "1.2345678901234501E+18", ("long", "1.2345678901234501E+18")),
        ("n", None, "1E-7", ("", "0.0000001")),
        ("n", None, "85", None),
        ("s", None, "1234567890123456", None),  # an index of a shared text
    ],
)
def test_judgement_of_a_cell(
    kind: str, formula: str | None, value: str, mark: tuple[str, str] | None
) -> None:
    assert judge(kind, 0, formula, value, Styles()) == mark


def test_1904(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "d.xlsx", {"date_1904": True})
    form = book.add_format({"num_format": "yyyy-mm-dd"})
    book.add_worksheet().write_datetime("A1", dt.datetime(2026, 9, 3), form)
    book.close()
    batch = read([tmp_path / "d.xlsx"])
    assert batch.cells["text"].to_list() == ["2026-09-03"]
    assert batch.sheets["date1904"].to_list() == [True]


@pytest.mark.parametrize("attribute", ["1", "true"])
def test_1904_without_a_word_more(tmp_path: Path, attribute: str) -> None:
    """The fast reader heeds 1904 in some workbooks only; 41331 is 27 February 2017 there."""
    book = xlsxwriter.Workbook(tmp_path / "base.xlsx")
    book.add_worksheet().write("A1", 41331, book.add_format({"num_format": 14}))
    book.close()
    bare = b'<workbookPr date1904="%s"/>' % attribute.encode()
    rewritten(
        tmp_path / "base.xlsx", tmp_path / "d.xlsx", "workbook.xml",
        lambda xml: re.sub(rb"<workbookPr[^>]*>", bare, xml),
    )  # fmt: skip
    assert cells_of(tmp_path / "d.xlsx") == {"A1": ("2017-02-27", "date")}


def rewritten(source: Path, target: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.namelist():
            body = old.read(part)
            new.writestr(part, change(body) if part.endswith(name) else body)


def test_an_indented_sheet_is_read(tmp_path: Path) -> None:
    """Some programs write every element on a line of its own; far blank formats beside it."""
    book = xlsxwriter.Workbook(tmp_path / "base.xlsx")
    sheet = book.add_worksheet()
    sheet.write("B2", "甲")
    sheet.write("C3", 7)
    sheet.write_blank("XFD1048576", None, book.add_format({"bold": True}))
    book.close()
    rewritten(
        tmp_path / "base.xlsx", tmp_path / "i.xlsx", "sheet1.xml",
        lambda x: x.replace(b"><v>", b">\n  <v>").replace(b"</v><", b"</v>\n<"),
    )  # fmt: skip
    assert cells_of(tmp_path / "i.xlsx") == {"B2": ("甲", ""), "C3": ("7", "")}


def test_formulas_without_result_at_the_edge_are_told(tmp_path: Path) -> None:
    """The fast reader leaves them out, and the column or row with them."""
    book = Workbook()
    sheet = book.active
    sheet["B2"], sheet["B3"], sheet["D3"], sheet["B5"] = "x", 4, "=B3*2", "=SUM(B3)"
    book.create_sheet("只有公式")["C3"] = "=1+1"
    book.save(tmp_path / "f.xlsx")
    assert cells_of(tmp_path / "f.xlsx", "Sheet") == {
        "B2": ("x", ""), "B3": ("4", ""), "D3": ("=B3*2", "uncached"),
        "B5": ("=SUM(B3)", "uncached"),
    }  # fmt: skip
    assert cells_of(tmp_path / "f.xlsx", "只有公式") == {"C3": ("=1+1", "uncached")}


@pytest.mark.parametrize(
    ("serial", "shown"),
    [(46268.999999, "2026-09-04"), (1e12, "1000000000000"), (-3, "-3"), (0.66666666, "16:00:00")],
)
def test_dates_are_rounded_to_the_second_and_impossible_ones_kept(
    tmp_path: Path, serial: float, shown: str
) -> None:
    book = xlsxwriter.Workbook(tmp_path / "d.xlsx")
    form = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    book.add_worksheet().write("A1", serial, form)
    book.close()
    assert cells_of(tmp_path / "d.xlsx") == {"A1": (shown, "date")}


@pytest.mark.parametrize(
    ("written", "shown"),
    [("2026-09-03T23:59:59.9Z", "2026-09-04"), ("PT36H5M0.000S", "36:05:00"),
     ("01:34:00.0000000015", "01:34:00"), ("2026-09-03", "2026-09-03")],
)  # fmt: skip
def test_dates_of_strict_ooxml(written: str, shown: str) -> None:
    assert judge("d", 0, None, written, Styles()) == ("date", shown)


def test_a_number_that_is_none_is_an_error_cell() -> None:
    assert judge("n", 0, None, "NaN", Styles()) == ("error", "NaN")


def test_facts_of_the_layout(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "h.xlsx")
    one, two = book.add_worksheet("甲"), book.add_worksheet("乙&丙")
    one.merge_range("B2:D3", "标题")
    one.write("F9", 1)
    one.set_row(4, None, None, {"hidden": True})
    one.set_column("C:D", None, None, {"hidden": True})
    two.write("A1", "x")
    two.hide()
    book.close()
    batch = read([tmp_path / "h.xlsx"])
    first, second = batch.sheets.iter_rows(named=True)
    assert first["merged"] == [[2, 2, 3, 4]]
    assert (first["hidden_rows"], first["hidden_cols"]) == ([5], [3, 4])
    assert (second["sheet"], second["visible"]) == ("乙&丙", False)
    assert {f.rule for f in batch.findings} == {"rows_hidden", "cols_hidden", "sheet_hidden"}


def test_blank_formats_far_away_are_harmless(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "far.xlsx")
    form = book.add_format({"bold": True})
    sheet = book.add_worksheet()
    sheet.write_blank("XFD1048576", None, form)
    sheet.write_blank("A1", None, form)
    sheet.write("C3", "x")
    book.close()
    assert cells_of(tmp_path / "far.xlsx") == {"C3": ("x", "")}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    grid=st.dictionaries(
        st.tuples(st.integers(0, 12), st.integers(0, 9)),
        st.one_of(
            st.integers(-(10**14), 10**14),
            st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: float(f"{x:.6g}")),
            st.text("甲乙0aＡ %&<'\"", min_size=1, max_size=6).filter(str.strip),
        ),
        min_size=1,
        max_size=25,
    ),
    offset=st.tuples(st.integers(0, 200), st.integers(0, 60)),
    writer=st.sampled_from(["xlsxwriter", "openpyxl"]),
)
def test_a_sparse_grid_comes_back_at_its_addresses(
    tmp_path: Path, grid: dict, offset: tuple[int, int], writer: str
) -> None:
    path = tmp_path / f"{writer}.xlsx"
    placed = {(r + offset[0], c + offset[1]): v for (r, c), v in grid.items()}
    if writer == "xlsxwriter":
        book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
        sheet = book.add_worksheet()
        for (r, c), v in placed.items():
            (sheet.write_string if isinstance(v, str) else sheet.write_number)(r, c, v)
        book.close()
    else:
        other = Workbook()
        for (r, c), v in placed.items():
            other.active.cell(r + 1, c + 1).value = v
        other.save(path)
    oracle = {
        (cell.row, cell.column): cell.value
        for line in load_workbook(path).active.iter_rows()
        for cell in line
        if cell.value is not None
    }
    batch = read([path])
    assert batch.findings == []
    got = {(r["row"], r["col"]): r["text"] for r in batch.cells.iter_rows(named=True)}
    assert got.keys() == oracle.keys()
    for place, value in oracle.items():
        if isinstance(value, str):
            assert got[place] == value
        else:
            assert float(got[place]) == float(value)
            assert "e" not in got[place].lower()


def test_unusual_writing_gives_the_same_cells(tmp_path: Path, peculiar: Path) -> None:
    """Prefixed elements go the slow way; the answers must be those of the fast one."""
    odd = tmp_path / "odd.xlsx"
    with zipfile.ZipFile(peculiar) as old, zipfile.ZipFile(odd, "w") as new:
        for name in old.namelist():
            xml = old.read(name)
            if name.endswith("sheet1.xml"):
                xml = xml.replace(b'<c r="E6"', b"<c  r='E6'")
            new.writestr(name, xml)
    assert cells_of(odd) == cells_of(peculiar)


def test_chinese_zip_names_and_members(tmp_path: Path, peculiar: Path) -> None:
    target = tmp_path / "包.zip"
    gbk = "九月/网点一.xlsx".encode("gbk")
    with zipfile.ZipFile(target, "w") as bundle:
        bundle.writestr("b" * len(gbk), peculiar.read_bytes())
        bundle.writestr("~$x.xlsx", b"")
    data = target.read_bytes().replace(b"b" * len(gbk), gbk)
    target.write_bytes(data)
    batch = read([target, peculiar])
    assert [f.name for f in batch.files] == ["包.zip/九月/网点一.xlsx", "p.xlsx"]
    assert batch.files[0].sha256 == batch.files[1].sha256
    assert batch.files[0].path.read_bytes() == peculiar.read_bytes()
    assert batch.cells.filter(file=0).drop("file").equals(batch.cells.filter(file=1).drop("file"))


def test_members_of_any_ending_are_read_or_refused(tmp_path: Path, peculiar: Path) -> None:
    members = {"a.xlsx": peculiar.read_bytes(), "b.xlsx ": peculiar.read_bytes(),
               "c.txt": b"x,y\n1,2\n", "d.xlsx.bak": peculiar.read_bytes(),
               "e": b"x\n", "f.JPG": b"\xff\xd8\xff", "~$g.xlsx": b"x"}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "box.zip", "w") as box:
        for name, content in members.items():
            box.writestr(name, content)
    batch = read([tmp_path / "box.zip"])
    names = [f.name.removeprefix("box.zip/") for f in batch.files]
    assert names == ["a.xlsx", "b.xlsx", "c.txt", "d.xlsx.bak", "e", "f.JPG"]
    assert sorted(set(batch.cells["file"])) == [0, 1, 2, 3]
    told = [(f.file, f.rule) for f in batch.findings if f.severity == "error"]
    assert told == [(4, "file_text"), (5, "file_not_workbook")]


@pytest.mark.parametrize(
    ("cell", "flag"),
    [
        (b'<c r="A1" t="n" s="1"><v>0.85</v></c>', "percent"),  # as Apache POI may write it
        (b"<c r='A1' s='1'><v>0.85</v></c>", "percent"),
        (b'<c r="A1" s = "1"><v>0.85</v></c>', "percent"),
        (b'<c r="A1" s="1" cm="1"><v>0.85</v></c>', "percent"),
        (b'<c r="A1" s="1"><v xml:space="preserve">0.85</v></c>', "percent"),
        (b'<c r="A1" s="1" t="n"><v>0.85</v></c>', "percent"),
        (b'<c r="A1" s="0" t="n"><v>0.85</v></c>', ""),
    ],
)
def test_the_format_of_a_cell_is_seen_however_it_is_written(
    tmp_path: Path, cell: bytes, flag: str
) -> None:
    book = xlsxwriter.Workbook(tmp_path / "own.xlsx")
    book.add_worksheet("S").write("A1", 0.85, book.add_format({"num_format": "0%"}))
    book.close()
    usual = b'<c r="A1" s="1"><v>0.85</v></c>'

    def other(xml: bytes) -> bytes:
        assert usual in xml
        return xml.replace(usual, cell)

    rewritten(tmp_path / "own.xlsx", tmp_path / "other.xlsx", "xl/worksheets/sheet1.xml", other)
    assert cells_of(tmp_path / "other.xlsx") == {"A1": ("0.85", flag)}


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("0!.0,", "scaled"), ("0!.0000", "scaled"), ("#,##0.0,", "scaled"), ('0,,"百万"', "scaled"),
        ('0"."0,', "scaled"), ("0\\.0,_ ", "scaled"), ("#,##0", ""), ("#,##0.00_);(#,##0.00)", ""),
        ('0.0"万"', ""), ("#,##0;-#,##0", ""), ("0.00E+00", ""), ("# ?/?", ""),
        ("0.0,%", "percent"), ('yyyy"年"m"月"', "date"), ("0.0;0.0,", ""),
    ],
)  # fmt: skip
def test_formats_that_show_another_number(code: str, flag: str) -> None:
    """By Microsoft's account of number formats: a comma that follows a digit placeholder scales."""
    assert meaning(176, code) == flag


def test_a_number_shown_in_wan_is_told_and_not_guessed(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "s.xlsx")
    sheet = book.add_worksheet("S")
    sheet.write("A1", 12345678, book.add_format({"num_format": "0!.0,"}))
    sheet.write("A2", 12345678)
    book.close()
    assert cells_of(tmp_path / "s.xlsx") == {"A1": ("12345678", "scaled"), "A2": ("12345678", "")}


def test_formats_are_looked_up_in_the_part_that_the_workbook_names(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "own.xlsx")
    book.add_worksheet("S").write("A1", 0.85, book.add_format({"num_format": "0%"}))
    book.close()
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(tmp_path / "own.xlsx") as old, zipfile.ZipFile(other, "w") as new:
        for part in old.namelist():
            body = old.read(part).replace(b"styles.xml", b"looks.xml")
            new.writestr(part.replace("styles.xml", "looks.xml"), body)
    assert cells_of(other) == {"A1": ("0.85", "percent")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b,c\n1,2,3\n4,5", ["csv_cut"]),
        ("a,b,c\r\n1,2,3\r\n4,5", ["csv_cut"]),
        ("a,b,c\n1,2,3\n4,5\n", []),
        ("a,b,c\n1,2,3\n4,5,6", []),
        ("a,b,c\n1,2,3\n制表人：张三", []),
        ('a,b,c\n1,"2\n3",4\n', []),  # a line break in a cell
        ('a,b,c\n1,"2,\n3,,",4\n5,6,"x,y\nz"\n', []),  # and delimiters
    ],
)
def test_a_text_file_that_was_cut_off_is_told(tmp_path: Path, text: str, told: list[str]) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode())
    assert [f.rule for f in read([tmp_path / "t.csv"]).findings] == told


@pytest.mark.parametrize("between", ["", "4,乙,6\n"])
def test_a_quotation_mark_that_swallows_rows_is_refused_where_it_stands(
    tmp_path: Path, between: str
) -> None:
    text = f'a,b,c\n1,"甲,3\n{between}7,丙",9\n10,丁,12\n'
    (tmp_path / "t.csv").write_bytes(text.encode())
    (finding,) = read([tmp_path / "t.csv"]).findings
    assert (finding.rule, finding.cell) == ("csv_quote", "B2")
    assert "“甲,3”" in finding.zh and "{" not in finding.zh + finding.en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "九月.csv"
    rows = [["网点代码", "网点名称"], ["001234", "解放路支行"], ["12345678901234567890", "某所"]]
    path.write_bytes("\r\n".join(delimiter.join(r) for r in rows).encode(encoding))
    assert {k: v[0] for k, v in cells_of(path).items()} == {
        f"{'AB'[c]}{r}": rows[r - 1][c] for r in (1, 2, 3) for c in (0, 1)
    }


def test_order_and_progress(tmp_path: Path) -> None:
    paths = []
    for number in range(23):
        book = Workbook()
        book.active["B3"] = f"n{number}"
        paths.append(tmp_path / f"{number}.xlsx")
        book.save(paths[-1])
    seen: list[tuple[int, int]] = []
    batch = read(paths, progress=lambda done, known: seen.append((done, known)))
    assert batch.cells["text"].to_list() == [f"n{n}" for n in range(23)]
    assert batch.cells["file"].to_list() == list(range(23))
    assert seen[-1] == (23, 23)


def test_ods(tmp_path: Path) -> None:
    body = (
        '<table:table table:name="表"><table:table-row table:number-rows-repeated="2"/>'
        '<table:table-row><table:table-cell table:number-columns-repeated="3"/>'
        '<table:table-cell office:value-type="percentage" office:value="0.85"><text:p>85%</text:p>'
        "</table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2" office:value-type="string">'
        "<text:p>甲</text:p></table:table-cell>"
        '<table:table-cell office:value-type="date" office:date-value="2026-09-03"/>'
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value=""><text:p>#DIV/0!</text:p></table:table-cell></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048573"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )
    namespaces = " ".join(
        f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"'
        for p in ("office", "table", "text", "style", "draw")
    )
    xml = f"<office:document-content {namespaces}><office:body>{body}</office:body>"
    xml += "</office:document-content>"
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as z:
        z.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        z.writestr("content.xml", xml)
    assert cells_of(tmp_path / "t.ods") == {
        "D3": ("0.85", "percent"),
        "E3": ("甲", ""),
        "F3": ("甲", ""),
        "G3": ("2026-09-03", "date"),
        "H3": ("#DIV/0!", "error"),
    }


def test_empty_workbook_is_no_error(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "e.xlsx")
    batch = read([tmp_path / "e.xlsx"])
    assert (len(batch.cells), batch.findings, len(batch.sheets)) == (0, [], 1)


def test_nothing_in_nothing_out() -> None:
    batch = read([])
    assert (batch.files, len(batch.cells), batch.findings) == ([], 0, [])


def test_the_rest_of_a_slow_archive_is_left(tmp_path: Path) -> None:
    """With no patience at all, what the two children begin before a first chunk of 50 files was
    read is read, and every other file is told."""
    with zipfile.ZipFile(tmp_path / "box.zip", "w") as box:
        for number in range(400):
            box.writestr(f"{number:03d}.csv", "a,b\n1,2\n")
    (tmp_path / "alone.csv").write_text("a,b\n1,2\n", "utf-8")
    paths = [tmp_path / "box.zip", tmp_path / "alone.csv"]
    batch = read(paths, limits=Limits(archive_seconds=0.0))
    left = [f for f in batch.findings if f.rule == "archive_slow"]
    assert len(batch.files) == 401
    assert len(left) in (300, 350)
    assert {f.file for f in left} | set(batch.cells["file"]) == set(range(401))
    assert all(f.sha256 for f in batch.files)
    assert not read(paths).findings


def test_children_that_were_made_ready_read_as_ever(peculiar: Path) -> None:
    pool().get_ready()
    processes = [child.process for child in pool().children]
    assert all(process and process.poll() is None for process in processes)
    batch = read([peculiar])
    assert batch.cells.height and not [f for f in batch.findings if f.severity == "error"]
    assert [child.process for child in pool().children] == processes
