"""Dialogues: one at a time. What is open is kept in the session, so it outlasts a rerun.

A page offers a dialogue by a button with `on_click=ask`, and at its end draws what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

_OPEN = "_dialogue"


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
    title: str, body: Callable[[], None], width: Literal["small", "medium", "large"] = "large"
) -> None:
    """Draws `body` in a dialogue; whoever closes it is asked for nothing more.

    What fails inside closes it, so that the page below can be used again.
    """

    def guarded() -> None:
        try:
            body()
        except Exception:
            close()
            raise

    st.dialog(title, width=width, on_dismiss=close)(guarded)()
