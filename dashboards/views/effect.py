"""Effect of the introduction: which metrics it moved, and the course before and after."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.statistics.effect import FALSE_RATE
from audits.statistics.words import explained
from dashboards import charts, queries
from dashboards.exports import csv
from dashboards.formats import DASH, literal, on_axis, written
from dashboards.views import Context, View
from pipeline.reports.saying import rare_words

STATISTIC = "effect"
_VERDICTS = ("effective", "no_effect", "insufficient")
_BADGES = {"effective": "green", "no_effect": "blue", "insufficient": "gray"}


def show(context: Context) -> None:
    words, key = context.words, context.publication
    rows = queries.effects(key, context.scope("effect"))
    if rows.is_empty():
        st.info(words("effect.none"))
        return
    heads = _heads(rows)
    said = explained(STATISTIC)
    st.markdown(said.sentence.of(words.lang))
    _summary(context, heads)
    _one(context, rows, _choose(context, heads))
    st.subheader(words("effect.table"), anchor=False)
    table = _worded(context, heads)
    st.dataframe(table, hide_index=True, placeholder=DASH, key="effect_table")
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name=f"effect-{key.period}-r{key.revision}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    with st.expander(words("effect.method")):
        for paragraph in said.method.of(words.lang):
            st.markdown(literal(paragraph))


def _heads(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each metric: effective first, then those without, then the undecided."""
    order = {verdict: place for place, verdict in enumerate(_VERDICTS)}
    heads = rows.filter(pl.col("kind") == "group")
    return heads.sort(pl.col("verdict").replace_strict(order, return_dtype=pl.Int64), "metric")


def _summary(context: Context, heads: pl.DataFrame) -> None:
    """How many show an effect, and how many chance alone would call effective."""
    said, lang = explained(STATISTIC), context.words.lang
    counts = {v: heads.filter(pl.col("verdict") == v).height for v in _VERDICTS}
    tested = counts["effective"] + counts["no_effect"]
    st.markdown(
        said.phrase("summary", lang, effective=counts["effective"], none=counts["no_effect"],
                    insufficient=counts["insufficient"])
    )  # fmt: skip
    if tested:
        expected = rare_words(tested * FALSE_RATE)
        st.caption(said.phrase("chance", lang, metrics=tested, expected=expected))


def _choose(context: Context, heads: pl.DataFrame) -> dict[str, Any]:
    words = context.words
    names = {
        m: words.of(zh, en) or m for m, zh, en in heads.select("metric", "zh", "en").iter_rows()
    }
    chosen = st.selectbox(
        words("effect.choose"),
        list(names),
        format_func=lambda m: names[m],
        key="effect_metric",
        width=360,
    )
    return heads.row(by_predicate=pl.col("metric") == chosen, named=True)


def _one(context: Context, rows: pl.DataFrame, head: dict[str, Any]) -> None:
    """Verdict, its reason, and the course of one metric."""
    words, lang = context.words, context.words.lang
    st.badge(explained(STATISTIC).phrase(head["verdict"], lang), color=_BADGES[head["verdict"]])
    st.markdown(literal(head[f"reason_{lang}"]))
    events = rows.filter((pl.col("metric") == head["metric"]) & (pl.col("kind") == "event"))
    if events.is_empty():
        return
    st.subheader(words("effect.course"), anchor=False)
    st.caption(words("effect.course_says"))
    unit = _unit(context, head["unit"])
    st.altair_chart(
        charts.event_study(
            _course(events, head["unit"]),
            value=words("effect.axis", unit=unit),
            event=words("effect.event"),
        ),
        alt=words("effect.course"),
    )
    if head["p_pre"] is not None:
        st.caption(words("effect.pre", p=f"{head['p_pre']:.3f}"))


def _unit(context: Context, unit: str) -> str:
    """The unit that a change is written in: shares change by points."""
    return context.words.unit("pp" if unit == "%" else unit)


def _course(events: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Event times with values as the axis shows them; the period before is 0 by definition."""
    points = [
        {
            "event": e["event_time"],
            **{v: on_axis(e[k], unit) for v, k in (("value", "estimate"), ("low",) * 2)},
            "high": on_axis(e["high"], unit),
            "count": e["n"],
        }
        for e in events.to_dicts()
    ]
    points.append({"event": -1, "value": 0.0, "low": None, "high": None, "count": None})
    return pl.DataFrame(points).sort("event")


def _worded(context: Context, heads: pl.DataFrame) -> pl.DataFrame:
    words, lang = context.words, context.words.lang
    said = explained(STATISTIC)
    rows = []
    for head in heads.to_dicts():
        unit = "pp" if head["unit"] == "%" else head["unit"]
        rows.append(
            {
                words("column.metric"): words.of(head["zh"], head["en"]) or head["metric"],
                words("column.verdict"): said.phrase(head["verdict"], lang),
                words("column.effect"): written(words, head["estimate"], unit),
                words("column.effect_low"): written(words, head["low"], unit),
                words("column.effect_high"): written(words, head["high"], unit),
                words("column.introduced"): head["n"],
                words("column.units"): head["clusters"],
                words("column.reason"): head[f"reason_{lang}"],
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


VIEW = View(id="effect", order=25, icon=":material/trending_up:", subject="effect", show=show)
