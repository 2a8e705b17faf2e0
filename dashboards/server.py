"""The web server: Streamlit as an ASGI application, with health, headers and the look.

Everything is set here and nothing in a `.streamlit` folder, so it is the same from a wheel.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, net_util, runtime

from dashboards import guarded_files, logs, queries
from dashboards.coming_back import ComingBack
from dashboards.intake import LARGEST, MEGABYTE
from dashboards.proxying import UnderPath
from dashboards.settings import from_environment
from dashboards.signin import belonging
from dashboards.signin import routes as sign_in
from dashboards.signin.gate import Gate
from dashboards.signin.holding import settings_of
from dashboards.signin.viewing import USER
from dashboards.views import HOME, views
from dashboards.words import Words
from pipeline.faults import Fault
from pipeline.worker.presence import present
from pipeline.worker.supervisor import Supervisor

SCRIPT = Path(__file__).with_name("app.py")
FONT = (
    '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", '
    '"Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif'
)
LIGHT = {
    "primaryColor": "#1B5E9B",
    "backgroundColor": "#FFFFFF",
    "secondaryBackgroundColor": "#F3F6FA",
    "textColor": "#1A2330",
    "borderColor": "#D9E0E8",
    "linkColor": "#1B5E9B",
    "sidebar.backgroundColor": "#F3F6FA",
}
DARK = {
    "primaryColor": "#6DB1EE",
    "backgroundColor": "#10151C",
    "secondaryBackgroundColor": "#1A222D",
    "textColor": "#E8EDF3",
    "borderColor": "#324051",
    "linkColor": "#8CC4F5",
    "sidebar.backgroundColor": "#151C25",
}
OPTIONS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "global.developmentMode": False,
    "logger.level": "warning",  # else every static file is a line on the terminal
    # A full collection after each run walks all that the caches hold: two thirds of the server's
    # time with fifty readers. Python's own collections, in proportion to what is new, suffice.
    "runner.postScriptGC": False,
    "server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
    "server.enableAgentApi": False,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxUploadSize": LARGEST // MEGABYTE,
    "theme.font": FONT,
    "theme.headingFont": FONT,
    "theme.baseRadius": "small",
    "theme.headingFontSizes": ["1.6rem", "1.25rem", "1.1rem"],
    "theme.showWidgetBorder": True,
    "theme.metricValueFontSize": "1.6rem",
    "theme.light.chartCategoricalColors": ["#1B5E9B", "#D9822B", "#7A8899", "#3C9A6B", "#B5495B"],
    "theme.dark.chartCategoricalColors": ["#6DB1EE", "#F0A75B", "#A7B4C3", "#6CC79A", "#E58A99"],
    **{f"theme.light.{name}": colour for name, colour in LIGHT.items()},
    **{f"theme.dark.{name}": colour for name, colour in DARK.items()},
}
# The charts compile their specification in the browser, hence `unsafe-eval`; nothing from outside.
_CONTENT = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _CONTENT,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class GuardedHeaders:
    """Puts :data:`HEADERS` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if scope["path"].startswith(belonging.MEDIA):  # not for whoever comes after
                    headers["Cache-Control"] = "private, no-store"
            await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


def names() -> list[str]:
    """The host names this server answers to: this machine's, and those of the office's settings."""
    settings = from_environment()
    own: list[str] = [*OPTIONS["server.allowedHosts"], *settings.public]
    try:
        return [*own, *settings_of(settings.folder).names]
    except Fault:
        return own


def configure() -> None:
    """Sets the options of this process. A `config.toml` lying about does not change them."""
    told = OPTIONS | {"server.allowedHosts": names(), "server.trustedUserHeaders": USER}
    config.get_config_options(force_reparse=True, options_from_flags=told)
    # To judge a foreign Origin the framework would ask a service outside for its own address.
    net_util._external_ip = ""


class KnownHost:
    """Answers only to the names of :data:`OPTIONS`: a foreign page may not reach us by its own.

    Streamlit asks this of its socket alone; here it is asked of every request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_known(Headers(scope=scope).get("host", "")):
            said = Words(from_environment().language)("error.host")
            await PlainTextResponse(said, status_code=400)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_known(host: str) -> bool:
    """Whether a Host header, with or without a port, names this server."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 (raises if it is no port)
    except ValueError:
        return False
    if parts.netloc != host or parts.username is not None:
        return False
    return (parts.hostname or "").rstrip(".") in names()


async def health(_request: Request) -> JSONResponse:
    """200, the number of publications and the worker's state: starting, ready, busy, absent.

    503 if the folder cannot be read.
    """
    try:
        folder = from_environment().folder
        found = queries.count(folder)
    except OSError:
        return JSONResponse({"status": "unavailable"}, status_code=503)
    worker = present(folder)
    state = worker.state if worker else "absent"
    return JSONResponse({"status": "ok", "publications": found, "worker": state})


async def home(request: Request) -> RedirectResponse:
    """`/<home page>` is `/`, with the same query: every page has a path that can be passed on."""
    return RedirectResponse(f"/?{request.url.query}" if request.url.query else "/")


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    # What the first page needs is imported before the first visitor, and frozen out of the sight
    # of collections, since it lives for ever.
    # Not by two of them at once: altair looks into a pandas that another thread is half through.
    import altair  # noqa: F401
    import pandas  # noqa: F401
    import polars  # noqa: F401
    import pyarrow  # noqa: F401

    belonging.watch(runtime.get_instance().media_file_mgr)
    views()
    gc.collect()
    gc.freeze()
    supervisor = Supervisor(from_environment().folder)
    supervisor.start()
    try:
        yield {}
    finally:
        await asyncio.to_thread(supervisor.stop)
        logs.SERVER.info("stopped", extra={"told": {"event": "stopped"}})


def create() -> Any:
    """The ASGI application, for `uvicorn --factory`."""
    settings = from_environment()
    configure()
    app = st.App(
        SCRIPT,
        lifespan=_lifespan,
        routes=[
            Route("/healthz", health),
            Route(f"/{HOME}", home),
            *sign_in.ROUTES,
            *guarded_files.ROUTES,
        ],
        middleware=[
            *(Middleware(GuardedHeaders), Middleware(KnownHost), Middleware(Gate)),
            Middleware(ComingBack),
        ],
    )
    configure()  # naming the script makes Streamlit read its configuration once more
    logs.set_up(settings.log)
    logged = logs.Requests(app) if settings.log == "json" else app
    # Outermost: whatever guards the application sees the paths that it knows.
    return UnderPath(logged, settings.base) if settings.base else logged
