"""Upload: many workbooks in, progress, findings in place, the annotated workbook back."""

from __future__ import annotations

import time
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import intake, spelling_parts, upload_spellings
from dashboards.access import check_user_can
from dashboards.formats import DASH, literal
from dashboards.views import Context, View
from pipeline.faults import Fault
from pipeline.ingest import STATUSES

_GOOD, _FAIR = ("accepted",), ("warned", "partial", "duplicate")
_ORDER = {"error": 0, "warning": 1, "info": 2}
_COLOUR = {"error": "#C24B4B", "warning": "#D98C21", "info": "#7A8899"}
_FEW = 8  # findings of one file that are shown at once
_MOST_FINDINGS = 100  # of one file; the rest is in the returned workbook
_WAIT = 0.1  # seconds between looks at the queue


def show(context: Context) -> None:
    """The page. Everything the browser says about a file is checked again here."""
    check_user_can(context.viewer, "upload")
    words = context.words
    spelling_parts.said_before(context)
    st.caption(words("upload.lead"))
    sent = st.file_uploader(
        words("upload.choose"),
        accept_multiple_files=True,
        key=f"upload_{st.session_state.get('upload_round', 0)}",
        label_visibility="collapsed",
        max_upload_size=intake.LARGEST // intake.MEGABYTE,
    )
    st.caption(words("upload.limits", megabytes=intake.LARGEST // intake.MEGABYTE))
    offer = st.empty()  # emptied at once when the work begins, not when it ends
    if sent:
        with offer.container():
            _offer(context, sent)
    job = _job(context)
    if job is not None:
        _follow(context, job)
        _results(context, job)


def _job(context: Context) -> intake.Job | None:
    """The upload of this session; else the last one of this person, whose tab was closed."""
    job: intake.Job | None = st.session_state.get("upload_job")
    if job is None:
        job = intake.newest(context.folder, context.viewer.actor.name)
    return None if job is None or job.id <= st.session_state.get("upload_seen", 0) else job


def _offer(context: Context, sent: list[Any]) -> None:
    words = context.words
    fit = [f for f in sent if intake.refusal(f.name, f.size) is None]
    for file in sent:
        if (why := intake.refusal(file.name, file.size)) is not None:
            st.warning(words(why, name=literal(intake.safe_name(file.name))))
    if sum(f.size for f in fit) > intake.LARGEST_TOGETHER or len(fit) > intake.MOST_FILES:
        st.warning(words("upload.refused_together"))
        return
    job = _job(context)
    busy = job is not None and job.progress() is not None
    if fit and st.button(
        words("upload.start", count=len(fit)), type="primary", disabled=busy, key="upload_start"
    ):
        _begin(context, [(f.name, f.getvalue()) for f in fit])


def _begin(context: Context, files: list[tuple[str, bytes]]) -> None:
    check_user_can(context.viewer, "upload")
    try:
        job = intake.start(context.folder, context.words.lang, files, context.viewer.actor.name)
    except (OSError, Fault):
        st.error(context.words("upload.environment"))
        return
    st.session_state["upload_job"] = job
    # A new key empties the box: what was sent is not sent twice by a second click.
    st.session_state["upload_round"] = st.session_state.get("upload_round", 0) + 1
    st.rerun()


def _follow(context: Context, job: intake.Job) -> None:
    """Stays with a running job; a reload or a change of language comes back to it."""
    words = context.words
    place, listing, stop = st.empty(), st.empty(), st.empty()
    drawn = None
    while (at := job.progress()) is not None:
        if drawn is None and stop.button(words("upload.cancel"), key="upload_cancel"):
            job.cancel()
        now = (at, job.seconds())
        if now != drawn:
            drawn = now
            place.progress(at.share(), _said(words, *now))
            if len(job.names) > 1:  # one file's state is the bar's, and a grid is slow to load
                listing.dataframe(_waiting(words, job, at), hide_index=True, placeholder=DASH)
        time.sleep(_WAIT)
    for drawing in (place, listing, stop):
        drawing.empty()


def _said(words: Any, at: intake.Progress, seconds: int) -> str:
    if at.stage == intake.QUEUE:
        return str(words("upload.queue", count=at.total, s=seconds))
    said = words.either(f"upload.stage.{at.stage}", words("upload.stage.start"))
    return str(words("upload.progress", said=said, done=at.done, count=at.total, s=seconds))


def _waiting(words: Any, job: intake.Job, at: intake.Progress) -> pl.DataFrame:
    """What is known of each file while the batch is in work."""
    stage = words.either(f"upload.stage.{at.stage}", at.stage)
    read = words("upload.state.read") if at.stage == "read" else stage
    states = [
        read if at.has_read(i) else words("upload.state.waiting") for i in range(len(job.names))
    ]
    return pl.DataFrame({words("column.file"): job.names, words("column.status"): states})


def _results(context: Context, job: intake.Job) -> None:
    """What came of it, until it is put away or another upload begins."""
    words, outcome = context.words, intake.finished(job)
    if outcome.failed is not None:
        st.error(words.of(*outcome.sentence) if outcome.sentence else words(outcome.failed))
        return
    _summary(context, outcome)
    upload_spellings.offer(context, outcome.files, _begin)
    for number, entry in enumerate(sorted(outcome.files, key=_gravity)):
        _file(context, number, entry)
    if st.button(words("upload.put_away"), key="upload_put_away", type="tertiary"):
        st.session_state["upload_seen"] = job.id
        st.session_state["upload_job"] = None
        st.rerun()


def _gravity(entry: dict[str, Any]) -> int:
    status = str(entry.get("status"))
    return 2 if status in _GOOD else 1 if status in _FAIR else 0


def _summary(context: Context, outcome: intake.Outcome) -> None:
    words = context.words
    kinds = [_gravity(e) for e in outcome.files]
    said_of = [str(e.get("status")) for e in outcome.files]
    counted = [
        words(f"upload.counted.{status}", count=said_of.count(status))
        for status in STATUSES
        if status in said_of
    ]
    said = words("upload.summary", count=len(kinds), each=words("app.comma").join(counted))
    sound = set(said_of) <= {"accepted", "warned"}
    (st.success if sound else st.warning)(said)
    if kinds.count(0) < len(kinds):
        st.caption(words("upload.next"))


def _file(context: Context, number: int, entry: dict[str, Any]) -> None:
    words, status = context.words, str(entry.get("status"))
    findings = entry.get("findings") or []
    with st.container(border=True, key=f"upload_file_{number}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            colour = ("red", "orange", "green")[_gravity(entry)]
            st.badge(words.either(f"status.{status}", status), color=colour)
            st.markdown(f"**{literal(str(entry.get('name', '')))}**", width="content")
            st.caption(_about(context, entry), width="content")
            _give_back(context, number, entry)
        _told(context, findings)


def _about(context: Context, entry: dict[str, Any]) -> str:
    words = context.words
    kind = words.kind(str(entry.get("kind") or ""))
    parts = [kind, str(entry.get("period") or "")]
    if entry.get("rows") is not None:
        parts.append(words("upload.rows", rows=entry["rows"]))
    return " · ".join(p for p in parts if p)


def _told(context: Context, findings: list[dict[str, Any]]) -> None:
    """The findings, errors first: how many there are, the first, and the others when asked for."""
    if not findings:
        return
    words = context.words
    order = sorted(findings, key=lambda f: _ORDER.get(str(f.get("severity")), 0))
    if len(order) > _FEW:
        found = [str(f.get("severity")) for f in order]
        counted = [
            words("upload.counted_severity", what=words(f"severity.{s}"), count=found.count(s))
            for s in _ORDER
            if s in found
        ]
        st.markdown(words("app.comma").join(counted))
    st.html(_findings(context, order[:_FEW]))
    if len(order) > _FEW:
        with st.expander(words("upload.others", count=len(order) - _FEW)):
            st.html(_findings(context, order[_FEW:_MOST_FINDINGS]))
            if len(order) > _MOST_FINDINGS:
                st.caption(words("upload.more", count=len(order) - _MOST_FINDINGS))


def _findings(context: Context, findings: list[dict[str, Any]]) -> str:
    """Findings as HTML: sentences wrap on any screen. Everything is escaped."""
    return "".join(_finding(context, f) for f in findings)


def _finding(context: Context, finding: dict[str, Any]) -> str:
    words, severity = context.words, str(finding.get("severity"))
    parts = [words.either(f"severity.{severity}", severity)]
    parts += [str(finding[p]) for p in ("sheet", "cell") if finding.get(p)]
    if finding.get("value") is not None:
        parts.append(words("upload.found", value=finding["value"]))
    return (
        f'<div style="border-left:3px solid {_COLOUR.get(severity, "#7A8899")};'
        'padding:.1rem 0 .1rem .7rem;margin:.45rem 0;overflow-wrap:anywhere">'
        f'<div style="font-size:.85rem;opacity:.75">{escape(" · ".join(parts))}</div>'
        f"<div>{escape(words.of(finding.get('zh'), finding.get('en')))}</div></div>"
    )


def _give_back(context: Context, number: int, entry: dict[str, Any]) -> None:
    words = context.words
    path = intake.returned_workbook(context.folder, entry.get("returned"))
    if path is None:
        return
    name = intake.safe_name(str(entry.get("name") or path.name))
    st.download_button(
        words("upload.download"),
        path.read_bytes(),
        file_name=words("upload.returned_name", name=name.rpartition(".")[0] or name) + path.suffix,
        key=f"returned_{number}",
        icon=":material/download:",
        on_click="ignore",
    )


VIEW = View(
    id="upload",
    order=10,
    icon=":material/upload_file:",
    subject="upload",
    show=show,
    needs_publication=False,
)
