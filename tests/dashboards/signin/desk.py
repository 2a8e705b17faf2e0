"""The server's own middleware and routes, asked as a web server asks, without Streamlit inside."""

from __future__ import annotations

import asyncio
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboards import guarded_files, server
from dashboards.signin import routes
from dashboards.signin.gate import Gate
from pipeline.folders import DataFolder
from pipeline.office import Office, jobs

PAGE = {"accept": "text/html"}


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((v for n, v in self.headers if n == name), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


async def _inside(request: Request) -> JSONResponse:
    """What stands behind the gate: it tells which headers came through."""
    return JSONResponse({"headers": dict(request.headers), "method": request.method})


def application() -> Starlette:
    everything = Route("/{rest:path}", _inside, methods=["GET", "PUT", "POST", "DELETE"])
    return Starlette(
        routes=[*routes.ROUTES, *guarded_files.ROUTES, everything],
        middleware=[
            Middleware(server.GuardedHeaders), Middleware(server.KnownHost), Middleware(Gate),
        ],
    )  # fmt: skip


@dataclass
class Browser:
    """Keeps cookies as a browser does; follows nothing."""

    app: Any = field(default_factory=application)
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "10.0.0.9"

    def ask(
        self, url: str, method: str = "GET", body: bytes = b"", kind: str = "http", **headers: str
    ) -> Answer:
        (answer,) = self.ask_at_once(url, [body], method, kind, **headers)
        return answer

    def ask_at_once(
        self, url: str, bodies: list[bytes], method: str = "POST", kind: str = "http",
        **headers: str,
    ) -> list[Answer]:  # fmt: skip
        """One request for each body, none waiting for another."""
        scope = self._scope(url, method, kind, headers)

        async def all_of_them() -> list[Answer]:
            return await asyncio.gather(*(self._asked(dict(scope), body) for body in bodies))

        with ThreadPoolExecutor(1) as aside:  # the browser tests leave a loop running in theirs
            return aside.submit(asyncio.run, all_of_them()).result()

    def _scope(self, url: str, method: str, kind: str, headers: dict[str, str]) -> dict[str, Any]:
        parts = urlsplit(url)
        named = {"host": "127.0.0.1:8501", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if self.cookies and "cookie" not in named:
            named["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        path = re.sub("%([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), parts.path)
        return {
            "type": kind,
            "method": method,
            "path": path.encode("latin-1").decode("utf-8", "replace"),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in named.items()],
            "client": (self.address, 5),
            "scheme": "http",
            "server": ("127.0.0.1", 8501),
        }

    async def _asked(self, scope: dict[str, Any], body: bytes) -> Answer:
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            if scope["type"] == "websocket":
                return {"type": "websocket.connect"}
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        if scope["type"] == "websocket":
            return Answer(said[0].get("code", 0), [], said[0]["type"].encode())
        headers = [(k.decode(), v.decode("latin-1")) for k, v in said[0]["headers"]]
        for name, value in headers:
            if name == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0].strip('"')
        content = b"".join(m.get("body", b"") for m in said[1:])
        return Answer(said[0]["status"], headers, content)

    def form(self, url: str = "/signin") -> str:
        """The hidden field of a form, taken from its page."""
        found = re.search('name="form" value="([0-9a-f]+)"', self.ask(url, **PAGE).text)
        return found[1] if found else ""

    def send(self, url: str, told: dict[str, str], **headers: str) -> Answer:
        kind = {"content_type": "application/x-www-form-urlencoded"}
        return self.ask(url, "POST", urlencode(told, quote_via=quote).encode(), **kind, **headers)

    def sign_in(self, account: str, password: str, **more: str) -> Answer:
        told = {"form": self.form(), "account": account, "password": password, **more}
        return self.send("/signin", told)


def put_on_record(office: DataFolder, *paths: Path) -> None:
    """Has the jobs know documents as they lie there, as if the worker had made them."""
    files = [{"path": str(p), "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for p in paths]
    with Office.open(office) as opened, opened.transaction() as connection:
        id = jobs.enqueue(connection, "report", {}, "office", "zh")
        jobs.claim(connection)
        jobs.finish(connection, id, {"files": files}, 0)
