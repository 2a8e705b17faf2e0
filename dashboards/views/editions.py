"""The scorecard in force: its items, what became of the former ones, and one item over time."""

from __future__ import annotations

import polars as pl
import streamlit as st

from audits.bridges import ancestry
from audits.scorecard import Edition
from dashboards import charts, queries
from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.ruler import sentence
from dashboards.views import Context, View
from pipeline.periods import kind_of, label


def show(context: Context) -> None:
    words, key = context.words, context.publication
    rulers = queries.rulers(key)
    if not rulers:
        st.info(words("editions.none"))
        return
    for ruler in rulers:
        name = words.of(ruler.edition.zh, ruler.edition.en)
        slots = {"edition": ruler.edition.id, "name": name, "visits": ruler.visits}
        st.markdown(words("editions.says", month=label(ruler.first, words.lang), **slots))
        if ruler.edition.former:
            st.caption(sentence(context, ruler))
    newest = {r.edition.id: r.edition for r in reversed(rulers)}
    # a list to choose from would cut its names on a phone
    chosen = st.radio(
        words("column.edition"),
        sorted(newest, key=lambda id: newest[id].instrument != "covert"),
        format_func=lambda id: f"{id} · {words.of(newest[id].zh, newest[id].en)}",
        key="edition_choice",
        label_visibility="collapsed",
    )
    editions = {r.edition.id: r.edition for r in rulers}
    table = _items(context, newest[chosen], editions)
    st.dataframe(table, hide_index=True, placeholder=DASH, key="edition_items", height=420)
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name=f"edition-{chosen}.csv",
        mime="text/csv",
        key="edition_download",
        icon=":material/download:",
        on_click="ignore",
    )
    _over_time(context, newest[chosen])


def _items(context: Context, edition: Edition, editions: dict[str, Edition]) -> pl.DataFrame:
    """One row an item; what it was in the former edition and how it lives on."""
    words = context.words
    rows = []
    for item in edition.items:
        section = edition.section(item.section)
        before = [a for a in ancestry(item.id, edition, editions) if a.edition == edition.former]
        relation = before[0].relation if before else ("new" if edition.former else "")
        rows.append(
            (
                item.id,
                float(item.points) * (-1 if item.effect == "deduct" else 1),
                words.of(item.zh, item.en),
                words.of(section.zh, section.en),
                words(f"kind.{item.kind}"),
                ", ".join(a.item for a in before),
                words(f"relation.{relation}") if relation else "",
            )
        )
    names = ("code", "points", "item", "section", "item_kind", "former", "relation")
    table = pl.DataFrame(rows, schema=[words(f"column.{n}") for n in names], orient="row")
    # a first edition has nothing before it
    return table if edition.former else table.drop([words(f"column.{n}") for n in names[5:]])


def _over_time(context: Context, edition: Edition) -> None:
    """The share earned of one item at one branch, one line for each edition it was in."""
    if not context.may("items"):
        return
    words, key, scope = context.words, context.publication, context.scope("items")
    mine = queries.branches(key, scope)
    if mine.is_empty():
        return
    st.subheader(words("editions.over_time"), anchor=False)
    names = dict(mine.select("scope", "name").iter_rows())
    left, right = st.columns(2)
    code = left.selectbox(
        words("column.branch"), list(names), format_func=lambda c: f"{names[c]} · {c}",
        key="edition_branch",
    )  # fmt: skip
    items = {i.id: words.of(i.zh, i.en) for i in edition.items if i.effect == "earn"}
    items = items or {i.id: words.of(i.zh, i.en) for i in edition.items}
    item = right.selectbox(
        words("column.item"), list(items), format_func=lambda i: f"{i} {items[i]}",
        key="edition_item",
    )  # fmt: skip
    rows = queries.item_history(key, scope, code, edition.id, item)
    quarterly = [kind_of(p) == "quarter" for p in rows["period"]]
    st.markdown(literal(f"{item} {items[item]}"))  # the box above cuts a long one
    _draw(context, rows.filter(pl.Series(quarterly, dtype=pl.Boolean)))


def _draw(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    if rows.is_empty():
        st.info(words("editions.no_history"))
        return
    loose = rows.filter(pl.col("relation") != "same").select("edition", "item_id", "relation")
    for edition, item, relation in loose.unique(maintain_order=True).iter_rows():
        said = words(f"relation.{relation}")
        st.caption(words("editions.loose", edition=edition, item=item, relation=said))
    share = pl.when(pl.col("applicable") > 0).then(100 * pl.col("earned") / pl.col("applicable"))
    drawn = rows.select(
        "period",
        share.otherwise(-pl.col("lost") / pl.col("answers")).alias("value"),
        pl.format("{} {}", "edition", "item_id").alias("name"),
    )
    deducts = bool((rows["applicable"] <= 0).all())
    st.altair_chart(
        charts.trend(
            drawn,
            value=words("editions.taken" if deducts else "editions.share"),
            period=words("column.period"),
            name=words("column.edition"),
            order=drawn["name"].unique(maintain_order=True).to_list(),
            points=not deducts,
        ),
        alt=words("editions.over_time"),
    )
    with st.expander(words("app.as_table")):
        table = (
            drawn.with_columns(pl.col("value").round(1))
            .pivot("name", index="period", values="value")
            .sort("period")
        )
        st.dataframe(table.rename({"period": words("column.period")}), hide_index=True,
                     placeholder=DASH)  # fmt: skip


VIEW = View(id="editions", order=42, icon=":material/rule:", subject="dictionary", show=show)
