"""The visit plan and what became of it, for office and union. No shopper is in it."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.planning.coverage import STATES, Coverage
from audits.planning.model import HALVES
from dashboards import queries
from dashboards.branch_parts.standing import compact
from dashboards.exports import csv
from dashboards.formats import DASH
from dashboards.views import Context, View
from pipeline.periods import label

_DONE = pl.col("state") == "made"


def show(context: Context) -> None:
    words = context.words
    found = queries.plan(context.publication, context.scope("plan"))
    if found.planned.is_empty():
        st.info(words("plan.none"))
        return
    _statement(context, found)
    _tiles(context, found.planned)
    _base(context, found.planned)
    left, right = st.columns(2)
    with left:
        _by_city(context, found.planned)
    with right:
        _day_parts(context, found.planned)
    _to_follow(context, found)


def _count(planned: pl.DataFrame, state: str) -> int:
    return planned.filter(pl.col("state") == state).height


def _statement(context: Context, found: Coverage) -> None:
    """What stands first: coverage, and what plan and scorecards disagree about."""
    words, planned = context.words, found.planned
    made = _count(planned, "made")
    st.markdown(
        words(
            "plan.statement",
            planned=planned.height,
            branches=planned["branch_code"].n_unique(),
            made=made,
            share=f"{100 * made / planned.height:.1f}%",
        )
    )
    beyond = int(found.unplanned["count"].sum())
    unsupported = _count(planned, "unsupported")
    if unsupported or beyond:
        st.warning(words("plan.disagree", unsupported=unsupported, beyond=beyond))


def _base(context: Context, planned: pl.DataFrame) -> None:
    """What is counted here and what elsewhere: other pages have other counts of visits."""
    words, paired = context.words, planned["paired_with"].drop_nulls().len()
    base = words("plan.base", period=label(context.publication.period, words.lang))
    st.caption(words.joined([base, words("plan.base_pairs" if paired else "plan.no_pairs")]))


def _tiles(context: Context, planned: pl.DataFrame) -> None:
    words = context.words
    pairs = planned.filter(pl.col("paired_with").is_not_null())
    partner = pairs.filter(_DONE).select("plan_id").rename({"plan_id": "paired_with"})
    both = pairs.filter(_DONE).join(partner, on="paired_with", how="semi")
    tiles = [(words(f"plan.state.{s}"), str(_count(planned, s))) for s in STATES]
    if pairs.height:
        tiles.append((words("plan.pairs"), f"{both.height // 2} / {pairs.height // 2}"))
    st.html(compact("plan_tiles"))
    with st.container(horizontal=True, key="plan_tiles", gap="small"):
        for name, value in tiles:
            st.metric(name, value, border=True, width=136)


def _by_city(context: Context, planned: pl.DataFrame) -> None:
    words = context.words
    st.subheader(words("plan.by_city"), anchor=False)
    rows = (
        planned.group_by("city_name")
        .agg(all=pl.len(), made=_DONE.sum(), share=100 * _DONE.mean())
        .sort("share", "city_name")
    )
    share = words("plan.share")
    st.dataframe(
        rows.select(
            pl.col("city_name").alias(words("column.city")),
            pl.col("share").alias(share),
            pl.format("{} / {}", "made", "all").alias(words("plan.made_planned")),
        ),
        hide_index=True,
        placeholder=DASH,
        key="plan_cities",
        column_config={
            share: st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
        },
    )


def _day_parts(context: Context, planned: pl.DataFrame) -> None:
    """Weekday × half of the day: made of planned."""
    words = context.words
    st.subheader(words("plan.day_parts"), anchor=False)
    table: dict[str, list[Any]] = {words("plan.weekday"): []}
    halves = [words(f"plan.half.{n}") for n in range(len(HALVES))]
    table |= {name: [] for name in halves}
    for weekday in sorted(planned["weekday"].unique().to_list()):
        table[words("plan.weekday")].append(words(f"plan.weekday.{weekday}"))
        for half, name in enumerate(halves):
            own = planned.filter((pl.col("weekday") == weekday) & (pl.col("half") == half))
            table[name].append(f"{_count(own, 'made')} / {own.height}")
    st.dataframe(pl.DataFrame(table), hide_index=True, key="plan_day_parts")
    st.caption(words("plan.day_parts_say"))


def _to_follow(context: Context, found: Coverage) -> None:
    """The planned visits that were not made, or are not shown to be."""
    words = context.words
    rows = found.planned.filter(~_DONE)
    st.subheader(words("plan.to_follow", count=rows.height), anchor=False)
    if rows.is_empty():
        st.success(words("plan.all_made"))
        return
    table = _table(words, rows)
    st.dataframe(table, hide_index=True, placeholder=DASH, key="plan_table")
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name=f"plan-{context.publication.period}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _table(words: Any, rows: pl.DataFrame) -> pl.DataFrame:
    said = {s: words(f"plan.state.{s}") for s in STATES}
    halves = {half: words(f"plan.half.{n}") for n, half in enumerate(HALVES)}
    return rows.select(
        pl.col("state").replace(said).alias(words("column.status")),
        pl.col("name").alias(words("column.branch")),
        pl.col("planned_date").cast(pl.String).alias(words("column.date")),
        pl.col("day_part").replace(halves).alias(words("plan.day_part")),
        pl.col("city_name").alias(words("column.city")),
        pl.col("branch_code").alias(words("column.code")),
        pl.col("edition").alias(words("column.edition")),
        pl.col("plan_id").alias(words("column.id")),
    )


VIEW = View("plan", 48, ":material/route:", "plan", show)
