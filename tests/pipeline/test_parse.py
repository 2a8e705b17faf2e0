"""Typed values, each expected value worked out by hand; what is in doubt is a finding."""

from __future__ import annotations

import hashlib
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from reading import batch_of

from audits.scorecard import Edition, Item, Section
from pipeline.parse import Parsed, parse, restore
from pipeline.recognise import recognise
from pipeline.workbook import read

EDITION = Edition(
    id="t-1",
    instrument="covert",
    zh="试",
    en="trial",
    valid_from=date(2026, 1, 1),
    sections=(Section(id="A", zh="甲", en="a", points=Decimal(4)),),
    items=(
        Item(id="A01", section="A", kind="yes_no", points=Decimal(1), zh="一", en="1"),
        Item(id="A02", section="A", kind="ordinal", levels=2, points=Decimal(1), zh="二", en="2"),
        Item(id="B01", section="A", kind="yes_no", scope="encounter", points=Decimal(1), zh="三",
             en="3", na_allowed=True),
        Item(id="B02", section="A", kind="minutes", scope="encounter", target=Decimal(5),
             points=Decimal(1), zh="四", en="4"),
    ),
)  # fmt: skip


def parsed(kind: str, *grids) -> Parsed:
    batch = batch_of(*grids)
    return parse(batch, recognise(batch), {"t-1": EDITION})[kind]


def column(type_header: str, *values) -> tuple[list, list[tuple[str, str | None]]]:
    """The values of one performance column, and its findings as (rule, cell)."""
    rows = [[f"01{n:02d}", "2026-09", value] for n, value in enumerate(values)]
    found = parsed("performance", [["网点代码", "月份", type_header], *rows])
    name = {"在岗人数": "staff"}.get(type_header, "deposits")
    told = [(f.rule, f.cell) for f in found.findings]
    return found.tables["performance"][name].to_list(), told


def test_counts() -> None:
    values, told = column(
        "在岗人数", "1,234", "１２", " 7\u200b", "12人", "5.0", "—", "无", "N/A", "0", "-3"
    )
    assert values == [1234, 12, 7, 12, 5, None, None, None, 0, -3]
    assert told == [("unit_in_cell", "C5")]


@pytest.mark.parametrize("bad", ["12.5", "1,23", "十二", "1 2 x", "1 2", "12万"])
def test_counts_that_cannot_be_read(bad: str) -> None:
    assert column("在岗人数", bad) == ([None], [("unreadable_value", "C2")])


# Digits that are none to a Chinese reader, and marks that half width makes digits of a number:
# 12① would be 121, 5² 52, and ٥ ended the whole sending.
@pytest.mark.parametrize("bad", ["٥", "१२", "12①", "5²", "①", "1½", "⒓", "12⑴"])
@pytest.mark.parametrize("header", ["在岗人数", "储蓄存款余额（元）"])
def test_digits_of_other_scripts_and_footnotes_are_no_numbers(header: str, bad: str) -> None:
    values, told = column(header, "7", bad)
    assert values == [7, None]
    assert ("unreadable_value", "C3") in told


@pytest.mark.parametrize("bad", ["٢٠٢٦-٠٩", "2026年9月①", "202609²", "2026-09-1①"])
def test_nor_are_they_months(bad: str) -> None:
    found = parsed("performance", [["网点代码", "月份", "在岗人数"], ["0101", bad, 5]])
    assert found.tables["performance"]["month"].to_list() == [None]
    assert [(f.rule, f.cell) for f in found.findings] == [("unreadable_month", "B2")]


@pytest.mark.parametrize(
    ("flag", "text", "rule"),
    [("error", "#DIV/0!", "error_cell"), ("", "#REF!", "error_cell"),
     ("uncached", "=A1+1", "uncached_formula"), ("long", "1234567890123456", "number_too_large"),
     ("long", "1E+300", "number_too_large")],
)  # fmt: skip
def test_cells_that_cannot_be_trusted(flag: str, text: str, rule: str) -> None:
    rows = [["网点代码", "月份", "在岗人数"], ["0101", "2026-09", (text, flag)]]
    found = parsed("performance", rows)
    assert found.tables["performance"]["staff"].to_list() == [None]
    assert [(f.rule, f.cell) for f in found.findings] == [(rule, "C2")]


