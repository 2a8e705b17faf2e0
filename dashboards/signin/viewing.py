"""The viewer of a Streamlit run, looked up anew each time, and what is on record of looking."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.access import Subject, Viewer
from dashboards.settings import Settings, from_environment
from dashboards.signin import belonging, gate, holding
from dashboards.words import Words
from pipeline.folders import DataFolder
from pipeline.office import Office, sessions

USER = {gate.HEADER: "mingcha_session"}  # for `server.trustedUserHeaders`
# What may point to a person: lost points with the shopper's words, objections, names as received.
PERSONAL: tuple[Subject, ...] = ("items", "appeals", "names")


def session_id() -> str:
    """The session this run belongs to; empty without one. Set by the gate, never by a browser."""
    return str(st.user.get("mingcha_session") or "")


def viewer_of_session(settings: Settings, words: Words) -> Viewer:
    """Who looks, as the session and its account are now. Without one nothing is drawn but a
    sentence that says why, with the way to sign in."""
    found = holding.held(settings.folder, session_id())
    if found.viewer is not None:
        belonging.drawn_for(found.id, found.viewer)
        _offer_way_out(words, found.viewer)
        return found.viewer
    minutes = holding.settings_of(settings.folder).idle_minutes
    st.error(words(f"signin.why.{found.why}").format(minutes=minutes), icon=":material/lock:")
    there = "/signin/password" if found.why == "change" else "/signin"
    st.html(_link(f"{there}?lang={words.lang}", words("signin.title")))
    st.stop()
    raise AssertionError  # the run ends above


def viewer_now() -> Viewer | None:
    """Who the session of this run stands for at this moment. None: nobody any more, and always in
    the demonstration.

    For what runs without the script's beginning: a fragment (a dialogue is one) and a callback
    hold the viewer of the run that drew them.
    """
    settings = from_environment()
    return None if settings.demo else holding.held(settings.folder, session_id()).viewer


def holds(viewer: Viewer) -> bool:
    """Whether that viewer may still go on in this run; in the demonstration always."""
    return from_environment().demo or viewer_now() == viewer


def _link(there: str, said: str) -> str:
    base = from_environment().base
    return f'<a href="{base}{there}" target="_self" style="color:inherit">{escape(said)}</a>'


def _offer_way_out(words: Words, viewer: Viewer) -> None:
    who = f"{escape(viewer.name)} · {escape(words(f'role.{viewer.role}'))}"
    links = " · ".join(
        _link(f"{there}?lang={words.lang}", words(key))
        for there, key in (("/signin/password", "signin.change_short"), ("/signout", "signin.out"))
        if there != "/signin/password" or ":" not in viewer.account
    )
    with st.sidebar:
        st.html(f'<div style="font-size:.9rem">{who}<br>{links}</div>')


def note_look(folder: DataFolder, viewer: Viewer, subject: Subject, scope: str) -> None:
    """A look at personal detail goes into the ledger: once for session, subject and scope."""
    if subject not in PERSONAL or not viewer.account or from_environment().demo:
        return
    id = session_id()
    with Office.open(folder) as office:
        if sessions.has_looked(office.connection, id, subject, scope):
            return
        with office.transaction() as connection:
            sessions.looked(connection, id, viewer.account, subject, scope)
