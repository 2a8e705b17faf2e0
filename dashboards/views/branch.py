"""One branch, made first for a phone: where it stands, what is due, what to do first, and why.

The sections are in :mod:`dashboards.branch_parts`.
"""

from __future__ import annotations

import streamlit as st

from dashboards import lasting, origin, queries
from dashboards.branch_parts import appeal, documents, lost, metrics, standing, steps, todo, trend
from dashboards.due import due
from dashboards.formats import DASH
from dashboards.signin.viewing import note_look
from dashboards.views import Context, View


def show(context: Context) -> None:
    code = _choose(context)
    if code is None:
        st.info(context.words("branch.none"))
        return
    if context.may("items"):  # an office sees every branch: on record is which one it looked at
        note_look(context.folder, context.viewer, "items", code)
    values = queries.values(context.publication, context.scope("values"), code)
    found, waiting = standing.standing_of(context, code), due(context, code)
    standing.show(context, code, found)
    appeal.bar(context, code, waiting)
    documents.offered(context, code)
    lost.first(context, code, found, waiting)
    todo.show(context, code, waiting)
    steps.show(context, code, values)
    # who may not see items would see an empty half
    left, right = (
        st.columns(2, gap="large") if context.may("items") else (st.container(), st.container())
    )
    with left:
        lost.show(context, code)
    with right:
        trend.show(context, code, values)
        lasting.status(context, code)
        lasting.index(context, code)
    steps.heat(context, code, values)
    metrics.show(context, code)
    lasting.claim(context, code)
    metrics.visits(context, code)
    origin.dialogues(context)
    appeal.dialogues(context)


def _choose(context: Context) -> str | None:
    """The branch of the address; a choice only for whoever sees several."""
    words = context.words
    mine = queries.branches(context.publication, context.scope("values"))
    if mine.is_empty():
        return None
    names = {
        r["scope"]: f"{r['name']} · {r['city_name'] or DASH} · {r['scope']}"
        for r in mine.iter_rows(named=True)
    }
    asked = st.query_params.get("scope", st.session_state.get("_scope"))
    if asked in names:
        st.session_state["branch_choice"] = asked
    elif "scope" in st.query_params:
        st.warning(words("branch.not_there"))
    if len(names) == 1:
        code = next(iter(names))
        st.markdown(f"**{names[code]}**")
    else:
        code = st.selectbox(
            words("branch.choose"),
            list(names),
            format_func=lambda c: names.get(c, c),
            key="branch_choice",
            on_change=_taken,
            label_visibility="collapsed",
        )
    _keep(code)
    return str(code)


def _taken() -> None:
    _keep(st.session_state["branch_choice"])


def _keep(code: str) -> None:
    st.session_state["_scope"] = code
    if st.query_params.get("scope") != code:
        st.query_params["scope"] = code


VIEW = View(id="branch", order=5, icon=":material/storefront:", subject="values", show=show)
