"""What a signal says, in 中文 and English: `direction`, `zh`, `en` of table `signal`."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from audits.scorecard import Edition
from pipeline.metrics import metrics

_RULES = {
    ("outside", 1): ("高于控制上限", "above the upper limit"),
    ("outside", -1): ("低于控制下限", "below the lower limit"),
    ("run", 1): ("连续 7 点以上在中心线上方", "seven or more points in a row above the centre"),
    ("run", -1): ("连续 7 点以上在中心线下方", "seven or more points in a row below the centre"),
    ("trend", 1): ("连续 7 点上升", "seven points in a row rising"),
    ("trend", -1): ("连续 7 点下降", "seven points in a row falling"),
    ("thirds", 1): ("3 点中有 2 点靠近上限", "two of three points near the upper limit"),
    ("thirds", -1): ("3 点中有 2 点靠近下限", "two of three points near the lower limit"),
}


# Money is stored in yuan: from how many on it is told in which unit, and below that.
_MONEY = {
    "zh": ((1e8, "亿元"), (1e4, "万元"), (1.0, "元")),
    "en": ((1e6, " million yuan"), (1e3, " thousand yuan"), (1.0, " yuan")),
}


def sentences(signals: pl.DataFrame, editions: Mapping[str, Edition]) -> pl.DataFrame:
    """`signals` with `direction` (better, worse) and the two sentences."""
    known = _named(editions)
    rules = pl.DataFrame(
        [(*key, *words) for key, words in _RULES.items()],
        schema={"signal": pl.String, "side": pl.Int64, "rule_zh": pl.String, "rule_en": pl.String},
        orient="row",
    )
    rows = signals.join(known, on="metric", how="left").join(rules, on=["signal", "side"])
    good = pl.col("side") * pl.col("sign").fill_null(1) > 0
    return rows.with_columns(
        pl.when(good).then(pl.lit("better")).otherwise(pl.lit("worse")).alias("direction"),
        _said("zh", "：自 {} 起，{}；{} 为 {}，中心线 {}，控制限 {} 至 {}。"),
        _said("en", ": since {}, {}; {} at {}, centre {}, limits {} to {}."),
    )


def _said(lang: str, rest: str) -> pl.Expr:
    name = pl.coalesce(f"name_{lang}", "metric")
    shown = [_number(c, lang) for c in ("value", "centre", "lower", "upper")]
    return pl.format("{}" + rest, name, "since", f"rule_{lang}", "at", *shown).alias(lang)


def _number(column: str, lang: str) -> pl.Expr:
    """A value in the words of its unit: a share in per cent, money as an office reads it."""
    unit, value = pl.col("unit").fill_null("%"), pl.col(column)
    percent = (value * 100).round(1).cast(pl.String) + "%"
    money = pl.lit(None, pl.String)
    for size, name in reversed(_MONEY[lang]):
        told = _two_digits(value / size) + name
        money = pl.when(value.abs() >= size).then(told).otherwise(money)
    money = money.fill_null(_two_digits(value) + _MONEY[lang][-1][1])
    rate = _two_digits(value) + " ‱"
    plain = value.round(2).cast(pl.String)
    told = pl.when(unit == "%").then(percent).when(unit == "万元").then(money)
    return told.when(unit == "‱").then(rate).otherwise(plain)


def _two_digits(value: pl.Expr) -> pl.Expr:
    """5.8 as 5.80, so that limits stand beside each other with the same digits."""
    hundredths = (value.abs() * 100).round(0).cast(pl.Int64)
    sign = pl.when(value < 0).then(pl.lit("−")).otherwise(pl.lit(""))
    tail = (hundredths % 100).cast(pl.String).str.zfill(2)
    return pl.concat_str(sign, (hundredths // 100).cast(pl.String), pl.lit("."), tail)


def _named(editions: Mapping[str, Edition]) -> pl.DataFrame:
    rows = [
        (m.id, m.zh, m.en, m.unit, -1 if m.direction == "down" else 1)
        for m in metrics(editions).values()
    ]
    items = {item.id: (item.zh, item.en) for e in editions.values() for item in e.items}
    rows += [(f"item.{id}", f"考核项“{zh}”通过率", f"Pass rate of “{en}”", "%", 1)
             for id, (zh, en) in items.items()]  # fmt: skip
    schema = {"metric": pl.String, "name_zh": pl.String, "name_en": pl.String, "unit": pl.String}
    return pl.DataFrame(rows, schema=schema | {"sign": pl.Int64}, orient="row")
