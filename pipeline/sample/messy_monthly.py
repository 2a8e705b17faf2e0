"""Ways in which a monthly sheet is messy and still readable. Each takes a page as it stands.

Values change first, then columns, then what lies around the table: `WAYS` is in that order, and
`apply` keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.sample.pages import Formula, Page, Shown
from pipeline.sheets import kinds

Blanks = list[tuple[str, str]]  # (branch code, column) that the sheet leaves empty
_GROUPS = {
    "": ("branch_code", "branch_name", "month"),
    "人员与会议": ("staff", "trained", "exam_passed", "business_days", "morning_meetings",
              "evening_meetings", "weekly_meetings", "meetings_in_time"),
    "流程过程": ("served", "spoken", "identified", "referred", "followed_up", "closed",
             "closed_amount", "files_opened", "counter_transactions", "echannel_transactions"),
    "规模与收入": ("deposits", "deposits_average", "aum", "fee_income", "income"),
    "客户经营": ("customers", "key_clients", "key_clients_up", "key_clients_lost", "warned",
             "retained", "won_back", "invited", "outreach"),
    "销售与服务": ("dca_contracts", "wealth_sales", "insurance_sales", "ratings", "satisfied",
              "complaints"),
}  # fmt: skip
GROUP_OF = {column: group for group, columns in _GROUPS.items() for column in columns}
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")


def _money() -> list[str]:
    return [c.id for c in kinds()["performance"].columns if c.type == "money"]


def _change(page: Page, column: str, how: Callable[[Any], Any], totals: bool = False) -> None:
    at = page.position(column)
    for r in [*page.lines, *(page.totals if totals else [])]:
        page.rows[r][at] = how(page.rows[r][at])


def _sum_row(page: Page, lines: Sequence[int], label: str) -> list[Any]:
    row: list[Any] = [label, None, None]
    for column in page.columns[3:]:
        at = page.position(column)
        whole = sum(Decimal(str(page.rows[r][at])) for r in lines)
        row.append(float(whole) if whole % 1 else int(whole))
    return row


def total_row(page: Page) -> None:
    """合计 under the data."""
    page.rows.append(_sum_row(page, page.lines, "合计"))
    page.totals.append(len(page.rows) - 1)


def subtotal_rows(page: Page) -> None:
    """小计 after each city's branches (the first four digits of the code), 合计 at the end."""
    blocks: dict[str, list[int]] = {}
    for r in page.lines:
        blocks.setdefault(str(page.rows[r][0])[:4], []).append(r)
    rows, lines, totals = page.rows[: page.header + 1], [], []
    for block in blocks.values():
        for r in block:
            lines.append(len(rows))
            rows.append(page.rows[r])
        totals.append(len(rows))
        rows.append(_sum_row(page, block, "小计"))
    totals.append(len(rows))
    rows.append(_sum_row(page, page.lines, "合计"))
    page.rows, page.lines, page.totals = rows, lines, totals


def codes_as_numbers(page: Page) -> None:
    """Codes that Excel took for numbers: leading zeros are gone."""
    _change(page, "branch_code", int)


def full_width_brackets(page: Page) -> None:
    """Names with full-width brackets."""
    _change(page, "branch_name", lambda v: str(v).replace("(", "（").replace(")", "）"))


def month_chinese(page: Page) -> None:
    """2026年9月."""
    _change(page, "month", lambda v: f"{v[:4]}年{int(v[5:])}月")


def month_dotted(page: Page) -> None:
    """2026.9, as text."""
    _change(page, "month", lambda v: f"{v[:4]}.{int(v[5:])}")


def month_digits(page: Page) -> None:
    """202609, as a number."""
    _change(page, "month", lambda v: int(v.replace("-", "")))


def month_serial(page: Page) -> None:
    """An Excel date shown as a month."""
    _change(page, "month", lambda v: Shown(date(int(v[:4]), int(v[5:]), 1), 'yyyy"年"m"月"'))


