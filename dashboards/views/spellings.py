"""Header spellings: unknown headers seen in uploads, confirmed once; what stands, taken back."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import spelling_parts
from dashboards.formats import literal
from dashboards.views import Context, View
from pipeline import spellings
from pipeline.china_time import china_time
from pipeline.faults import Fault
from pipeline.parsing.headers import NOT_NEEDED
from pipeline.sheets import kinds
from pipeline.spellings import Listing, Spelling

_SHOWN = 20  # proposals on the page; the next come when these are answered


def show(context: Context) -> None:
    """The page of the office: whoever may put workbooks in says what their headers mean."""
    context.scope("upload")
    words = context.words
    st.caption(words("spellings.lead"))
    spelling_parts.said_before(context)
    try:
        found = spellings.listed(context.folder)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    _proposals(context, found)
    _standing(context, found)


def _proposals(context: Context, found: Listing) -> None:
    words = context.words
    if not found.proposals:
        st.info(words("spellings.none"))
        return
    st.subheader(words("spellings.waiting", count=len(found.proposals)), anchor=False)
    for number, proposal in enumerate(found.proposals[:_SHOWN]):
        with st.container(border=True):
            spelling_parts.proposal(context, number, proposal)
    if len(found.proposals) > _SHOWN:
        st.caption(words("spellings.more", count=len(found.proposals) - _SHOWN))


def _standing(context: Context, found: Listing) -> None:
    words, standing = context.words, [*found.confirmed, *found.ignored]
    if not standing:
        return
    st.subheader(words("spellings.standing"), anchor=False)
    table = {
        "kind": [words.kind(s.kind) for s in standing],
        "header": [s.header for s in standing],
        "means": [_meaning(context, s) for s in standing],
        "actor": [s.actor for s in standing],
        "at": [china_time(s.at) for s in standing],
    }
    named = {words(f"column.{c}"): values for c, values in table.items()}
    st.dataframe(pl.DataFrame(named), hide_index=True, key="spellings_standing")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            words("spellings.take_back"),
            standing,
            index=None,
            format_func=lambda s: f"{words.kind(s.kind)} · {s.header}",
            placeholder=words("spellings.choose"),
            key="spelling_revoked",
            width=320,
        )
        st.button(
            words("spellings.revoke"),
            key="spelling_revoke",
            disabled=chosen is None,
            on_click=spelling_parts.revoke,
            args=(context, chosen),
        )


def _meaning(context: Context, spelling: Spelling) -> str:
    if spelling.column == NOT_NEEDED:
        return context.words("spellings.not_needed")
    column = kinds()[spelling.kind].column(spelling.column)
    return context.words.of(column.zh, column.en)


VIEW = View("spellings", 45, ":material/spellcheck:", "upload", show, needs_publication=False)
