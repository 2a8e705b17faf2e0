"""Tables `chart` and `signal`: which series move more than chance, and how many would by chance.

XmR charts of monthly metrics at every node with 12 points; p-charts of item pass rates for regions
(statistics §4). A branch's reported series begin with the month of its introduction: a chart over
the change would call the change itself a signal. Observed metrics have no chart at a branch, which
is visited one to four times a quarter (see `publishing/adoption.py` for those).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from audits.scorecard import Edition
from audits.statistics.chance import p_chance, xmr_chance
from audits.statistics.control_charts import POINTS, SIGNALS, Chart, begins, p_chart, xmr
from pipeline.metrics import metrics
from pipeline.periods import kind_of, months_of
from pipeline.publication_tables import TABLES
from pipeline.publishing.content_hash import CLOCK_METRICS
from pipeline.publishing.pass_rates import pass_rates
from pipeline.publishing.signal_words import sentences
from pipeline.publishing.slices import of_metrics

if TYPE_CHECKING:
    from audits.scoring import Scored

REGIONS = ("province", "city", "direct")
ITEM = "item."  # signals of an item stand under the metric `item.<item id>`
_BY = ["scope", "level", "metric"]
# Counts under so many a month are too skewed for limits that are as wide above as below: of series
# of Poisson counts with mean 1 three times as many would signal as the stated chance says.
RARE = 10.0


def charts(
    values: pl.DataFrame,
    scope: pl.DataFrame,
    members: pl.DataFrame,
    scored: Scored,
    visits: pl.DataFrame,
    editions: Mapping[str, Edition],
    period: str,
) -> dict[str, pl.DataFrame]:
    """Tables `chart` (one row per series) and `signal` (those completed in `period`)."""
    monthly = _monthly(values, scope, editions)
    quarterly = pass_rates(scored, visits, scope, members, REGIONS)
    drawn = [_xmr(s, period) for s in _bunches(monthly)]
    drawn += [_p(s, period) for s in _bunches(quarterly)]
    found = [f for _, f in drawn if not f.is_empty()]
    chart = _shaped("chart", pl.concat([c for c, _ in drawn]) if drawn else None)
    signal = pl.concat(found) if found else None
    if signal is not None:
        signal = sentences(signal, editions).with_columns(pl.lit(period).alias("period"))
    return {
        "chart": chart.sort("scope", "metric", "kind"),
        "signal": _shaped("signal", signal).sort("scope", "metric", "signal"),
    }


def charted(editions: Mapping[str, Edition]) -> pl.DataFrame:
    """[metric, reported]: the undivided ratios with a good and a bad direction, month by month.

    `reported`: added up from a branch's own sheet, so charted at branches too. What hangs on the
    clock is left out: the same workbooks give the same publication.
    """
    rows = []
    for metric in metrics(editions).values():
        plain = metric.form == "ratio" and "." not in metric.id and metric.direction != "none"
        monthly = all(part.window == "period" and not part.keys for part in metric.parts)
        observed = metric.observed is True
        if plain and metric.id not in CLOCK_METRICS and (observed or monthly):
            sheet = all(part.mart == "performance" for part in metric.parts)
            rows.append((metric.id, sheet and monthly))
    return pl.DataFrame(rows, schema={"metric": pl.String, "reported": pl.Boolean}, orient="row")


def _monthly(
    values: pl.DataFrame, scope: pl.DataFrame, editions: Mapping[str, Edition]
) -> pl.DataFrame:
    """One row per series: [scope, level, metric, periods, counts: the values, sizes: null, rare].

    `values` is in the order of the table: metric, scope, period.
    """
    wanted = charted(editions)
    reported = wanted.filter("reported")["metric"]
    at_branch = (pl.col("level") == "branch") & pl.col("metric").is_in(reported.implode())
    at_region = pl.col("level").is_in(REGIONS)
    months = (pl.col("period").str.len_chars() == 7) & (pl.col("status") == "ok")
    columns = [*_BY, "period", "value", "numerator", "denominator"]
    some = of_metrics(values, wanted["metric"]).lazy()
    rows = some.filter(months & (at_branch | at_region)).select(columns).collect()
    new = (pl.col("metric") != pl.col("metric").shift()) | (
        pl.col("scope") != pl.col("scope").shift()
    )
    rows = rows.with_columns(new.fill_null(True).cum_sum().alias("series"))
    heads = rows.select("series", *_BY).unique("series", keep="first", maintain_order=True)
    top, rest = pl.col("numerator"), pl.col("denominator") - pl.col("numerator")
    series = (
        _since_introduction(rows, heads, scope)
        .group_by("series", maintain_order=True)
        .agg(
            pl.col("period").alias("periods"),
            pl.col("value").alias("counts"),
            (pl.min_horizontal(top.mean(), rest.mean().abs()) < RARE).alias("rare"),
        )
    )
    named = heads.join(series, on="series", maintain_order="left")
    return named.with_columns(pl.lit(None, pl.List(pl.Float64)).alias("sizes")).sort(_BY)


def _since_introduction(
    rows: pl.DataFrame, heads: pl.DataFrame, scope: pl.DataFrame
) -> pl.DataFrame:
    """Without the months of a branch before the one of its introduction. Months as numbers: text
    is compared ten times as slowly, and there are millions."""
    months = rows["period"].unique().sort()
    month = pl.col("introduced").dt.strftime("%Y-%m")
    begun = scope.filter(pl.col("level") == "branch").select("scope", month.alias("begun"))
    first = heads.join(begun, on="scope", how="left", maintain_order="left")["begun"].fill_null("")
    least = np.searchsorted(months.to_numpy().astype(str), first.to_numpy().astype(str))
    length = rows.group_by("series", maintain_order=True).len()["len"].to_numpy()
    at = rows["period"].cast(pl.Enum(months)).to_physical().to_numpy()
    kept = rows.select("series", "period", "value", "numerator", "denominator")
    return kept.filter(pl.Series(at >= np.repeat(least, length)))


def _bunches(series: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Series of one length each: an array has no holes."""
    if not series.is_empty():
        yield from series.with_columns(pl.col("periods").list.len().alias("points")).partition_by(
            "points", maintain_order=True
        )


