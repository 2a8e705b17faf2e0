"""Where does this number come from: a value walked back to file, sheet and cell, on the page."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import queries
from dashboards.exports import csv
from dashboards.formats import DASH, written
from dashboards.views import Context

_COLUMNS = ("file", "sheet", "cell", "value", "sha256")


def panel(context: Context, code: str, values: pl.DataFrame) -> None:
    """Choose a value of the branch, see its cells. Draws nothing for who may not."""
    words = context.words
    known = values.filter(pl.col("value").is_not_null())
    if known.is_empty() or not context.may("origin"):
        return
    rows = {r["metric"]: r for r in known.iter_rows(named=True)}
    st.markdown(f"**{words('origin.title')}**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        metric = st.selectbox(
            words("column.metric"),
            list(rows),
            format_func=lambda m: words.of(rows[m]["zh"], rows[m]["en"]),
            key="origin_metric",
            label_visibility="collapsed",
            width=320,
        )
        asked = st.button(words("origin.ask"), icon=":material/search:", key="origin_ask")
    if asked:
        st.session_state["origin_asked"] = (code, metric, context.publication)
    if st.session_state.get("origin_asked") == (code, metric, context.publication):
        _answer(context, code, rows[metric])


def _answer(context: Context, code: str, row: dict[str, Any]) -> None:
    words, key = context.words, context.publication
    with st.spinner(words("origin.working")):
        told = queries.origin(key, context.scope("origin"), row["metric"], code, key.period)
    st.markdown(
        words(
            "origin.value",
            name=words.of(row["zh"], row["en"]),
            value=written(row["value"], str(row["unit"] or "")),
            formula=words.of(row["formula_zh"], row["formula_en"]),
        )
    )
    cells = found_cells(told)
    if not cells:
        st.info(words("origin.none"))
        return
    table = _table(context, cells)
    st.markdown(words("origin.says", cells=len(cells), files=len({c["sha256"] for c in cells})))
    st.dataframe(
        table,
        hide_index=True,
        placeholder=DASH,
        key="origin_table",
        height=min(38 + 35 * len(cells), 360),
    )
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name=f"origin-{row['metric']}-{code}-{key.period}.csv",
        mime="text/csv",
        key="origin_download",
        icon=":material/download:",
        on_click="ignore",
    )


def found_cells(told: Any, part: str = "") -> list[dict[str, Any]]:
    """Every cell anywhere in an explanation: whatever has a `cell` and a `sha256`."""
    if isinstance(told, list):
        return [c for item in told for c in found_cells(item, part)]
    if not isinstance(told, dict):
        return []
    named = str(told.get("part") or told.get("component") or told.get("name") or part)
    own = [told | {"part": named}] if "cell" in told and "sha256" in told else []
    below = [c for v in told.values() if isinstance(v, dict | list) for c in found_cells(v, named)]
    return own + below


def _table(context: Context, cells: list[dict[str, Any]]) -> pl.DataFrame:
    """Names as received are for the office alone: others get a neutral one."""
    words, named = context.words, context.may("names")

    def shown(cell: dict[str, Any], column: str) -> str:
        if column == "file" and not named:
            return words("origin.neutral", hash=str(cell.get("sha256"))[:12])
        value = cell.get(column)
        return "" if value is None else str(value)

    return pl.DataFrame(
        {words(f"column.{c}"): [shown(cell, c) for cell in cells] for c in _COLUMNS},
        schema={words(f"column.{c}"): pl.String for c in _COLUMNS},
    )
