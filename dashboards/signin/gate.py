"""The gate before pages, files, uploads and sockets: without a session nothing but sign-in,
health and the framework's own static files answers. With one, what was made for another session
does not (:mod:`dashboards.signin.belonging`).

Identity headers that come in are taken off; the session found by cookie is put in their place.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.access import Act, Viewer, user_can
from dashboards.settings import from_environment
from dashboards.signin import belonging, cookies, open_line
from dashboards.signin.holding import UNKNOWN, Held, held, settings_of
from dashboards.signin.pages import refused_page
from dashboards.words import LANGUAGES, Words
from pipeline.faults import Fault
from pipeline.office.sessions import id_of

PREFIX = b"x-mingcha-"
HEADER = "X-Mingcha-Session"
HELD = "mingcha.held"  # of the ASGI scope
_OPEN = (
    *("/healthz", "/favicon.png", "/signout"),
    *("/signin", "/signin/password", "/signin/oidc", "/signin/oidc/back"),
)
_STATIC = "/static/"
_UPLOAD = "/_stcore/upload_file"
# What the framework tells programs of itself and lets them do: for nobody, signed in or not.
_CLOSED = (
    *("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check"),
    *("/auth/", "/oauth2callback"),  # its own sign-in, which is not used
)
_SENDERS: tuple[Act, ...] = ("upload", "appeal", "answer_appeal", "answer_action")
_FOR_MACHINES = ("/_stcore/", "/media/", "/component/", "/files/")


class Gate:
    """ASGI middleware. In a demonstration, which is on loopback only, everybody is let in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        plain = [(n, v) for n, v in scope["headers"] if not n.lower().startswith(PREFIX)]
        scope = dict(scope) | {"headers": plain, HELD: UNKNOWN}
        if scope["path"].startswith(_CLOSED):
            await _say(scope, receive, send, 404, _words()("error.absent"))
            return
        if from_environment().demo or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            who = await _held(scope)
        except Fault as fault:
            await _say(scope, receive, send, 503, _words().of(fault.zh, fault.en))
            return
        if who.viewer is None:
            await _refuse(scope, receive, send, who)
            return
        if _is_upload(scope) and not _may_send(who.viewer):
            await _say(scope, receive, send, 403, _words()("error.denied"))
            return
        if not belonging.is_mine(scope["path"], who.id, who.viewer):
            await _say(scope, receive, send, 404, _words()("error.absent"))
            return
        if scope["type"] == "websocket":
            receive = open_line.guarded(receive, who.viewer, lambda: _now(who.id))
        named = (HEADER.lower().encode(), who.id.encode())
        await self.app(scope | {"headers": [*plain, named], HELD: who}, receive, send)


def _now(id: str) -> Viewer | None:
    """Whom a session stands for at this moment."""
    try:
        return held(from_environment().folder, id).viewer
    except Fault:
        return None


def _words() -> Words:
    return Words(from_environment().language)


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(_STATIC)


def _is_upload(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"].startswith(_UPLOAD)


def _may_send(viewer: Viewer) -> bool:
    return any(user_can(viewer, act) for act in _SENDERS)


async def _held(scope: Scope) -> Held:
    folder = from_environment().folder
    connection = HTTPConnection(scope)

    def ask() -> Held:
        token = cookies.read(connection, cookies.SESSION, settings_of(folder))
        return held(folder, id_of(token)) if token else UNKNOWN

    return await asyncio.to_thread(ask)


async def _refuse(scope: Scope, receive: Receive, send: Send, who: Held) -> None:
    """A person is led to sign-in; a program, a file or an upload is refused where it stands."""
    path = scope["path"]
    asks_for_page = "text/html" in Headers(scope=scope).get("accept", "")
    if scope["type"] == "websocket" or not asks_for_page or path.startswith(_FOR_MACHINES):
        minutes = settings_of(from_environment().folder).idle_minutes
        said = _words().either(f"signin.why.{who.why}", _words()("signin.why.unknown"))
        said = said.format(minutes=minutes)
        status = 403 if who.why == "no_role" else 401
        await _say(scope, receive, send, status, said)
    elif who.why == "no_role":
        await refused_page(_words(), "no_role")(scope, receive, send)
    else:
        await _led(scope, who)(scope, receive, send)


def _led(scope: Scope, who: Held) -> Response:
    """To the page of sign-in, in the language of the page that was asked for."""
    query = scope["query_string"].decode("latin-1")
    said = next((v for v in parse_qs(query).get("lang", []) if v in LANGUAGES), "")
    if who.why == "change":
        return RedirectResponse(f"/signin/password{f'?lang={said}' if said else ''}", 303)
    wanted = scope["path"] + (f"?{query}" if query else "")
    why = "" if who.why == "unknown" else f"&why={who.why}"
    lang = f"&lang={said}" if said else ""
    return RedirectResponse(f"/signin?next={quote(wanted, safe='')}{why}{lang}", 303)


async def _say(scope: Scope, receive: Receive, send: Send, status: int, said: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4401, "reason": "sign in"})
        return
    await PlainTextResponse(said, status)(scope, receive, send)
