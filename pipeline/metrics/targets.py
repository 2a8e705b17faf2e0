"""计划完成: actual of the year so far against the year's target, product by product."""

from __future__ import annotations

from typing import Any

from pipeline.metrics.declaration import Component, Metric

HEADLINE = "deposits_average"
PRODUCTS = {
    "deposits": ("储蓄存款余额", "deposits"),
    "deposits_average": ("储蓄存款日均", "average deposits"),
    "aum": ("管理资产", "AUM"),
    "fee_income": ("中间业务收入", "fee income"),
    "income": ("营业收入", "income"),
    "closed_amount": ("转介成交额", "amount closed by referral"),
    "wealth_sales": ("理财销售额", "wealth product sales"),
    "insurance_sales": ("保险销售额", "insurance sales"),
    "dca_contracts": ("基金定投签约数", "regular fund investment contracts"),
    "customers": ("个人客户数", "customers"),
    "key_clients": ("中高端客户数", "middle and high-end customers"),
    "key_clients_up": ("中高端客户晋级数", "customers moved up"),
    "files_opened": ("建档数", "customer files opened"),
    "referred": ("转介客户数", "customers referred"),
}
_NOTE_ZH = (
    "截至期末的本年累计：流量为各月之和（缺月则不计），时点数取期末，日均取各月平均；"
    "有计划也有实绩的网点才计入。"
)
_NOTE_EN = (
    "The year so far: flows are summed (unknown while a month is missing), balances are those at "
    "the end, daily averages are averaged; only branches with both a target and an actual."
)


def _part(product: str, name: str) -> Component:
    target = name == "target"

    def where(t: Any) -> Any:
        # A row without an actual has no part in either sum.
        return (t["product"] == product) & t["actual"].notnull()

    return Component(
        "target_progress",
        lambda t: t[name],
        ("target",) if target else (product,),
        where,
        "end",
        fact="target" if target else "",
        keys=(("branch_code", "branch_code"), ("year", "year"), ("product_id", "product"))
        if target
        else (),
        since="" if target else "since",
    )


def _elapsed(product: str) -> tuple[Component, Component]:
    """Months gone and months of the year, for each row that enters: their ratio is the share."""

    def where(t: Any) -> Any:
        return (t["product"] == product) & t["actual"].notnull()

    return (
        Component("target_progress", lambda t: t["number"], ("month",), where, "end"),
        Component("target_progress", lambda t: t["number"] * 0 + 12, ("month",), where, "end"),
    )


def _attainment(id: str, product: str) -> Metric:
    zh, en = PRODUCTS[product]
    return Metric(
        id,
        f"计划完成率（{zh}）",
        f"Target attainment ({en})",
        "ratio",
        (_part(product, "actual"), _part(product, "target")),
        "%",
        "up",
        f"{zh}本年实绩 ÷ 全年计划",
        f"{en} of the year so far ÷ the year's target",
        minimum=0.01,
        observed=False,
        note_zh=_NOTE_ZH,
        note_en=_NOTE_EN,
    )


def _gap(id: str, product: str) -> Metric:
    zh, en = PRODUCTS[product]
    return Metric(
        id,
        f"序时进度差（{zh}）",
        f"Gap to the pace of the year ({en})",
        "difference",
        (_part(product, "actual"), _part(product, "target"), *_elapsed(product)),
        "pp",
        "up",
        f"计划完成率（{zh}）− 本年已过月数 ÷ 12",
        f"target attainment ({en}) − months gone ÷ 12",
        minimum=0.01,
        observed=False,
        note_zh=_NOTE_ZH,
        note_en=_NOTE_EN,
    )


METRICS = (
    _attainment("target_attainment", HEADLINE),
    _gap("pace_gap", HEADLINE),
    *(_attainment(f"target_attainment.{p}", p) for p in PRODUCTS),
    *(_gap(f"pace_gap.{p}", p) for p in PRODUCTS),
)
