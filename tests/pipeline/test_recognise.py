"""What a sheet is, is read from its content; nothing is taken or dropped in silence."""

from __future__ import annotations

import polars as pl
import pytest
from reading import batch_of

from pipeline.recognise import recognise

HEADER = ["网点代码", "网点名称", "月份", "在岗人数", "接待客户数"]
ROW = ["01010001", "甲支行", "2026-09", "12", "300"]


def rules_of(recognised) -> list[str]:
    return sorted(f.rule for f in recognised.findings if f.severity != "info")


def columns_of(recognised, sid: int = 0) -> dict[str, int]:
    own = recognised.columns.filter(pl.col("sid") == sid)
    return dict(own.select("column", "col").iter_rows())


def test_title_over_and_notes_under_the_table() -> None:
    grid = [["全省业绩（2026年9月）"], [], HEADER, ROW, ["合 计", None, None, "12", "300"], [],
            ["备注：数据来自系统"], ["制表人：张三", None, None, "审核人：李四"]]  # fmt: skip
    found = recognise(batch_of(grid))
    assert found.kinds == {0: "performance"}
    assert found.rows.select("row", "role").rows() == [
        (4, "data"), (5, "total"), (7, "note"), (8, "note"),
    ]  # fmt: skip
    assert rules_of(found) == []


def test_two_row_merged_header_joins_group_and_indicator() -> None:
    grid = [
        ["网点代码", "网点名称", "晨会", "夕会", None, "单位：万元"],
        [None, None, "次数", "次数", "时长达标次数", "储蓄存款余额"],
        ["01010001", "甲支行", "20", "19", "18", "12.5"],
    ]
    found = recognise(batch_of(grid))
    assert columns_of(found) == {
        "branch_code": 1, "branch_name": 2, "morning_meetings": 3, "evening_meetings": 4,
        "meetings_in_time": 5, "deposits": 6,
    }  # fmt: skip
    assert found.sheets["header_last"].to_list() == [2]


def test_a_group_name_goes_before_what_the_indicator_would_be_alone() -> None:
    grid = [
        ["网点代码", "网点名称", "接待", "转介", None, "个人客户数"],
        [None, None, "客户数", "客户数", "成交数", None],
        ["01010001", "甲支行", "900", "120", "40", "8000"],
    ]
    assert columns_of(recognise(batch_of(grid))) == {
        "branch_code": 1, "branch_name": 2, "served": 3, "referred": 4, "closed": 5, "customers": 6,
    }  # fmt: skip


def test_three_row_header() -> None:
    grid = [
        ["网点代码", "过程指标", None, None],
        [None, "会议", None, "营销"],
        [None, "晨会次数", "夕会次数", "接待客户数"],
        ["0101", "1", "2", "3"],
    ]
    assert columns_of(recognise(batch_of(grid))) == {
        "branch_code": 1, "morning_meetings": 2, "evening_meetings": 3, "served": 4,
    }  # fmt: skip


def test_header_is_normalised_before_it_is_matched() -> None:
    grid = [[" 网点 代码*", "网点名称\u200b", "在岗\n人数", "储蓄存款余额（万元）", "ＡＵＭ(亿元)"],
            ["0101", "甲", "3", "1", "1"]]  # fmt: skip
    found = recognise(batch_of(grid))
    assert columns_of(found).keys() == {
        "branch_code", "branch_name", "staff", "deposits", "aum",
    }  # fmt: skip
    power = dict(found.columns.select("column", "power").iter_rows())
    assert (power["deposits"], power["aum"]) == (4, 8)


def test_unit_of_the_title_and_of_nobody() -> None:
    body = [["网点代码", "网点名称", "储蓄存款余额", "管理资产（元）"], ["0101", "甲", "1", "1"]]
    titled = recognise(batch_of([["金额单位：亿元"], *body]))
    assert dict(titled.columns.select("column", "power").iter_rows())["deposits"] == 8
    assert dict(titled.columns.select("column", "power").iter_rows())["aum"] == 0
    silent = recognise(batch_of(body))
    assert rules_of(silent) == ["unit_assumed"]
    both = recognise(batch_of([["单位：万元、亿元"], *body]))
    assert rules_of(both) == ["unit_in_doubt"]


