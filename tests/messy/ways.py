"""Ways in which sheets come (domain §4, robustness §1 and §2.3), each a change of a `Sketch`.

`touches` says what a way claims for itself: two ways that claim the same cannot be paired.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from messy.sketch import MONEY, ROWS, Formula, Shown, Sketch


@dataclass(frozen=True)
class Way:
    """One kind of messiness."""

    name: str
    change: Callable[[Sketch], None]
    touches: frozenset[str]


WAYS: dict[str, Way] = {}


def way(*touches: str) -> Callable[[Callable[[Sketch], None]], Callable[[Sketch], None]]:
    """Register a way by its function's name."""

    def register(change: Callable[[Sketch], None]) -> Callable[[Sketch], None]:
        WAYS[change.__name__] = Way(change.__name__, change, frozenset(touches))
        return change

    return register


def _every(sketch: Sketch, column: str, *pairs: tuple[Any, Any]) -> None:
    for n in range(ROWS):
        sketch.set(n, column, *pairs[n % len(pairs)])


def _refused(sketch: Sketch, row: int, column: str, shown: Any, rule: str) -> None:
    sketch.set(row, column, shown, None)
    sketch.told.append((rule, ("data", row, column)))


# --- numbers -------------------------------------------------------------------------------------


@way("served")
def thousands(s: Sketch) -> None:
    _every(s, "served", ("1,234", 1234), ("12,345,678", 12345678), ("999", 999))


@way("staff")
def full_width(s: Sketch) -> None:
    _every(s, "staff", ("１２", 12), ("３，４５６", 3456), ("７．０", 7))


@way("trained")
def invisible(s: Sketch) -> None:
    _every(s, "trained", ("\u200b12", 12), (" 7 ", 7), ("8\u00a0", 8), ("\ufeff9\u3000", 9))


@way("business_days")
def blanks(s: Sketch) -> None:
    signs = ("—", "无", "/", "N/A", "-", "――")
    _every(s, "business_days", *((sign, None) for sign in signs[:5]), (None, None))


@way("morning_meetings")
def unit_in_count(s: Sketch) -> None:
    s.set(1, "morning_meetings", "20次", 20)
    s.told.append(("unit_in_cell", ("data", 1, "morning_meetings")))


@way("deposits", "money")
def unit_in_money(s: Sketch) -> None:
    s.set(2, "deposits", "1,234万", Decimal(12340000))
    s.told.append(("unit_in_cell", ("data", 2, "deposits")))


@way("evening_meetings")
def digits_apart(s: Sketch) -> None:
    _refused(s, 0, "evening_meetings", "1 2", "unreadable_value")


@way("spoken")
def error_cell(s: Sketch) -> None:
    _refused(s, 3, "spoken", Formula("#DIV/0!"), "error_cell")


@way("identified")
def uncached_formula(s: Sketch) -> None:
    _refused(s, 4, "identified", Formula(None), "uncached_formula")


@way("referred")
def cached_formula(s: Sketch) -> None:
    _every(s, "referred", (Formula(5), 5), (Formula(17), 17))


@way("customers")
def whole_decimals(s: Sketch) -> None:
    _every(s, "customers", (12.0, 12), ("12.00", 12), ("1.2E+3", 1200), ("－3", -3))


@way("key_clients")
def fraction_of_a_client(s: Sketch) -> None:
    _refused(s, 2, "key_clients", 12.5, "unreadable_value")


@way("warned")
def percent_in_count(s: Sketch) -> None:
    _refused(s, 1, "warned", Shown(5, "0%"), "unreadable_format")


@way("warned")
def date_in_count(s: Sketch) -> None:
    _refused(s, 1, "warned", dt.date(2026, 9, 1), "unreadable_format")


@way("outreach")
def boolean(s: Sketch) -> None:
    _refused(s, 0, "outreach", True, "unreadable_value")


@way("outreach")
def accounting_brackets(s: Sketch) -> None:
    _refused(s, 5, "outreach", "(3)", "unreadable_value")


