"""For office and cities: how each city stands, whom to chase, the kit and other documents."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
import streamlit as st

from dashboards import queries
from dashboards.access import Denied
from dashboards.action_parts.listing import CHOICES, holds
from dashboards.branch_parts import documents
from dashboards.exports import csv
from dashboards.views import Context
from pipeline.following import kit
from pipeline.following.region import newest_regions

Row = dict[str, Any]


def by_city(context: Context, rows: list[Row]) -> None:
    """One line for each city: how many actions of each kind, of those issued by the office."""
    words = context.words
    cities = sorted({(row["city"] or "", row["city_name"]) for row in rows})
    if len(cities) < 2:
        return
    st.subheader(words("actions.by_city"), anchor=False)
    counted = [
        {words("column.city"): name}
        | {
            words(f"actions.{choice}"): sum(
                holds(choice, r) for r in rows if (r["city"] or "") == code
            )
            for choice in CHOICES
        }
        for code, name in cities
    ]
    st.dataframe(pl.DataFrame(counted), hide_index=True, key="actions_cities")


def chase_list(context: Context, rows: list[Row]) -> None:
    """Whom to call: branches that owe a sheet or an overdue action, the most behind first."""
    words = context.words
    if context.key is None:
        return
    sheets = queries.completeness(context.publication, context.scope("completeness"))
    owed = sheets.filter(pl.col("status").is_in(["not_reported", "pending_correction"]))
    names = dict(sheets.select("scope", "name").iter_rows())
    names |= {r["branch_code"]: r["branch_name"] for r in rows}
    reports, late, open_ones = Counter(owed["scope"]), _count(rows, "overdue"), _count(rows)
    whom = {c for c in {*reports, *late} if reports[c] or late[c]}
    st.subheader(words("chase.title"), anchor=False)
    if not whom:
        st.info(words("chase.none"))
        return
    order = sorted(whom, key=lambda c: (-(reports[c] + late[c]), c))
    st.markdown(words("chase.says", count=len(order), period=context.publication.period))
    table = pl.DataFrame(
        {
            words("column.branch"): [str(names.get(c) or c) for c in order],
            words("chase.reports"): [reports[c] for c in order],
            words("actions.overdue"): [late[c] for c in order],
            words("actions.unsettled"): [open_ones[c] for c in order],
            words("column.code"): order,
        }
    )
    st.dataframe(table, hide_index=True, key="chase_table")
    st.download_button(
        words("app.download_table"), csv(table), file_name="chase-list.csv", mime="text/csv",
        key="chase_download", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _count(rows: list[Row], choice: str = "unsettled") -> Counter[str]:
    return Counter(r["branch_code"] for r in rows if holds(choice, r))


def kits(context: Context) -> None:
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
        _make(context, str(period or ""), str(city))
    if not scope.everything:
        documents.offered(context, codes[0])


def _make(context: Context, period: str, city: str) -> None:
    words, scope = context.words, context.scope("completeness")
    if not scope.everything and city != scope.node:
        raise Denied
    made = kit.city_kits(context.folder, period, city)
    packed = kit.zipped(made, words.lang)
    (own,) = made
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
