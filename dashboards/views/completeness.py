"""Completeness: who has reported, who has not, and when it was due."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import doing, queries, reminders
from dashboards.branch_parts.standing import compact
from dashboards.exports import csv
from dashboards.formats import DASH
from dashboards.views import Context, View

STATUSES = ("not_reported", "pending_correction", "late", "reported")


def show(context: Context) -> None:
    words = context.words
    rows = queries.completeness(context.publication, context.scope("completeness"))
    doing.told(context)
    if rows.is_empty():
        st.info(words("completeness.none"))
    else:
        rows = _choose(context, rows)
        _tiles(context, rows)
        _open(context, rows)
        _by_city(context, rows)
    reminders.section(context)


def _choose(context: Context, rows: pl.DataFrame) -> pl.DataFrame:
    words = context.words
    kinds = rows["kind"].unique().sort().to_list()
    periods = rows["period"].unique().sort(descending=True).to_list()
    with st.container(horizontal=True):
        kind = st.selectbox(
            words("completeness.kind"),
            kinds,
            index=kinds.index("performance") if "performance" in kinds else 0,
            format_func=lambda k: words.kind(k),
            key="completeness_kind",
            width=240,
        )
        period = periods[0]
        if len(periods) > 1:
            period = st.selectbox(
                words("column.period"), periods, key="completeness_period", width=160
            )
    return rows.filter((pl.col("kind") == kind) & (pl.col("period") == period))


def _tiles(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    count = {s: rows.filter(pl.col("status") == s).height for s in STATUSES}
    in_hand = count["reported"] + count["late"]
    due = rows["due"].drop_nulls().unique().sort()
    tiles = [
        (words("completeness.in_hand"), f"{in_hand} / {rows.height}"),
        (words("coverage.not_reported"), str(count["not_reported"])),
        (words("coverage.pending_correction"), str(count["pending_correction"])),
        (words("coverage.late"), str(count["late"])),
        (words("completeness.due"), str(due[0]) if len(due) else "—"),
    ]
    st.html(compact("completeness_tiles"))
    with st.container(horizontal=True, key="completeness_tiles", gap="small"):
        for name, value in tiles:
            st.metric(name, value, border=True, width=185 if "-" in value else 160)


def _open(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    waiting = rows.filter(pl.col("status").is_in(["not_reported", "pending_correction"]))
    st.subheader(words("completeness.open", count=waiting.height), anchor=False)
    everyone = st.toggle(words("completeness.everyone"), key="completeness_everyone")
    shown = rows if everyone else waiting
    if shown.is_empty():
        st.success(words("completeness.all_in"))
        return
    st.dataframe(_table(words, shown), hide_index=True, placeholder=DASH, key="completeness_table")
    st.download_button(
        words("app.download_table"),
        csv(_table(words, shown)),
        file_name=f"completeness-{context.publication.period}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _table(words: Any, rows: pl.DataFrame) -> pl.DataFrame:
    said = {s: words(f"coverage.{s}") for s in STATUSES}
    return rows.select(
        pl.col("status").replace(said).alias(words("column.status")),
        pl.col("name").alias(words("column.branch")),
        pl.col("city_name").alias(words("column.city")),
        pl.col("scope").alias(words("column.code")),
        pl.col("due").cast(pl.String).alias(words("completeness.due")),
    )


def _by_city(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    st.subheader(words("completeness.by_city"), anchor=False)
    in_hand = pl.col("status").is_in(["reported", "late"])
    cities = (
        rows.group_by("city_name")
        .agg(pl.len().alias("all"), in_hand.sum().alias("in"), in_hand.mean().alias("share"))
        .sort("share", "city_name")
    )
    st.dataframe(
        cities.select(
            pl.col("city_name").alias(words("column.city")),
            pl.col("share").mul(100).alias(words("completeness.share")),
            pl.col("in").alias(words("completeness.in_hand")),
            pl.col("all").alias(words("completeness.all")),
        ),
        hide_index=True,
        placeholder=DASH,
        column_config={
            words("completeness.share"): st.column_config.ProgressColumn(
                format="%.0f%%", min_value=0, max_value=100
            )
        },
    )


VIEW = View(
    id="completeness", order=20, icon=":material/checklist:", subject="completeness", show=show
)