def test_unknown_column_is_told_with_a_guess_and_not_taken() -> None:
    grid = [[*HEADER, "转介客户数量"], [*ROW, "7"]]
    found = recognise(batch_of(grid))
    [finding] = [f for f in found.findings if f.rule == "unknown_column"]
    assert (finding.cell, finding.value) == ("F1", "转介客户数量")
    assert "转介客户数" in finding.zh
    assert "referred" not in columns_of(found)


def test_the_code_of_a_branch_by_its_usual_names() -> None:
    for name in ("网点编码", "机构编码", "网点编号", "机构号"):
        assert "branch_code" in columns_of(recognise(batch_of([[name, *HEADER[1:]], ROW])))


def test_confirmed_spelling_is_taken() -> None:
    grid = [[*HEADER, "转介客户数量"], [*ROW, "7"]]
    found = recognise(batch_of(grid), {"performance": {"转介客户数量": "referred"}})
    assert columns_of(found)["referred"] == 6
    assert rules_of(found) == []


def test_duplicate_header_is_structural() -> None:
    found = recognise(batch_of([[*HEADER, "接待客户"], [*ROW, "7"]]))
    [finding] = [f for f in found.findings if f.rule == "duplicate_header"]
    assert (finding.cell, finding.reach) == ("F1", "workbook")
    assert "E1" in finding.zh


def test_missing_required_column_names_sheet_and_row() -> None:
    grid = [["机构台账"], ["网点代码", "网点名称", "上级机构代码"], ["1", "甲", "2"]]
    [finding] = [f for f in recognise(batch_of({"台账": grid})).findings if f.severity == "error"]
    assert (finding.rule, finding.sheet, finding.row) == ("missing_column", "台账", 2)
    assert "机构层级" in finding.zh


def test_a_table_on_its_side_is_told_and_a_list_of_words_is_not() -> None:
    words = ["网点代码", "网点名称", "月份", "在岗人数"]

    def told(gap: int) -> list[str]:
        spread = [[text, "7"] for word in words for text in (word, *["不是表头"] * gap)]
        return rules_of(recognise(batch_of(spread)))

    assert told(0) == told(2) == ["transposed"]
    assert told(20) == ["unrecognised"]


def test_stranger_is_refused_with_what_was_seen() -> None:
    found = recognise(batch_of([["菜名", "价格"], ["面", "8"]], []))
    by_file = {f.file: f for f in found.findings}
    assert by_file[0].rule == "unrecognised"
    assert "菜名、价格" in by_file[0].zh
    assert "没有哪种报表与它相近" in by_file[0].zh
    # one word in common likens it to nothing, two do
    for more, like in (([], False), (["月份"], True)):
        grid = [["菜名", "网点名称", *more], ["面", "甲支行", "2026-09"]]
        [finding] = recognise(batch_of(grid)).findings
        assert ("最接近的是《" in finding.zh, "Nearest kind" in finding.en) == (like, like)
    assert by_file[1].rule == "empty_workbook"


def test_notes_sheet_is_skipped_and_hidden_copy_is_not_read() -> None:
    notes = [["网点代码", "按台账填写"], ["网点名称", "全称"], ["月份", "如 2026-09"], ["在岗人数"]]
    book = {"填报说明": notes, "数据": [HEADER, ROW], "旧": [HEADER, ROW]}
    found = recognise(batch_of(book, hidden=["旧"]))
    assert found.sheets["sheet"].to_list() == ["数据"]
    assert {f.rule: f.sheet for f in found.findings} == {
        "sheet_skipped": "填报说明",
        "hidden_sheet_skipped": "旧",
    }


def test_two_kinds_in_one_workbook_are_refused() -> None:
    targets = [
        ["网点代码", "年份", "产品", "目标值", "单位"],
        ["0101", "2026", "管理资产", "1", "元"],
    ]
    found = recognise(batch_of({"业绩": [HEADER, ROW], "目标": targets}))
    assert rules_of(found) == ["two_kinds"]


def test_hidden_rows_and_columns_are_told() -> None:
    batch = batch_of([HEADER, ROW, ["01010002", *ROW[1:]]])
    batch.sheets = batch.sheets.with_columns(
        hidden_rows=pl.Series([[3, 9]], dtype=pl.List(pl.UInt32)),
        hidden_cols=pl.Series([[4]], dtype=pl.List(pl.UInt16)),
    )
    told = {f.rule: f.zh for f in recognise(batch).findings}
    assert "第 3 行" in told["hidden_rows"] and "9" not in told["hidden_rows"]
    assert "D 列" in told["hidden_columns"]
    # what is meant is mended, too
    assert all("应报送的请取消隐藏" in told[r] for r in ("hidden_rows", "hidden_columns"))


