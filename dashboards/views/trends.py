"""Trends by region: a metric over time with intervals, and where the ruler changed."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import addressed, charts, figures, origin, queries, ruler
from dashboards.branch_parts.trend import HEADLINE
from dashboards.figures import Source
from dashboards.formats import literal, on_axis, written
from dashboards.lasting import interval
from dashboards.views import Context, View
from pipeline.periods import PeriodKind, kind_of, label

MOST = 5  # lines: more are not told apart
_KINDS: tuple[PeriodKind, ...] = ("month", "quarter", "year")


def show(context: Context) -> None:
    words, key, scope = context.words, context.publication, context.scope("values")
    places = queries.regions(key, scope)
    metrics = _metrics(context)
    if places.is_empty() or not metrics:
        st.info(words("trends.none"))
        return
    with st.container(horizontal=True):
        metric = addressed.one(
            "metric", words("column.metric"), {m: n for m, (n, _) in metrics.items()}, width=320
        )
        kinds: dict[str, str] = {k: words(f"trends.kind.{k}") for k in _KINDS}
        kind = addressed.one(
            "by", words("trends.by"), kinds, default=kind_of(key.period), width=140
        )
    codes = addressed.several(
        "scopes", words("trends.places", most=MOST), region_names(context, places),
        default=places["scope"].to_list(), most=MOST,
    )  # fmt: skip
    if not codes:
        st.info(words("trends.choose"))
        return
    lines = queries.courses(key, scope, tuple(codes), metric, kind)
    _draw(context, lines, metric, *metrics[metric], codes)
    origin.dialogues(context)


def region_names(context: Context, places: pl.DataFrame) -> dict[str, str]:
    """Regions by code, a lower level further in; peer groups said to be such."""
    words = context.words
    return {
        code: words("trends.group", name=name) if level == "peer_group" else name
        for code, name, level in places.select("scope", "name", "level").iter_rows()
    }


def _metrics(context: Context) -> dict[str, tuple[str, str]]:
    """Headline metrics of the publication: name and unit by id."""
    every = queries.dictionary(context.publication, context.scope("values"))
    known = {r["metric"]: r for r in every.iter_rows(named=True)}
    return {
        m: (context.words.of(known[m]["zh"], known[m]["en"]), str(known[m]["unit"] or ""))
        for m in HEADLINE
        if m in known
    }


def _draw(
    context: Context, lines: pl.DataFrame, metric: str, name: str, unit: str, codes: list[str]
) -> None:
    words = context.words
    names = region_names(context, queries.regions(context.publication, context.scope("values")))
    lines = lines.with_columns(pl.col("scope").replace(names).alias("name"))
    known = lines.filter(pl.col("value").is_not_null())
    if known.is_empty():
        st.info(words("trends.empty"))
        _why(context, lines, names)
        return
    st.markdown(literal(sentence(context, known, name, unit)))
    drawn = lines.with_columns(
        *(pl.Series(c, [on_axis(v, unit) for v in lines[c]], dtype=pl.Float64)
          for c in ("value", "low", "high")),
        interval=pl.Series([interval(words, lo, hi, unit) for lo, hi in
                            lines.select("low", "high").iter_rows()], dtype=pl.String),
    )  # fmt: skip
    titles = {c: words(f"column.{c}") for c in ("period", "name", "interval")}
    titles["value"] = words("trends.axis", name=name, unit=words.unit(unit))
    periods = lines["period"].to_list()
    st.altair_chart(
        charts.courses(
            drawn.select("period", "name", "value", "low", "high", "interval"),
            titles=titles, order=[names[c] for c in codes],
            changes=ruler.changes(context, metric, periods),
        ),
        alt=words("page.trends"),
    )  # fmt: skip
    if lines["low"].null_count() < lines.height:
        st.caption(words("trends.interval"))
    ruler.note(context, metric, periods)
    _why(context, lines, names)
    figures.table(
        context, _table(context, lines, unit), "trends",
        sources=[
            [Source(words("origin.of_period", period=label(r["period"], words.lang)), metric,
                    r["scope"], r["period"])] if r["openable"] else []
            for r in _openable(context, lines).iter_rows(named=True)
        ],
    )  # fmt: skip


def _openable(context: Context, lines: pl.DataFrame) -> pl.DataFrame:
    """Rows in the order of the table; what lies outside the own scope is not opened."""
    own = queries.nodes(context.publication, context.scope("values"))["scope"].to_list()
    return lines.sort("name", "period").with_columns(
        openable=pl.col("scope").is_in(own) & pl.col("value").is_not_null()
    )


def sentence(context: Context, known: pl.DataFrame, name: str, unit: str) -> str:
    """Highest and lowest in the last period, and whether they can be told apart."""
    words = context.words
    last = known["period"].max()
    now = known.filter(pl.col("period") == last).sort("value", "scope")
    slots = {"metric": name, "period": label(str(last), words.lang)}
    low, high = now.row(0, named=True), now.row(-1, named=True)
    slots |= {"high": high["name"], "most": written(words, high["value"], unit)}
    if now.height == 1:
        return words("trends.says_one", **slots)
    slots |= {"low": low["name"], "least": written(words, low["value"], unit)}
    said = words("trends.says", **slots)
    if low["high"] is None or high["low"] is None:
        return said
    apart = "trends.apart" if low["high"] < high["low"] else "trends.overlap"
    return words.joined([said, words(apart)])


def _why(context: Context, lines: pl.DataFrame, names: dict[str, str]) -> None:
    """Which regions are not shown, and that this is on purpose."""
    out = lines.filter(pl.col("status") == "suppressed")["scope"].unique().sort().to_list()
    if out:
        said = context.words("app.separator").join(names[c] for c in out)
        st.caption(context.words("trends.suppressed", names=literal(said), few=queries.FEWEST))


def _table(context: Context, lines: pl.DataFrame, unit: str) -> pl.DataFrame:
    words = context.words
    rows = [
        (
            r["name"], r["period"], written(words, r["value"], unit),
            interval(words, r["low"], r["high"], unit),
            "" if r["status"] == "ok" else words.value_status(r["status"]),
        )
        for r in lines.sort("name", "period").iter_rows(named=True)
    ]  # fmt: skip
    columns = ("name", "period", "value", "interval", "note")
    return pl.DataFrame(
        rows, schema={words(f"column.{c}"): pl.String for c in columns}, orient="row"
    )


VIEW = View(id="trends", order=12, icon=":material/show_chart:", subject="values", show=show)
