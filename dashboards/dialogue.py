"""Dialogues: one at a time. What is open is kept in the session, so it outlasts a rerun.

A page offers a dialogue by a button with `on_click=ask`, and at its end draws what was asked for.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from dashboards.access import Denied
from dashboards.formats import literal
from dashboards.signin.viewing import viewer_now
from dashboards.words import Words
from pipeline.faults import Fault
from pipeline.internal_error import without_values

_OPEN = "_dialogue"
_LOG = logging.getLogger("mingcha.dashboard")


def ask(kind: str, **given: Any) -> None:
    """Opens the dialogue of that kind in the next run. For `on_click`."""
    st.session_state[_OPEN] = (kind, given)


def asked(*kinds: str) -> tuple[str, dict[str, Any]] | None:
    """What is open, if it is one of these kinds."""
    kind, given = st.session_state.get(_OPEN, ("", {}))
    return (kind, given) if kind in kinds else None


def close() -> None:
    """Nothing is open any more."""
    st.session_state.pop(_OPEN, None)


def draw(
    words: Words,
    title: str,
    body: Callable[[], None],
    width: Literal["small", "medium", "large"] = "large",
) -> None:
    """Draws `body` in a dialogue. What fails inside is one plain sentence inside.

    A click inside runs the body alone: who has signed out or lost the role meanwhile is led to a
    whole run, which says so.
    """
    opener = viewer_now()

    def guarded() -> None:
        if viewer_now() != opener:
            st.rerun()
        try:
            body()
        except Fault as fault:
            st.error(literal(words.of(fault.zh, fault.en)))
        except Denied:
            st.error(words("error.denied"), icon=":material/lock:")
        except Exception as error:  # logged with a number that the sentence names
            number = secrets.token_hex(4)
            _LOG.error("a dialogue failed, reference %s\n%s", number, without_values(error))
            st.error(words("error.page", number=number), icon=":material/error:")

    st.dialog(title, width=width, on_dismiss=close)(guarded)()