@way("ratings")
def in_words(s: Sketch) -> None:
    _refused(s, 2, "ratings", "约20", "unreadable_value")
    _refused(s, 4, "ratings", "十二", "unreadable_value")


@way("ratings")
def long_number(s: Sketch) -> None:
    _refused(s, 2, "ratings", 12345678901234567890, "number_too_large")


@way("fee_income", "money")
def currency_sign(s: Sketch) -> None:
    def last(s: Sketch) -> None:
        s.set(3, "fee_income", "¥1,234.5", Decimal("1234.5") * 10**s.power)

    s.late.insert(0, last)


# --- codes and months ----------------------------------------------------------------------------


@way("branch_code")
def code_as_number(s: Sketch) -> None:
    for n in range(ROWS):
        s.set(n, "branch_code", 1010000 + n, str(1010000 + n))


@way("branch_code")
def code_decorated(s: Sketch) -> None:
    shapes = ("'0101000{}", " 0101000{}\u3000", "０１０１０００{}", "0101\u200b000{}")
    for n in range(ROWS):
        s.set(n, "branch_code", shapes[n % 4].format(n), f"0101000{n}")


@way("branch_code")
def code_of_19_digits(s: Sketch) -> None:
    _refused(s, 5, "branch_code", 1234567890123456789, "long_number")


@way("branch_name")
def names_in_full_width(s: Sketch) -> None:
    for n in range(ROWS):
        s.set(n, "branch_name", f"甲（{n}）支行\u3000", f"甲({n})支行")


@way("month")
def months_written(s: Sketch) -> None:
    shapes = ("2026年9月", "2026.9", "202609", "2026-09-15", dt.date(2026, 9, 1), "２０２６／９")
    _every(s, "month", *((shape, "2026-09") for shape in shapes))


@way("month", "1904")
def months_of_1904(s: Sketch) -> None:
    s.date1904 = True
    _every(s, "month", (dt.date(2026, 9, 1), "2026-09"), ("2026年9月", "2026-09"))
    s.infos.add("date1904")


@way("month")
def month_without_a_year(s: Sketch) -> None:
    _refused(s, 2, "month", "10月", "month_of_row")


@way("month")
def october_or_january(s: Sketch) -> None:
    _refused(s, 1, "month", 2026.1, "doubtful_month")


@way("month")
def month_of_two_digits(s: Sketch) -> None:
    _refused(s, 1, "month", "26.9", "month_of_row")


@way("month", "titles")
def month_in_title(s: Sketch) -> None:
    s.columns.remove("month")
    s.titles.append("全省网点2026年9月业绩报表")


@way("month", "sheet")
def month_in_sheet_name(s: Sketch) -> None:
    s.columns.remove("month")
    s.sheet = "2026年9月"


@way("month", "body")
def merged_months(s: Sketch) -> None:
    s.merged.append(("month", 0, ROWS - 1))
    for row in s.written[1:]:
        row["month"] = None
    s.infos.add("merged_filled")


@way("month")
def no_month_at_all(s: Sketch) -> None:
    s.columns.remove("month")
    s.told.append(("month_unknown", None))
    for row in s.truth:
        row["month"] = None


@way("branch_name", "body")
def merged_names(s: Sketch) -> None:
    s.merged.append(("branch_name", 2, 4))
    for n in (3, 4):
        s.set(n, "branch_name", None, s.truth[2]["branch_name"])
    s.infos.add("merged_filled")


@way("closed", "body")
def merged_figures(s: Sketch) -> None:
    s.merged.append(("closed", 1, 2))
    s.set(2, "closed", None, None)
    s.told += [("merged_value", ("data", n, "closed")) for n in (1, 2)]


# --- money ---------------------------------------------------------------------------------------


def _unit(s: Sketch, power: int, header: str) -> None:
    s.power = power
    for c in MONEY:
        s.headers[c] = s.headers[c].replace("（元）", header)
        for row in s.truth:
            row[c] *= 10**power


@way("unit", "titles", "money")
def unit_in_title(s: Sketch) -> None:
    _unit(s, 4, "")
    s.titles.append("业绩报表　　单位：万元")


