"""Lost points: what to do first, every item that lost, and the facts that were seen."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from audits.defects import HEAD
from audits.scorecard import ROLES, ZONES
from dashboards import queries
from dashboards.branch_parts import appeal
from dashboards.branch_parts.peers import download
from dashboards.branch_parts.standing import Standing, to_next_tier
from dashboards.due import Due
from dashboards.formats import DASH, exact, literal
from dashboards.queries import branch_facts
from dashboards.views import Context
from pipeline.explaining.originals import neutral_name

FIRST = 3  # items under "what first"
_TOP = 8  # items shown before the rest is folded away
_FACTS = 4  # facts shown of one item
Row = dict[str, Any]


def lost_items(context: Context, code: str) -> pl.DataFrame:
    """The items of the period that lost points, most first."""
    items = queries.lost_points(context.publication, context.scope("items"), code)
    return items.filter(pl.col("lost") > 0)


def visits_of(context: Context, code: str) -> int:
    """Visits of the publication's own period: what the lost points are spread over."""
    facts = branch_facts.visits_in(context.publication, context.scope("items"), code)
    return int(facts)


def post(context: Context, role: str | None) -> str:
    """Who is in charge of an item; the branch head where it names no post."""
    return context.words.of(*ROLES[role if role in ROLES else HEAD])


def first(context: Context, code: str, found: Standing, waiting: Due) -> None:
    """The three items worth most: what was seen, who sees to it, what it would bring."""
    if not context.may("items"):
        return
    words, lost = context.words, lost_items(context, code)
    # what a customer can see and what is inspected are never put together: ranks are of visits
    lost = lost.filter(pl.col("instrument").fill_null("covert") == "covert")
    if lost.is_empty():
        return
    st.subheader(words("first.title"), anchor=False)
    visits = max(visits_of(context, code), 1)
    top = lost.head(FIRST)
    worth = float(top["lost"].sum()) / visits
    said = words("first.says", count=top.height, worth=exact(worth))
    st.markdown(literal(words.joined([said, to_next_tier(context, found)])))
    facts = branch_facts.failures(context.publication, context.scope("items"), code)
    for number, row in enumerate(top.iter_rows(named=True), 1):
        with st.container(border=True, key=f"first_{number}"):
            st.html(_card(context, number, row, facts, visits))
            appeal.item_button(context, code, row["item_id"], f"first_appeal_{number}", waiting)


def _card(context: Context, number: int, row: Row, facts: pl.DataFrame, visits: int) -> str:
    words = context.words
    worth = words("first.worth", worth=exact(row["lost"] / visits))
    zone = words.of(*ZONES[row["zone"]]) if row["zone"] in ZONES else ""
    about = " · ".join(s for s in (words("first.post", post=post(context, row["role"])), zone) if s)
    return (
        '<div style="overflow-wrap:anywhere"><div style="display:flex;gap:.6rem;'
        'justify-content:space-between;align-items:baseline">'
        f"<b>{number}. {escape(item_name(context, row))}</b>"
        f'<b style="white-space:nowrap">{escape(worth)}</b></div>'
        f'<div style="margin:.2rem 0">{escape(about)}</div>{seen(context, row, facts)}</div>'
    )


def item_name(context: Context, row: Row) -> str:
    """The wording of an item; its id where it has none."""
    return context.words.of(row["zh"], row["en"]) or str(row["item_id"])


def seen(context: Context, row: Row, facts: pl.DataFrame) -> str:
    """The facts of one item as HTML: day, counter, and the words of the visit. All escaped."""
    words = context.words
    own = facts.filter(pl.col("item_id") == row["item_id"])
    said = [_fact(context, f) for f in own.head(_FACTS).iter_rows(named=True)]
    if own.height > _FACTS:
        said.append(words("lost.more_facts", count=own.height - _FACTS))
    if own.is_empty():
        said = list(row["reasons"] or []) or [words("lost.no_words")]
    return "".join(
        f'<div style="font-size:.88rem;opacity:.8;padding-left:.6rem">{escape(s)}</div>'
        for s in said
    )


def _fact(context: Context, fact: Row) -> str:
    words = context.words
    hall = fact["encounter"] == branch_facts.HALL
    place = words("lost.hall" if hall else "lost.counter", number=fact["encounter"])
    said = words("lost.fact", day=fact["visit_date"], place=place, lost=exact(fact["lost"]))
    return words("lost.with_words", said=said, reason=fact["reason"]) if fact["reason"] else said


