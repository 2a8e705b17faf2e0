"""Rounds, for everybody: under which edition they run, who turned the keys, when they were sealed.

This is where an edition is shown to all staff (评分标准公示) before its round opens.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.rounds import STATES
from audits.scorecard import Edition
from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.views import Context, View
from pipeline import rounds
from pipeline.faults import Fault


def show(context: Context) -> None:
    """Who did what is told by role and day, never by name."""
    context.scope("dictionary")
    words = context.words
    st.caption(words("rounds.lead"))
    try:
        every = rounds.listed(context.folder)
        editions = rounds.editions(context.folder)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    # a draft is the office's own until it is shown
    found = [r for r in every if r["state"] != "draft" or context.may("upload")]
    if not found:
        st.info(words("rounds.none"))
        return
    st.dataframe(_table(context, found[::-1]), hide_index=True, placeholder=DASH, key="rounds")
    ids = list(dict.fromkeys(e for r in found[::-1] for e in r["editions"] if e in editions))
    if ids:
        _edition(context, ids, editions)


def _table(context: Context, found: list[dict[str, Any]]) -> pl.DataFrame:
    words = context.words
    days = ("shown", "opened", "running", "sealed")
    rows = []
    for one in found:
        state = words.of(*STATES[one["state"]])
        if one["without_union"]:
            state = words("rounds.without_union", state=state)
        rows.append((one["round"], state, ", ".join(one["editions"]), *(one[d] for d in days)))
    names = ("round", "state", "edition", *days)
    schema = {words(f"rounds.{n}"): pl.String for n in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _edition(context: Context, ids: list[str], editions: dict[str, Edition]) -> None:
    """Every item of an edition, in its order, as it will be judged."""
    words = context.words
    chosen = st.selectbox(words("rounds.edition"), ids, key="rounds_edition", width=260)
    edition = editions[str(chosen)]
    sections = {s.id: words.of(s.zh, s.en) for s in edition.sections}
    rows = [
        (i.id, sections[i.section], words.of(i.zh, i.en), float(i.points), words(f"kind.{i.kind}"))
        for i in edition.items
    ]
    names = ("code", "section", "item", "points", "kind")
    table = pl.DataFrame(rows, schema=[words(f"column.{n}") for n in names], orient="row")
    st.dataframe(table, hide_index=True, key="rounds_items", height=420)
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name=f"edition-{edition.id}.csv",
        mime="text/csv",
        key="rounds_download",
        icon=":material/download:",
        on_click="ignore",
    )


VIEW = View(
    id="rounds",
    order=45,
    icon=":material/key:",
    subject="dictionary",
    show=show,
    needs_publication=False,
)
