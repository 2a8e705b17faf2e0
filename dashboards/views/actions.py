"""Corrective actions: answered by branches, chased by cities, closed by the office; the kit.

The sections are in :mod:`dashboards.action_parts`.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards.access import user_can
from dashboards.action_parts import chasing, listing, one
from dashboards.branch_parts.standing import compact
from dashboards.formats import literal
from dashboards.views import Context, View
from pipeline.faults import Fault
from pipeline.following import standing

Row = dict[str, Any]


def show(context: Context) -> None:
    words, scope = context.words, context.scope("actions")
    try:
        found = standing.standing(context.folder, None if scope.everything else scope.node)
        _list(context, found.rows, str(found.as_of))
        if context.may("completeness"):
            if not scope.everything:
                chasing.chase_list(context, found.rows)
            chasing.kits(context)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
    one.dialogues(context)


def _list(context: Context, rows: list[Row], day: str) -> None:
    words = context.words
    if not rows:
        st.info(words("actions.none"))
        return
    answers = user_can(context.viewer, "answer_action")
    st.caption(words("actions.as_of_branch" if answers else "actions.as_of", day=day))
    _tiles(context, rows)
    shown = listing.chosen(context, rows)
    if answers:
        listing.cards(context, shown, "action")
        with st.expander(words("app.as_table")):
            table = listing.worded(context, shown)
            st.dataframe(table, hide_index=True, key="actions_table")
            listing.download(context, table)
        return
    listing.table(context, shown)
    late = [r for r in rows if r["overdue"]]
    if late and not context.scope("actions").everything:
        st.subheader(words("actions.overdue_list", count=len(late)), anchor=False)
        listing.cards(context, late, "late")
    chasing.by_city(context, rows)


def _tiles(context: Context, rows: list[Row]) -> None:
    st.html(compact("actions_tiles"))
    with st.container(horizontal=True, key="actions_tiles"):
        for choice in listing.CHOICES:
            count = sum(listing.holds(choice, row) for row in rows)
            st.metric(context.words(f"actions.{choice}"), count, border=True, width=168)


VIEW = View(
    id="actions",
    order=25,
    icon=":material/task_alt:",
    subject="actions",
    show=show,
    needs_publication=False,
)
