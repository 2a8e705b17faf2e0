"""Where does this number come from: a value walked back to file, sheet and cell, on the page."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import queries
from dashboards.exports import csv
from dashboards.formats import DASH, written
from dashboards.views import Context

_COLUMNS = ("part", "file", "sheet", "cell", "value", "sha256")


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
        told = queries.origin(
            key,
            context.scope("origin"),
            row["metric"],
            code,
            context.folder if context.may("names") else None,
        )
    st.markdown(
        words(
            "origin.value",
            name=words.of(row["zh"], row["en"]),
            value=written(words, row["value"], str(row["unit"] or "")),
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


def found_cells(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Every cell of an explanation once per component, with the component's name as `part`."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for component in told.get("components", []):
        for row in component["rows"]:
            for cell in row["cells"]:
                place = (component["name"], cell["sha256"], cell["sheet"], cell["cell"])
                found.setdefault(place, cell | {"part": component["name"]})
    return list(found.values())


def _table(context: Context, cells: list[dict[str, Any]]) -> pl.DataFrame:
    words = context.words

    def shown(cell: dict[str, Any], column: str) -> str:
        value = cell.get(column)
        if column == "part":
            return words.either(f"part.{value}", str(value))
        if column == "value" and (by := cell.get("corrected")) is not None:
            return words("origin.corrected", old=value, new=by["new"], reason=by["reason"])
        return "" if value is None else str(value)

    return pl.DataFrame(
        {words(f"column.{c}"): [shown(cell, c) for cell in cells] for c in _COLUMNS},
        schema={words(f"column.{c}"): pl.String for c in _COLUMNS},
    )
