"""`.xls` and `.xlsb` read whole, by both engines, against what is known to stand in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl.utils import get_column_letter
from xlsb_writer import CUSTOM, DATE, GENERAL, PERCENT, write_xlsb

from pipeline.second_opinion import differences, read_again
from pipeline.workbook import read
from pipeline.workbook.cells import ReadBatch
from pipeline.workbook.limits import Limits

KNOWN_XLS = Path(__file__).parent / "fixtures" / "known.xls"
IN_KNOWN_XLS = {
    "B2": ("网点代码", ""), "C2": ("月份", ""), "D2": ("转介率", ""), "E2": ("余额", ""),
    "F2": ("备注", ""), "B3": ("0012", ""), "C3": ("2026-09-03", "date"),
    "D3": ("0.85", "percent"), "E3": ("1234567890.12", ""),
    "F3": ("#DIV/0!", "error"), "B4": ("解放路支行", ""),
    "C4": ("2026-09-03 14:30:00", "date"), "D4": ("true", ""), "F4": ("5", ""),
    "B5": ("中\n文", ""), "D5": ("-0.1", ""), "E5": ("46268", ""), "B7": ("合并", ""),
}  # fmt: skip


def shown(batch: ReadBatch, sheet: str) -> dict[str, tuple[str, str]]:
    cells = batch.cells.filter(sheet=sheet)
    return {
        f"{get_column_letter(c['col'])}{c['row']}": (c["text"], c["flag"])
        for c in cells.iter_rows(named=True)
    }


@pytest.fixture(scope="module")
def xlsb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    grid = {
        (2, 2): ("shared", "网点代码", GENERAL), (2, 3): ("shared", "月份", GENERAL),
        (3, 2): ("text", "0012", GENERAL), (3, 3): ("integer", 46268, DATE),
        (3, 4): ("real", 0.85, PERCENT), (3, 5): ("hundredths", -12345, GENERAL),
        (4, 2): ("shared", "解放路支行", GENERAL), (4, 3): ("formula", 46268.5, CUSTOM),
        (4, 4): ("bool", 1, GENERAL), (4, 5): ("real", 1234567890123456789.0, GENERAL),
        (5, 2): ("formula text", "算出的字", GENERAL), (5, 3): ("error", 7, GENERAL),
        (5, 4): ("formula error", 42, GENERAL), (5, 5): ("integer", -7, GENERAL),
        (6, 2): ("blank", None, DATE), (6, 5): ("real", 12345678901234.56, GENERAL),
        (7, 2): ("real", 1 / 3, GENERAL), (7, 3): ("real", 1e12, DATE),
    }  # fmt: skip
    return write_xlsb(
        tmp_path_factory.mktemp("b") / "known.xlsb",
        {"指标": grid, "隐藏": {(1, 1): ("shared", "x", GENERAL)}},
        hidden=["隐藏"], hidden_rows=[5], hidden_cols=[5], merged=[(7, 2, 8, 4)],
    )  # fmt: skip


def test_an_xlsb_is_read_at_its_addresses(xlsb: Path) -> None:
    batch = read([xlsb])
    got = shown(batch, "指标")
    assert got.pop("E4")[1] == "long"
    assert got == {
        "B2": ("网点代码", ""), "C2": ("月份", ""), "B3": ("0012", ""),
        "C3": ("2026-09-03", "date"), "D3": ("0.85", "percent"),
        "E3": ("-123.45", ""), "B4": ("解放路支行", ""),
        "C4": ("2026-09-03 12:00:00", "date"), "D4": ("true", ""), "B5": ("算出的字", ""),
        "C5": ("#DIV/0!", "error"), "D5": ("#N/A", "error"), "E5": ("-7", ""),
        "E6": ("12345678901234.56", ""), "B7": ("0.3333333333333333", ""),
        "C7": ("1000000000000", "date"),
    }  # fmt: skip
    assert shown(batch, "隐藏") == {"A1": ("x", "")}
    first = batch.sheets.row(0, named=True)
    assert (first["hidden_rows"], first["hidden_cols"]) == ([5], [5])
    assert first["merged"] == [[7, 2, 8, 4]]
    assert {f.rule for f in batch.findings} == {"rows_hidden", "cols_hidden", "sheet_hidden"}


def test_an_xlsb_of_1904(tmp_path: Path) -> None:
    grid = {(1, 1): ("real", 44806.0, DATE), (2, 1): ("integer", 44806, CUSTOM)}
    batch = read([write_xlsb(tmp_path / "d.xlsb", {"S": grid}, date1904=True)])
    assert batch.cells["text"].to_list() == ["2026-09-03", "2026-09-03"]


def test_an_xlsb_cut_off_inside_is_refused(tmp_path: Path, xlsb: Path) -> None:
    import zipfile

    cut = tmp_path / "cut.xlsb"
    with zipfile.ZipFile(xlsb) as old, zipfile.ZipFile(cut, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, body[:-40] if name.endswith("sheet1.bin") else body)
    batch = read([cut])
    assert [f.rule for f in batch.findings] == ["file_corrupt"]


def test_an_xls_is_read_at_its_addresses() -> None:
    batch = read([KNOWN_XLS])
    got = shown(batch, "指标")
    assert got.pop("E4")[1] == "long"
    assert got == IN_KNOWN_XLS
    assert shown(batch, "隐藏") == {"A1": ("x", "")}
    first = batch.sheets.row(0, named=True)
    assert (first["hidden_rows"], first["hidden_cols"]) == ([5], [5])
    assert first["merged"] == [[7, 2, 8, 4]]


def test_both_engines_agree_on_them(xlsb: Path) -> None:
    batch = read([xlsb, KNOWN_XLS])
    seen = read_again(batch.files, Limits())
    for index, count in ((0, 15), (1, 19)):  # the other engine shows errors as blanks
        again = seen[index]
        assert again is not None
        assert again[0].height == count
        assert differences(batch, index, *again) == []
