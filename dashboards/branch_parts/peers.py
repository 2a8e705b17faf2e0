"""A branch beside its peer group and the province: one table for every list of values."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import lasting, origin, queries
from dashboards.exports import csv
from dashboards.formats import DASH, literal, plain, written
from dashboards.views import Context

_COLUMNS = ("metric", "value", "interval", "peer", "province", "components", "rows", "note")
# Units of what adds up: a group's value is the sum of its branches, not what one could match.
_SUMS = ("万元", "户", "次", "人")
Row = dict[str, Any]


def beside(context: Context, code: str) -> pl.DataFrame:
    """The values of a branch with `peer` and `province`, the same of its group and the province."""
    key, scope = context.publication, context.scope("values")
    province = next(iter(reversed(queries.ancestors(key, code))), code)
    rows = queries.compared(key, scope, code, province).rename({"beside_value": "province"})
    group = group_of(context, code)
    if group is None:
        return rows.with_columns(peer=pl.lit(None, dtype=pl.Float64))
    other = queries.compared(key, scope, code, f"peer:{group}")
    return rows.join(
        other.select("metric", pl.col("beside_value").alias("peer")), on="metric", how="left"
    )


def group_of(context: Context, code: str) -> str | None:
    """The peer group of a branch, if it has one."""
    rows = queries.branches(context.publication, context.scope("values"))
    found = rows.filter(pl.col("scope") == code)["peer_group"].to_list()
    return found[0] if found else None


def worded(context: Context, rows: pl.DataFrame) -> pl.DataFrame:
    """The table in words, one line for each metric."""
    words = context.words
    return pl.DataFrame(
        [_line(context, r) for r in rows.iter_rows(named=True)],
        schema={words(f"column.{c}"): pl.String for c in _COLUMNS},
        orient="row",
    )


def _line(context: Context, row: Row) -> tuple[str, ...]:
    words, unit = context.words, str(row["unit"] or "")
    status = str(row["status"])
    return (
        words.of(row["zh"], row["en"]) or str(row["metric"]),
        written(words, row["value"], unit),
        lasting.interval(words, row["low"], row["high"], unit),
        written(words, row["peer"], unit),
        written(words, row["province"], unit),
        _components(row),
        "" if row["n"] is None else str(row["n"]),
        "" if status == "ok" else words.value_status(status),
    )


def _components(row: Row) -> str:
    """Numerator ÷ denominator of what is a ratio; a sum has nothing to divide by."""
    top, bottom = row["numerator"], row["denominator"]
    if top is None or bottom is None or row["form"] != "ratio":
        return ""
    return f"{plain(top)} ÷ {plain(bottom)}"


def table(context: Context, code: str, rows: pl.DataFrame, name: str) -> None:
    """The same values as a table, folded away, with its download; a ticked row is explained."""
    words = context.words
    every = beside(context, code)
    wanted = every.filter(pl.col("metric").is_in(rows["metric"].to_list())).sort("metric")
    with st.expander(words("app.as_table")):
        shown = worded(context, wanted)
        st.dataframe(shown, hide_index=True, placeholder=DASH, key=f"{name}_table")
        download(context, shown, f"{name}-{code}", f"{name}_download")


def download(context: Context, shown: pl.DataFrame, name: str, key: str) -> None:
    """The download of a table."""
    st.download_button(
        context.words("app.download_table"),
        csv(shown),
        file_name=f"{name}-{context.publication.period}.csv",
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )


def lines(context: Context, code: str, rows: pl.DataFrame, name: str) -> None:
    """Values as lines that fit a phone: what it is, beside whom; the value opens its source."""
    half = (rows.height + 1) // 2
    for column, part in zip(
        st.columns(2, gap="large"), (rows.head(half), rows.tail(rows.height - half)), strict=True
    ):
        with column:
            for row in part.iter_rows(named=True):
                _value_line(context, code, row, name)


def _value_line(context: Context, code: str, row: Row, name: str) -> None:
    words, unit = context.words, str(row["unit"] or "")
    said = [
        words(
            "peers.sums" if row["form"] == "amount" or unit in _SUMS else "peers.beside",
            peer=written(words, row["peer"], unit),
            province=written(words, row["province"], unit),
        )
    ]
    if between := lasting.interval(words, row["low"], row["high"], unit):
        said.append(words("peers.interval", interval=between))
    if row["metric"] == "speak_up_gap":
        said.append(words("peers.gap"))
    if row["status"] != "ok":
        said = [words.value_status(str(row["status"]))]
    title = literal(words.of(row["zh"], row["en"]) or str(row["metric"]))
    with st.container(
        horizontal=True, wrap=False, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(f"{title}  \n:small[:gray[{literal(' · '.join(said))}]]", width="stretch")
        value = written(words, row["value"], unit)
        if row["value"] is None:
            st.markdown(value, width="content")
        else:
            origin.button(context, f"**{value}**", row["metric"], code, f"{name}_{row['metric']}")
