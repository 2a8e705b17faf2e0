"""Under the league: what a reward would hang on, and the sets of ranks for an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from audits.statistics.rewards import CHANCES
from audits.statistics.words import explained
from dashboards import queries
from dashboards.formats import DASH, literal
from pipeline.reports.saying import rare_words

_STATISTICS = ("tier", "rank_interval", "reliability", "first_k", "joint_set")

if TYPE_CHECKING:
    from dashboards.views import Context


def rewards(context: Context, group: str) -> None:
    """Each rule of reward in a sentence, with the branches that it may concern below."""
    words = context.words
    rows = queries.rewards(context.publication, context.scope("ranks"), group)
    if rows.is_empty():
        return
    st.subheader(words("rewards.title"), anchor=False)
    for (_,), part in rows.group_by("prize", maintain_order=True):
        st.markdown(_says(context, part))
        with st.expander(words("rewards.who", name=_name(context, part))):
            st.dataframe(
                _table(context, part),
                hide_index=True,
                placeholder=DASH,
                key=f"reward_{part['prize'][0]}",
                column_config={
                    words("column.p"): st.column_config.NumberColumn(format="%d%%"),
                    words("column.noise"): st.column_config.NumberColumn(format="%.0f"),
                    words("column.amount"): st.column_config.NumberColumn(format="%.0f"),
                },
            )
    where = words("rewards.where") if context.may("upload") else ""
    st.caption(words.joined([words("rewards.note"), where]))


def _name(context: Context, part: pl.DataFrame) -> str:
    return context.words.of(part["zh"][0], part["en"][0])


def _says(context: Context, part: pl.DataFrame) -> str:
    words, paid = context.words, part.filter("paid")
    doubtful = float((1 - paid["p"]).sum())
    slots: dict[str, Any] = {c: part.filter(chance=c).height for c in CHANCES}
    said = [
        words(
            "rewards.says",
            name=literal(_name(context, part)),
            paid=paid.height,
            doubtful=rare_words(doubtful),
        ),
        words("rewards.counts", **slots),
    ]
    if worth := abs(float(part["worth"][0])):
        money, noise = worth * paid.height, worth * doubtful
        said.append(words("rewards.money", money=f"{money:,.0f}", noise=f"{noise:,.0f}"))
    return words.joined(said)


def _table(context: Context, part: pl.DataFrame) -> pl.DataFrame:
    """Whoever is paid or might be; those for whom it is out of the question are only counted."""
    words = context.words
    shown = part.filter(pl.col("paid") | (pl.col("chance") != "impossible"))
    yes, no = words("app.yes"), words("app.no")
    table = shown.select(
        pl.col("name").alias("branch"),
        pl.col("chance").replace({c: words(f"chance.{c}") for c in CHANCES}),
        pl.col("p").mul(100).round(0),
        pl.when("paid").then(pl.lit(yes)).otherwise(pl.lit(no)).alias("paid"),
        "amount",
        "noise",
        pl.col("scope").alias("code"),
    )
    if not part["worth"][0]:
        table = table.drop("amount", "noise")
    return table.rename({c: words(f"column.{c}") for c in table.columns})


def joint_sets(context: Context, rows: pl.DataFrame) -> None:
    """The audit view: ranks that hold for all branches at once."""
    words = context.words
    known = rows.filter(pl.col("joint_low").is_not_null()) if "joint_low" in rows.columns else rows
    if "joint_low" not in rows.columns or known.is_empty():
        return
    text = explained("joint_set")
    # Drawn when it is opened: a second table of all branches costs as much as the first.
    label = words("league.joint", name=text.name.of(words.lang))
    with st.expander(label, key="league_joint", on_change="rerun") as folded:
        if not folded.open:
            return
        st.markdown(text.sentence.of(words.lang))
        table = known.select(
            pl.col("name").alias("branch"),
            pl.col("score").round(1),
            pl.col("joint_low").alias("low"),
            pl.col("joint_high").alias("high"),
            pl.col("scope").alias("code"),
        )
        table = table.rename({c: words(f"column.{c}") for c in table.columns})
        one = st.column_config.NumberColumn(format="%.1f")
        st.dataframe(
            table, hide_index=True, key="joint_table", column_config={words("column.score"): one}
        )


def method(context: Context) -> None:
    """What the figures of the league mean, in one sentence each, and how they are computed."""
    words = context.words
    with st.expander(words("league.method")):
        for statistic in _STATISTICS:
            text = explained(statistic)
            st.markdown(f"**{text.name.of(words.lang)}** · {text.sentence.of(words.lang)}")
            for paragraph in text.method.of(words.lang):
                st.caption(literal(paragraph))
