"""Where the server binds, and what every answer carries."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dashboards import exports, formats, server
from dashboards.words import Words
from pipeline.commands import serve
from pipeline.commands.session import Session
from pipeline.folders import DataFolder


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
    assert "There are no accounts yet" in result.stderr  # type: ignore[attr-defined]


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
        (-0.0312, "pp", "-3.1 pp", "-3.1 pp"),
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


def test_an_export_opens_in_excel_with_chinese_right() -> None:
    import polars as pl

    assert exports.csv(pl.DataFrame({"网点": ["松涛"]})) == "\ufeff网点\n松涛\n".encode()
