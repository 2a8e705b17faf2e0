"""Doing: an act of a page asks the policy once more, runs its procedure, and is told in a sentence.

The sentence is kept for the next run, since a page is drawn anew after an act. Who acts is the
viewer, never what a form says; what the procedures refuse, they say for themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from audits.actions import Refused
from dashboards.access import Act, Denied, check_user_can
from dashboards.formats import literal
from dashboards.views import Context
from pipeline.faults import Fault

_TOLD = "_told"
Sentence = str | Callable[[Any], str]


def told(context: Context) -> None:
    """What came of the last act, once. At the head of every page that does something."""
    for kind, sentence in st.session_state.pop(_TOLD, []):
        box = {"done": st.success, "same": st.info}.get(kind, st.error)
        box(literal(sentence))


def tell(kind: str, sentence: str) -> None:
    """Keeps a sentence for the next run: `done`, `same` (nothing new) or `failed`."""
    st.session_state.setdefault(_TOLD, []).append((kind, sentence))


def do(context: Context, act: Act, run: Callable[[], Any], said: Sentence) -> bool:
    """Does it if the viewer may, and keeps what there is to say; whether it was done.

    `said`: the sentence, or how it is made of what `run` gave.
    """
    words = context.words
    try:
        check_user_can(context.viewer, act)
        with st.spinner(words("app.working")):
            made = run()
    except Denied:
        tell("failed", words("error.denied"))
    except (Fault, Refused) as refused:
        tell("failed", words.of(refused.zh, refused.en))
    except OSError:
        tell("failed", words("doing.environment"))
    else:
        tell("done", said if isinstance(said, str) else said(made))
        return True
    return False
