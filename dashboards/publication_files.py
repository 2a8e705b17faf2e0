"""Documents of the whole province, made by the worker and kept beside their publication."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import doing, watermark, work
from dashboards.access import Denied
from dashboards.branch_parts import documents
from dashboards.formats import literal
from dashboards.queries import Key
from dashboards.views import Context
from pipeline.faults import Fault
from pipeline.made_on_record import is_as_made
from pipeline.reports import Entry, catalogue

FORMATS = ("docx", "pdf", "xlsx")
MIMES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def entries(context: Context) -> list[Entry]:
    """The documents of the whole province that the viewer's role may have, by the catalogue.

    Whoever is bound to a node has none of them here: their own are on the page of the branch.
    """
    if not context.may("documents") or not context.scope("documents").everything:
        return []
    return [e for e in catalogue() if not e.levels and context.viewer.role in e.roles]


def offer(context: Context, key: Key) -> None:
    """Making and taking the documents of a publication, for those who may have them."""
    if not context.may("documents"):
        return
    mine, words = entries(context), context.words
    if not mine:
        st.caption(words("publications.own_documents"))
        if context.viewer.node:  # a city led by itself: its digest is nowhere else
            documents.offered(context, context.viewer.node)
        return
    st.subheader(words("publications.documents"), anchor=False)
    job = work.newest(context, "report")
    if job is not None and job.open and str(documents.room(context, key)) == job.request["out"]:
        work.follow(context, job)
        st.rerun()
    names = {e.id: words.of(e.zh, e.en) for e in mine}
    for path in _there(context, key, mine):
        id = path.stem.removesuffix(f"-{key.period}-r{key.revision}")
        _get(context, path, names[id])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.pills(
            words("publications.which"),
            list(names),
            selection_mode="multi",
            default=list(names)[:1],
            format_func=names.__getitem__,
            key="publications_which",
        )
        formats = st.pills(
            words("publications.formats"),
            FORMATS,
            selection_mode="multi",
            default=FORMATS,
            format_func=str.upper,
            key="publications_formats",
        )
        if st.button(
            words("publications.make"),
            key="publications_make",
            icon=":material/description:",
            disabled=not (formats and wanted),
        ):
            _make(context, key, list(wanted), list(formats))


def _there(context: Context, key: Key, mine: list[Entry]) -> list[Path]:
    """The documents that are made already, and are as they were made, by name; of those that the
    viewer may have."""
    room = documents.room(context, key)
    if not room.is_dir():
        return []
    wanted = {f"{e.id}-{key.period}-r{key.revision}" for e in mine}
    named = [p for p in room.rglob("*") if p.stem in wanted and p.suffix[1:] in FORMATS]
    return sorted(p for p in named if is_as_made(context.folder, p))


def _get(context: Context, path: Path, name: str) -> None:
    named = context.words("documents.named", name=name, format=path.suffix[1:].upper())
    st.download_button(
        context.words("documents.get", name=named),
        watermark.copier(context.folder, path),
        file_name=path.name,
        mime=MIMES[path.suffix[1:]],
        key=f"publications_get_{path.name}",
        icon=":material/download:",
        on_click="ignore",
    )


def _make(context: Context, key: Key, wanted: list[str], formats: list[str]) -> None:
    """Into the queue; what the catalogue does not give to the role is refused here as well."""
    if not set(wanted) <= {e.id for e in entries(context)}:
        raise Denied
    request: dict[str, Any] = {
        "period": key.period,
        "revision": key.revision,
        "out": str(documents.room(context, key)),
        "documents": wanted,
        "formats": formats,
        "codes": [],
    }
    try:
        work.put(context, "report", request)
    except Fault as fault:
        doing.tell("failed", literal(context.words.of(fault.zh, fault.en)))
    except OSError:
        doing.tell("failed", context.words("doing.environment"))
    st.rerun()
