"""Metric dictionary: what each number means, how it is made, which way is better."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import queries
from dashboards.exports import csv
from dashboards.formats import DASH
from dashboards.views import Context, View

_LONGEST = 100  # signs that are looked for: of a million the search would break off


def show(context: Context) -> None:
    words, key = context.words, context.publication
    every = queries.dictionary(key, context.scope("dictionary"))
    if every.is_empty():
        st.info(words("metrics.none"))
        return
    said = st.empty()
    with st.container(horizontal=True, vertical_alignment="center"):
        text = st.text_input(
            words("metrics.search"),
            placeholder=words("metrics.search"),
            key="metrics_search",
            label_visibility="collapsed",
            width=360,
        )
        parts = st.toggle(words("metrics.parts"), key="metrics_parts")
    shown = _matching(every, (text or "").strip().lower(), parts)
    said.markdown(words("metrics.statement", shown=shown.height, count=every.height))
    if shown.is_empty():
        st.info(words("metrics.not_found"))
        return
    table = _worded(context, shown)
    st.dataframe(
        table,
        hide_index=True,
        placeholder=DASH,
        height=min(38 + 35 * shown.height, 520),
        key="metrics_table",
        column_config={
            words("column.metric"): st.column_config.TextColumn(
                width=290 if words.lang == "en" else 180
            ),
            words("column.formula"): st.column_config.TextColumn(width="large"),
        },
    )
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name=f"metrics-{key.period}-r{key.revision}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _matching(every: pl.DataFrame, text: str, parts: bool) -> pl.DataFrame:
    """Metrics whose id, name or formula holds `text`; a breakdown (`a.b`) only when asked for."""
    hit = pl.any_horizontal(
        pl.col(c).fill_null("").str.to_lowercase().str.contains(text[:_LONGEST], literal=True)
        for c in ("metric", "zh", "en", "formula_zh", "formula_en")
    )
    whole = ~pl.col("metric").str.contains(".", literal=True)
    return every.filter(hit if parts or text else hit & whole)


def _worded(context: Context, rows: pl.DataFrame) -> pl.DataFrame:
    words = context.words
    other = "en" if words.lang == "zh" else "zh"
    seen = pl.when(pl.col("observed").is_null()).then(pl.lit("")).when(pl.col("observed"))
    direction = {d: words(f"direction.{d}") for d in ("up", "down", "none")}
    table = rows.select(
        pl.coalesce(pl.col(words.lang), pl.col(other)).alias("metric"),
        pl.coalesce(pl.col(f"formula_{words.lang}"), pl.col(f"formula_{other}")).alias("formula"),
        pl.col("unit").map_elements(words.unit, return_dtype=pl.String),
        pl.col("direction").replace(direction),
        seen.then(pl.lit(words("metrics.observed")))
        .otherwise(pl.lit(words("metrics.reported")))
        .alias("source"),
        pl.col("minimum"),
        pl.col(f"note_{words.lang}").alias("note"),
        pl.col("version"),
        pl.col("metric").alias("id"),
    )
    return table.rename({c: words(f"column.{c}") for c in table.columns})


VIEW = View(id="metrics", order=40, icon=":material/menu_book:", subject="dictionary", show=show)
