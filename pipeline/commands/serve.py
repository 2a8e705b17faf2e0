"""`mingcha serve`: the dashboard. Starts it by import string: pipeline knows no dashboard."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import re
import socket
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from pipeline.commands.session import ENVIRONMENT, USAGE, Session

DEMO = "MINGCHA_SERVE_DEMO"
HOST = "MINGCHA_SERVE_HOST"
BASE = "MINGCHA_SERVE_BASE"
PUBLIC = "MINGCHA_SERVE_PUBLIC"
LOG = "MINGCHA_SERVE_LOG"
_BASE_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)+")
GRACE = 10  # seconds that requests in hand are given when the server stops


@dataclass(frozen=True)
class Behind:
    """What stands before the server. `base`: path it is served under; `proxies`: addresses that are
    believed about visitor and scheme; `public`: host names it answers to beside this machine's."""

    base: str = ""
    proxies: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    log: str = "text"


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


def _check_behind(session: Session, behind: Behind, demo: bool) -> Behind:
    """The same in one form; leaves with a sentence where it cannot be."""
    base = behind.base.rstrip("/")
    if base and not _BASE_PATH.fullmatch(base):
        _refuse(
            session,
            f"--base-path 写成 /mingcha 这样的路径，不能是“{behind.base}”。",
            f"--base-path is a path such as /mingcha, not {behind.base!r}.",
            USAGE,
        )
    if behind.log not in ("text", "json"):
        _refuse(session, "--log 只有 text 和 json。", "--log is text or json.", USAGE)
    for proxy in behind.proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            _refuse(
                session,
                f"--trusted-proxy 须是 IP 地址或网段，不能是“{proxy}”。",
                f"--trusted-proxy is an IP address or network, not {proxy!r}.",
                USAGE,
            )
    if demo and (behind.proxies or behind.public):
        _refuse(
            session,
            "--demo 可切换角色，只限本机直接访问，不能与 --trusted-proxy、--public-host 同用。",
            "--demo switches roles and is for this machine alone: not with --trusted-proxy or "
            "--public-host.",
            USAGE,
        )
    for name in behind.public:
        _check_host(session, name)
    return replace(behind, base=base)


def run(
    session: Session,
    host: str,
    port: int,
    demo: bool,
    behind: Behind | None = None,
) -> None:
    """Serve the dashboard of the session's data folder until stopped. Blocks."""
    _check_host(session, host)
    behind = _check_behind(session, behind or Behind(), demo)
    _check_port(session, host, port)
    os.environ["MINGCHA_DATA"] = str(session.folder.root)
    os.environ["MINGCHA_LANG"] = session.lang
    os.environ[HOST], os.environ[DEMO] = host, "1" if demo else "0"
    os.environ[BASE], os.environ[LOG] = behind.base, behind.log
    os.environ[PUBLIC] = ",".join(behind.public)
    over = threading.Event()
    threading.Thread(
        target=_say_when_up, args=(session, host, port, over, behind), daemon=True
    ).start()
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
            # Nobody is believed about visitor and scheme but the proxies named.
            proxy_headers=bool(behind.proxies),
            forwarded_allow_ips=list(behind.proxies),
            timeout_graceful_shutdown=GRACE,
        )
    finally:
        over.set()  # nothing is said of a server that has ended


def _say_when_up(
    session: Session, host: str, port: int, over: threading.Event, behind: Behind | None = None
) -> None:
    """Says that it runs once the port answers, and not before."""
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    while not _answers(address):
        if over.wait(0.1):
            return
    if over.is_set():
        return
    behind = behind or Behind()
    if behind.log == "json":
        typer.echo(json.dumps({"event": "started", "port": port, "base": behind.base}), err=True)
        return
    place = f"{address}{behind.base}/" if behind.base else address
    typer.echo(
        session.say(
            f"明察已启动：{place}（按 Ctrl+C 停止）",
            f"Mingcha is running: {place}?lang=en (Ctrl+C stops it)",
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
    base_path: Annotated[
        str, typer.Option(help="反向代理下的路径前缀，如 /mingcha · path it is served under")
    ] = "",
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(help="可信反向代理的地址，可多次 · proxies believed, repeatable"),
    ] = None,
    public_host: Annotated[
        list[str] | None, typer.Option(help="对外域名，可多次 · host names it answers to")
    ] = None,
    log: Annotated[str, typer.Option(help="text | json")] = "text",
) -> None:
    """启动看板 · serve the dashboard"""
    behind = Behind(base_path, tuple(trusted_proxy or ()), tuple(public_host or ()), log)
    run(ctx.obj, host, port, demo, behind)


def register(app: typer.Typer) -> None:
    """Adds `serve` to the command line."""
    app.command()(serve)
