"""Header spellings: unknown headers seen in uploads, confirmed once; what stands, taken back."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards.formats import DASH, literal
from dashboards.views import Context, View
from pipeline import spellings
from pipeline.china_time import china_time
from pipeline.faults import Fault
from pipeline.sheets import kinds
from pipeline.spellings import Listing, Place, Proposal, Spelling

_SHOWN = 20  # proposals on the page; the next come when these are answered


def show(context: Context) -> None:
    """The page of the office: whoever may put workbooks in says what their headers mean."""
    context.scope("upload")
    words = context.words
    st.caption(words("spellings.lead"))
    _said_before(context)
    try:
        found = spellings.listed(context.folder)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    _proposals(context, found)
    _standing(context, found)


def _said_before(context: Context) -> None:
    """What came of the last click: the page was drawn anew since."""
    told = st.session_state.pop("spelling_told", None)
    if told is not None:
        kind, zh, en = told
        (st.success if kind == "done" else st.error)(literal(context.words.of(zh, en)))


def _proposals(context: Context, found: Listing) -> None:
    words = context.words
    if not found.proposals:
        st.info(words("spellings.none"))
        return
    st.subheader(words("spellings.waiting", count=len(found.proposals)), anchor=False)
    for number, proposal in enumerate(found.proposals[:_SHOWN]):
        with st.container(border=True):
            _proposal(context, number, proposal)
    if len(found.proposals) > _SHOWN:
        st.caption(words("spellings.more", count=len(found.proposals) - _SHOWN))


def _proposal(context: Context, number: int, proposal: Proposal) -> None:
    words = context.words
    columns = {c.id: c for c in spellings.columns_of(kinds()[proposal.kind])}
    names = list(columns)
    with st.container(horizontal=True, vertical_alignment="center"):
        # No markup: a header is whatever somebody typed.
        st.text(words("spellings.asked", kind=words.kind(proposal.kind), header=proposal.header))
        chosen = st.selectbox(
            words("spellings.means"),
            names,
            index=names.index(proposal.column) if proposal.column in columns else None,
            format_func=lambda c: words.of(columns[c].zh, columns[c].en),
            placeholder=words("spellings.choose"),
            key=f"spelling_column_{number}_{proposal.kind}_{proposal.header}",
            label_visibility="collapsed",
            width=260,
        )
        st.button(
            words("spellings.confirm"),
            key=f"spelling_confirm_{number}",
            type="primary",
            disabled=chosen is None,
            on_click=_confirm,
            args=(context, proposal, chosen),
        )
    st.dataframe(_places(context, proposal.places), hide_index=True, placeholder=DASH)
    if proposal.seen > len(proposal.places):
        st.caption(words("spellings.seen", count=proposal.seen))


def _places(context: Context, places: list[Place]) -> pl.DataFrame:
    shown = ("file", "sheet", "cell", "received_at")
    return pl.DataFrame(
        {context.words(f"column.{c}"): [_shown(p, c) for p in places] for c in shown},
        schema={context.words(f"column.{c}"): pl.String for c in shown},
    )


def _shown(place: Place, column: str) -> Any:
    value = getattr(place, column)
    return china_time(value) if column == "received_at" else value


def _standing(context: Context, found: Listing) -> None:
    words = context.words
    if not found.confirmed:
        return
    st.subheader(words("spellings.standing"), anchor=False)
    table = {
        "kind": [words.kind(s.kind) for s in found.confirmed],
        "header": [s.header for s in found.confirmed],
        "means": [_meaning(context, s) for s in found.confirmed],
        "actor": [s.actor for s in found.confirmed],
        "at": [china_time(s.at) for s in found.confirmed],
    }
    named = {words(f"column.{c}"): values for c, values in table.items()}
    st.dataframe(pl.DataFrame(named), hide_index=True, key="spellings_standing")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            words("spellings.take_back"),
            found.confirmed,
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
            on_click=_revoke,
            args=(context, chosen),
        )


def _meaning(context: Context, spelling: Spelling) -> str:
    column = kinds()[spelling.kind].column(spelling.column)
    return context.words.of(column.zh, column.en)


def _confirm(context: Context, proposal: Proposal, column: str) -> None:
    _tell(context, "spellings.confirmed", proposal.header, spellings.confirm,
          proposal.kind, proposal.header, column)  # fmt: skip


def _revoke(context: Context, spelling: Spelling) -> None:
    _tell(context, "spellings.revoked", spelling.header, spellings.revoke,
          spelling.kind, spelling.header)  # fmt: skip


def _tell(context: Context, said: str, header: str, act: Any, *what: str) -> None:
    """Does it in the name of who looks, whose right is asked again; what came of it is kept."""
    context.scope("upload")
    try:
        act(context.folder, *what, actor=context.viewer.role)
    except Fault as fault:
        st.session_state["spelling_told"] = ("failed", fault.zh, fault.en)
    else:
        sentence = context.words(said, header=header)
        st.session_state["spelling_told"] = ("done", sentence, sentence)


VIEW = View("spellings", 45, ":material/spellcheck:", "upload", show, needs_publication=False)