def show(context: Context, code: str) -> None:
    """Every item that lost points, most first; the rest folded away in a table."""
    words = context.words
    if not context.may("items"):
        return
    st.subheader(words("branch.lost"), anchor=False)
    lost = lost_items(context, code)
    if lost.is_empty():
        items = queries.lost_points(context.publication, context.scope("items"), code)
        st.info(words("branch.nothing_lost" if items.height else "branch.no_items"))
        return
    top = lost.head(_TOP)
    share = float(top["lost"].sum()) / float(lost["lost"].sum())
    st.markdown(words("branch.lost_says", count=top.height, share=f"{100 * share:.0f}%"))
    st.html("".join(_line(context, r) for r in top.iter_rows(named=True)))
    table = _table(context, code, lost)
    with st.expander(words("branch.lost_all", count=lost.height)):
        st.dataframe(
            table,
            hide_index=True,
            placeholder=DASH,
            key="lost_table",
            column_config={
                words("column.item"): st.column_config.TextColumn(width="medium"),
                words("column.lost"): st.column_config.NumberColumn(width=70),
                words("column.reasons"): st.column_config.TextColumn(width="medium"),
            },
        )
        download(context, table, f"lost-points-{code}", "lost_download")


def _line(context: Context, row: Row) -> str:
    """One item: what was asked, what was lost as a bar and in words, what was said. Escaped."""
    words = context.words
    # the bar is the share of its own points, as the words beside it; taken off: all of it
    part = min(row["lost"] / row["applicable"], 1.0) if row["applicable"] else 1.0
    # An item that only takes points away has none to attain.
    key = "branch.lost_of" if row["applicable"] else "branch.deducted"
    said = words(key, lost=exact(row["lost"]), all=exact(row["applicable"]))
    reasons = words("app.separator").join(row["reasons"] or [])
    about = " · ".join(s for s in (post(context, row["role"]), reasons) if s)
    return (
        '<div style="margin:.55rem 0;overflow-wrap:anywhere">'
        '<div style="display:flex;justify-content:space-between;gap:.8rem">'
        f"<span>{escape(item_name(context, row))}</span>"
        f'<b style="white-space:nowrap">{escape(said)}</b></div>'
        '<div style="height:4px;border-radius:2px;background:rgba(128,140,155,.2);margin:.2rem 0">'
        f'<div style="height:4px;border-radius:2px;background:#C24B4B;'
        f'width:{100 * part:.0f}%"></div></div>'
        f'<div style="font-size:.85rem;opacity:.75">{escape(about)}</div></div>'
    )


def _table(context: Context, code: str, lost: pl.DataFrame) -> pl.DataFrame:
    words = context.words
    lang, other = words.lang, "en" if words.lang == "zh" else "zh"
    posts = pl.Series("post", [post(context, r) for r in lost["role"]], dtype=pl.String)
    table = lost.with_columns(posts).select(
        pl.coalesce(pl.col(lang), pl.col(other), pl.col("item_id")).alias(words("column.item")),
        pl.col("lost").round(2).alias(words("column.lost")),
        pl.col("applicable").round(2).alias(words("column.applicable")),
        pl.col("post").alias(words("column.post")),
        pl.col("reasons").list.join(words("app.separator")).alias(words("column.reasons")),
        pl.col(f"section_{lang}").alias(words("column.section")),
        pl.col("item_id").alias(words("column.code")),
    )
    if not context.may("origin"):
        return table
    cells = _cells(context, code)
    where = [words("app.separator").join(cells.get(i, [])) for i in lost["item_id"]]
    return table.with_columns(pl.Series(words("column.origin"), where, dtype=pl.String))


def _cells(context: Context, code: str) -> dict[str, list[str]]:
    """Where the answers that lost points stand: neutral file name, sheet, cell; by item."""
    found: dict[str, list[str]] = {}
    facts = branch_facts.failures(context.publication, context.scope("origin"), code)
    for fact in facts.iter_rows(named=True):
        place = f"{neutral_name(fact['sha256'])} · {fact['sheet']} · {fact['cell']}"
        found.setdefault(fact["item_id"], []).append(place)
    return found
