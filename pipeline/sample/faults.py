"""Faults that must be refused or quarantined, each with the cell at which it must be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from audits.scorecard import Item
from pipeline.sample.messy_monthly import forget_unit, total_row
from pipeline.sample.pages import Formula, Page
from pipeline.sample.visits import Visit

Expect = Literal["refused", "quarantined"]
UNKNOWN_CODE = "99999999"


@dataclass(frozen=True)
class Fault:
    """What was done to a workbook and where: `cell` None where the whole file is at fault."""

    kind: str
    expect: Expect
    sheet: str | None
    cell: str | None
    value: str | None
    branch_code: str | None = None  # of a quarantined row


def _row_fault(page: Page, kind: str, column: str, value: Any, shown: str | None) -> Fault:
    """Spoils one cell in the middle of the data; its row is to be quarantined.

    If it is the only row, nothing is left to take and the workbook is to be refused.
    """
    line = page.lines[len(page.lines) // 2]
    code = str(page.rows[line][page.position("branch_code")])
    page.rows[line][page.position(column)] = value
    cell = page.address(line, column)
    expect: Expect = "quarantined" if len(page.lines) > 1 else "refused"
    return Fault(kind, expect, page.name, cell, shown, code if len(page.lines) > 1 else None)


def identified_over_served(page: Page) -> Fault:
    """More customers identified than served."""
    line = page.lines[len(page.lines) // 2]
    value = int(page.rows[line][page.position("served")]) + 50
    return _row_fault(page, "identified_over_served", "identified", value, str(value))


def text_in_number(page: Page) -> Fault:
    """Words where a number belongs."""
    return _row_fault(page, "text_in_number", "referred", "约三百", "约三百")


def error_cell(page: Page) -> Fault:
    """#DIV/0! as a result."""
    formula = Formula("=1/0", "#DIV/0!")
    return _row_fault(page, "error_cell", "fee_income", formula, "#DIV/0!")


def uncached_formula(page: Page) -> Fault:
    """A formula that was never calculated."""
    return _row_fault(page, "uncached_formula", "income", Formula("=100000+2345"), None)


def unknown_branch(page: Page) -> Fault:
    """One more row with a code that the register does not know."""
    extra = list(page.rows[page.lines[-1]])
    extra[0], extra[1] = UNKNOWN_CODE, "查无此网点"
    page.rows.append(extra)
    page.lines.append(len(page.rows) - 1)
    cell = page.address(page.lines[-1], "branch_code")
    return Fault("unknown_branch", "quarantined", page.name, cell, UNKNOWN_CODE, UNKNOWN_CODE)


def wrong_total(page: Page) -> Fault:
    """A 合计 that its parts do not add up to."""
    total_row(page)
    line, at = page.totals[-1], page.position("served")
    page.rows[line][at] += 1000
    value = str(page.rows[line][at])
    return Fault("wrong_total", "refused", page.name, page.address(line, "served"), value)


def duplicate_header(page: Page) -> Fault:
    """Two columns of one name."""
    page.rows[page.header][page.position("referred")] = "识别客户数"
    cell = page.address(page.header, "referred")
    return Fault("duplicate_header", "refused", page.name, cell, "识别客户数")


def unknown_month(page: Page) -> Fault:
    """A month that does not exist."""
    for line in page.lines:
        year = str(page.rows[line][page.position("month")])[:4]
        page.rows[line][page.position("month")] = f"{year}年13月"
    line = page.lines[0]
    value = str(page.rows[line][page.position("month")])
    return Fault("unknown_month", "refused", page.name, page.address(line, "month"), value)


def wan_unnamed(page: Page) -> Fault:
    """Money in 万元 where 元 is asked, and nothing says so: all of it falls by 10⁴ at once."""
    forget_unit(page)
    for column in ("closed_amount", "deposits", "deposits_average", "aum", "fee_income", "income",
                   "wealth_sales", "insurance_sales"):  # fmt: skip
        at = page.position(column)
        for line in page.lines:
            page.rows[line][at] = float(Decimal(str(page.rows[line][at])) / 10_000)
    line = page.lines[0]
    value = str(page.rows[line][page.position("deposits")])
    return Fault("wan_unnamed", "refused", page.name, page.address(line, "deposits"), value)


MONTHLY: tuple[Callable[[Page], Fault], ...] = (
    wan_unnamed, identified_over_served, wrong_total, text_in_number, duplicate_header,
    error_cell, unknown_month, uncached_formula, unknown_branch,
)  # fmt: skip


def scrambled(chance: np.random.Generator) -> bytes:
    """A workbook as desktop encryption software leaves it: a vendor's mark, then noise."""
    return b"\x62\x14\x23\x65E-SafeNet\x00LOCK" + chance.bytes(6000)


def scrambled_fault() -> Fault:
    """The whole file cannot be read."""
    return Fault("scrambled_file", "refused", None, None, None)


def _answer_fault(
    page: Page, visit: Visit, kind: str, value: Any, shown: str | None,
    fits: Callable[[Item], bool] = lambda item: item.kind == "yes_no",
) -> Fault:  # fmt: skip
    """Spoils the hall answer of the first fitting item that was answered."""
    for position, item in enumerate(visit.edition.items):
        if item.scope == "visit" and fits(item) and visit.answers[position, 0] is not None:
            line = page.lines[position]
            page.rows[line][page.position("answer.0")] = value
            cell = page.address(line, "answer.0")
            return Fault(kind, "refused", page.name, cell, shown)
    raise LookupError(f"no item of {visit.edition.id} fits {kind}")


def _head_fault(page: Page, label: str, kind: str, value: str) -> Fault:
    line = next(r for r, row in enumerate(page.rows) if row and row[0] == label)
    page.rows[line][1] = value
    return Fault(kind, "refused", page.name, f"B{line + 1}", value)


def _blank(page: Page, visit: Visit) -> Fault:
    return _answer_fault(page, visit, "blank_answer", None, None)


def _words(page: Page, visit: Visit) -> Fault:
    return _answer_fault(page, visit, "text_in_answer", "还行", "还行")


def _too_high(page: Page, visit: Visit) -> Fault:
    fits = lambda item: item.kind == "ordinal"  # noqa: E731 - a name would not say more
    return _answer_fault(page, visit, "answer_out_of_range", 9, "9", fits)


def _error(page: Page, visit: Visit) -> Fault:
    formula = Formula("=1/0", "#DIV/0!")
    return _answer_fault(page, visit, "error_cell", formula, "#DIV/0!")


def _formula(page: Page, visit: Visit) -> Fault:
    return _answer_fault(page, visit, "uncached_formula", Formula("=1-0"), None)


def _branch(page: Page, visit: Visit) -> Fault:
    return _head_fault(page, "网点代码", "unknown_branch", UNKNOWN_CODE)


def _edition(page: Page, visit: Visit) -> Fault:
    return _head_fault(page, "版本", "unknown_edition", "covert-99")


def _item(page: Page, visit: Visit) -> Fault:
    line = page.lines[4]
    page.rows[line][0] = "XX99"
    return Fault("unknown_item", "refused", page.name, page.address(line, "item_id"), "XX99")


SCORECARD: tuple[Callable[[Page, Visit], Fault], ...] = (
    _blank, _error, _formula, _branch, _words, _too_high, _edition, _item,
)  # fmt: skip
