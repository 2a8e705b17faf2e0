"""规模与效益: growth, amounts per head and per customer, share of fee income.

Amounts are in yuan; 万元 is how a page prints them.
"""

from __future__ import annotations

from pipeline.metrics.components import lagged, sheet
from pipeline.metrics.declaration import Metric

_STOCKS = {"aum": ("AUM", "AUM"), "deposits": ("存款", "Deposit")}
_IDS = {"aum": "aum_growth", "deposits": "deposit_growth"}
_LAGS = {
    "year_start": ("", "净增", "growth since the start of the year", "年初（上年末）"),
    "year_ago": (".yoy", "同比净增", "growth year on year", "上年同期末"),
    "previous": (".mom", "环比净增", "growth month on month", "上月末"),
}
_ENGLISH = {
    "year_start": "end of last year",
    "year_ago": "a year before",
    "previous": "a month before",
}


def _growth(stock: str, lag: str) -> Metric:
    suffix, zh, en, than = _LAGS[lag]
    name_zh, name_en = _STOCKS[stock]
    return Metric(
        _IDS[stock] + suffix,
        f"{name_zh}{zh}",
        f"{name_en} {en}",
        "difference",
        (sheet(stock, "end"), lagged(stock, lag)),
        "万元",
        "up",
        f"期末余额 − {than}余额",
        f"balance at the period's end − balance at the {_ENGLISH[lag]}",
        observed=False,
        note_zh="两端都有数的网点才计入。",
        note_en="Only branches that have both ends.",
    )


# Flows go by the mean of the months' staff or customers, stocks by those of the same day.
_PER = {
    "income": ("营业收入", "income", True),
    "fee_income": ("中间业务收入", "fee income", True),
    "aum": ("管理资产", "AUM", False),
    "deposits": ("储蓄存款", "deposits", False),
}
_OF = {
    "per_head": ("staff", "人均", "per head", "在岗人数", "staff in post"),
    "per_customer": ("customers", "户均", "per customer", "个人客户数", "customers"),
}


def _per(metric: str, amount: str) -> Metric:
    bottom, zh, en, bottom_zh, bottom_en = _OF[metric]
    amount_zh, amount_en, flow = _PER[amount]
    top = sheet(amount) if flow else sheet(amount, "end")
    under = sheet(bottom, mean=True) if flow else sheet(bottom, "end")
    return Metric(
        metric if amount == "income" else f"{metric}.{amount}",
        f"{zh}{amount_zh}",
        f"{amount_en[0].upper()}{amount_en[1:]} {en}",
        "ratio",
        (top, under),
        "万元",
        "up",
        f"期内{amount_zh} ÷ 各月平均{bottom_zh}" if flow else f"期末{amount_zh} ÷ 期末{bottom_zh}",
        f"{amount_en} of the period ÷ mean monthly {bottom_en}"
        if flow
        else f"{amount_en} ÷ {bottom_en}, both at the period's end",
        observed=False,
        introduction="suitable",
    )


METRICS = (
    *(_per(metric, amount) for metric in _OF for amount in _PER),
    *(_growth(stock, lag) for stock in _STOCKS for lag in _LAGS),
    Metric(
        "deposit_average_growth",
        "日均存款净增",
        "Growth of the daily average of deposits",
        "difference",
        (
            sheet("deposits_average", mean=True),
            lagged("deposits_average", "year_ago", "period", mean=True),
        ),
        "万元",
        "up",
        "期内各月日均的平均 − 上年同期各月日均的平均",
        "mean of the months' daily averages − the same of the same months last year",
        observed=False,
        note_zh="名次用这个指标：月末余额容易冲时点。两年同月都有数的网点才计入。",
        note_en="Ranks use this one: month-end balances invite window dressing. Only branches that "
        "have the month in both years.",
    ),
    Metric(
        "fee_share",
        "中收占比",
        "Share of fee income",
        "ratio",
        (sheet("fee_income"), sheet("income")),
        "%",
        "up",
        "中间业务收入 ÷ 营业收入",
        "fee income ÷ income",
        observed=False,
        introduction="suitable",
    ),
)
