"""渠道: electronic channels against the counter. Two different things that the field both calls
分流率 carry two names here."""

from pipeline.metrics.components import sheet, sheet_sum
from pipeline.metrics.declaration import Metric

METRICS = (
    Metric(
        "substitution_rate",
        "电子渠道替代率",
        "E-channel substitution rate",
        "ratio",
        (
            sheet("echannel_transactions"),
            sheet_sum("echannel_transactions", "counter_transactions"),
        ),
        "%",
        "up",
        "电子渠道交易笔数 ÷（电子渠道交易笔数 + 柜面交易笔数）",
        "e-channel ÷ (e-channel + counter) transactions",
        observed=False,
        introduction="suitable",
    ),
    Metric(
        "diversion_rate",
        "电子柜面交易比",
        "E-channel to counter ratio",
        "ratio",
        (sheet("echannel_transactions"), sheet("counter_transactions")),
        "ratio",
        "up",
        "电子渠道交易笔数 ÷ 柜面交易笔数",
        "e-channel ÷ counter transactions",
        observed=False,
        note_zh="与电子渠道替代率是两回事；业内都叫分流率。",
        note_en="Not the substitution rate, though the field calls both 分流率.",
    ),
)