def full_width_digits(page: Page) -> None:
    """Two columns typed in full-width digits."""
    for column in ("outreach", "complaints"):
        _change(page, column, lambda v: str(v).translate(_FULL))


def thousands_text(page: Page) -> None:
    """Money and the two big counts as text with thousand separators."""
    for column in ("counter_transactions", "echannel_transactions"):
        _change(page, column, lambda v: f"{v:,}", totals=True)
    for column in _money():
        _change(page, column, lambda v: f"{v:,.2f}", totals=True)


def _scaled(fen_per_unit: int) -> Callable[[Any], Any]:
    return lambda v: float(Decimal(str(v)) * 100 / fen_per_unit)


def money_in_wan_title(page: Page) -> None:
    """All money in 万元, said in the title only."""
    for column in _money():
        _change(page, column, _scaled(1_000_000), totals=True)
    page.push_down([["网点业绩报表（金额单位：万元）"]])


def money_in_yi_header(page: Page) -> None:
    """Stocks in 亿元, the other money in 元, said in each header."""
    for column in _money():
        stock = column in ("deposits", "deposits_average", "aum")
        if stock:
            _change(page, column, _scaled(10_000_000_000), totals=True)
        page.rows[page.header][page.position(column)] += "（亿元）" if stock else "（元）"


def cached_formulas(page: Page) -> None:
    """Served customers as a formula with its result stored."""
    _change(page, "served", lambda v: Formula(f"={v - 7}+7", v))


def spaces(page: Page) -> None:
    """Trailing, ideographic and zero-width spaces around codes, names and headers."""
    _change(page, "branch_code", lambda v: f"{v} " if isinstance(v, str) else v)
    _change(page, "branch_name", lambda v: f"\u3000{v}\u200b")
    head = page.rows[page.header]
    for at in range(3, len(head), 5):
        head[at] = f" {head[at]}\u200b"


def other_spellings(page: Page) -> None:
    """Every header by its first other spelling."""
    for at, column in enumerate(page.columns):
        spellings = kinds()["performance"].column(column).spellings if column else ()
        if spellings:
            page.rows[page.header][at] = spellings[0]


def header_units(page: Page) -> None:
    """The unit of each column in brackets behind its header."""
    for at, column in enumerate(page.columns):
        unit = kinds()["performance"].column(column).unit if column else ""
        if unit:
            page.rows[page.header][at] += f"({unit})"


def reordered(page: Page) -> None:
    """Columns in another order: identity first, then the rest from behind."""
    order = [0, 1, 2, *range(len(page.columns) - 1, 2, -1)]
    page.columns = [page.columns[i] for i in order]
    for r in [page.header, *page.lines, *page.totals]:
        page.rows[r] = [page.rows[r][i] for i in order]


def percent_column(page: Page) -> None:
    """An extra column 满意率 that nobody asked for, its percentages spelled in every way."""
    sat, rat = page.position("satisfied"), page.position("ratings")
    values: list[Any] = []
    for i, r in enumerate(page.lines):
        rate = int(page.rows[r][sat]) / max(1, int(page.rows[r][rat]))
        values.append([f"{rate:.1%}", f"{100 * rate:.1f} %", Shown(rate, "0.0%"), round(rate, 4),
                       round(100 * rate, 1)][i % 5])  # fmt: skip
    page.insert_column(len(page.columns), "", "满意率", values)


def hidden_column(page: Page) -> None:
    """A hidden extra column with last month's figure, which must not be read for this month's."""
    values = [100 + i for i in range(len(page.lines))]
    page.insert_column(3, "", "上月接待情况（内部）", values)
    page.hidden.add(3)


def two_row_header(page: Page) -> None:
    """指标组 over 指标; the identity columns merged downwards, so their lower cell is blank."""
    lower = page.rows[page.header]
    groups = [GROUP_OF.get(c, "") for c in page.columns]
    upper: list[Any] = [None] * len(lower)
    page.rows.insert(page.header, upper)
    top = page.header
    page.lines = [r + 1 for r in page.lines]
    page.totals = [r + 1 for r in page.totals]
    page.header += 1
    start = 0
    for at in range(1, len(groups) + 1):
        if at < len(groups) and groups[at] == groups[start] and groups[start]:
            continue
        if groups[start]:
            upper[start] = groups[start]
            if at - start > 1:
                page.merges.append((top, start, top, at - 1))
        else:
            upper[start], lower[start] = lower[start], None
            page.merges.append((top, start, top + 1, start))
        start = at


