"""Key metrics of a branch beside its peer group and the province; visits; all values as a table."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import queries
from dashboards.branch_parts import peers
from dashboards.branch_parts.trend import HEADLINE
from dashboards.formats import DASH
from dashboards.views import Context


def show(context: Context, code: str) -> None:
    """The headline metrics as lines; every metric as a table, folded away."""
    words = context.words
    rows = peers.beside(context, code)
    order = {m: i for i, m in enumerate(HEADLINE)}
    at = pl.col("metric").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    head = rows.filter(pl.col("metric").is_in(HEADLINE)).sort(at)
    st.subheader(words("branch.metrics"), anchor=False)
    if head.is_empty():
        st.info(words("branch.no_values"))
        return
    group = peers.group_of(context, code)
    says = "peers.says" if context.may("origin") else "peers.says_plain"
    st.caption(words(says, group=group or DASH))
    known = head.filter(pl.col("value").is_not_null() | (pl.col("status") != "not_reported"))
    peers.lines(context, code, known if known.height else head, "metric")
    missing = head.filter(pl.col("value").is_null() & (pl.col("status") == "not_reported"))
    if missing.height and known.height:
        names = words("app.comma").join(
            words.of(r["zh"], r["en"]) for r in missing.iter_rows(named=True)
        )
        st.caption(words("peers.missing", names=names))
    st.caption(words("branch.interval_note"))
    with st.expander(words("branch.all_metrics", count=rows.height)):
        table = peers.worded(context, rows.sort(at, "metric"))
        st.dataframe(
            table,
            hide_index=True,
            placeholder=DASH,
            key="metrics_of_branch",
            height=min(38 + 35 * max(table.height, 1), 460),
            column_config={words("column.metric"): st.column_config.TextColumn(width=190)},
        )
        peers.download(context, table, f"metrics-{code}", "metrics_download")


def visits(context: Context, code: str) -> None:
    """The visits of the branch, newest first, without anything that names the shopper."""
    words = context.words
    if not context.may("items"):
        return
    found = queries.visit_scores(context.publication, context.scope("items"), code)
    with st.expander(words("branch.visits", count=found.height)):
        table = found.select(
            pl.col("visit_date").cast(pl.String).alias(words("column.date")),
            pl.col("round").alias(words("column.round")),
            pl.col("edition").alias(words("column.edition")),
            pl.col("score").round(1).alias(words("column.score")),
            pl.col("score_before_veto").round(1).alias(words("column.score_before_veto")),
            pl.col("coverage").mul(100).round(0).alias(words("column.coverage")),
        )
        one = st.column_config.NumberColumn(format="%.1f")
        st.dataframe(
            table, hide_index=True, placeholder=DASH, key="visits_table",
            column_config={words(f"column.{c}"): one for c in ("score", "score_before_veto")},
        )  # fmt: skip
        peers.download(context, table, f"visits-{code}", "visits_download")
