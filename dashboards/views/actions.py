"""Corrective actions: open, overdue, recurring within the viewer's scope, and the kit by city."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.actions import SEVERITY_WORDS, STATE_WORDS
from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.views import Context, View
from pipeline.faults import Fault
from pipeline.following import kit, standing
from pipeline.following.region import newest_regions

_CHOICES = ("unsettled", "overdue", "office", "recurring", "closed")
Row = dict[str, Any]


def show(context: Context) -> None:
    words, scope = context.words, context.scope("actions")
    try:
        found = standing.standing(context.folder, None if scope.everything else scope.node)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    if found.rows:
        st.caption(words("actions.as_of", day=found.as_of))
        _tiles(context, found.rows)
        _list(context, found.rows)
        _by_city(context, found.rows)
    else:
        st.info(words("actions.none"))
    if context.may("completeness"):
        _kit(context)


def _holds(choice: str, row: Row) -> bool:
    return {
        "unsettled": row["waits_for"] is not None,
        "overdue": row["overdue"],
        "office": row["waits_for"] == "office",
        "recurring": row["recurring"] and row["waits_for"] is not None,
        "closed": row["state"] == "closed",
    }[choice]


def _tiles(context: Context, rows: list[Row]) -> None:
    with st.container(horizontal=True, key="actions_tiles"):
        for choice in _CHOICES:
            count = sum(_holds(choice, row) for row in rows)
            st.metric(context.words(f"actions.{choice}"), count, border=True, width=160)


def _list(context: Context, rows: list[Row]) -> None:
    words = context.words
    chosen = st.segmented_control(
        words("actions.show"),
        (*_CHOICES, "everything"),
        format_func=lambda c: words(f"actions.{c}"),
        default="unsettled",
        key="actions_show",
        required=True,
        label_visibility="collapsed",
    )
    kept = [r for r in rows if chosen == "everything" or _holds(chosen, r)]
    st.caption(words("actions.list", count=len(kept)))
    table = _table(context, kept)
    st.dataframe(table, hide_index=True, placeholder=DASH, key="actions_table")
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name="actions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _table(context: Context, rows: list[Row]) -> pl.DataFrame:
    words = context.words
    named = [_named(context, row) for row in rows]
    titles = {
        "action": words("actions.column.action"),
        "branch": words("column.branch"),
        "city": words("column.city"),
        **{
            c: words(f"actions.column.{c}")
            for c in ("item", "severity", "due", "state", "waits", "mark", "measure")
        },
    }
    return pl.DataFrame(named, schema=dict.fromkeys(titles, pl.String)).rename(titles)


def _named(context: Context, row: Row) -> Row:
    words = context.words
    waits = row["waits_for"]
    marks = [words(f"actions.{m}") for m in ("overdue", "recurring") if row[m]]
    return {
        "action": row["action"],
        "branch": row["branch_name"],
        "city": row["city_name"],
        "item": row["item_id"],
        "severity": words.of(*SEVERITY_WORDS[row["severity"]]),
        "due": row["due"],
        "state": words.of(*STATE_WORDS[row["state"]]),
        "waits": words(f"actions.waits.{waits}") if waits else "",
        "mark": words("app.separator").join(marks),
        "measure": row["measure"],
    }


def _by_city(context: Context, rows: list[Row]) -> None:
    words = context.words
    st.subheader(words("actions.by_city"), anchor=False)
    cities = sorted({(row["city"] or "", row["city_name"]) for row in rows})
    counted = [
        {words("column.city"): name}
        | {
            words(f"actions.{choice}"): sum(
                _holds(choice, r) for r in rows if (r["city"] or "") == code
            )
            for choice in _CHOICES
        }
        for code, name in cities
    ]
    st.dataframe(pl.DataFrame(counted), hide_index=True, key="actions_cities")


def _kit(context: Context) -> None:
    """The kit is made when it is asked for: it looks at the stores, not at a publication."""
    words, scope = context.words, context.scope("completeness")
    regions = newest_regions(context.folder)
    codes = regions.cities() if scope.everything else [scope.node or ""]
    if not codes or context.key is None:
        return
    st.subheader(words("actions.kit"), anchor=False)
    st.caption(words("actions.kit_lead"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = st.text_input(
            words("actions.kit_period"), context.key.period, key="actions_period", width=160
        )
        city = st.selectbox(
            words("actions.kit_city"),
            codes,
            format_func=lambda c: regions.name.get(c, c),
            key="actions_city",
            width=240,
        )
        asked = st.button(words("actions.kit_make"), key="actions_make", type="primary")
    if asked:
        _make(context, period, city)


def _make(context: Context, period: str, city: str) -> None:
    words = context.words
    try:
        kits = kit.city_kits(context.folder, period, city)
        packed = kit.zipped(kits, words.lang)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    (own,) = kits
    st.download_button(
        words("actions.kit_get", name=own.name),
        packed,
        file_name=f"follow-up-{own.period}-{own.city}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(words("actions.kit_text"))
    st.code(kit.chat(own, words.lang), language=None, wrap_lines=True)


VIEW = View(
    id="actions",
    order=25,
    icon=":material/task_alt:",
    subject="actions",
    show=show,
    needs_publication=False,
)
