"""Rounds, for everybody: what stands, which step comes next and from which day, who turns the key.

This is where an edition is shown to all staff (评分标准公示) before its round opens, and where
office and union do their steps. Who did what is told by role and day, never by name.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.rounds import STATES
from audits.scorecard import Edition
from dashboards import doing, queries, round_doing
from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.views import Context, View
from pipeline import check_period, rounds
from pipeline.faults import Fault


def show(context: Context) -> None:
    context.scope("rounds")
    doing.told(context)
    words = context.words
    st.caption(words("rounds.lead"))
    try:
        every = rounds.listed(context.folder)
        editions = rounds.editions(context.folder)
        steps = rounds.steps(context.folder)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    # a draft is the office's own until it is shown
    found = [r for r in every if r["state"] != "draft" or context.may("upload")][::-1]
    if not found:
        st.info(words("rounds.none"))
    for one in found:
        if one["state"] not in ("sealed", "cancelled"):
            round_doing.card(context, one, steps.get(one["round"], []))
    round_doing.draft(context, editions)
    if found:
        st.subheader(words("rounds.all"), anchor=False)
        st.dataframe(_table(context, found), hide_index=True, placeholder=DASH, key="rounds")
    _checks(context)
    ids = list(dict.fromkeys(e for r in found for e in r["editions"] if e in editions))
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
    names = ("rounds.round", "rounds.state", "column.edition", *(f"rounds.{d}" for d in days))
    schema = {words(n): pl.String for n in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _checks(context: Context) -> None:
    """The check periods: until when, and how many have confirmed. Counts, and nobody's name."""
    words = context.words
    periods = sorted({k.period for k in queries.publications(context.folder)}, reverse=True)
    told = [check_period.listed(context.folder, p) for p in periods]
    rows = [
        (
            one["period"],
            one["opened"],
            one["until"],
            f"{one['confirmed']} / {one['branches']}",
            words("rounds.waived") if one["waived"] else "",
        )
        for one in told
        if one["until"]
    ]
    if not rows:
        return
    st.subheader(words("rounds.checks"), anchor=False)
    st.caption(words("rounds.checks_say"))
    names = ("period", "check_opened", "check_until", "check_confirmed", "mark")
    schema = {words(f"column.{n}"): pl.String for n in names}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    st.dataframe(table, hide_index=True, placeholder=DASH, key="rounds_checks")


def _edition(context: Context, ids: list[str], editions: dict[str, Edition]) -> None:
    """Every item of an edition, in its order, as it will be judged."""
    words = context.words
    st.subheader(words("rounds.edition"), anchor=False)
    # a list to choose from would cut its names on a phone
    chosen = st.radio(
        words("rounds.edition"),
        ids,
        format_func=lambda e: f"{e} · {words.of(editions[e].zh, editions[e].en)}",
        key="rounds_edition",
        label_visibility="collapsed",
    )
    edition = editions[str(chosen)]
    sections = {s.id: words.of(s.zh, s.en) for s in edition.sections}
    rows = [
        (i.id, float(i.points), words.of(i.zh, i.en), sections[i.section], words(f"kind.{i.kind}"))
        for i in edition.items
    ]
    names = ("code", "points", "item", "section", "item_kind")
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
    subject="rounds",
    show=show,
    needs_publication=False,
)
