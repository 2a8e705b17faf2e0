"""A signal of a control chart says money as an office reads it, in either language."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.publishing.signal_words import sentences

KNOWN = {"since": "2026-07", "at": "2026-09", "signal": "outside", "side": -1}


def said(metric: str, *values: float) -> dict[str, str]:
    names = ("value", "centre", "lower", "upper")
    row = KNOWN | {"metric": metric} | dict(zip(names, values, strict=True))
    return sentences(pl.DataFrame([row]), {}).row(0, named=True)


@pytest.mark.parametrize(
    ("values", "zh", "en"),
    [
        ((58_043.2, 59_500.0, 58_100.0, 60_900.0),
         "2026-09 为 5.80万元，中心线 5.95万元，控制限 5.81万元 至 6.09万元。",
         ("2026-09 at 58.04 thousand yuan, centre 59.50 thousand yuan, "
         "limits 58.10 thousand yuan to 60.90 thousand yuan.")),
        ((435.0, 451.5, 440.0, 463.25),
         "2026-09 为 435.00元，中心线 451.50元，控制限 440.00元 至 463.25元。",
         "2026-09 at 435.00 yuan, centre 451.50 yuan, limits 440.00 yuan to 463.25 yuan."),
        ((1.5e8, 2e8, 9.9e7, 3e8),
         "2026-09 为 1.50亿元，中心线 2.00亿元，控制限 9900.00万元 至 3.00亿元。",
         ("2026-09 at 150.00 million yuan, centre 200.00 million yuan, "
         "limits 99.00 million yuan to 300.00 million yuan.")),
    ],
)  # fmt: skip
def test_money_is_told_in_the_units_of_the_language(
    values: tuple[float, ...], zh: str, en: str
) -> None:
    told = said("per_head", *values)
    assert told["zh"].endswith(zh) and told["en"].endswith(en)


def test_a_share_stays_a_percentage() -> None:
    assert said("referral_rate", 0.432, 0.411, 0.399, 0.423)["zh"].endswith(
        "2026-09 为 43.2%，中心线 41.1%，控制限 39.9% 至 42.3%。"
    )