def test_money_is_exact_in_every_unit() -> None:
    values, told = column(
        "储蓄存款余额（万元）",
        "12.5",
        "0.1234567",
        "1,234.56",
        "3元",
        "1.5亿",
        "-0.00005",
        "1E-2",
        "¥8",
    )
    # 0.1234567 万元 = 1234.567 元; -0.00005 万元 = -0.50 元
    expected = ["125000", "1234.57", "12345600", "3", "150000000", "-0.50", "100", "80000"]
    assert values == [Decimal(v) for v in expected]
    # a currency sign in a column of 万元: eight yuan, or 80,000?
    assert told == [("currency_sign", "C9"), ("unit_in_cell", "C5"), ("unit_in_cell", "C6")]
    assert column("储蓄存款余额（元）", "¥8") == ([Decimal(8)], [])


def test_spaces_inside_a_code_are_told() -> None:
    rows = [["网点代码", "月份", "在岗人数"], ["0101 0102", "2026-09", "5"],
            [" 01010103 ", "2026-09", "5"]]  # fmt: skip
    found = parsed("performance", rows)
    assert found.tables["performance"]["branch_code"].to_list() == ["01010102", "01010103"]
    assert [(f.rule, f.cell) for f in found.findings] == [("code_spaced", "A2")]
    assert "01010102" in found.findings[0].zh and "0101 0102" in found.findings[0].en


def test_a_blank_month_is_not_told_as_a_missing_column() -> None:
    rows = [["网点代码", "月份", "在岗人数"], ["0101", None, "5"]]
    assert not [f for f in parsed("performance", rows).findings if f.rule == "month_unknown"]


def test_money_carries_no_float_noise() -> None:
    values, _ = column("储蓄存款余额（元）", "0.30000000000000004", "99999999999999.99", "2.675")
    assert values == [Decimal("0.30"), Decimal("99999999999999.99"), Decimal("2.68")]


@pytest.mark.parametrize(
    "text",
    ["2026年9月", "2026.9", "202609", "2026-09", "2026/9", "2026年09月份", "2026-09-15", "46266"],
)
def test_months(text: str) -> None:
    found = parsed("performance", [["网点代码", "月份", "在岗人数"], ["0101", text, "1"]])
    assert found.tables["performance"]["month"].to_list() == ["2026-09"]  # 46266 = 2026-09-01
    assert found.periods == {0: "2026-09"}


def test_october_that_lost_its_zero() -> None:
    body = [["网点代码", "月份", "在岗人数"], ["0101", "2026.1", "1"]]
    bare = parsed("performance", body)
    assert bare.tables["performance"]["month"].to_list() == [None]
    assert [(f.rule, f.cell) for f in bare.findings] == [("doubtful_month", "B2")]
    titled = parsed("performance", [["业绩报表2026年10月"], *body])
    assert titled.tables["performance"]["month"].to_list() == ["2026-10"]


def test_month_from_title_or_sheet_name_or_nowhere() -> None:
    body = [["网点代码", "网点名称", "在岗人数"], ["0101", "甲（支）行", "1"]]
    titled = parsed("performance", [[None, "全省网点2026年9月业绩"], *body])
    table = titled.tables["performance"]
    assert table.select("month", "branch_name").rows() == [("2026-09", "甲(支)行")]
    place = titled.column_map.filter(pl.col("column") == "month")
    assert place.select("letter", "row").rows() == [("B", 1)]
    named = parsed("performance", {"202608": body})
    assert named.tables["performance"]["month"].to_list() == ["2026-08"]
    made = parsed("performance", [["填报日期：2026年10月8日"], *body])
    assert [f.rule for f in made.findings] == ["month_unknown"]


def register_of(header: str, *values: str):
    rows = [[str(n), "甲", "网点", "", v] for n, v in enumerate(values, start=101)]
    grid = [["网点代码", "网点名称", "机构层级", "上级机构代码", header], *rows]
    return parsed("branches", grid)


def test_dates() -> None:
    found = register_of(
        "导入日期", "2026-09-01", "2026/9/1", "2026年9月1日", "2026.9.1", "20260901", "46266",
        "2026-09-01T00:00:00", "２０２６－０９－０１", "—",
    )  # fmt: skip
    assert found.tables["branch"]["introduced"].to_list() == [date(2026, 9, 1)] * 8 + [None]
    assert [(f.rule, f.cell) for f in found.findings] == [("serial_date", "E7")]


@pytest.mark.parametrize("bad", ["26-9-1", "1/9/2026", "2026-02-30", "2026.9", "去年"])
def test_dates_in_doubt(bad: str) -> None:
    found = register_of("导入日期", bad)
    assert found.tables["branch"]["introduced"].to_list() == [None]
    assert [(f.rule, f.cell) for f in found.findings] == [("unreadable_value", "E2")]


