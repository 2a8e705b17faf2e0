"""The ledger, for the audit administrator: who did what and when, and whether the chain holds.

Read only. Personal payload is masked before it comes here; taking records along is itself an act.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.views import Context, View
from pipeline import ledger_audit
from pipeline.china_time import CHINA, china_time
from pipeline.faults import Fault
from pipeline.ledger_audit import Record, Wanted
from pipeline.verify import verify_ledger

_SHOWN, _TAKEN = 200, 20_000
_SHORT = 12


def show(context: Context) -> None:
    context.scope("ledger")
    words = context.words
    st.caption(words("ledger.lead"))
    try:
        _verify(context)
        wanted = _wanted(context)
        found, count = ledger_audit.read(context.folder, wanted, _SHOWN)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    st.markdown(words("ledger.found", count=count, shown=len(found)))
    if not found:
        st.info(words("ledger.none"))
        return
    table = _table(context, found)
    st.dataframe(table, hide_index=True, placeholder=DASH, key="ledger", height=520)
    _take(context, wanted, count)


def _verify(context: Context) -> None:
    """Runs the check of the chain; what is wrong is named by its record."""
    words = context.words
    if not st.button(words("ledger.verify"), key="ledger_verify", icon=":material/verified_user:"):
        return
    with st.spinner(words("app.working")):
        verdict = verify_ledger(context.folder)
    if verdict.ok:
        st.success(words("ledger.sound", count=verdict.counts["records"]))
    for problem in verdict.problems:
        st.error(literal(words.of(problem.zh, problem.en)))
    for note in verdict.notes:
        st.info(literal(words.of(note.zh, note.en)))


def _wanted(context: Context) -> Wanted:
    words = context.words
    acts, actors = ledger_audit.choices(context.folder)
    with st.container(horizontal=True, vertical_alignment="bottom", key="ledger_filter"):
        act = st.selectbox(
            words("ledger.act"), ["", *acts], key="ledger_act", width=220,
            format_func=lambda a: _act(context, a) if a else words("ledger.any"),
        )  # fmt: skip
        actor = st.selectbox(
            words("ledger.actor"), ["", *actors], key="ledger_actor", width=180,
            format_func=lambda a: a or words("ledger.any"),
        )  # fmt: skip
        first = st.date_input(
            words("ledger.from"), value=None, key="ledger_from", format="YYYY-MM-DD", width=160
        )
        last = st.date_input(
            words("ledger.to"), value=None, key="ledger_to", format="YYYY-MM-DD", width=160
        )
    until = _utc(last + timedelta(days=1)) if isinstance(last, date) else ""
    since = _utc(first) if isinstance(first, date) else ""
    return Wanted(str(act or ""), str(actor or ""), since, until)


def _utc(day: date) -> str:
    """The beginning of a day at the office as the ledger writes it."""
    begins = datetime.combine(day, time(), CHINA).astimezone(UTC)
    return begins.strftime("%Y-%m-%dT%H:%M:%SZ")


def _act(context: Context, act: str) -> str:
    """An act in words, with its code: what has no word of its own takes its family's."""
    words = context.words
    family = act.partition(".")[0]
    own = words.either(f"ledger_act.{act.replace('.', '_')}", "")
    said = own or words.either(f"ledger_act.{family}", "")
    return f"{said} · {act}" if said else act


def _table(context: Context, found: list[Record]) -> pl.DataFrame:
    words = context.words
    rows = [
        (r.seq, china_time(r.at), r.actor, _act(context, r.act), _said(context, r), r.hash[:_SHORT])
        for r in found
    ]
    names = ("seq", "at", "who", "act", "payload", "record_hash")
    schema: dict[str, Any] = {words(f"column.{n}"): pl.String for n in names}
    schema[words("column.seq")] = pl.Int64
    return pl.DataFrame(rows, schema=schema, orient="row")


def _said(context: Context, record: Record) -> str:
    if record.payload is None:
        return context.words("ledger.erased" if record.erased else "ledger.empty")
    said = [f"{key}: {_plain(value)}" for key, value in sorted(record.payload.items())]
    return context.words("app.separator").join(said)[:2000]


def _plain(value: object) -> str:
    """A value of a payload without the marks of JSON, where it has no parts of its own."""
    if value is None:
        return DASH
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _take(context: Context, wanted: Wanted, count: int) -> None:
    """The filtered records as a file with whole hashes; asked for first, since it is on record."""
    words = context.words
    if not st.button(words("ledger.export"), key="ledger_export", icon=":material/outbox:"):
        return
    context.scope("ledger")
    found, _ = ledger_audit.read(context.folder, wanted, _TAKEN)
    table = _table(context, found).with_columns(
        pl.Series(words("column.record_hash"), [r.hash for r in found], dtype=pl.String),
        pl.Series(words("column.previous"), [r.previous for r in found], dtype=pl.String),
    )
    ledger_audit.note_export(context.folder, wanted, len(found), context.viewer.actor.name)
    if count > _TAKEN:
        st.caption(words("publish.first", count=_TAKEN))
    st.download_button(
        words("app.download_table"),
        csv(table),
        file_name="ledger.csv",
        mime="text/csv",
        key="ledger_get",
        icon=":material/download:",
        on_click="ignore",
        type="primary",
    )


VIEW = View("ledger", 90, ":material/receipt_long:", "ledger", show, needs_publication=False)