def title_rows(page: Page) -> None:
    """Title, reporting unit and a blank row above, the title merged across."""
    page.push_down(
        [["网点业绩报表"], ["报送单位：省行个人金融部", None, None, "制表人：报表岗"], []]
    )
    page.merges.append((0, 0, 0, min(9, len(page.columns) - 1)))


def notes_below(page: Page) -> None:
    """Notes and signatures under the table."""
    page.rows += [[], ["注：1. 本表数据以系统取数为准。2. 时点数为月末数。"],
                  ["制表：", None, "复核：", None, "负责人（签字）："]]  # fmt: skip


WAYS: dict[str, Callable[[Page], None]] = {
    f.__name__: f
    for f in (
        total_row, subtotal_rows, percent_column, codes_as_numbers, full_width_brackets,
        month_chinese, month_dotted, month_digits, month_serial, full_width_digits,
        thousands_text, cached_formulas, other_spellings, money_in_yi_header, header_units,
        spaces, reordered, hidden_column, two_row_header, title_rows, money_in_wan_title,
        notes_below,
    )
}  # fmt: skip
_MARKS = ("—", "无", None, "-")
_MAY_BE_BLANK = ("outreach", "won_back", "invited", "wealth_sales")


def leave_blank(page: Page) -> Blanks:
    """Writes —, 无 or nothing into some cells; tells which, since their true value is missing."""
    found = []
    for i, r in enumerate(page.lines):
        column = _MAY_BE_BLANK[i % 4]
        if i % 3 == 0:
            found.append((str(page.rows[r][page.position("branch_code")]), column))
            page.rows[r][page.position(column)] = _MARKS[i // 3 % 4]
    return found


def forget_unit(page: Page) -> None:
    """Takes 元 out of the headers: what then says nothing about its unit is in 元 by default."""
    head = page.rows[page.header]
    page.rows[page.header] = [str(h).removesuffix("（元）") for h in head]


def note_sheet() -> Page:
    """A second sheet that explains the first."""
    lines = [
        "填报说明",
        "一、每月前五个营业日内报送。",
        "二、网点代码不得改动。",
        "三、金额保留两位小数。",
    ]
    return Page("填报说明", [[line] for line in lines])


# Bundles of ways that go together; each monthly sheet that is messy wears one of them.
BUNDLES: tuple[tuple[str, ...], ...] = (
    ("title_rows", "two_row_header", "total_row", "notes_below"),
    ("other_spellings", "reordered", "month_dotted", "hidden_column"),
    ("codes_as_numbers", "month_chinese", "money_in_wan_title", "note_sheet"),
    ("money_in_yi_header", "full_width_brackets", "month_digits", "total_row"),
    ("thousands_text", "spaces", "month_serial", "notes_below"),
    ("header_units", "full_width_digits", "cached_formulas", "title_rows"),
    ("subtotal_rows", "percent_column", "title_rows", "codes_as_numbers"),
    ("leave_blank", "two_row_header", "note_sheet", "spaces"),
    ("two_row_header", "money_in_wan_title", "notes_below", "total_row", "codes_as_numbers"),
    ("reordered", "two_row_header", "header_units", "month_chinese"),
)


def apply(page: Page, ways: Sequence[str]) -> tuple[list[Page], Blanks]:
    """The pages of the messy workbook, and the cells that are now missing."""
    forget_unit(page)
    blanks = leave_blank(page) if "leave_blank" in ways else []
    for way, change in WAYS.items():
        if way in ways:
            change(page)
    return [page, note_sheet()] if "note_sheet" in ways else [page], blanks
