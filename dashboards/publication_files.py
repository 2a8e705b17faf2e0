"""Documents of the whole province, made by the worker and kept beside their publication."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import doing, work
from dashboards.access import Denied
from dashboards.branch_parts import documents
from dashboards.formats import literal
from dashboards.queries import Key
from dashboards.views import Context
from pipeline.faults import Fault
from pipeline.office import Office, jobs
from pipeline.reports import documents as whole

FORMATS = ("docx", "pdf", "xlsx")
MIMES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def offer(context: Context, key: Key) -> None:
    """Making and taking the documents of a publication, for those who see all of it."""
    if not context.may("documents"):
        return
    if not context.scope("documents").everything:
        st.caption(context.words("publications.own_documents"))
        return
    words = context.words
    st.subheader(words("publications.documents"), anchor=False)
    job = work.newest(context, "report")
    if job is not None and job.open and job.request.get("documents") == list(whole()):
        work.follow(context, job)
        st.rerun()
    there = _there(context, key)
    for path in there:
        _get(context, path)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        formats = st.pills(
            words("publications.formats"),
            FORMATS,
            selection_mode="multi",
            default=FORMATS,
            format_func=str.upper,
            key="publications_formats",
        )
        if st.button(
            words("publications.make_again" if there else "publications.make"),
            key="publications_make",
            icon=":material/description:",
            disabled=not formats,
        ):
            _make(context, key, list(formats))


def _there(context: Context, key: Key) -> list[Path]:
    """The documents that are made already, by name."""
    room = documents.room(context, key)
    if not room.is_dir():
        return []
    wanted = {f"{id}-{key.period}-r{key.revision}" for id in whole()}
    return sorted(p for p in room.rglob("*") if p.stem in wanted and p.suffix[1:] in FORMATS)


def _get(context: Context, path: Path) -> None:
    st.download_button(
        context.words("documents.get", name=path.name),
        path.read_bytes(),
        file_name=path.name,
        mime=MIMES[path.suffix[1:]],
        key=f"publications_get_{path.name}",
        icon=":material/download:",
        on_click="ignore",
    )


def _make(context: Context, key: Key, formats: list[str]) -> None:
    """Into the queue; who may take documents may have them made."""
    if not context.scope("documents").everything:
        raise Denied
    request: dict[str, Any] = {
        "period": key.period,
        "revision": key.revision,
        "out": str(documents.room(context, key)),
        "documents": list(whole()),
        "formats": formats,
        "codes": [],
    }
    try:
        with Office.open(context.folder) as office, office.transaction() as connection:
            jobs.enqueue(
                connection, "report", request, context.viewer.actor.name, context.words.lang
            )
    except Fault as fault:
        doing.tell("failed", literal(context.words.of(fault.zh, fault.en)))
    except OSError:
        doing.tell("failed", context.words("doing.environment"))
    st.rerun()
