"""Where the server binds, and what every answer carries."""

from __future__ import annotations

import asyncio
import http.server
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dashboards import exports, formats, server
from dashboards.words import Words
from pipeline import accounts
from pipeline.commands import serve
from pipeline.commands.session import Session
from pipeline.folders import DataFolder
from pipeline.worker import presence


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The calls of uvicorn.run, none of which starts anything. Undoes what serve sets."""
    import uvicorn

    for name in ("MINGCHA_DATA", "MINGCHA_LANG", serve.HOST, serve.DEMO):
        monkeypatch.setenv(name, "")
    made: list[dict[str, object]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **how: made.append({"app": app, **how}))
    return made


def _run(folder: Path, *options: str, lang: str = "zh") -> object:
    app = typer.Typer()

    @app.callback()
    def common(ctx: typer.Context) -> None:
        ctx.obj = Session(DataFolder(folder), "en" if lang == "en" else "zh")

    serve.register(app)
    return CliRunner().invoke(app, ["serve", *options])


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "192.168.1.4", "::", "example.com", "127.0.0.1.nip.io"]
)
@pytest.mark.parametrize("demo", [[], ["--demo"]])
def test_without_accounts_only_loopback(
    tmp_path: Path, called: list[dict[str, object]], host: str, demo: list[str]
) -> None:
    result = _run(tmp_path, "--host", host, *demo)
    assert result.exit_code == 2  # type: ignore[attr-defined]
    assert "只限本机" in result.stderr  # type: ignore[attr-defined]
    assert called == []


def test_the_refusal_is_said_in_english_too(
    tmp_path: Path, called: list[dict[str, object]]
) -> None:
    result = _run(tmp_path, "--host", "0.0.0.0", lang="en")
    assert "Nobody can sign in yet" in result.stderr  # type: ignore[attr-defined]


def test_with_accounts_it_serves_by_a_known_name_but_never_the_role_switch(
    tmp_path: Path, called: list[dict[str, object]]
) -> None:
    cheap = "passwords: {argon2: {time_cost: 1, memory_kib: 8, parallelism: 1}}\n"
    folder = DataFolder(tmp_path)
    folder.sign_in.write_text(cheap, "utf-8")
    accounts.first_three(folder, {"system": "s1", "security": "s2", "audit": "s3"})
    options = ("--host", "0.0.0.0", "--port", str(_free_port()))
    unnamed = _run(tmp_path, *options)
    assert (unnamed.exit_code, called) == (2, [])  # type: ignore[attr-defined]
    assert "public_url" in unnamed.stderr  # type: ignore[attr-defined]
    folder.sign_in.write_text(cheap + "public_url: http://mingcha.bank.cn\n", "utf-8")
    assert _run(tmp_path, *options, "--demo").exit_code == 2  # type: ignore[attr-defined]
    assert called == []
    plain = _run(tmp_path, *options)
    assert (plain.exit_code, len(called)) == (0, 1)  # type: ignore[attr-defined]
    assert "没有 TLS" in plain.stderr  # type: ignore[attr-defined]
    assert server.is_known("mingcha.bank.cn") and not server.is_known("bank.cn")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_binds_to_this_machine_by_default(
    tmp_path: Path, called: list[dict[str, object]]
) -> None:
    port = _free_port()
    assert _run(tmp_path, "--port", str(port)).exit_code == 0  # type: ignore[attr-defined]
    assert (called[0]["host"], called[0]["port"]) == ("127.0.0.1", port)
    assert called[0]["app"] == "dashboards.server:create"


def test_a_taken_port_is_a_sentence(tmp_path: Path, called: list[dict[str, object]]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = _run(tmp_path, "--port", str(port))
    assert result.exit_code == 4  # type: ignore[attr-defined]
    assert f"--port {port + 1}" in result.stderr  # type: ignore[attr-defined]
    assert called == []


def test_the_look_and_the_silence_are_set_without_a_file() -> None:
    from streamlit import config

    server.configure()
    assert config.get_option("browser.gatherUsageStats") is False
    assert config.get_option("client.showErrorDetails") == "none"
    assert config.get_option("server.fileWatcherType") == "none"
    assert "Noto Sans CJK SC" in config.get_option("theme.font")
    assert config.get_option("theme.dark.backgroundColor") == server.DARK["backgroundColor"]
    assert config.get_option("server.allowedHosts") == ["localhost", "127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0.8534, "%", "85.3%", "85.3%"),
        (-0.0312, "pp", "-3.1 个百分点", "-3.1 pp"),
        (1_234_567.0, "万元", "123.46 万元", "123.46 10k yuan"),
        (141.594, "万元", "0.0142 万元", "0.0142 10k yuan"),
        (12.0, "户", "12 户", "12 customers"),
        (0.0, "%", "0.0%", "0.0%"),
        (None, "%", "—", "—"),
        (float("nan"), "%", "—", "—"),
    ],
)
def test_numbers_in_words(value: float | None, unit: str, zh: str, en: str) -> None:
    assert formats.written(Words("zh"), value, unit) == zh
    assert formats.written(Words("en"), value, unit) == en


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_an_export_has_no_formula(lead: str) -> None:
    import polars as pl

    made = exports.csv(pl.DataFrame({"a": [f"{lead}1+1"], "b": [-3]})).decode("utf-8-sig")
    cell = made.split("\n", 1)[1]
    assert cell.lstrip('"').startswith("'" + lead)
    assert ",-3" in cell  # a number is no formula
    titled = exports.csv(pl.DataFrame({f"{lead}1+1": ["a"]})).decode("utf-8-sig")
    assert titled.lstrip('"').startswith("'" + lead)  # as where branches stand beside each other


def test_an_export_opens_in_excel_with_chinese_right() -> None:
    import polars as pl

    assert exports.csv(pl.DataFrame({"网点": ["松涛"]})) == "\ufeff网点\n松涛\n".encode()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8501", "localhost:1", "LOCALHOST", "[::1]:8501", "localhost."]
)
def test_it_answers_to_its_own_names(host: str) -> None:
    assert server.is_known(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil@localhost",
        "localhost:port",
        "localhost:99999",
        "localhost/evil",
        "[::1",
    ],
)
def test_it_answers_to_no_other_name(host: str) -> None:
    assert not server.is_known(host)


def _told(folder: Path, monkeypatch: pytest.MonkeyPatch, host: str) -> tuple[int, dict[str, str]]:
    """Status and JSON of /healthz, asked as a web server would ask."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Route

    monkeypatch.setenv("MINGCHA_DATA", str(folder))
    guards = [Middleware(server.GuardedHeaders), Middleware(server.KnownHost)]
    app = Starlette(routes=[Route("/healthz", server.health)], middleware=guards)
    asked = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b""}
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        said.append(message)

    async def ask() -> None:
        await app({**asked, "headers": [(b"host", host.encode())]}, receive, send)

    # In a thread of its own: the browser tests leave a running loop in theirs.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, ask()).result()
    names = {name for name, _ in said[0]["headers"]}
    assert b"content-security-policy" in names
    status = said[0]["status"]
    return status, json.loads(said[1]["body"]) if status == 200 else {}


