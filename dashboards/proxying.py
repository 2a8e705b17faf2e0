"""Behind a reverse proxy that serves us under a path, such as `/mingcha/`.

What comes in loses the prefix before anything looks at it, so every guard and route sees the paths
it knows; what goes out (redirects, cookies) gets it back. A proxy that strips the prefix itself is
served as well. Whom to believe about the visitor's address and scheme is uvicorn's matter
(`serve --trusted-proxy`); nobody is believed by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COOKIE_PATH = re.compile(r"(?i)(;\s*path=)/(?=;|\s|$)")


class UnderPath:
    """Serves `app` under `base` (no slash at its end)."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self.app, self.base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == self.base and scope["type"] == "http":
            # Assets are asked for relative to the page: it needs the slash.
            query = scope.get("query_string", b"").decode("latin-1")
            target = f"{self.base}/?{query}" if query else f"{self.base}/"
            await RedirectResponse(target, status_code=308)(scope, receive, send)
            return

        async def outward(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message.setdefault("headers", [])
                self._prefix(MutableHeaders(scope=message))
            await send(message)

        await self.app(self._inward(scope), receive, outward)

    def _inward(self, scope: Scope) -> Scope:
        if not scope["path"].startswith(f"{self.base}/"):
            return scope
        raw = scope.get("raw_path")
        start = quote(self.base).encode()
        changed = {"path": scope["path"][len(self.base) :], "root_path": ""}
        if raw is not None:
            changed["raw_path"] = raw.removeprefix(start)
        return {**scope, **changed}

    def _prefix(self, headers: MutableHeaders) -> None:
        place = headers.get("location", "")
        if place.startswith("/") and not place.startswith("//"):
            headers["location"] = self.base + place
        cookies = headers.getlist("set-cookie")
        if cookies:
            del headers["set-cookie"]
            for cookie in self._cookies(cookies):
                headers.append("set-cookie", cookie)

    def _cookies(self, cookies: Iterable[str]) -> Iterable[str]:
        """Ours are not sent to whatever else the machine serves beside us."""
        return (_COOKIE_PATH.sub(rf"\g<1>{quote(self.base)}/", cookie) for cookie in cookies)
