"""Funnel: scores against the number of visits, with the limits that make the tiers."""

from __future__ import annotations

import numpy as np
import polars as pl
import streamlit as st

from audits.statistics.funnel import ALARM, OUTSIDE, limits
from audits.statistics.words import explained
from dashboards import charts, figures, origin, queries
from dashboards.access import standing_detail
from dashboards.figures import Source
from dashboards.formats import literal, points
from dashboards.views import Context, View
from pipeline.explaining.tiers import Funnel

_TIERS = ("above", "average", "below")


def show(context: Context) -> None:
    words, key, scope = context.words, context.publication, context.scope("ranks")
    rows = queries.league_for(key, scope, standing_detail(context.viewer))
    known = rows.filter(pl.col("score").is_not_null() & pl.col("tier").is_not_null())
    drawn = queries.funnel(key)
    if known.is_empty() or drawn is None:
        st.info(words("funnel.none"))
        return
    counts = {t: rows.filter(pl.col("tier") == t).height for t in _TIERS}
    tested = sum(counts.values())
    st.markdown(words("funnel.says", all=tested, chance=round(OUTSIDE * tested), **counts))
    if known.height < tested:
        st.caption(words("funnel.own_only"))
    st.altair_chart(
        charts.funnel(
            _points(context, known), curves(drawn, _most(known)), titles=_titles(context)
        ),
        alt=words("page.funnel"),
    )
    st.caption(words("funnel.reads"))
    _table(context, known)
    with st.expander(words("league.method")):
        for paragraph in explained("tier").method.of(words.lang):
            st.markdown(literal(paragraph))
    origin.dialogues(context)


def _most(known: pl.DataFrame) -> int:
    return int(known["visits"].max() or 1)  # type: ignore[arg-type]


def curves(drawn: Funnel, most: int) -> pl.DataFrame:
    """Centre and both pairs of limits for 1 … `most` + 1 visits, as the tiers were drawn."""
    visits = np.arange(1, max(most, 2) + 2, dtype=np.float64)
    variance = drawn.variance / visits
    low95, high95 = limits(drawn.mu, drawn.tau2, variance)
    low99, high99 = limits(drawn.mu, drawn.tau2, variance, ALARM)
    clipped = {"low95": low95, "high95": high95, "low99": low99, "high99": high99}
    return pl.DataFrame({"visits": visits, "mu": np.full(len(visits), drawn.mu), **clipped})


def _titles(context: Context) -> dict[str, str]:
    words = context.words
    found = {c: words(f"column.{c}") for c in ("visits", "score", "tier")}
    return found | {"name": words("column.branch")} | {t: words(f"tier.short.{t}") for t in _TIERS}


def _points(context: Context, known: pl.DataFrame) -> pl.DataFrame:
    tier = {t: context.words(f"tier.short.{t}") for t in _TIERS}
    return known.select("name", "visits", "score", pl.col("tier").replace(tier))


def _table(context: Context, known: pl.DataFrame) -> None:
    words = context.words
    tier = {t: words(f"tier.{t}") for t in _TIERS}
    ordered = known.sort("score", "scope", descending=[True, False])
    table = ordered.select(
        pl.col("name").alias("branch"),
        pl.col("tier").replace(tier),
        pl.Series("score", [points(s) for s in ordered["score"]]),
        "visits",
    )
    may = {} if not context.may("origin") else _openable(context)
    sources = [
        [Source(words("funnel.open", name=name), origin.RANK, code)] if code in may else []
        for name, code in ordered.select("name", "scope").iter_rows()
    ]
    figures.table(
        context, table.rename({c: words(f"column.{c}") for c in table.columns}), "funnel",
        sources=sources,
    )  # fmt: skip


def _openable(context: Context) -> set[str]:
    return set(queries.branches(context.publication, context.scope("origin"))["scope"])


VIEW = View(id="funnel", order=18, icon=":material/scatter_plot:", subject="ranks", show=show)