def test_health_is_told_to_known_hosts_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = {"status": "ok", "publications": 0, "worker": "absent"}
    assert _told(tmp_path, monkeypatch, "127.0.0.1:8501") == (200, well)
    assert _told(tmp_path, monkeypatch, "evil.example") == (400, {})


def test_health_tells_what_the_worker_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    presence.announce(DataFolder(tmp_path), presence.BUSY)
    assert _told(tmp_path, monkeypatch, "localhost")[1]["worker"] == "busy"


def test_it_says_so_only_when_the_port_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = _free_port()
    session = Session(DataFolder(tmp_path), "zh")
    thread = threading.Thread(
        target=serve._say_when_up, args=(session, "127.0.0.1", port, threading.Event())
    )
    thread.start()
    time.sleep(0.5)
    assert capsys.readouterr().err == ""  # nobody answers yet

    class Well(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", port), Well) as answering:
        threading.Thread(target=answering.serve_forever, daemon=True).start()
        thread.join(20)
        answering.shutdown()
    assert f"明察已启动：http://127.0.0.1:{port}" in capsys.readouterr().err


def test_a_foreign_origin_is_refused_without_asking_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from streamlit import net_util
    from streamlit.web.server import server_util

    monkeypatch.setenv("MINGCHA_DATA", str(tmp_path))
    monkeypatch.setattr(net_util, "_external_ip", None)
    asked: list[str] = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    server.configure()
    assert not server_util.is_url_from_allowed_origins("https://evil.example")
    assert asked == []