@way("unit", "money")
def unit_in_header(s: Sketch) -> None:
    _unit(s, 4, "（万元）")


@way("unit", "money")
def unit_in_header_square(s: Sketch) -> None:
    _unit(s, 8, "[亿元]")


@way("unit", "money")
def no_unit(s: Sketch) -> None:
    _unit(s, 0, "")
    s.late.append(lambda s: s.told.append(("unit_assumed", ("header", _first_money(s)))))


@way("unit", "titles", "money")
def two_units(s: Sketch) -> None:
    _unit(s, 0, "")
    s.titles.append("单位：元、万元")
    s.late.append(lambda s: s.told.append(("unit_in_doubt", ("header", _first_money(s)))))
    s.no_table = True


def _first_money(s: Sketch) -> str:
    return next(c for c in s.columns if c in MONEY)


# --- layout --------------------------------------------------------------------------------------


@way("titles")
def titles_and_blank_lines(s: Sketch) -> None:
    s.titles += ["中国某银行某省分行", "", "网点业绩报表", "填报日期：2026年10月8日", ""]


@way("origin")
def off_the_corner(s: Sketch) -> None:
    s.top, s.left = 5, 4


@way("header")
def two_row_header(s: Sketch) -> None:
    s.headers |= {"morning_meetings": "次数", "evening_meetings": "次数"}
    s.groups.append({"staff": "人员", "morning_meetings": "晨会", "evening_meetings": "夕会",
                     "served": "营销"})  # fmt: skip
    s.columns.sort(key=lambda c: (c not in ("morning_meetings",), c != "evening_meetings"))
    s.columns.sort(key=lambda c: c not in ("branch_code", "branch_name", "month"))


@way("header")
def three_row_header(s: Sketch) -> None:
    s.groups += [{"staff": "过程指标"}, {"staff": "人员情况", "served": "营销情况"}]


@way("header")
def decorated_headers(s: Sketch) -> None:
    s.headers |= {"staff": "在岗\n人数", "trained": " 已培训 人数*", "branch_code": "★网点代码：",
                  "served": "接待客户数【系统取数】", "spoken": "一句话营销数\u200b"}  # fmt: skip


@way("header")
def other_spellings(s: Sketch) -> None:
    s.headers |= {"branch_code": "机构号", "branch_name": "营业网点", "staff": "在岗员工数",
                  "served": "到店客户数", "business_days": "营业天数"}  # fmt: skip


@way("header")
def full_width_headers(s: Sketch) -> None:
    s.headers["customers"] = "个人客户数（户）"
    s.headers["key_clients"] = "中高端客户数［户］"


@way("header", "business_days")
def nearly_a_header(s: Sketch) -> None:
    s.headers["business_days"] = "营业日天数"
    s.told.append(("unknown_column", ("header", "business_days")))
    for row in s.truth:
        row["business_days"] = None


@way("order")
def reordered(s: Sketch) -> None:
    s.columns.sort(key=lambda c: s.headers[c][::-1])


@way("extra")
def extra_column(s: Sketch) -> None:
    s.columns.insert(5, "extra")
    s.headers["extra"] = "客户口碑"
    for n, row in enumerate(s.written):
        row["extra"] = f"好{n}"
    s.told.append(("unknown_column", ("header", "extra")))


@way("extra")
def nameless_column(s: Sketch) -> None:
    s.columns.append("extra")
    s.headers["extra"] = ""
    s.written[3]["extra"] = "待核"
    s.told.append(("nameless_column", ("data", 3, "extra")))


@way("extra")
def running_number(s: Sketch) -> None:
    s.columns.insert(0, "extra")
    s.headers["extra"] = "序号"
    for n, row in enumerate(s.written):
        row["extra"] = n + 1


@way("body")
def notes_and_signatures(s: Sketch) -> None:
    s.body += [("blank",), ("note", 1, {"branch_code": "备注：数据来自核心系统"}),
               ("note", 2, {"branch_code": "制表人：甲", "staff": "审核人：乙"})]  # fmt: skip
    s.infos.add("rows_left_out")


