"""A click in an open dialogue, or a callback, after the right to it was taken away.

Streamlit then runs the dialogue, or the callback, without the beginning of the script.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from dashboards import dialogue, spelling_parts
from dashboards.access import Viewer
from dashboards.signin import viewing
from dashboards.views import Context
from dashboards.words import Words
from pipeline import accounts
from pipeline.folders import DataFolder
from pipeline.office import Office, sessions
from pipeline.office.accounts import need

ENDS: dict[str, Callable[[DataFolder, str], Any]] = {
    "closed": lambda office, id: accounts.disable(office, "lidong", "sys"),
    "another role": lambda office, id: accounts.grant(office, "lidong", "hq", None, "sec"),
    "another branch": lambda office, id: accounts.grant(
        office, "lidong", "branch", "01010102", "sec"
    ),
    "password reset": lambda office, id: accounts.reset(office, "lidong", "sys"),
    "signed out": lambda office, id: _sign_out(office, id),
}


class _Again(BaseException):
    """A whole run is asked for."""


def _sign_out(office: DataFolder, id: str) -> None:
    with Office.open(office) as opened, opened.transaction() as connection:
        sessions.sign_out(connection, id)


def _session(office: DataFolder, account: str, monkeypatch: pytest.MonkeyPatch) -> str:
    with Office.open(office) as opened, opened.transaction() as connection:
        token = sessions.begin(connection, need(connection, account), {}, 10**10)
        connection.execute("UPDATE session SET started = unixepoch(), seen = unixepoch()")
    monkeypatch.setattr(viewing, "session_id", lambda: sessions.id_of(token))
    return sessions.id_of(token)


@pytest.mark.parametrize("end", ENDS)
def test_a_dialogue_left_open_shows_and_does_nothing_more(
    office: DataFolder, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = _session(office, "lidong", monkeypatch)
    runs: list[str] = []
    fragments: list[Callable[[], None]] = []

    def again() -> None:
        raise _Again

    def opened(_title: str, **_how: Any) -> Callable[[Callable[[], None]], Callable[[], None]]:
        def kept(inside: Callable[[], None]) -> Callable[[], None]:
            fragments.append(inside)
            return inside

        return kept

    monkeypatch.setattr(st, "dialog", opened)
    monkeypatch.setattr(st, "rerun", again)
    dialogue.draw(Words("zh"), "", lambda: runs.append("drawn"))
    fragments[0]()  # a click inside, the session as it was
    assert runs == ["drawn", "drawn"]
    ENDS[end](office, id)
    with pytest.raises(_Again):
        fragments[0]()
    assert runs == ["drawn", "drawn"]


def test_a_callback_of_a_clerk_who_may_no_more_changes_nothing(
    office: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _session(office, "wanghong", monkeypatch)
    done: list[str] = []

    def act(_folder: DataFolder, what: str, *, actor: str) -> None:
        done.append(f"{actor} {what}")

    viewer = viewing.viewer_now()
    assert viewer == Viewer("office", None, "wanghong", "wanghong")
    context = Context(Words("zh"), viewer, office, None)
    spelling_parts._tell(context, "spellings.revoked", "表头", act, "one")
    accounts.disable(office, "wanghong", "sys")
    spelling_parts._tell(context, "spellings.revoked", "表头", act, "two")
    assert done == ["wanghong one"]
