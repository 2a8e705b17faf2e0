"""Where the ruler changed: the sentence under every trend of what shoppers and inspectors saw."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import queries
from dashboards.views import Context
from pipeline.periods import label, last_month, months_of
from pipeline.ruler import Ruler

OPEN = "adherence.open"
# Metrics made of scorecard answers: their trends cross editions.
OBSERVED = ("adherence", "seven_steps_complete", "observed_speak_up", "speak_up_gap", "veto_rate",
            "service_match", "culture_wall", "wait_promise_kept", "sustain_index")  # fmt: skip


def changes(context: Context, metric: str, periods: Sequence[str]) -> list[str]:
    """Of the periods shown, those from which on another edition measured."""
    return [
        p for p in dict.fromkeys(periods)
        if any(r.first in months_of(p) for r in _taken_over(context, metric, periods))
    ]  # fmt: skip


def note(context: Context, metric: str, periods: Sequence[str]) -> None:
    """Says which of the periods shown were measured by another edition; draws nothing if none."""
    for ruler in _taken_over(context, metric, periods):
        st.caption(sentence(context, ruler))


def _taken_over(context: Context, metric: str, periods: Sequence[str]) -> list[Ruler]:
    if not periods or not metric.startswith(OBSERVED):
        return []
    instrument = "open" if metric.startswith((OPEN, "culture_wall")) else "covert"
    first, last = min(months_of(p)[0] for p in periods), max(last_month(p) for p in periods)
    found = queries.ruler_changes(context.publication, instrument)
    return [r for r in found if first < r.first <= last]


def sentence(context: Context, ruler: Ruler) -> str:
    """From when on another edition measured, and what changed with it."""
    words, edition = context.words, ruler.edition
    key = "ruler.changed" if edition.former else "ruler.unbridged"
    slots = {"month": label(ruler.first, words.lang), "edition": edition.id,
             "former": edition.former, "name": words.of(edition.zh, edition.en)}  # fmt: skip
    return words(key, **slots, **ruler.changes)
