"""服务与合规: matching, kept promises, satisfaction, complaints, vetoes."""

from typing import Any

from pipeline.metrics.components import sheet, sheet_sum
from pipeline.metrics.declaration import Component, Metric


def _match(t: Any) -> Any:
    return (t["instrument"] == "covert") & t["is_service_match"]


def _promised(t: Any) -> Any:
    return t["promised"] == 1


_PROMISE_KEYS = (("visit_id", "visit_id"), ("item_id", "promise_items"))
_TRANSACTIONS = ("counter_transactions", "echannel_transactions")
METRICS = (
    Metric(
        "service_match",
        "分层服务匹配率",
        "Service match",
        "ratio",
        (
            Component("answer_scored", lambda t: t["full"], ("answer",), _match),
            Component(
                "answer_scored", lambda t: (t["full"] >= 0).ifelse(1, 0), ("answer",), _match
            ),
        ),
        "%",
        "up",
        "由对口岗位在对口区域接待的次数 ÷ 观察次数（暗访）",
        "customers served by the right post in the right zone ÷ observed (covert visits)",
        observed=True,
        introduction="suitable",
    ),
    Metric(
        "wait_promise_kept",
        "承诺时限兑现率",
        "Promised time kept",
        "ratio",
        (
            Component(
                "visit",
                lambda t: t["kept"],
                ("answer",),
                _promised,
                fact="answer",
                keys=_PROMISE_KEYS,
            ),
            Component(
                "visit",
                lambda t: t["promised"],
                ("answer",),
                _promised,
                fact="answer",
                keys=_PROMISE_KEYS,
            ),
        ),
        "%",
        "up",
        "在所说分钟数内办好的暗访次数 ÷ 作过时限承诺的暗访次数",
        "visits done within the promised minutes ÷ visits with a promise",
        observed=True,
        introduction="suitable",
        note_zh="一次暗访有几次承诺的，全部兑现才算。",
        note_en="Where a visit had several promises, all must be kept.",
    ),
    Metric(
        "satisfaction",
        "满意率",
        "Satisfaction",
        "ratio",
        (sheet("satisfied"), sheet("ratings")),
        "%",
        "up",
        "满意笔数 ÷ 评价笔数",
        "satisfied ÷ ratings",
        observed=False,
        introduction="suitable",
    ),
    Metric(
        "satisfaction.response",
        "评价率",
        "Rating response",
        "ratio",
        (sheet("ratings"), sheet_sum(*_TRANSACTIONS)),
        "%",
        "up",
        "评价笔数 ÷（柜面 + 电子渠道）交易笔数",
        "ratings ÷ (counter + e-channel) transactions",
        observed=False,
    ),
    Metric(
        "complaints",
        "投诉率",
        "Complaints",
        "ratio",
        (sheet("complaints"), sheet_sum(*_TRANSACTIONS)),
        "‱",
        "down",
        "投诉笔数 ÷（柜面 + 电子渠道）交易笔数 × 10000",
        "complaints per 10,000 (counter + e-channel) transactions",
        scale=10_000.0,
        observed=False,
        introduction="suitable",
    ),
    Metric(
        "veto_rate",
        "否决项发生率",
        "Veto rate",
        "ratio",
        (
            Component("visit", lambda t: t["veto"], ("visit_date",)),
            Component("visit", lambda t: (t["veto"] >= 0).ifelse(1, 0), ("visit_date",)),
        ),
        "%",
        "down",
        "出现否决项的暗访次数 ÷ 暗访次数",
        "covert visits with a veto ÷ covert visits",
        observed=True,
        introduction="suitable",
        note_zh="含只作提示的否决项（0级）。",
        note_en="Flags (level 0) count.",
    ),
)
