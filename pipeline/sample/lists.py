"""The list sheets of the province: register, targets, shoppers, plans, actions, appeals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.sample.followup import Appeal, Issue
from pipeline.sample.options import Options
from pipeline.sample.pages import Page, list_page
from pipeline.sample.performance import Figures
from pipeline.sample.province import Branch, Province
from pipeline.sample.truth_model import Truth
from pipeline.sample.visits import Planned, home_branches
from pipeline.sheets import kinds

YUAN = "（元）"  # said in the header of every money column of a clean monthly sheet
# Product → unit its targets are written in; money targets come in 万元.
TARGETS = {
    "deposits_average": "万元", "fee_income": "万元", "wealth_sales": "万元",
    "insurance_sales": "万元", "dca_contracts": "户",
}  # fmt: skip


def page_of(kind: str, rows: Sequence[Sequence[Any]], columns: Sequence[str] = ()) -> Page:
    """A clean sheet of a kind with the headers its template prints; derived columns left out."""
    declared = kinds()[kind]
    wanted = columns or [c.id for c in declared.columns if not c.derived]
    headers = [declared.column(c).zh for c in wanted]
    return list_page(declared.zh, wanted, headers, rows)


def register_page(province: Province) -> Page:
    """Every node of the tree, top down."""
    rows: list[list[Any]] = []
    for node in province.nodes:
        above = province.name_of(node.parent) if node.parent else None
        rows.append([node.code, node.name, node.level, node.parent or None, above, *[None] * 8])
    for b in province.branches:
        rows.append([b.code, b.name, "网点", b.parent, province.name_of(b.parent), b.group,
                     b.introduced, b.opened, None, "是" if b.weekend else "否",
                     b.head, b.email, district_of(province, b)])  # fmt: skip
    return page_of("branches", rows)


def district_of(province: Province, branch: Branch) -> str:
    """The district of a branch: one of four in its city, by the number of its sub-branch."""
    return f"{province.name_of(branch.city)[:2]}第{int(branch.parent[-2:]) % 4 + 1}区"


def target_pages(options: Options, province: Province, figures: Figures) -> dict[str, Page]:
    """One sheet per year: stocks a little above the level, flows above twelve average months."""
    chance = options.chance("targets")
    found = {}
    for year in sorted({m[:4] for m in options.month_list}):
        months = [i for i, m in enumerate(options.month_list) if m[:4] == year]
        rows: list[list[Any]] = []
        for b in province.branches:
            for product, unit in TARGETS.items():
                column = kinds()["performance"].column(product)
                level = figures[product][b.index, months].mean()
                whole = level * (1 if column.over == "stock_mean" else 12)
                aim = whole * chance.uniform(0.92, 1.15)
                value = round(aim / 1e6) if unit == "万元" else round(aim)
                rows.append([b.code, b.name, int(year), column.zh, int(value), unit])
        found[year] = page_of("targets", rows)
    return found


def shopper_page(province: Province, truth: Truth) -> Page:
    """Shoppers with invented names, own branch and upper limit."""
    stems, branches = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
    homes, rows = home_branches(province, truth), []
    for i, shopper in enumerate(truth.shoppers):
        home = homes[shopper]
        name = f"访员{stems[i % 10]}{branches[i % 12]}{'' if i < 60 else i // 60 + 1}"
        district = f"{province.name_of(home.city)[:2]}第{i % 4 + 1}区"
        rows.append([shopper, name, home.code, district, "周一至周五", 16])
    return page_of("shoppers", rows)


def plan_page(planned: Sequence[Planned]) -> Page:
    """The visit plan of one round with its outcome."""
    rows = [
        [p.plan_id, p.round, p.branch.code, p.edition, p.day, p.day_part, p.shopper,
         "已完成" if p.made else "未完成"]
        for p in planned
    ]  # fmt: skip
    columns = ("plan_id", "round", "branch_code", "edition", "planned_date", "day_part",
               "shopper_id", "outcome")  # fmt: skip
    return page_of("plans", rows, columns)


def ledger_page(issues: Sequence[Issue]) -> Page:
    """The ledger of corrective actions of one round."""
    rows = [
        [i.issue_id, i.branch, i.round, i.item, i.issued, i.due, i.done, i.closed, i.state]
        for i in issues
    ]
    return page_of("action_ledger", rows)


def reply_page(issues: Sequence[Issue]) -> Page:
    """The branches' replies to the issues that they did something about."""
    rows = [
        [i.issue_id, i.branch, i.item, i.measure, i.done, f"照片-{i.issue_id}.jpg"]
        for i in issues
        if i.done
    ]
    return page_of("actions", rows)


def appeal_page(appeals: Sequence[Appeal]) -> Page:
    """The appeals of one round."""
    rows = [
        [a.appeal_id, a.branch, a.round, a.edition, a.visit_date, a.item, a.filed, a.reason,
         a.outcome, a.decided]
        for a in appeals
    ]  # fmt: skip
    return page_of("appeals", rows)


def performance_page(
    options: Options, province: Province, figures: Figures, month: int, branches: Sequence[int]
) -> Page:
    """The clean monthly sheet of some branches, money in yuan as the template asks."""
    declared = kinds()["performance"]
    rows = []
    for b in branches:
        branch = province.branches[b]
        row: list[Any] = [branch.code, branch.name, options.month_list[month]]
        for column in declared.columns[3:]:
            value = int(figures[column.id][b, month])
            row.append(value / 100 if column.type == "money" else value)
        rows.append(row)
    page = page_of("performance", rows)
    for at, column in enumerate(declared.columns):
        if column.type == "money":
            page.rows[0][at] += YUAN
    return page
