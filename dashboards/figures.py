"""The figures under a chart: table, download, and on a ticked row where its numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from dashboards import origin
from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.views import Context


class Source(NamedTuple):
    """A number that can be opened: how it is called, and what it is."""

    label: str
    metric: str
    code: str
    period: str = ""


def table(
    context: Context, rows: pl.DataFrame, name: str, *, sources: Sequence[Sequence[Source]] = (),
    folded: bool = True,
) -> None:  # fmt: skip
    """`rows` in words; folded away where a chart stands above.

    `sources`: of each row, the numbers it is made of.
    """
    words = context.words
    opens = bool(sources) and context.may("origin")
    with st.expander(words("app.as_table")) if folded else st.container():
        picked: Any = st.dataframe(
            rows, hide_index=True, placeholder=DASH, key=f"{name}_table",
            on_select="rerun" if opens else "ignore", selection_mode="single-row",
            height=min(38 + 35 * max(rows.height, 1), 420),
        )  # fmt: skip
        if opens:
            st.caption(words("figures.tick"))
            chosen = [r for r in picked.selection.rows if r < len(sources)]
            _buttons(context, name, [s for r in chosen for s in sources[r]])
        st.download_button(
            words("app.download_table"), csv(rows),
            file_name=f"{name}-{context.publication.period}.csv", mime="text/csv",
            key=f"{name}_download", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _buttons(context: Context, name: str, sources: Sequence[Source]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for at, source in enumerate(sources):
            origin.button(
                context, literal(source.label), source.metric, source.code, f"{name}_open_{at}",
                period=source.period, icon=":material/search:",
            )  # fmt: skip
