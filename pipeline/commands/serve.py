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
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.session import ENVIRONMENT, USAGE, Session
from pipeline.commands.telling import telling

if TYPE_CHECKING:
    from pipeline.sign_in_settings import SignIn

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


def _check_host(session: Session, host: str, demo: bool, behind: Behind) -> None:
    """Beyond this machine only people who sign in are served, by a name that is known."""
    if is_loopback(host):
        return
    if demo:
        _refuse(
            session,
            f"演示（--demo）人人可切换角色，只限本机，不能在 {host} 上对外服务。",
            f"With --demo anybody may switch roles: this machine only, not {host}.",
            USAGE,
        )
    settings, ready = _sign_in(session)
    if not ready:
        _refuse(
            session,
            f"还没有可以登录的账号，不能在 {host} 上对外服务；请先 mingcha account init，"
            "或在 signin.yaml 中设置统一认证。只限本机：--host 127.0.0.1",
            f"Nobody can sign in yet, so nothing is served on {host}: run mingcha account init "
            "first, or set an identity provider in signin.yaml. This machine only: "
            "--host 127.0.0.1",
            USAGE,
        )
    if not (settings.names or behind.public):
        _refuse(
            session,
            "请写明对外的地址：在 signin.yaml 中 public_url: https://mingcha.bank.cn，"
            "或 --public-host mingcha.bank.cn",
            "Name the address people use: public_url: https://mingcha.bank.cn in signin.yaml, or "
            "--public-host mingcha.bank.cn",
            USAGE,
        )
    if not settings.secure:
        typer.echo(
            session.say(
                "注意：没有 TLS（public_url 不是 https），密码在网络上可被截取。",
                "Note: without TLS (public_url is not https) passwords can be read on the network.",
            ),
            err=True,
        )


def _sign_in(session: Session) -> tuple[SignIn, bool]:
    """The sign-in settings, and whether anybody can sign in."""
    from pipeline.office import Office
    from pipeline.office.accounts import any_configured
    from pipeline.sign_in_settings import load_sign_in

    settings = load_sign_in(session.folder)
    if settings.oidc or settings.ldap or not session.folder.office.exists():
        return settings, bool(settings.oidc or settings.ldap)
    with Office.open(session.folder) as office:
        return settings, any_configured(office.connection)


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
        _check_proxy(session, proxy)
    if demo and (behind.proxies or behind.public):
        _refuse(
            session,
            "--demo 可切换角色，只限本机直接访问，不能与 --trusted-proxy、--public-host 同用。",
            "--demo switches roles and is for this machine alone: not with --trusted-proxy or "
            "--public-host.",
            USAGE,
        )
    for name in behind.public:
        _check_host(session, name, demo, behind)
    return replace(behind, base=base)


# A network of more addresses than this is no proxy: whoever is in it could say who a visitor is.
_FEWEST_BITS = {4: 16, 6: 48}


def _check_proxy(session: Session, proxy: str) -> None:
    try:
        network = ipaddress.ip_network(proxy, strict=False)
    except ValueError:
        _refuse(
            session,
            f"--trusted-proxy 须是 IP 地址或网段，不能是“{proxy}”。",
            f"--trusted-proxy is an IP address or network, not {proxy!r}.",
            USAGE,
        )
        return
    mapped = isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped
    least = 96 + _FEWEST_BITS[4] if mapped else _FEWEST_BITS[network.version]
    if network.prefixlen < least:
        _refuse(
            session,
            f"--trusted-proxy {proxy} 范围太大：其中任何人都能冒充代理、伪造来访者地址。"
            f"请写反向代理本身的地址，例如 127.0.0.1（网段最宽 /{least}）。",
            f"--trusted-proxy {proxy} is too wide: anybody in it could pose as the proxy and make "
            "up visitors' addresses. Name the proxy itself, such as 127.0.0.1 (a network of "
            f"/{least} at the widest).",
            USAGE,
        )


def run(
    session: Session,
    host: str,
    port: int,
    demo: bool,
    behind: Behind | None = None,
) -> None:
    """Serve the dashboard of the session's data folder until stopped. Blocks."""
    behind = behind or Behind()
    with telling(session):
        _check_host(session, host, demo, behind)
        behind = _check_behind(session, behind, demo)
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


def _note(event: str, **told: Any) -> None:
    """A line of the structured log, as `dashboards.logs` writes them."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"at": at, "level": "info", "logger": "mingcha.server", "event": event} | told
    typer.echo(json.dumps(line), err=True)


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
        _note("started", port=port, base=behind.base)
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