def test_serial_of_the_1904_system() -> None:
    batch = batch_of([["网点代码", "网点名称", "机构层级", "上级机构代码", "导入日期"],
                      ["1", "甲", "网点", "2", "44804"]])  # fmt: skip
    batch.sheets = batch.sheets.with_columns(date1904=True)
    found = parse(batch, recognise(batch))["branches"]
    assert found.tables["branch"]["introduced"].to_list() == [date(2026, 9, 1)]


def test_yes_and_no() -> None:
    found = register_of("周末营业", "是", "√", "Y", "1", "否", "×", "n", "0", "-", "也许")
    expected = [True] * 4 + [False] * 4 + [None, None]
    assert found.tables["branch"]["weekend"].to_list() == expected
    assert [f.cell for f in found.findings] == ["E11"]


def test_a_number_that_is_shown_scaled_is_told_and_not_taken(tmp_path: Path) -> None:
    """The clerk saw 1234.6 under a header in 万元; 12,345,678 is stored."""
    book = xlsxwriter.Workbook(tmp_path / "s.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["网点代码", "月份", "储蓄存款余额（万元）"])
    wan = book.add_format({"num_format": "0!.0,"})
    for row, code in enumerate(("0101", "0102"), 1):
        sheet.write_row(row, 0, [code, "2026-09"])
        sheet.write(row, 2, 12345678, wan if row == 1 else None)
    book.close()
    batch = read([tmp_path / "s.xlsx"])
    found = parse(batch, recognise(batch), {"t-1": EDITION})["performance"]
    assert found.tables["performance"]["deposits"].to_list() == [None, Decimal("123456780000")]
    assert [(f.rule, f.cell, f.value) for f in found.findings] == [
        ("scaled_format", "C2", "12345678")
    ]


def test_codes_stay_text() -> None:
    body = [["网点代码", "月份", "在岗人数"]]
    body += [[c, "2026-09", "1"] for c in ("0101", "123.0", "'0102", "１０３", "1.2E+10")]
    found = parsed("performance", body)
    codes = found.tables["performance"]["branch_code"].to_list()
    assert codes == ["0101", "123", "0102", "103", None]
    assert [(f.rule, f.cell) for f in found.findings] == [("long_number", "A6")]


def test_leading_zeros_come_back_only_if_one_code_fits() -> None:
    body = [["网点代码", "月份", "在岗人数"]]
    body += [[c, "2026-09", "1"] for c in ("101", "202", "303", "0404")]
    found = parsed("performance", body)
    known = pl.DataFrame({"branch_code": ["0101", "0202", "00202", "0404", "404"]})
    cured = restore(found, known)
    codes = cured.tables["performance"]["branch_code"].to_list()
    assert codes == ["0101", "202", "303", "0404"]
    assert [(f.rule, f.cell, f.value) for f in cured.findings] == [("code_restored", "A2", "101")]


TOTALS = [
    ["单位：万元"],
    ["网点代码", "网点名称", "月份", "接待客户数", "储蓄存款余额"],
    ["0101", "甲", "2026-09", "10", "1.004"],
    ["0102", "乙", "2026-09", "20", "2.004"],
    ["小计", None, None, "30", "3.01"],
    ["0201", "丙", "2026-09", "5", "4"],
    ["小计", None, None, "5", "4"],
    ["总计", None, None, "35", "7.01"],
]


def test_totals_that_add_up_within_rounding_are_left_out() -> None:
    found = parsed("performance", TOTALS)
    assert found.tables["performance"]["branch_code"].to_list() == ["0101", "0102", "0201"]
    assert found.findings == []


def test_wrong_total_is_told_at_its_cell() -> None:
    grid = [list(row) for row in TOTALS]
    grid[4][3], grid[7][4] = "31", "8.01"
    found = parsed("performance", grid)
    assert [(f.rule, f.cell, f.reach) for f in found.findings] == [
        ("wrong_total", "D5", "workbook"),
        ("wrong_total", "E8", "workbook"),
    ]


def test_targets() -> None:
    grid = [
        ["网点代码", "年份", "产品", "目标值", "单位"],
        ["0101", "2026年", "储蓄存款日均", "1.5", "亿元"],
        ["0101", "2026", "定投户数", "120", "户"],
        ["0101", "2026", "AUM", "3", None],
        ["0101", "2026", "不存在", "3", "户"],
        ["0101", "2026", "管理资产", "3", "户"],
    ]
    found = parsed("targets", grid)
    table = found.tables["target"]
    assert table["product_id"].to_list() == [
        "deposits_average", "dca_contracts", "aum", None, "aum",
    ]  # fmt: skip
    assert table["target"].to_list()[:3] == [Decimal(150000000), Decimal(120), Decimal(3)]
    assert table["target"].to_list()[4] is None
    assert [(f.rule, f.cell) for f in found.findings] == [
        ("product_unknown", "C5"), ("target_unit", "E6"), ("target_unit_assumed", "D4"),
    ]  # fmt: skip
    assert found.periods == {0: "2026"}


HEAD = [
    ["评分表"],
    ["网点代码", "0101", "网点名称", "甲支行"],
    ["轮次", "2026Q3", "版本", "t-1", "暗访日期", "2026年9月15日"],
    ["进入时间", "9：30", "离开时间", "上午10:05", "暗访员编号", "S07"],
    ["客户角色", "普通客户", "工会陪同", "否"],
]
TABLE = ["考核项编号", "考核内容", "分值", "检查结果（厅堂）", "检查结果（柜台1）",
         "检查结果（柜台2）", "不适用", "扣分原因"]  # fmt: skip


def answers(found: Parsed) -> dict[tuple[int, str], tuple[float | None, bool, str]]:
    rows = found.tables["answer"].select("encounter", "item_id", "answer", "not_applicable", "cell")
    return {(e, i): (a, n, c) for e, i, a, n, c in rows.iter_rows()}


def test_scorecard_of_one_visit() -> None:
    grid = [
        *HEAD, TABLE,
        ["A01", "一", "1", "√"],
        ["A02", "二", "1", None],
        ["B01", "三", "1", None, None, None, "√"],
        ["B02", "四", "1", None, "7分钟", None, None, "慢"],
        ["得分合计", None, "3"],
        ["备注：下雨"],
    ]  # fmt: skip
    found = parsed("scorecard", grid)
    assert found.findings == []
    visit = found.tables["visit"].row(0, named=True)
    id = hashlib.sha256(b"0101|2026Q3|t-1|2026-09-15|09:30").hexdigest()[:16]
    assert visit["visit_id"] == id
    assert (visit["time_in"], visit["time_out"]) == (time(9, 30), time(10, 5))
    assert (visit["shopper_id"], visit["union_present"]) == ("S07", False)
    # counter 2 is blank from top to bottom: nobody was met there; A02 is a blank to be told
    assert answers(found) == {
        (0, "A01"): (1.0, False, "D7"),
        (0, "A02"): (None, False, "D8"),
        (1, "B01"): (None, True, "E9"),
        (1, "B02"): (7.0, False, "E10"),
    }
    assert found.tables["encounter"].select("encounter", "letter").rows() == [(0, "D"), (1, "E")]
    heads = found.column_map.filter(pl.col("column") == "shopper_id")
    assert heads.select("letter", "row").rows() == [("F", 4)]
    assert found.periods == {0: "2026Q3"}


def test_a_head_field_that_is_missing_is_mended_where_the_sentence_says() -> None:
    code, rows = ["网点代码", "0101"], [["A01", "一", "1", "否"], ["A02", "二", "1", "2"]]
    without = [["评分表"], *HEAD[1:]]
    without[1] = HEAD[1][2:]

    def told(*grid: list[str]) -> list[tuple[str, int | None, str]]:
        batch = batch_of([*grid, *rows])
        return [(f.rule, f.row, f.zh) for f in recognise(batch).findings if f.severity == "error"]

    [(rule, row, zh)] = told(*without, TABLE)
    assert (rule, row) == ("missing_head", 6)
    assert "第 6 行的表头之上" in zh and "右边一格" in zh and "最上面插入一行" in zh
    assert told(code, *without, TABLE) == []
    assert told(without[0], [*without[1], *code], *without[2:], TABLE) == []
    # a column of the table would not do
    assert [r for r, *_ in told(*without, [*TABLE, code[0]])] == ["missing_head"]


def test_plain_answer_column_follows_the_scope_of_the_item() -> None:
    table = ["考核项编号", "考核内容", "分值", "检查结果", "不适用", "扣分原因"]
    grid = [*HEAD, table, ["A01", "一", "1", "否"], ["B01", "三", "1", "不适用"]]
    assert answers(parsed("scorecard", grid)) == {
        (0, "A01"): (0.0, False, "D7"),
        (1, "B01"): (None, True, "D8"),
    }


def test_answers_that_cannot_be_read() -> None:
    grid = [*HEAD, TABLE, ["A01", "一", "1", "大概"], ["A02", "二", "1", "是"],
            ["B01", "三", "1", None, "是", None, "√"]]  # fmt: skip
    found = parsed("scorecard", grid)
    assert [(f.rule, f.cell) for f in found.findings] == [
        ("answer_unreadable", "D7"), ("answer_needs_number", "D8"),
        ("not_applicable_conflict", "G9"),
    ]  # fmt: skip
    assert answers(found)[0, "A02"][0] is None


def test_scorecard_without_a_head_field_is_structural() -> None:
    batch = batch_of([*HEAD[:3], ["进入时间", "9:30", "暗访员编号", "S07"], TABLE,
                      ["A01", "一", "1", "是"]])  # fmt: skip
    errors = [f for f in recognise(batch).findings if f.severity == "error"]
    assert [f.rule for f in errors] == ["missing_head"]
    assert "离开时间" in errors[0].zh


def test_visit_id_follows_a_restored_code() -> None:
    head = [["网点代码", "101", "网点名称", "甲"], *HEAD[2:]]
    found = parsed("scorecard", [*head, TABLE, ["A01", "一", "1", "是"]])
    cured = restore(found, pl.DataFrame({"branch_code": ["0101"]}))
    id = hashlib.sha256(b"0101|2026Q3|t-1|2026-09-15|09:30").hexdigest()[:16]
    for name in ("visit", "encounter", "answer"):
        assert cured.tables[name]["visit_id"].unique().to_list() == [id]
    assert [(f.rule, f.cell) for f in cured.findings] == [("code_restored", "B1")]


def test_list_of_scorecards() -> None:
    header = ["网点代码", "轮次", "版本", "暗访日期", "进入时间", "离开时间", "暗访员编号",
              "次序", "A01", "A02", "B01", "B02"]  # fmt: skip
    visit = ["0101", "2026Q3", "t-1", "2026-09-15", "09:30", "10:05", "S07"]
    grid = [header, [*visit, "0", "是", "2"], [*visit, "1", None, None, "否", None],
            [*visit[:6], "S08", "2", None, None, "不适用", "4"]]  # fmt: skip
    found = parsed("scorecards", grid)
    assert answers(found) == {
        (0, "A01"): (1.0, False, "I2"),
        (0, "A02"): (2.0, False, "J2"),
        (1, "B01"): (0.0, False, "K3"),
        (1, "B02"): (None, False, "L3"),
        (2, "B01"): (None, True, "K4"),
        (2, "B02"): (4.0, False, "L4"),
    }
    assert len(found.tables["visit"]) == 1
    assert found.tables["encounter"]["encounter"].to_list() == [0, 1, 2]
    assert [(f.rule, f.cell) for f in found.findings] == [("visit_differs", "G4")]


def test_many_files_are_parsed_as_one_batch() -> None:
    head = ["网点代码", "月份", "在岗人数"]
    grids = [[head, [f"01{n:02d}", "2026-09", str(n)]] for n in range(30)]
    found = parsed("performance", *grids)
    rows = found.tables["performance"].select("file", "branch_code", "staff").rows()
    assert rows == [(n, f"01{n:02d}", n) for n in range(30)]


def test_numbers_too_large_to_store_are_findings_at_their_cells() -> None:
    values, told = column("储蓄存款余额（亿元）", "1", "12345678901", "1e30")
    assert values == [Decimal("100000000.00"), None, None]
    assert told == [("number_too_large", "C3"), ("number_too_large", "C4")]
    values, told = column("在岗人数", "5", "99999999999999999999")
    assert values == [5, None]
    assert told == [("number_too_large", "C3")]


def test_a_target_too_large_in_its_unit_is_a_finding() -> None:
    head = ["网点代码", "网点名称", "年份", "产品", "目标值", "单位"]
    rows = [["0101", "甲", "2026", "储蓄存款日均", "2", "亿元"],
            ["0102", "乙", "2026", "储蓄存款日均", "99999999999", "亿元"]]  # fmt: skip
    found = parsed("targets", [head, *rows])
    assert found.tables["target"]["target"].to_list() == [Decimal("200000000.00"), None]
    assert [(f.rule, f.cell) for f in found.findings] == [("number_too_large", "E3")]


def test_a_month_that_does_not_exist_is_structural() -> None:
    found = parsed("performance", [["网点代码", "月份", "在岗人数"], ["0101", "2026年13月", "5"]])
    (told,) = [f for f in found.findings if f.severity == "error"]
    assert (told.rule, told.cell, told.reach) == ("unreadable_month", "B2", "workbook")