def _matrix(series: pl.DataFrame, column: str) -> np.ndarray:
    points = int(series["points"][0])
    return series[column].explode(empty_as_null=False).to_numpy().reshape(-1, points)


def _latest(series: pl.DataFrame, period: str) -> np.ndarray:
    """[series, point] whether a point lies in the period published."""
    own = {period, *months_of(period)}
    if kind_of(period) == "year":
        own |= {f"{period}Q{q}" for q in range(1, 5)}
    return np.isin(_matrix(series, "periods").astype(str), sorted(own))


def _xmr(series: pl.DataFrame, period: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    values, new = _matrix(series, "counts"), _latest(series, period)
    drawn = _without_rare(xmr(values), series["rare"].to_numpy())
    last = new.sum(axis=1)
    rates = {int(n): xmr_chance(values.shape[1], int(n)) for n in np.unique(last)}
    ok = drawn.status == "ok"
    chance = np.array([rates[int(n)].latest for n in last]) * ok
    below = np.array([rates[int(n)].latest_below for n in last]) * ok
    return (
        _chart_rows(series, "xmr", drawn, drawn.lower, drawn.upper, new, chance, below),
        _signal_rows(series, "xmr", drawn, values, new),
    )


def _without_rare(drawn: Chart, rare: np.ndarray) -> Chart:
    status = np.where(rare & (drawn.status == "ok"), "rare", drawn.status)
    return replace(drawn, status=status, signals=drawn.signals * (status == "ok")[None, :, None])


def _p(series: pl.DataFrame, period: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    counts, sizes = _matrix(series, "counts"), _matrix(series, "sizes")
    new = _latest(series, period)
    drawn = p_chart(counts, sizes)
    chance, below = np.zeros(len(counts)), np.zeros(len(counts))
    ok = drawn.status == "ok"
    if ok.any() and new.any():
        chance[ok], below[ok] = p_chance(drawn.centre[ok], sizes[ok], new[ok].sum(axis=1))
    low, high = drawn.lower[:, -1], drawn.upper[:, -1]
    return (
        _chart_rows(series, "p", drawn, low, high, new, chance, below),
        _signal_rows(series, "p", drawn, counts / np.maximum(sizes, 1), new),
    )


def _chart_rows(
    series: pl.DataFrame, kind: str, drawn: Chart, lower: np.ndarray, upper: np.ndarray,
    new: np.ndarray, chance: np.ndarray, below: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    ok = pl.Series(drawn.status == "ok")
    completed = drawn.signals * new[None]
    limits = pl.DataFrame({"centre": drawn.centre, "lower": lower, "upper": upper})
    return series.select(
        *_BY,
        pl.lit(kind).alias("kind"),
        pl.col("points").cast(pl.Int64),
        pl.col("periods").list.first().alias("first"),
        pl.col("periods").list.last().alias("last"),
        *(pl.when(ok).then(limits[c]).alias(c) for c in limits.columns),
        pl.Series("status", drawn.status, pl.String),
        pl.Series("signals", (completed != 0).any(axis=2).sum(axis=0), pl.Int64),
        pl.Series("chance", chance, pl.Float64),
        pl.Series("chance_below", below, pl.Float64),
    )


def _signal_rows(
    series: pl.DataFrame, kind: str, drawn: Chart, values: np.ndarray, new: np.ndarray
) -> pl.DataFrame:
    """One row per series and rule: its last point in the period, and since when."""
    completed = drawn.signals * new[None]
    rule, row = np.nonzero((completed != 0).any(axis=2))
    found = completed[rule, row] != 0
    at = found.shape[1] - 1 - found[:, ::-1].argmax(axis=1) if len(rule) else rule
    periods = _matrix(series, "periods")
    since = begins(drawn.signals)[rule, row, at] if len(rule) else rule
    lower, upper = (
        limit[row, at] if limit.ndim == 2 else limit[row] for limit in (drawn.lower, drawn.upper)
    )
    return series.select(_BY)[row].with_columns(
        pl.lit(kind).alias("kind"),
        pl.Series("signal", [SIGNALS[r] for r in rule], pl.String),
        pl.Series("side", drawn.signals[rule, row, at], pl.Int64),
        pl.Series("at", periods[row, at].tolist(), pl.String),
        pl.Series("since", periods[row, since].tolist(), pl.String),
        pl.Series("value", values[row, at], pl.Float64),
        pl.Series("centre", drawn.centre[row], pl.Float64),
        pl.Series("lower", lower, pl.Float64),
        pl.Series("upper", upper, pl.Float64),
    )


def _shaped(name: str, frame: pl.DataFrame | None) -> pl.DataFrame:
    if frame is None:
        return pl.DataFrame(schema=TABLES[name])
    return frame.select(list(TABLES[name])).cast(pl.Schema(TABLES[name]))


__all__: Sequence[str] = ("ITEM", "POINTS", "charted", "charts")
