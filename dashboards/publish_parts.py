"""Parts of the publish page: what a rehearsal says, and what a publishing has done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboards.exports import csv
from dashboards.formats import DASH, apart, literal
from dashboards.views import Context
from pipeline.china_time import china_time
from pipeline.publishing.soundness import mended, mends, not_compared, spoilt_former, unread
from pipeline.reports.words import over_formal

Told = dict[str, Any]
_SHOWN = 200


def rehearsal(context: Context, told: Told) -> None:
    """What publishing would change: a sentence, the counts, then the tables that have rows."""
    words = context.words
    summary = told["summary"]
    box = st.info if told["same_as"] is not None else st.success
    box(literal(words.of(summary["zh"], summary["en"])), icon=":material/preview:")
    _over_formal(context, told)
    _damaged(context, told)
    if told["opens_check"]:
        st.caption(words("publish.opens_check", until=told["opens_check"]))
    _tiles(context, told)
    if sum(told["waiting"].values()):
        st.warning(words("publish.waiting", **told["waiting"]))
    if told["stale"]:
        st.caption(words("publish.stale", periods=words("app.comma").join(told["stale"])))
    _tables(context, told)


def _over_formal(context: Context, told: Told) -> None:
    """A preview over a formal revision does not take its place."""
    for said in over_formal(told, context.words.lang):
        st.warning(literal(said))


def _damaged(context: Context, told: Told) -> None:
    """Publications that are not as they were published, so that nothing was held against them."""
    if names := unread(told):
        st.warning(literal(context.words.of(*not_compared(names))))


def _tiles(context: Context, told: Told) -> None:
    words, counts, check = context.words, told["counts"], told["check"]
    blind = spoilt_former(told) and not mends(told)  # of these three nothing is known
    confirmed = f"{check['confirmed']} / {check['branches']}" if check["until"] else DASH
    tiles = [
        ("changed_cells", DASH if blind else str(counts["changed_cells"])),
        ("restated_values", DASH if blind else f"{counts['restated_values']:,}"),
        ("changed_ranks", DASH if blind else str(told["changed_ranks"])),
        ("confirmed", confirmed),
        ("not_reported", str(counts["not_reported"])),
        ("pending_correction", str(counts["pending_correction"])),
    ]
    with st.container(horizontal=True, key="publish_tiles", gap="xsmall"):
        for name, value in tiles:  # six of them in a row at 1366 px
            st.metric(words(f"publish.{name}"), value, border=True, width=138)


def _tables(context: Context, told: Told) -> None:
    words = context.words
    found = {
        "values": _values(context, told["values"]),
        "ranks": _ranks(context, told["ranks"]),
        "cells": _cells(context, told["restatements"]),
        "unconfirmed": _branches(context, told["unconfirmed"]),
        "owing": _owing(context, told["not_reported"]),
    }
    totals = {"values": told["counts"]["restated_values"], "ranks": told["changed_ranks"]}
    totals["cells"] = told["counts"]["changed_cells"]
    for name, table in found.items():
        if table.is_empty():
            continue
        title = words(f"publish.table_{name}", count=totals.get(name, table.height))
        with st.expander(title, expanded=name == "values"):
            st.dataframe(table.head(_SHOWN), hide_index=True, placeholder=DASH,
                         key=f"publish_{name}")  # fmt: skip
            if totals.get(name, 0) > table.height:
                st.caption(words("publish.first", count=table.height))
            st.download_button(
                words("app.download_table"),
                csv(table),
                file_name=f"publish-{name}-{told['period']}.csv",
                mime="text/csv",
                key=f"publish_get_{name}",
                icon=":material/download:",
                on_click="ignore",
            )


def _frame(
    context: Context, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> pl.DataFrame:
    schema = {context.words(f"column.{n}"): pl.String for n in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _values(context: Context, values: list[Told]) -> pl.DataFrame:
    words = context.words
    rows = [
        (
            words.of(v["zh"], v["en"]),
            *apart(words, v["former_value"], v["value"], v["unit"] or ""),
            v["name"] or v["scope"],
            v["period"],
        )
        for v in values
    ]
    return _frame(context, ("metric", "was", "becomes", "name", "period"), rows)


def _ranks(context: Context, ranks: list[Told]) -> pl.DataFrame:
    rows = [
        (
            r["name"] or r["scope"],
            _place(context, r["former_rank"], r["former_tier"]),
            _place(context, r["rank"], r["tier"]),
        )
        for r in ranks
    ]
    return _frame(context, ("branch", "was", "becomes"), rows)


def _place(context: Context, rank: int | None, tier: str | None) -> str:
    said = context.words.either(f"tier.{tier}", "") if tier else ""
    return " · ".join(p for p in (str(rank) if rank else DASH, said) if p)


def _cells(context: Context, entries: list[Told]) -> pl.DataFrame:
    words = context.words
    rows = [
        (
            e["branch_code"] or "",
            e["period"] or "",
            e["column"] or words(f"publish.row_{e['change']}"),
            "!".join(p for p in (e["sheet"], e["cell"] or str(e["row"] or "")) if p),
            e["old"] or DASH,
            e["new"] or DASH,
        )
        for e in entries
    ]
    return _frame(context, ("code", "period", "source_column", "cell", "was", "becomes"), rows)


def _branches(context: Context, rows: list[Told]) -> pl.DataFrame:
    return _frame(context, ("code", "branch"), [(r["branch_code"], r["branch_name"]) for r in rows])


def _owing(context: Context, rows: list[Told]) -> pl.DataFrame:
    words = context.words
    told = [
        (r["scope"], r["branch_name"] or "", words.kind(r["kind"]), r["period"],
         words.either(f"coverage.{r['status']}", r["status"]))
        for r in rows
    ]  # fmt: skip
    return _frame(context, ("code", "branch", "kind", "period", "status"), told)


def published(context: Context, report: Told) -> None:
    """What a publishing did: revision, stage, hash, what was restated, and the way there."""
    words, counts = context.words, report["counts"]
    slots = {"period": report["period"], "revision": report["revision"]}
    with st.container(border=True, key=f"published_{report['period']}_{report['revision']}"):
        if mends(report):
            st.success(literal(words.of(*mended(report))), icon=":material/task_alt:")
        elif report["same_as"] is not None:
            st.info(words("publish.nothing_new", former=report["same_as"], **slots))
        else:
            said = words("publish.done", stage=words(f"stage.{report['stage']}"), **slots)
            st.success(said, icon=":material/task_alt:")
        _over_formal(context, report)
        _damaged(context, report)
        st.markdown(words("publish.did", **counts))
        if report["check"] and report["check"]["until"]:
            st.caption(words("publish.check_until", **report["check"]))
        st.caption(words("publish.hash"))
        st.code(report["content_hash"], language=None, wrap_lines=True)
        query = {k: str(v) for k, v in slots.items()} | {"lang": words.lang}
        with st.container(horizontal=True):
            for page, icon in (
                ("overview", ":material/home:"),
                ("publications", ":material/history:"),
            ):
                if page in context.pages:
                    st.page_link(
                        context.pages[page],
                        label=words(f"publish.to_{page}"),
                        icon=icon,
                        query_params=query,
                    )


def when(at: str | None) -> str:
    """A time of a manifest as people at the office read it."""
    return china_time(at) if at else DASH
