"""Structured logs of the server: one JSON object a line, for machines that collect them.

No personal data: no address of a visitor, no query, no account, no name of a file or of a person;
an exception is told by its kind, not by its words (they may quote a cell).
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = logging.getLogger("mingcha.requests")
SERVER = logging.getLogger("mingcha.server")
# What follows these names a session, a file or a person's document: left out.
_FIRST_TWO = ("_stcore", "_streamlit", "files", "auth", "oauth2callback")
_OURS = ("mingcha", "dashboards", "pipeline")


def route(path: str) -> str:
    """A path without what may name somebody: `/_stcore/upload_file/…`, `/media/…`, `/league`."""
    parts = [p for p in path.split("/") if p]
    if not parts:
        return "/"
    kept = parts[: 2 if parts[0] in _FIRST_TWO else 1]
    # Pages and routes of ours are plain words; whatever else is asked for is not repeated.
    if not all(p.isascii() and len(p) <= 40 and p.replace("_", "").replace("-", "").isalnum()
               for p in kept):  # fmt: skip
        return "/…"
    return "/" + "/".join(kept) + ("/…" if len(parts) > len(kept) else "")


class Requests:
    """Logs every request and connection with its status and time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500 if scope["type"] == "http" else 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            elif message["type"] == "websocket.close" and status == 0:
                status = 403
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            told = {
                "event": "request",
                "method": scope.get("method", "WEBSOCKET"),
                "route": route(scope["path"]),
                "status": status,
                "ms": round(1000 * (time.perf_counter() - begun), 1),
            }
            REQUESTS.info("request", extra={"told": told})


class Json(logging.Formatter):
    """One object a line: at (UTC), level, logger, and what is told."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if isinstance(extra := getattr(record, "told", None), dict):
            told |= extra
        else:
            # The words as they stand in the code, without what was put into them.
            told |= {"event": "message", "message": str(record.msg)}
        if record.exc_info and record.exc_info[0] is not None:
            told |= _exception(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def _exception(info: Any) -> dict[str, Any]:
    kind, _, trace = info
    frames = traceback.extract_tb(trace)[-5:]
    places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    return {"exception": kind.__name__, "at_line": places}


def set_up(kind: str) -> None:
    """`json`: every logger writes JSON to standard error, requests too; else nothing changes."""
    if kind != "json":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in (REQUESTS, SERVER):
        ours.setLevel(logging.INFO)
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.split(".")[0] not in _OURS:
            logger.handlers[:] = []
            logger.propagate = True
