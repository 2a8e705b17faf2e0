"""Header spellings as pages ask for them: a proposal with its places, confirmed by one click."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards.access import check_user_can
from dashboards.formats import DASH, literal
from dashboards.signin.viewing import holds
from dashboards.views import Context
from pipeline import spellings
from pipeline.china_time import china_time
from pipeline.faults import Fault
from pipeline.sheets import kinds
from pipeline.spellings import Place, Proposal, Spelling

_PLACES = 3  # shown of one header; the next header should not be far


def said_before(context: Context) -> None:
    """What came of the last click: the page was drawn anew since."""
    told = st.session_state.pop("spelling_told", None)
    if told is not None:
        kind, zh, en = told
        (st.success if kind == "done" else st.error)(literal(context.words.of(zh, en)))


def proposal(context: Context, number: int, seen: Proposal) -> None:
    words = context.words
    columns = {c.id: c for c in spellings.columns_of(kinds()[seen.kind])}
    names = list(columns)
    with st.container(horizontal=True, vertical_alignment="center"):
        # No markup: a header is whatever somebody typed.
        st.text(words("spellings.asked", kind=words.kind(seen.kind), header=seen.header))
        chosen = st.selectbox(
            words("spellings.means"),
            names,
            index=names.index(seen.column) if seen.column in columns else None,
            format_func=lambda c: words.of(columns[c].zh, columns[c].en),
            placeholder=words("spellings.choose"),
            key=f"spelling_column_{number}_{seen.kind}_{seen.header}",
            label_visibility="collapsed",
            width=260,
        )
        st.button(
            words("spellings.confirm"),
            key=f"spelling_confirm_{number}",
            type="primary",
            disabled=chosen is None,
            on_click=_confirm,
            args=(context, seen, chosen),
        )
        st.button(
            words("spellings.not_needed"),
            key=f"spelling_ignore_{number}",
            on_click=_ignore,
            args=(context, seen),
        )
    st.dataframe(_places(context, seen.places[:_PLACES]), hide_index=True, placeholder=DASH)
    if seen.seen > _PLACES:
        st.caption(words("spellings.seen", count=seen.seen))


def _places(context: Context, places: list[Place]) -> pl.DataFrame:
    shown = ("file", "sheet", "cell", "received_at")
    return pl.DataFrame(
        {context.words(f"column.{c}"): [_shown(p, c) for p in places] for c in shown},
        schema={context.words(f"column.{c}"): pl.String for c in shown},
    )


def _shown(place: Place, column: str) -> Any:
    value = getattr(place, column)
    return china_time(value) if column == "received_at" else value


def _confirm(context: Context, proposal: Proposal, column: str) -> None:
    _tell(context, "spellings.confirmed", proposal.header, spellings.confirm,
          proposal.kind, proposal.header, column)  # fmt: skip


def _ignore(context: Context, proposal: Proposal) -> None:
    _tell(context, "spellings.ignored", proposal.header, spellings.ignore,
          proposal.kind, proposal.header)  # fmt: skip


def revoke(context: Context, spelling: Spelling) -> None:
    _tell(context, "spellings.revoked", spelling.header, spellings.revoke,
          spelling.kind, spelling.header)  # fmt: skip


def _tell(context: Context, said: str, header: str, act: Any, *what: str) -> None:
    """Does it in the name of who looks, whose right is asked again; what came of it is kept."""
    if not holds(context.viewer):
        return  # a callback comes before the script, which says why
    check_user_can(context.viewer, "spell")
    try:
        act(context.folder, *what, actor=context.viewer.actor.name)
    except Fault as fault:
        st.session_state["spelling_told"] = ("failed", fault.zh, fault.en)
    else:
        sentence = context.words(said, header=header)
        st.session_state["spelling_told"] = ("done", sentence, sentence)
