"""The prefix of a reverse proxy goes off on the way in and on on the way out; logs name nobody."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import typer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route
from typer.testing import CliRunner

from dashboards import logs
from dashboards.proxying import UnderPath
from dashboards.server import is_known
from pipeline.commands import serve
from pipeline.commands.session import Session
from pipeline.folders import DataFolder

Calls = list[dict[str, object]]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The calls of uvicorn.run, none of which starts anything. Undoes what serve sets."""
    import uvicorn

    names = (serve.HOST, serve.DEMO, serve.BASE, serve.PUBLIC, serve.LOG)
    for name in ("MINGCHA_DATA", "MINGCHA_LANG", *names):
        monkeypatch.setenv(name, "")
    made: Calls = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **how: made.append({"app": app, **how}))
    return made


def _run(folder: Path, *words: str) -> Any:
    app = typer.Typer()

    @app.callback()
    def common(ctx: typer.Context) -> None:
        ctx.obj = Session(DataFolder(folder), "zh")

    serve.register(app)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return CliRunner().invoke(app, ["serve", "--port", str(port), *words])


async def _seen(request: Request) -> JSONResponse:
    answer = JSONResponse({"path": request.scope["path"], "raw": str(request.scope["raw_path"])})
    answer.set_cookie("a", "1", path="/")
    answer.set_cookie("b", "2", path="/deep")
    return answer


async def _away(request: Request) -> RedirectResponse:
    return RedirectResponse(request.query_params["to"])


class Answer:
    """What an application answers, by ASGI."""

    def __init__(self, sent: list[Any]) -> None:
        self.status = sent[0]["status"]
        self.headers = [(k.decode(), v.decode()) for k, v in sent[0]["headers"]]
        self.body = b"".join(m.get("body", b"") for m in sent[1:])

    def all(self, name: str) -> list[str]:
        return [v for k, v in self.headers if k == name]


def get(path: str, query: str = "") -> Answer:
    """Asks the application under /mingcha."""
    app = UnderPath(Starlette(routes=[Route("/seen", _seen), Route("/away", _away)]), "/mingcha")
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": [],
        "query_string": query.encode(), "root_path": "", "server": ("localhost", 80),
        "scheme": "http", "client": ("127.0.0.1", 1), "http_version": "1.1",
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return Answer(sent)


@pytest.mark.parametrize("path", ["/mingcha/seen", "/seen"])
def test_the_application_sees_its_own_paths(path: str) -> None:
    assert json.loads(get(path).body) == {"path": "/seen", "raw": "b'/seen'"}


def test_a_prefix_is_taken_off_once_and_only_as_a_whole() -> None:
    assert get("/mingcha/mingcha/seen").status == 404
    assert get("/mingchaX/seen").status == 404


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("/league?a=1", "/mingcha/league?a=1"),
        ("https://id.example/login", "https://id.example/login"),
        ("//evil.example/", "//evil.example/"),
        ("league", "league"),
    ],
)
def test_redirects_stay_under_the_prefix(to: str, told: str) -> None:
    assert get("/mingcha/away", f"to={quote(to)}").all("location") == [told]


def test_the_bare_prefix_leads_to_the_slash() -> None:
    answer = get("/mingcha", "lang=en")
    assert (answer.status, answer.all("location")) == (308, ["/mingcha/?lang=en"])


def test_cookies_are_for_the_prefix_alone() -> None:
    cookies = get("/mingcha/seen").all("set-cookie")
    assert "Path=/mingcha/;" in cookies[0] and "Path=/deep" in cookies[1]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "/"),
        ("/league", "/league"),
        ("/_stcore/upload_file/3f2a/1b", "/_stcore/upload_file/…"),
        ("/media/ab12.xlsx", "/media/…"),
        ("/files/2026Q3-r1/page-0101.pdf", "/files/2026Q3-r1/…"),
        ("/张三", "/…"),
        ("/zhang@bank.example", "/…"),
        ("/a\r\nb", "/…"),
    ],
)
def test_a_route_names_no_session_file_or_person(path: str, told: str) -> None:
    assert logs.route(path) == told


def test_an_exception_is_told_by_its_kind_and_place() -> None:
    try:
        raise ValueError("单元格里写着 张三")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "failed for %s", ("张三",), __import__("sys").exc_info()
        )
    line = logs.Json().format(record)
    told = json.loads(line)
    assert told["exception"] == "ValueError" and told["message"] == "failed for %s"
    assert "张三" not in line and "\n" not in line
    assert any("test_proxying.py" in place for place in told["at_line"])


def test_a_failing_request_is_logged_as_500(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("secret")

    scope = {"type": "http", "path": "/league", "method": "GET"}
    with caplog.at_level(logging.INFO, "mingcha.requests"), pytest.raises(RuntimeError):
        asyncio.run(logs.Requests(broken)(scope, None, None))  # type: ignore[arg-type]
    (record,) = caplog.records
    assert record.told["status"] == 500 and record.told["route"] == "/league"  # type: ignore[attr-defined]


def test_nobody_is_believed_about_the_visitor_unless_named(tmp_path: Path, called: Calls) -> None:
    _run(tmp_path)
    assert (called[0]["proxy_headers"], called[0]["forwarded_allow_ips"]) == (False, [])
    _run(tmp_path, "--trusted-proxy", "10.0.0.5", "--trusted-proxy", "10.1.0.0/16")
    assert called[1]["proxy_headers"] is True
    assert called[1]["forwarded_allow_ips"] == ["10.0.0.5", "10.1.0.0/16"]
    assert called[1]["timeout_graceful_shutdown"] == 10


@pytest.mark.parametrize(
    "words",
    [
        ("--base-path", "mingcha"), ("--base-path", "/a b"), ("--base-path", "//evil.example"),
        ("--base-path", "/../x"), ("--trusted-proxy", "proxy.bank"), ("--trusted-proxy", "*"),
        ("--trusted-proxy", "0.0.0.0/0"), ("--trusted-proxy", "::/0"),
        ("--trusted-proxy", "10.0.0.0/8"), ("--trusted-proxy", "::ffff:0:0/96"),
        ("--log", "xml"), ("--demo", "--trusted-proxy", "10.0.0.5"),
        ("--demo", "--public-host", "localhost"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(
    tmp_path: Path,
    called: Calls,
    words: tuple[str, ...],
) -> None:
    done = _run(tmp_path, *words)
    assert done.exit_code == 2 and done.stderr.strip()
    assert called == []


def test_public_names_are_answered_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_known("mingcha.bank.example")
    monkeypatch.setenv("MINGCHA_SERVE_PUBLIC", "mingcha.bank.example")
    assert is_known("mingcha.bank.example:443") and not is_known("evil.example")
