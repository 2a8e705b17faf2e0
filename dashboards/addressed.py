"""Choices that stand in the address, so that a pasted link opens the same view.

What the address names and the opener may not see, or what does not exist, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st


def _keep(name: str, widget: str) -> None:
    chosen = st.session_state.get(widget)
    text = ",".join(chosen) if isinstance(chosen, list) else str(chosen or "")
    if text:
        st.query_params[name] = text
    elif name in st.query_params:
        del st.query_params[name]


def one(
    name: str, title: str, options: Mapping[str, str], *, default: str | None = None, **how: Any
) -> str:
    """A select box over `options` (value to words) whose choice is `name` in the address."""
    widget = f"address_{name}"
    asked = st.query_params.get(name)
    if asked in options:
        st.session_state[widget] = asked
    elif st.session_state.get(widget) not in options:
        st.session_state[widget] = default if default in options else next(iter(options))
    chosen = st.selectbox(
        title, list(options), format_func=lambda v: options.get(v, v), key=widget,
        on_change=_keep, args=(name, widget), label_visibility="collapsed", **how,
    )  # fmt: skip
    return str(chosen)


def several(
    name: str, title: str, options: Mapping[str, str], *, default: Sequence[str], most: int
) -> list[str]:
    """A box of up to `most` of `options`; the choice is `name` in the address, by commas."""
    widget = f"address_{name}"
    asked = [v for v in st.query_params.get(name, "").split(",") if v in options]
    if asked:
        st.session_state[widget] = list(dict.fromkeys(asked))[:most]
    else:  # what was chosen may be of another publication or role
        before = st.session_state.get(widget)
        kept = [v for v in before or () if v in options]
        if before is None or (before and not kept):
            kept = [v for v in default if v in options][:most]
        st.session_state[widget] = kept
    chosen = st.multiselect(
        title, list(options), format_func=lambda v: options.get(v, v), key=widget,
        on_change=_keep, args=(name, widget), max_selections=most, placeholder=title,
        select_all=False,
    )  # fmt: skip
    return list(chosen)
