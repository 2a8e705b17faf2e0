"""Documents to take along: made by the worker when first asked for, then kept beside the
publication, so that the next reader has it at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from dashboards import queries, watermark, work
from dashboards.access import Denied
from dashboards.formats import literal
from dashboards.views import Context
from pipeline.made_on_record import is_as_made
from pipeline.reports import Entry, catalogue

FORMAT = "pdf"
_PATIENCE = 120.0  # seconds
MIME = "application/pdf"


def offered(context: Context, code: str) -> None:
    """A button for each document about such a node: the one-pager of a branch, a city's digest."""
    if not context.may("documents"):
        return
    nodes = queries.nodes(context.publication, context.scope("documents"))
    level = nodes.filter(pl.col("scope") == code)["level"].to_list()
    for one in catalogue():
        if level and level[0] in one.levels and context.viewer.role in one.roles:
            document(context, one, code)


def document(context: Context, entry: Entry, code: str) -> None:
    """A document about a node: to be made, or to be taken. Denied outside the scope."""
    words, key = context.words, context.publication
    if code not in queries.covered(key, context.scope("documents")):
        raise Denied
    id, name = entry.id, words("documents.file", name=words.of(entry.zh, entry.en))
    path = kept(context, id, code)
    slot = st.empty()
    if not is_as_made(context.folder, path):  # nor is what somebody laid there
        asked = slot.button(name, key=f"document_{id}", icon=":material/description:")
        if not asked or not _made(context, id, code):
            return
    slot.download_button(
        words("documents.get", name=name),
        watermark.copier(context.folder, path),
        file_name=path.name,
        mime=MIME,
        key=f"document_{id}_get",
        icon=":material/download:",
        on_click="ignore",
    )


def kept(context: Context, id: str, code: str) -> Path:
    """Where the document of this publication and language lies, or would lie."""
    key = context.publication
    name = f"{id}-{key.period}-r{key.revision}-{code}.{FORMAT}"
    place = room(context, key)
    return next(iter(sorted(place.rglob(name))), place / name)


def room(context: Context, key: queries.Key) -> Path:
    """Where the documents of a publication are kept, in the language of the viewer."""
    name = f"{key.period}-r{key.revision}-{key.content_hash[:12]}"
    return context.folder.root / "documents" / name / context.words.lang


def _made(context: Context, id: str, code: str) -> bool:
    """Asks the worker and waits; what went wrong is said."""
    words, key = context.words, context.publication
    request: dict[str, Any] = {
        "period": key.period,
        "revision": key.revision,
        "out": str(room(context, key)),
        "documents": [id],
        "formats": [FORMAT],
        "codes": [code],
    }
    with st.spinner(words("documents.making")):
        ended = _waited(context, work.put(context, "report", request))
    if ended is None:
        st.warning(words("documents.late"))
        return False
    if ended.state != "done":
        told = ended.result or {}
        st.error(literal(words.of(told.get("zh"), told.get("en")) or words("documents.failed")))
        return False
    return is_as_made(context.folder, kept(context, id, code))


def _waited(context: Context, number: int) -> work.Job | None:
    """The job once it has ended; None if it takes too long."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        now = work.job(context, number)
        if now is None or not now.open:
            return now
        time.sleep(0.3)
    return None
