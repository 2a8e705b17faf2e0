"""Dates, targets, rates and CSV files of known content, through the real entry."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from messy.sketch import Formula, _put
from pipeline.parse import Parsed, parse
from pipeline.parsing.values import typed
from pipeline.parsing.words import prepared
from pipeline.recognise import recognise
from pipeline.workbook import read
from pipeline.workbook.cells import distinct

DAY = dt.date(2026, 9, 1)
DATES: list[tuple[Any, dt.date | None, str | None]] = [
    ("2026-09-01", DAY, None), ("2026/9/1", DAY, None), ("2026.9.1", DAY, None),
    ("2026年9月1日", DAY, None), ("2026 年 9 月 1 日", DAY, None), ("20260901", DAY, None),
    ("２０２６－０９－０１", DAY, None), (DAY, DAY, None), ("2026-09-01 08:30", DAY, None),
    (46266, DAY, "serial_date"), ("—", None, None), ("无", None, None), (None, None, None),
    ("26-9-1", None, "unreadable_value"), ("1/9/2026", None, "unreadable_value"),
    ("2026-02-30", None, "unreadable_value"), ("2026091 5", None, "unreadable_value"),
    ("46 266", None, "unreadable_value"), ("去年九月", None, "unreadable_value"),
    ("2026.9", None, "unreadable_value"), (Formula("#N/A"), None, "error_cell"),
    (Formula(None), None, "uncached_formula"), (True, None, "unreadable_value"),
]  # fmt: skip
# product, target, unit of the row; product as stored, yuan or number, finding (rule, column)
TARGETS: list[tuple[str, Any, Any, str, str | None, tuple[str, str] | None]] = [
    ("储蓄存款日均", 1.5, "亿元", "储蓄存款日均", "150000000", None),
    ("储蓄日均", 20, "万元", "储蓄存款日均", "200000", None),
    ("ＡＵＭ", "1,000", "元", "管理资产", "1000", None),
    ("定投户数", 120, "户", "基金定投签约数", "120", None),
    ("中收", 3, None, "中间业务收入", "3", ("target_unit_assumed", "D")),
    ("中收", "100元", "万元", "中间业务收入", None, ("target_unit_twice", "E")),
    ("管理资产", 3, "户", "管理资产", None, ("target_unit", "E")),
    ("客户数", 3, "万元", "个人客户数", None, ("target_unit", "E")),
    ("不存在的产品", 3, "户", "不存在的产品", "3", ("product_unknown", "C")),
    ("管理资产", "1 2", "万元", "管理资产", None, ("unreadable_value", "D")),
    ("管理资产", 99999999999, "亿元", "管理资产", None, ("number_too_large", "D")),
]  # fmt: skip


def _book(path: Path, grid: list[list[Any]], date1904: bool = False) -> Path:
    book = xlsxwriter.Workbook(path, {"date_1904": date1904})
    sheet = book.add_worksheet()
    for r, line in enumerate(grid, 1):
        for c, value in enumerate(line, 1):
            _put(book, sheet, r, c, value)
    book.close()
    return path


def _parsed(*paths: Path) -> tuple[dict[str, Parsed], list[Any]]:
    batch = read(paths)
    recognised = recognise(batch)
    found = parse(batch, recognised)
    told = [*batch.findings, *recognised.findings]
    return found, told + [f for one in found.values() for f in one.findings]


@pytest.mark.parametrize("date1904", [False, True])
def test_dates(date1904: bool, tmp_path: Path) -> None:
    header = ["网点代码", "网点名称", "机构层级", "上级机构代码", "导入日期"]
    lines = [[f"01{n:02d}", "甲", "网点", "01", shown] for n, (shown, _, _) in enumerate(DATES)]
    if date1904:  # the serial of the same day is 1,462 smaller there
        lines = [[*line[:4], 44804 if line[4] == 46266 else line[4]] for line in lines]
    found, findings = _parsed(_book(tmp_path / "r.xlsx", [header, *lines], date1904))
    assert found["branches"].tables["branch"]["introduced"].to_list() == [d for _, d, _ in DATES]
    told = {f.cell: f.rule for f in findings if f.severity != "info"}
    assert told == {f"E{n}": rule for n, (_, _, rule) in enumerate(DATES, 2) if rule}


def test_targets(tmp_path: Path) -> None:
    header = ["网点代码", "年份", "产品", "目标值", "单位"]
    lines = [[f"01{n:02d}", 2026, *case[:3]] for n, case in enumerate(TARGETS)]
    found, findings = _parsed(_book(tmp_path / "t.xlsx", [header, *lines]))
    rows = found["targets"].tables["target"].select("product", "target").rows()
    assert rows == [(c[3], None if c[4] is None else Decimal(c[4])) for c in TARGETS]
    told = {(f.rule, f.cell) for f in findings if f.severity != "info" and f.rule != "unit_in_cell"}
    assert told == {(c[5][0], f"{c[5][1]}{n}") for n, c in enumerate(TARGETS, 2) if c[5]}


def test_a_unit_in_the_title_of_targets_is_of_money_only(tmp_path: Path) -> None:
    grid = [["计划目标　单位：万元"], ["网点代码", "年份", "产品", "目标值", "单位"],
            ["0101", 2026, "管理资产", 5, "万元"], ["0101", 2026, "客户数", 120, "户"],
            ["0101", 2026, "中收", 5, None], ["0101", 2026, "储蓄存款日均", 5, "元"]]  # fmt: skip
    found, findings = _parsed(_book(tmp_path / "t.xlsx", grid))
    table = found["targets"].tables["target"]
    assert table["target"].to_list() == [Decimal(50000), Decimal(120), Decimal(50000), None]
    assert [(f.rule, f.cell) for f in findings] == [("target_unit_twice", "E6")]


def test_one_product_by_two_names_is_one_target(tmp_path: Path) -> None:
    grid = [
        ["网点代码", "年份", "产品", "目标值", "单位"],
        ["0101", 2026, "储蓄存款日均", 1, "万元"],
        ["0101", 2026, "储蓄日均", 2, "万元"],
    ]
    found, _ = _parsed(_book(tmp_path / "t.xlsx", grid))
    key = found["targets"].tables["target"].select("branch_code", "year", "product")
    assert key.is_duplicated().all()


CSV = (
    '网点代码,网点名称,月份,在岗人数\r\n0101,甲支行,2026-09,"1,234"\r\n'
    "0102,乙（一）支行,2026.9,７\r\n"
)
ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"]


def test_csv_in_every_encoding_and_delimiter(tmp_path: Path) -> None:
    paths = []
    for encoding in ENCODINGS:
        for sign in (",", ";", "\t"):
            text = CSV if sign == "," else CSV.replace('"1,234"', "1234").replace(",", sign)
            paths.append(tmp_path / f"{len(paths)}.{'tsv' if sign == chr(9) else 'csv'}")
            paths[-1].write_bytes(text.encode(encoding))
    found, findings = _parsed(*paths)
    assert [f for f in findings if f.severity == "error"] == []
    table = found["performance"].tables["performance"]
    rows = table.select("file", "branch_code", "branch_name", "month", "staff").rows()
    assert rows == [
        (n, *row)
        for n in range(len(paths))
        for row in [("0101", "甲支行", "2026-09", 1234), ("0102", "乙(一)支行", "2026-09", 7)]
    ]


def test_a_blank_template_is_blank_and_nothing_else(tmp_path: Path) -> None:
    header = ["网点代码", "网点名称", "月份", "在岗人数"]
    _, findings = _parsed(_book(tmp_path / "p.xlsx", [header]))
    assert [f.rule for f in findings] == ["no_rows"]


PERCENTS = [
    ([("85%", ""), ("85 %", ""), ("８５％", ""), ("0.85", "percent")], [0.85] * 4, 0),
    ([("0.85", ""), ("0.5", ""), ("1", "")], [0.85, 0.5, 1.0], 0),
    ([("85", ""), ("50", ""), ("0", "")], [0.85, 0.5, 0.0], 0),
    ([("85", ""), ("0.85", "")], [0.85, None], 1),
    ([("1 2%", "")], [None], 1),
]


@pytest.mark.parametrize(("cells", "expected", "errors"), PERCENTS)
def test_percent_in_four_spellings(
    cells: list[tuple[str, str]], expected: list[float | None], errors: int
) -> None:
    """No kind of sheet has a rate yet: the reader of the type is asked itself."""
    word, said = distinct(*(pl.Series([c[i] for c in cells]) for i in (0, 1)))
    words = prepared(said)
    frame = pl.DataFrame({"sid": 0, "column": "r", "type": "rate"}).select(pl.all())
    frame = pl.concat([frame] * len(cells)).with_columns(word)
    read_ = typed(frame, words)["rate"]
    assert read_["value"].to_list() == pytest.approx(expected)
    assert read_["rule"].count() == errors
