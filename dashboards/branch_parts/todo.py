"""What is due at a branch: corrective actions by due day, and its own appeals."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from audits.actions import STATE_WORDS
from dashboards import queries
from dashboards.access import user_can
from dashboards.branch_parts import appeal
from dashboards.due import Due
from dashboards.queries import branch_facts
from dashboards.views import Context

_MOST = 5
Row = dict[str, Any]


def show(context: Context, code: str, waiting: Due) -> None:
    """The actions that wait, soonest first, and where they are answered."""
    words = context.words
    if not context.may("actions"):
        return
    st.subheader(words("todo.title"), anchor=False)
    rows = waiting.unsettled()
    if not rows:
        st.markdown(words("todo.none"))
    else:
        st.markdown(words("todo.says", count=len(rows), overdue=len(waiting.overdue())))
        st.html("".join(_line(context, row) for row in rows[:_MOST]))
    published = queries.register(context.publication, context.scope("actions"), code)
    if published and published["open"]:
        st.caption(words("todo.register", **published))
    if "actions" in context.pages and waiting.actions:
        label = "todo.open" if user_can(context.viewer, "answer_action") else "todo.look"
        st.page_link(
            context.pages["actions"], label=words(label), icon=":material/task_alt:",
            query_params={"lang": words.lang},
        )  # fmt: skip
    appeal.own(context, waiting)


def _line(context: Context, row: Row) -> str:
    words = context.words
    known = branch_facts.item_words(context.publication)
    item = words.of(*known.get(row["item_id"], (row["item_id"], None)))
    state = words.of(*STATE_WORDS[row["state"]])
    due = words("todo.overdue" if row["overdue"] else "todo.due", due=row["due"])
    colour = "#C24B4B" if row["overdue"] else "rgba(128,140,155,.6)"
    return (
        f'<div style="border-left:3px solid {colour};padding:.15rem 0 .15rem .7rem;'
        f'margin:.4rem 0;overflow-wrap:anywhere"><div>{escape(item)}</div>'
        f'<div style="font-size:.88rem;opacity:.85"><b>{escape(due)}</b> · {escape(state)} · '
        f"{escape(row['action'])}</div></div>"
    )
