"""Publications: every revision with stage, hash and time, what it restated, and its documents."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import streamlit as st

from dashboards import doing, publication_files, queries
from dashboards.exports import csv
from dashboards.formats import DASH, apart, literal
from dashboards.publish_parts import when
from dashboards.queries import Key
from dashboards.views import Context, View
from pipeline.explaining.originals import neutral_name
from pipeline.publishing.stale import stale_periods

_SHORT = 12  # signs of a hash in a table; the whole one stands below
_SHOWN = 500
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


def show(context: Context) -> None:
    scope = context.scope("publications")
    doing.told(context)
    words = context.words
    found = queries.publications(context.folder)
    st.caption(words("publications.lead"))
    if context.may("upload") and (strange := queries.unknown(context.folder)):
        names = words("app.comma").join(strange)
        st.error(words("publications.unknown", names=literal(names)), icon=":material/gpp_bad:")
    stale = stale_periods(context.folder)
    if stale:
        names = words("app.comma").join(sorted(stale))
        st.warning(words("publications.stale", periods=names))
    table = _table(context, found, stale)
    st.dataframe(table, hide_index=True, placeholder=DASH, key="publications")
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name="publications.csv",
        mime="text/csv",
        key="publications_get",
        icon=":material/download:",
        on_click="ignore",
    )
    _one(context, context.publication, scope)


def _table(context: Context, found: list[Key], stale: dict[str, int]) -> pl.DataFrame:
    words = context.words
    rows = []
    for key in found:
        told = queries.manifest(key)
        counts = told.get("counts", {})
        newest = stale.get(key.period) == key.revision
        rows.append(
            (
                key.period,
                key.revision,
                words.either(f"stage.{key.stage}", key.stage),
                when(told.get("created_at")),
                counts.get("restated_values"),
                words("publications.is_stale") if newest else "",
                key.content_hash[:_SHORT],
            )
        )
    names = ("period", "revision", "stage", "published_at", "restated", "mark", "hash")
    kinds = (pl.String, pl.Int64, pl.String, pl.String, pl.Int64, pl.String, pl.String)
    schema = {words(f"column.{n}"): kind for n, kind in zip(names, kinds, strict=True)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _one(context: Context, key: Key, scope: Any) -> None:
    """The publication chosen at the head of the page."""
    words, told = context.words, queries.manifest(key)
    slots = {"period": key.period, "revision": key.revision}
    st.subheader(
        words("publications.one", stage=words.either(f"stage.{key.stage}", key.stage), **slots),
        anchor=False,
    )
    st.markdown("\n".join(f"- {literal(sentence)}" for sentence in _sentences(context, told)))
    st.caption(words("publish.hash"))
    st.code(key.content_hash, language=None, wrap_lines=True)
    _restated(context, key, scope)
    publication_files.offer(context, key)


def _sentences(context: Context, told: dict[str, Any]) -> list[str]:
    """How it came about: time, check period, appeals, rounds, place in the ledger."""
    words, said = context.words, []
    if told.get("created_at"):
        said.append(words("publications.made", at=when(told["created_at"])))
    check = told.get("check")
    if check and check["until"]:
        said.append(words("procedure.checked", done=check["confirmed"], all=check["branches"]))
    if check and check["waived"]:
        said.append(words("procedure.waived"))
    appeals = told.get("appeals") or {}
    if appeals.get("filed"):
        said.append(words("procedure.appeals", **appeals))
    for round in told.get("rounds", []):
        signed = round["state"] in ("running", "sealed")
        how = "without_union" if round["without_union"] else "signed" if signed else "unsigned"
        said.append(words(f"procedure.{how}", round=round["round"]))
    head = told.get("ledger_head")
    if head:
        said.append(words("publications.ledger", seq=head["seq"], hash=head["hash"][:_SHORT]))
    return said


def _restated(context: Context, key: Key, scope: Any) -> None:
    """Numbers that this revision changed against the former, within the viewer's scope."""
    words = context.words
    rows = queries.restatements(key, scope)
    st.subheader(words("publications.restated", count=rows.height), anchor=False)
    if rows.is_empty():
        first = key.revision == 1
        st.info(words("publications.first" if first else "publications.nothing_restated"))
        return
    table = _restatements(context, key, scope, rows.head(_SHOWN))
    st.dataframe(
        table, hide_index=True, placeholder=DASH, key="publications_restated",
        column_config={
            words(f"column.{c}"): st.column_config.TextColumn(width=128)
            for c in ("metric", "was", "becomes")
        },
    )  # fmt: skip
    if rows.height > _SHOWN:
        st.caption(words("publications.first_rows", count=_SHOWN))
    st.download_button(
        words("app.download_table"),
        csv(_restatements(context, key, scope, rows)),
        file_name=f"restatements-{key.period}-r{key.revision}.csv",
        mime="text/csv",
        key="publications_restated_get",
        icon=":material/download:",
        on_click="ignore",
    )


def _restatements(context: Context, key: Key, scope: Any, rows: pl.DataFrame) -> pl.DataFrame:
    words = context.words
    metrics = {m["metric"]: m for m in queries.dictionary(key, scope).to_dicts()}
    names = dict(queries.nodes(key, scope).select("scope", "name").iter_rows())
    # where a number came from is for those who may walk back to the cell
    why = context.may("origin")
    found = []
    for row in rows.iter_rows(named=True):
        metric = metrics.get(row["metric"], {})
        unit = metric.get("unit") or ""
        line = [
            words.of(metric.get("zh"), metric.get("en")) or row["metric"],
            *apart(words, row["former_value"], row["value"], unit),
            names.get(row["scope"], row["scope"]),
            row["period"],
        ]
        found.append((*line, _cause(str(row["cause"] or ""))) if why else tuple(line))
    titles = ("metric", "was", "becomes", "name", "period", *(("because",) if why else ()))
    schema = {words(f"column.{n}"): pl.String for n in titles}
    return pl.DataFrame(found, schema=schema, orient="row")


def _cause(told: str) -> str:
    """Which cells changed; a file by its neutral name, of which nobody has to read 64 signs."""
    return _SHA256.sub(lambda sha: neutral_name(sha[0]), told)


VIEW = View("publications", 46, ":material/history:", "publications", show)
