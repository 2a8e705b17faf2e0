"""The list of corrective actions: cards for who has few of them, a table for who has many."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from audits.actions import SEVERITY_WORDS, STATE_WORDS
from dashboards import dialogue
from dashboards.action_parts import one
from dashboards.exports import csv
from dashboards.formats import DASH
from dashboards.views import Context

CHOICES = ("unsettled", "overdue", "office", "recurring", "closed")
_CARDS = 10  # shown at once
Row = dict[str, Any]


def holds(choice: str, row: Row) -> bool:
    """Whether an action belongs under one of CHOICES."""
    return {
        "unsettled": row["waits_for"] is not None,
        "overdue": row["overdue"],
        "office": row["waits_for"] == "office",
        "recurring": row["recurring"] and row["waits_for"] is not None,
        "closed": row["state"] == "closed",
    }[choice]


def chosen(context: Context, rows: list[Row]) -> list[Row]:
    """The rows of the choice that is made above the list, and how many they are."""
    words = context.words
    counts = {c: sum(holds(c, r) for r in rows) for c in CHOICES} | {"everything": len(rows)}
    choice = st.segmented_control(
        words("actions.show"),
        (*CHOICES, "everything"),
        format_func=lambda c: words("actions.counted", what=words(f"actions.{c}"), count=counts[c]),
        default="unsettled",
        key="actions_show",
        required=True,
        label_visibility="collapsed",
    )
    return [r for r in rows if choice == "everything" or holds(str(choice), r)]


def cards(context: Context, rows: list[Row], name: str) -> None:
    """One box for each action, with a button that fills the width of a phone."""
    words = context.words
    if not rows:
        st.info(words("actions.none_such"))
        return
    for row in rows[:_CARDS]:
        with st.container(border=True, key=f"{name}_{row['action']}"):
            st.html(_card(context, row))
            turn = "branch" if one.user_can(context.viewer, "answer_action") else "office"
            mine = row["waits_for"] == turn
            st.button(
                words(f"action.open.{turn}" if mine else "action.look"),
                key=f"{name}_open_{row['action']}",
                type="primary" if mine else "secondary",
                on_click=dialogue.ask,
                args=(one.KIND,),
                kwargs={"id": row["action"]},
                width="stretch",
            )
    if len(rows) > _CARDS:
        st.caption(words("actions.more", count=len(rows) - _CARDS))


def _card(context: Context, row: Row) -> str:
    words = context.words
    due = words("todo.overdue" if row["overdue"] else "todo.due", due=row["due"])
    about = [
        row["branch_name"],
        words.of(*SEVERITY_WORDS[row["severity"]]),
        words.of(*STATE_WORDS[row["state"]]),
        words("actions.recurring") if row["recurring"] else "",
    ]
    reason = words("action.sent_back", reason=row["reason"]) if row["state"] == "returned" else ""
    colour = "#C24B4B" if row["overdue"] else "rgba(128,140,155,.6)"
    return (
        f'<div style="border-left:3px solid {colour};padding-left:.7rem;overflow-wrap:anywhere">'
        f"<div><b>{escape(one.item_name(context, row['item_id']))}</b></div>"
        f'<div style="margin:.15rem 0"><b>{escape(due)}</b></div>'
        f'<div style="font-size:.88rem;opacity:.8">{escape(" · ".join(a for a in about if a))}'
        f"</div>{f'<div>{escape(reason)}</div>' if reason else ''}</div>"
    )


def table(context: Context, rows: list[Row]) -> None:
    """All of them as a table; a ticked row can be opened."""
    words = context.words
    shown = worded(context, rows)
    st.caption(words("actions.list", count=len(rows)))
    picked: Any = st.dataframe(
        shown, hide_index=True, placeholder=DASH, key="actions_table", on_select="rerun",
        selection_mode="single-row",
        column_config={words("actions.column.mark"): st.column_config.TextColumn(width=86)},
    )  # fmt: skip
    with st.container(horizontal=True):
        if picked.selection.rows and picked.selection.rows[0] < len(rows):
            id = rows[picked.selection.rows[0]]["action"]
            st.button(
                words("action.open_row", id=id), key="action_open_row", type="primary",
                on_click=dialogue.ask, args=(one.KIND,), kwargs={"id": id},
            )  # fmt: skip
        else:
            st.caption(words("action.tick"))
        download(context, shown)


def download(context: Context, shown: pl.DataFrame) -> None:
    """The table as a file."""
    st.download_button(
        context.words("app.download_table"),
        csv(shown),
        file_name="actions.csv",
        mime="text/csv",
        key="actions_download",
        icon=":material/download:",
        on_click="ignore",
    )


def worded(context: Context, rows: list[Row]) -> pl.DataFrame:
    """The rows in words."""
    words = context.words
    titles = {
        "branch": words("column.branch"),
        # what a phone has room for beside the name comes first
        **{
            c: words(f"actions.column.{c}")
            for c in ("due", "state", "mark", "item", "waits", "severity", "measure")
        },
        "city": words("column.city"),
        "action": words("actions.column.action"),
    }
    named = [_named(context, row) for row in rows]
    return pl.DataFrame(named, schema=dict.fromkeys(titles, pl.String)).rename(titles)


def _named(context: Context, row: Row) -> Row:
    words, waits = context.words, row["waits_for"]
    marks = [words(f"actions.{m}") for m in ("overdue", "recurring") if row[m]]
    return {
        "branch": row["branch_name"],
        "item": one.item_name(context, row["item_id"]),
        "due": row["due"],
        "state": words.of(*STATE_WORDS[row["state"]]),
        "waits": words(f"actions.waits.{waits}") if waits else "",
        "mark": words("app.separator").join(marks),
        "severity": words.of(*SEVERITY_WORDS[row["severity"]]),
        "measure": row["measure"],
        "city": row["city_name"],
        "action": row["action"],
    }
