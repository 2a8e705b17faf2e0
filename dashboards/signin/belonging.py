"""Whose is what the framework keeps under an address of its own.

`/media/<id>` are the downloads and pictures of pages, `/_stcore/upload_file/<tab>/<id>` what is on
its way into a page. The framework gives both to whoever has the address. Here each belongs to the
session for which the page was drawn, and to the role and node that it had then: whoever has the
address, whoever signs in after at the same browser, and whoever has lost the role, gets nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import PurePosixPath
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboards.access import Viewer

MEDIA, UPLOAD = "/media/", "/_stcore/upload_file/"
_MOST = 50_000  # of each: those drawn longest ago are forgotten, the page draws them anew
_HELD = "_held"  # in the state of a tab: session and viewer of its newest full run

Owner = tuple[str, Viewer]  # session, who it stood for


class Belongings:
    """What belongs to which session."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._known: OrderedDict[tuple[str, str], Viewer | None] = OrderedDict()

    def note(self, what: str, session: str, viewer: Viewer | None = None) -> None:
        """Notes that `what` was made for a session, and for whom it stood; None: for anybody."""
        with self._lock:
            self._known[what, session] = viewer
            self._known.move_to_end((what, session))
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def has(self, what: str, session: str, viewer: Viewer | None) -> bool:
        """Whether it belongs to the session as it is now."""
        with self._lock:
            noted = self._known.get((what, session), _NOBODY)
        return noted is None or noted == viewer


_NOBODY = Viewer("", name="nobody")
_media, _tabs = Belongings(), Belongings()


def drawn_for(session: str, viewer: Viewer) -> None:
    """At the beginning of a full run: this tab, and what is made in it, belong to the session."""
    context = get_script_run_ctx()
    if context is None:
        return
    _tabs.note(context.session_id, session)
    st.session_state[_HELD] = (session, viewer)


def is_mine(path: str, session: str, viewer: Viewer) -> bool:
    """Whether a path is the session's own, or none of those that belong to anybody."""
    if path.startswith(MEDIA):
        return _media.has(_id_of(path), session, viewer)
    if path.startswith(UPLOAD):
        return _tabs.has(path.removeprefix(UPLOAD).partition("/")[0], session, viewer)
    return True


def watch(manager: Any) -> None:
    """Has every file that the framework's manager takes in noted with its session."""
    take_in, promise, make = manager.add, manager.add_deferred, manager.execute_deferred
    promised: OrderedDict[str, Owner] = OrderedDict()

    def noted(*given: Any, **named: Any) -> str:
        address: str = take_in(*given, **named)
        if (held := _held()) is not None:
            _media.note(_id_of(address), *held)
        return address

    def noted_promise(*given: Any, **named: Any) -> str:
        id: str = promise(*given, **named)
        if (held := _held()) is not None:
            promised[id] = held
            if len(promised) > _MOST:
                promised.popitem(last=False)
        return id

    def noted_when_made(id: str) -> str:
        """Asked for outside of any run, by whoever has the id: it stays whose it was."""
        address: str = make(id)
        if (held := promised.get(id)) is not None:
            _media.note(_id_of(address), *held)
        return address

    manager.add, manager.add_deferred = noted, noted_promise
    manager.execute_deferred = noted_when_made


def _held() -> Owner | None:
    """Session and viewer of the newest full run of the tab that this is run in."""
    return st.session_state.get(_HELD) if get_script_run_ctx() else None


def _id_of(path: str) -> str:
    return PurePosixPath(path.removeprefix(MEDIA)).stem