def test_header_printed_again_on_the_next_page() -> None:
    grid = [HEADER, ROW, HEADER, ["01010002", *ROW[1:]]]
    roles = recognise(batch_of(grid)).rows.sort("row")["role"].to_list()
    assert roles == ["data", "header", "data"]


@pytest.mark.parametrize("foot", ["总分", "总得分：", "得分合计"])
def test_the_total_score_at_the_foot_of_a_card_is_no_item(foot: str) -> None:
    grid = [
        ["网点代码", "01010001", None, "轮次", "2026Q3"], ["版本", "covert-1"],
        ["暗访日期", "2026-09-01"],
        ["考核项编号", "考核内容", "分值", "检查结果"], ["ENV01", "采光", "1", "2"],
        [foot, None, "100", "82.5"],
    ]  # fmt: skip
    found = recognise(batch_of(grid))
    assert found.kinds == {0: "scorecard"}
    assert found.rows.select("row", "role").rows() == [(5, "data"), (6, "total")]


def test_a_printed_page_begins_with_its_title_and_its_number() -> None:
    page = ["网点业绩报表", None, None, None, "第2页 共2页"]
    other = ["01010002", "乙支行", "2026-09", "9", "250"]
    grid = [HEADER, ROW, ["制表：王五"], page, ["2026年9月"], HEADER, other]
    found = recognise(batch_of(grid))
    assert found.rows.filter(pl.col("role") == "data")["row"].to_list() == [2, 7]
    assert [(f.rule, f.slots["rows"]) for f in found.findings] == [("rows_left_out", "3、4、5")]


@pytest.mark.parametrize(
    "numbers",
    [["甲", "乙", "丙", "1", "2"], ["1", "2", "3", "4", "5"], ["栏次", "(1)", "(2)", "(3)", "(4)"]],
)
def test_a_row_that_numbers_the_columns_is_no_data(numbers: list[str]) -> None:
    if numbers[0] == "甲":  # two figures alone would prove nothing
        numbers, header, row = [*numbers, "3"], [*HEADER, "晨会次数"], [*ROW, "20"]
    else:
        header, row = HEADER, ROW
    found = recognise(batch_of([header, numbers, row]))
    assert found.rows.select("row", "role").rows() == [(2, "header"), (3, "data")]
    assert found.findings == []


@pytest.mark.parametrize("row", [["1", "2", "2026-09", "4", "5"], ["1", "2", "3", "4", "6"]])
def test_a_row_that_only_begins_like_numbers_of_columns_is_data(row: list[str]) -> None:
    assert recognise(batch_of([HEADER, row])).rows["role"].to_list() == ["data"]


def test_a_table_over_the_one_with_more_headers_is_not_lost_in_silence() -> None:
    more = [*HEADER[:3], "晨会次数", "夕会次数", "识别客户数"]
    grid = [HEADER, ROW, [], more, [*ROW[:3], "20", "19", "80"]]
    [told] = recognise(batch_of(grid)).findings
    assert (told.rule, told.cell, told.severity) == ("second_table", "A4", "error")
    # two sheets of one file would be refused as rows told twice; two files are put together
    assert "分到两个文件" in told.zh and "two files" in told.en


def test_group_names_that_are_headers_themselves_are_no_table_above() -> None:
    grid = [
        ["网点代码", "网点名称", "接待客户", "转介客户", "建档"],
        [None, None, "(人次)", "(人)", "(户)"],
        ["网点代码", "网点名称", "接待客户数", "转介客户数", "建档数", "晨会次数"],
        ["01010001", "甲支行", "300", "20", "9", "18"],
    ]
    assert rules_of(recognise(batch_of(grid))) == []


def test_column_without_header() -> None:
    found = recognise(batch_of([HEADER, [*ROW, "88"]]))
    assert [(f.rule, f.cell) for f in found.findings] == [("nameless_column", "F2")]


def test_header_without_rows_is_refused() -> None:
    assert rules_of(recognise(batch_of([HEADER]))) == ["no_rows"]
