"""Unknown headers of an upload, confirmed where they were found, and the workbooks read anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboards import intake, spelling_parts
from dashboards.access import user_can
from dashboards.views import Context
from pipeline import spellings
from pipeline.faults import Fault
from pipeline.parsing.rules import UNKNOWN_COLUMN

_SHOWN = 10
Entry = dict[str, Any]
Begin = Callable[[Context, list[tuple[str, bytes]]], None]


def offer(context: Context, entries: Sequence[Entry], begin: Begin) -> None:
    """What was not understood, to be confirmed here; what was confirmed since can be read anew."""
    unknown = _unknown(entries)
    if not unknown or not user_can(context.viewer, "spell"):
        return
    try:
        listing = spellings.listed(context.folder)
    except Fault:  # told on the page of spellings
        return
    waiting = [p for p in listing.proposals if (p.kind, spellings.key_of(p.header)) in unknown]
    words = context.words
    if waiting:
        st.subheader(words("upload.spellings", count=len(waiting)), anchor=False)
        st.caption(words("upload.spellings_say"))
    for number, proposal in enumerate(waiting[:_SHOWN]):
        with st.container(border=True):
            spelling_parts.proposal(context, number, proposal)
    known = {(s.kind, spellings.key_of(s.header)) for s in (*listing.confirmed, *listing.ignored)}
    again = [e for e in entries if _unknown([e]) & known]
    if again and st.button(
        words("upload.read_again", count=len(again)), key="upload_read_again", type="primary"
    ):
        begin(context, intake.stored(context.folder, again))


def _unknown(entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """(kind, header as it is compared) of the findings that name an unknown header."""
    return {
        (str(entry.get("kind")), spellings.key_of(str(finding["value"])))
        for entry in entries
        for finding in entry.get("findings") or []
        if finding.get("rule") == UNKNOWN_COLUMN.id and finding.get("value")
    }
