"""Table `early_sign`: branches whose own monthly figures fall together before visits can tell.

A branch is visited two or three times a quarter, so a fall may hide behind a lucky visit for a
while. Its monthly sheet is longer: where two links of the chain from the spoken sentence to the
referral get worse beyond chance in one period, that is told beside the relapse warnings, as a sign
and not as a status. Nobody reports less than was done to look better.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import polars as pl

from audits.scorecard import Edition
from audits.statistics.chance import at_least
from pipeline.metrics import metrics
from pipeline.publication_tables import TABLES

CHAIN = ("reported_speak_up", "identification_rate", "referral_rate")
NEEDED = 2  # links that get worse together: one alone is on the list of signals
_TOO_EARLY = ("not_introduced", "introducing")


def early_signs(
    chart: pl.DataFrame,
    signal: pl.DataFrame,
    adoption: pl.DataFrame,
    editions: Mapping[str, Edition],
    period: str,
) -> pl.DataFrame:
    """Table `early_sign`: one row for each branch that could be told, from tables of the period.

    `chance`: of being told without any change, if the series are independent.
    """
    early = pl.col("status").is_in(_TOO_EARLY)
    past = adoption.filter((pl.col("period") == period) & ~early).select("scope")
    own = (pl.col("level") == "branch") & pl.col("metric").is_in(CHAIN) & (pl.col("kind") == "xmr")
    looked = (
        chart.filter(own & (pl.col("status") == "ok"))
        .join(past, on="scope", how="semi")
        .sort("scope", "metric")
        .group_by("scope", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("tested"), pl.col("chance_below"))
        .filter(pl.col("tested") >= NEEDED)
    )
    worse = (
        signal.filter(own & (pl.col("direction") == "worse"))
        .sort("scope", "metric", "since")
        .group_by("scope", maintain_order=True)
        .agg(pl.col("metric").unique(maintain_order=True), pl.col("since").min())
    )
    rows = looked.join(worse, on="scope", how="left", maintain_order="left").with_columns(
        pl.lit(period).alias("period"),
        pl.col("metric").list.len().fill_null(0).cast(pl.Int64).alias("worse"),
        pl.col("chance_below").map_elements(_chance, pl.Float64).alias("chance"),
    )
    told = rows.with_columns((pl.col("worse") >= NEEDED).alias("told"), *_sentences(editions))
    return (
        told.select(list(TABLES["early_sign"])).cast(pl.Schema(TABLES["early_sign"])).sort("scope")
    )


def _chance(chances: pl.Series) -> float:
    return _of(tuple(chances))


@lru_cache(maxsize=1024)
def _of(chances: tuple[float, ...]) -> float:
    return at_least(NEEDED, chances)


def _sentences(editions: Mapping[str, Edition]) -> list[pl.Expr]:
    known = metrics(editions)
    texts = {
        "zh": ("{}自{}起一同走低，超出偶然波动；建议先到现场核实，不必等下一轮暗访。", "、"),
        "en": ("{} fall together since {}, more than chance explains; look before the next round.",
               ", "),
    }  # fmt: skip
    found = []
    for lang, (text, between) in texts.items():
        names = {m: getattr(known[m], lang) for m in CHAIN if m in known}
        listed = pl.col("metric").list.eval(pl.element().replace(names)).list.join(between)
        said = pl.format(text, listed, pl.col("since"))
        found.append(pl.when(pl.col("worse") >= NEEDED).then(said).alias(lang))
    return found
