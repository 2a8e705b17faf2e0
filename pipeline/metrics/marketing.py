"""营销与转介: speaking up, recognising, referring. Reported and observed are kept apart."""

from pipeline.metrics.components import each, flag, sheet
from pipeline.metrics.declaration import Metric

_SPOKEN = (sheet("spoken"), sheet("served"))
_OBSERVED = (
    flag("encounter", "spoke_up", ("answer",), "speak_items"),
    each("encounter", "spoke_up", ("answer",), "speak_items"),
)


def _rate(id: str, zh: str, en: str, top: str, bottom: str, formula: tuple[str, str]) -> Metric:
    return Metric(
        id,
        zh,
        en,
        "ratio",
        (sheet(top), sheet(bottom)),
        "%",
        "up",
        *formula,
        observed=False,
        introduction="suitable",
    )


METRICS = (
    Metric(
        "observed_speak_up",
        "开口率（观察）",
        "Speak-up rate, observed",
        "ratio",
        _OBSERVED,
        "%",
        "up",
        "说了一句话营销的接触次数 ÷ 适用一句话营销的接触次数",
        "encounters with the one sentence spoken ÷ encounters where it applied",
        observed=True,
        introduction="suitable",
    ),
    _rate(
        "reported_speak_up",
        "开口率（自报）",
        "Speak-up rate, reported",
        "spoken",
        "served",
        ("一句话营销数 ÷ 接待客户数", "customers spoken to ÷ customers served"),
    ),
    Metric(
        "speak_up_gap",
        "自报与暗访差",
        "Gap between reported and observed speak-up",
        "difference",
        (*_SPOKEN, *_OBSERVED),
        "pp",
        "none",
        "开口率（自报）− 开口率（观察）",
        "reported speak-up − observed speak-up",
        note_zh="自报来自有报表的网点，观察来自有暗访的网点。",
        note_en="Reported comes from branches with a sheet, observed from branches with a visit.",
    ),
    _rate(
        "identification_rate",
        "识别率",
        "Identification rate",
        "identified",
        "served",
        ("识别客户数 ÷ 接待客户数", "customers identified ÷ customers served"),
    ),
    _rate(
        "referral_rate",
        "转介率",
        "Referral rate",
        "referred",
        "identified",
        ("转介客户数 ÷ 识别客户数", "customers referred ÷ customers identified"),
    ),
    _rate(
        "referral_success",
        "转介成功率",
        "Referral success",
        "closed",
        "referred",
        ("转介成交数 ÷ 转介客户数", "referrals closed ÷ customers referred"),
    ),
    _rate(
        "follow_up_rate",
        "跟进率",
        "Follow-up rate",
        "followed_up",
        "referred",
        ("及时跟进数 ÷ 转介客户数", "followed up in time ÷ customers referred"),
    ),
    _rate(
        "profile_rate",
        "建档率",
        "Customer file rate",
        "files_opened",
        "referred",
        ("建档数 ÷ 转介客户数", "files opened ÷ customers referred"),
    ),
    Metric(
        "dca_contracts",
        "基金定投签约",
        "Regular fund investment contracts",
        "amount",
        (sheet("dca_contracts"),),
        "户",
        "up",
        "基金定投签约数合计",
        "contracts signed",
        observed=False,
    ),
    _rate(
        "dca_contracts.rate",
        "基金定投签约率",
        "Regular fund investment rate",
        "dca_contracts",
        "served",
        ("基金定投签约数 ÷ 接待客户数", "contracts signed ÷ customers served"),
    ),
)
