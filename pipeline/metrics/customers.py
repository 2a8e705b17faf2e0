"""客户: holding, winning back and moving up middle and high-end customers."""

from pipeline.metrics.components import lagged, sheet
from pipeline.metrics.declaration import Metric

METRICS = (
    Metric(
        "retention",
        "挽留率",
        "Retention",
        "ratio",
        (sheet("retained"), sheet("warned")),
        "%",
        "up",
        "挽留成功数 ÷ 流失预警客户数",
        "customers retained ÷ customers warned of",
        observed=False,
    ),
    Metric(
        "win_back",
        "赢回率",
        "Win-back",
        "ratio",
        (sheet("won_back"), sheet("key_clients_lost")),
        "%",
        "up",
        "赢回客户数 ÷ 中高端客户流失数",
        "customers won back ÷ middle and high-end customers lost",
        observed=False,
    ),
    Metric(
        "key_client_net_gain",
        "中高端客户净增",
        "Net gain of middle and high-end customers",
        "difference",
        (sheet("key_clients_up"), sheet("key_clients_lost")),
        "户",
        "up",
        "晋级数 − 流失数",
        "moved up − lost",
        observed=False,
    ),
    Metric(
        "key_client_churn",
        "中高端客户流失率",
        "Churn of middle and high-end customers",
        "ratio",
        (sheet("key_clients_lost"), lagged("key_clients", "previous", "period", mean=True)),
        "%",
        "down",
        "期内流失数 ÷ 各月月初中高端客户数的平均",
        "lost in the period ÷ mean of the base at the start of each month",
        observed=False,
        note_zh="月初客户数即上月末数；上月未报的网点当月不计。",
        note_en="The base is the month-end before; a branch without it leaves that month.",
    ),
)
