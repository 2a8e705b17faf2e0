"""`mingcha serve`: the dashboard. Starts it by import string: pipeline knows no dashboard."""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
import threading
import urllib.error
import urllib.request
from typing import Annotated

import typer

from pipeline.commands.session import ENVIRONMENT, USAGE, Session

DEMO = "MINGCHA_SERVE_DEMO"
HOST = "MINGCHA_SERVE_HOST"
_SERVER = "dashboards.server:create"


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(session: Session, zh: str, en: str, code: int) -> None:
    typer.echo(session.say(zh, en), err=True)
    raise typer.Exit(code)


def _check_host(session: Session, host: str) -> None:
    if not is_loopback(host):
        _refuse(
            session,
            f"本版本还没有账号登录，不能在 {host} 上对外服务；请用 --host 127.0.0.1（只限本机）。",
            f"There are no accounts yet, so this version does not serve on {host}; "
            "use --host 127.0.0.1 (this machine only).",
            USAGE,
        )


def _check_port(session: Session, host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            _refuse(
                session,
                f"端口 {port} 用不了（可能已被占用）；请换一个，例如 --port {port + 1}。",
                f"Port {port} cannot be used (perhaps it is taken); "
                f"name another, for example --port {port + 1}.",
                ENVIRONMENT,
            )


def run(session: Session, host: str, port: int, demo: bool) -> None:
    """Serve the dashboard of the session's data folder until stopped. Blocks."""
    _check_host(session, host)
    _check_port(session, host, port)
    os.environ["MINGCHA_DATA"] = str(session.folder.root)
    os.environ["MINGCHA_LANG"] = session.lang
    os.environ[HOST], os.environ[DEMO] = host, "1" if demo else "0"
    over = threading.Event()
    threading.Thread(target=_say_when_up, args=(session, host, port, over), daemon=True).start()
    import uvicorn

    try:
        uvicorn.run(
            _SERVER,
            factory=True,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
        )
    finally:
        over.set()  # nothing is said of a server that has ended


def _say_when_up(session: Session, host: str, port: int, over: threading.Event) -> None:
    """Says that it runs once the port answers, and not before."""
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    while not _answers(address):
        if over.wait(0.1):
            return
    if over.is_set():
        return
    typer.echo(
        session.say(
            f"明察已启动：{address}（按 Ctrl+C 停止）",
            f"Mingcha is running: {address}?lang=en (Ctrl+C stops it)",
        ),
        err=True,
    )


def _answers(address: str) -> bool:
    # Not by way of a proxy that the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/healthz", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True  # it answers, be it that the folder cannot be read
    except (OSError, ValueError, http.client.HTTPException):
        return False


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="监听地址 · address to bind")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 · port", min=1, max=65535)] = 8501,
    demo: Annotated[
        bool, typer.Option("--demo", help="可切换角色，仅限本机 · role switch, this machine only")
    ] = False,
) -> None:
    """启动看板 · serve the dashboard"""
    run(ctx.obj, host, port, demo)


def register(app: typer.Typer) -> None:
    """Adds `serve` to the command line."""
    app.command()(serve)
