"""Calibration: can the shoppers be trusted, which items need rewording, what waits for review.

For office and union only; shoppers stand here by the pseudonym of the publication.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import polars as pl
import streamlit as st

from audits import fabrication, reviews
from audits.calibration import ALL
from audits.statistics.words import explained
from dashboards import queries
from dashboards.branch_parts.standing import compact
from dashboards.formats import DASH, named
from dashboards.views import Context, View
from pipeline import masked_reviews
from pipeline.faults import Fault

_STATISTICS = ("agreement", "reliability", "visits_needed", "severity")


def show(context: Context) -> None:
    scope = context.scope("calibration")
    tables = {
        name: queries.calibration(context.publication, scope, name) for name in queries.CALIBRATION
    }
    st.caption(context.words("calibration.lead"))
    _tiles(context, tables)
    _items(context, tables["item_agreement"])
    _needed(context, tables["visit_reliability"])
    _shoppers(context, tables["shopper_calibration"])
    _excluded(context, tables["excluded_visit"])
    _queue(context)
    with st.expander(context.words("calibration.method")):
        for statistic in _STATISTICS:
            told = explained(statistic)
            st.markdown(f"**{told.name.of(context.words.lang)}**")
            for paragraph in told.method.of(context.words.lang):
                st.markdown(paragraph)


def _number(value: float | None, digits: int = 2) -> str:
    return DASH if value is None else f"{value:.{digits}f}"


def _interval(row: dict[str, Any], value: str, low: str, high: str, digits: int = 2) -> str:
    if row[value] is None:
        return DASH
    first, last = _number(row[low], digits), _number(row[high], digits)
    return f"{_number(row[value], digits)} [{first}, {last}]"


def _visits(value: float | None) -> str:
    """Visits are whole: so many reach the wanted reliability, one fewer does not."""
    return DASH if value is None else str(ceil(value))


def _needed_of(row: dict[str, Any]) -> str:
    found, low, high = (_visits(row[k]) for k in ("needed", "needed_low", "needed_high"))
    return found if found == DASH else f"{found} [{low}, {high}]"


def _tiles(context: Context, tables: dict[str, pl.DataFrame]) -> None:
    words = context.words
    covert = tables["visit_reliability"].filter(pl.col("group") == ALL).sort("edition")
    pairs = covert.filter(pl.col("basis") != "visits").head(1).to_dicts()
    visits = covert.filter(pl.col("basis") == "visits").head(1).to_dicts()
    low = tables["item_agreement"].filter(pl.col("status") == "below_floor").height
    tiles = [
        ("pair_icc", _interval(pairs[0], "icc", "low", "high") if pairs else DASH),
        ("needed", _visits(visits[0]["needed"]) if visits else DASH),
        ("reword", str(low)),
        ("excluded", str(tables["excluded_visit"].height)),
    ]
    st.html(compact("calibration_tiles"))
    with st.container(horizontal=True, key="calibration_tiles", gap="small"):
        for name, value in tiles:
            width = 270 if "[" in value else 190
            st.metric(words(f"calibration.{name}"), value, border=True, width=width)


def _items(context: Context, items: pl.DataFrame) -> None:
    words = context.words
    st.subheader(words("calibration.items"), anchor=False)
    everything = st.toggle(words("calibration.every_item"), key="calibration_items")
    shown = items if everything else items.filter(
        (pl.col("status") == "below_floor") | pl.col("left_out")
    )  # fmt: skip
    if shown.is_empty():
        st.success(words("calibration.no_item"))
        return
    rows = [
        {
            words("column.item"): f"{row['item_id']} {row[words.lang]}",
            words("column.status"): words(f"agreement_status.{row['status']}"),
            words("column.pairs"): row["pairs"],
            "α": _interval(row, "alpha", "low", "high"),
            "AC1": _number(row["ac1"]),
            words("column.raw_agreement"): _number(row["raw"]),
            words("column.left_out"): words("calibration.yes") if row["left_out"] else "",
            words("column.edition"): row["edition"],
        }
        for row in shown.sort("alpha", nulls_last=True).to_dicts()
    ]
    st.dataframe(
        pl.DataFrame(rows), hide_index=True, placeholder=DASH, key="calibration_item",
        column_config={words("column.item"): st.column_config.TextColumn(width=300)},
    )  # fmt: skip
    st.caption(words("calibration.pairs_say"))


def _needed(context: Context, table: pl.DataFrame) -> None:
    words = context.words
    st.subheader(words("calibration.reliability"), anchor=False)
    rows = [
        {
            words("column.edition"): row["edition"],
            words("column.basis"): words(f"reliability_basis.{row['basis']}"),
            words("column.group"): words("calibration.all") if row["group"] == ALL
            else row["group"],
            words("column.branches"): row["branches"],
            words("column.visits"): row["visits"],
            "ICC": _interval(row, "icc", "low", "high"),
            words("column.needed"): _needed_of(row),
        }
        for row in table.to_dicts()
    ]  # fmt: skip
    if rows:
        st.dataframe(pl.DataFrame(rows), hide_index=True, key="calibration_reliability")
    else:
        st.info(words("calibration.nothing"))


def _shoppers(context: Context, table: pl.DataFrame) -> None:
    words = context.words
    st.subheader(words("calibration.shoppers"), anchor=False)
    st.caption(words("calibration.shoppers_note"))
    rows = [
        {
            words("column.pseudonym"): row["shopper"],
            words("column.edition"): row["edition"],
            words("column.visits"): row["visits"],
            words("column.branches"): row["branches"],
            words("column.shift"): _interval(row, "shift", "low", "high", 1),
            words("column.status"): words(
                "shopper_status.differs" if row["differs"] else f"shopper_status.{row['status']}"
            ),
        }
        for row in table.to_dicts()
    ]
    if rows:
        st.dataframe(pl.DataFrame(rows), hide_index=True, placeholder=DASH,
                     key="calibration_shoppers")  # fmt: skip
    else:
        st.info(words("calibration.nothing"))


def _excluded(context: Context, table: pl.DataFrame) -> None:
    words = context.words
    st.subheader(words("calibration.excluded"), anchor=False)
    rows = [
        {
            words("column.branch"): row["name"] or row["scope"],
            words("column.visit_date"): str(row["visit_date"]),
            words("column.round"): row["round"],
            words("column.because"): words("app.separator").join(
                words.of(*fabrication.SIGNALS[s]) for s in row["signals"]
            ),
        }
        for row in table.to_dicts()
    ]
    if rows:
        st.dataframe(pl.DataFrame(rows), hide_index=True, key="calibration_excluded")
    else:
        st.info(words("calibration.none_excluded"))


def _queue(context: Context) -> None:
    """The queue as it stands now, not as it stood when the publication was made."""
    words = context.words
    st.subheader(words("calibration.queue"), anchor=False)
    try:
        found = masked_reviews.read_by(context.folder, context.viewer.actor)
    except Fault as fault:
        st.error(words.of(fault.zh, fault.en))
        return
    if not found:
        st.success(words("calibration.queue_empty"))
        return
    st.caption(words("calibration.queue_note"))
    names = dict(queries.nodes(context.publication, context.scope("calibration"))
                 .select("scope", "name").iter_rows())  # fmt: skip
    rows = [
        {
            words("column.branch"): names.get(r["branch_code"], r["branch_code"]),
            words("column.visit_date"): r["visit_date"],
            words("column.doubt"): words.of(*reviews.KINDS[r["kind"]]),
            words("column.status"): words.of(*reviews.STATES[r["state"]]),
            words("column.because"): "\n".join(
                named(words.of(a["zh"], a["en"]), names) for a in r["reasons"]
            ),
            words("column.case"): r["id"],
        }
        for r in found
    ]  # fmt: skip
    st.dataframe(pl.DataFrame(rows, infer_schema_length=None), hide_index=True, placeholder=DASH,
                 key="calibration_queue")  # fmt: skip


VIEW = View("calibration", 35, ":material/balance:", "calibration", show)