@way("body")
def blank_lines_between(s: Sketch) -> None:
    s.body.insert(3, ("blank",))
    s.body.insert(5, ("blank",))


@way("body")
def pages(s: Sketch) -> None:
    s.body.insert(4, ("header",))
    s.body.insert(2, ("header",))


def _sum(s: Sketch, label: str, rows: range) -> dict[str, Any]:
    given = [c for c in s.columns if c in ("staff", "served", *MONEY)]
    return {"branch_name": label} | {c: s.total(rows, c) for c in given}


@way("body", "totals")
def totals(s: Sketch) -> None:
    def last(s: Sketch) -> None:
        s.body.insert(3, ("total", 0, _sum(s, "甲市小计", range(3))))
        s.body.append(("total", 1, _sum(s, "乙市小计", range(3, ROWS))))
        s.body.append(("total", 2, _sum(s, "合　计", range(ROWS))))

    s.late.append(last)
    s.infos.add("totals_left_out")


@way("body", "totals", "staff")
def wrong_total(s: Sketch) -> None:
    def last(s: Sketch) -> None:
        s.body.append(("total", 0, _sum(s, "合计", range(ROWS)) | {"staff": 999}))

    s.late.append(last)
    s.told.append(("wrong_total", ("total", 0, "staff")))


@way("before")
def empty_sheet_first(s: Sketch) -> None:
    s.before.append(("空表", [], True))


@way("after")
def explanation_sheet(s: Sketch) -> None:
    s.after.append(("填报说明", [["请按模板填报"], ["一、口径", "见通知"]], True))
    s.infos.add("sheet_skipped")


@way("after")
def hidden_copy(s: Sketch) -> None:
    grid = [["网点代码", "网点名称", "月份", "在岗人数"], ["9999", "旧", "2026-08", 1]]
    s.after.append(("旧数据", grid, False))
    s.told.append(("hidden_sheet_skipped", None))


@way("hidden")
def hidden_row(s: Sketch) -> None:
    s.hidden_rows.append(2)
    s.told.append(("hidden_rows", None))


@way("hidden")
def hidden_column(s: Sketch) -> None:
    s.hidden_columns.append("served")
    s.infos.add("hidden_columns")


# --- refused as a whole --------------------------------------------------------------------------


@way("extra")
def same_header_twice(s: Sketch) -> None:
    s.columns.append("extra")
    s.headers["extra"] = "在岗人数"
    s.told.append(("duplicate_header", ("header", "extra")))
    s.late.append(_later_of_two)
    s.no_table = True


def _later_of_two(s: Sketch) -> None:
    s.headers["extra"] = s.headers["staff"]


@way("branch_code", "header")
def no_code_column(s: Sketch) -> None:
    s.columns.remove("branch_code")
    s.told.append(("missing_column", None))
    s.no_table = True  # refused: whose rows are they?


@way("body")
def second_table(s: Sketch) -> None:
    s.body += [("blank",), ("cells", "second", ["网点名称", "网点代码", "在岗人数", "月份"]),
               ("cells", "row", ["甲", "0101", 5, "2026-09"])]  # fmt: skip
    s.late.append(
        lambda s: s.told.append(("second_table", ("cells", "second", s.columns[_stranger(s)])))
    )
    s.no_table = True


def _stranger(s: Sketch) -> int:
    """The first of the second table's headers that stands under another column."""
    second = ("branch_name", "branch_code", "staff", "month")
    return next(i for i, c in enumerate(second) if s.columns[i] != c)


@way("body")
def table_of_another_kind(s: Sketch) -> None:
    header = ["网点代码", "年份", "产品", "目标值", "单位"]
    s.body += [("blank",), ("cells", "second", header),
               ("cells", "row", ["0101", 2026, "储蓄存款日均", 5, "万元"])]  # fmt: skip

    def last(s: Sketch) -> None:
        at = 1 if s.columns[0] == "branch_code" else 0
        s.told.append(("second_table", ("cells", "second", s.columns[at])))

    s.late.append(last)
    s.no_table = True
