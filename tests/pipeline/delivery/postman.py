"""A real SMTP server on loopback (aiosmtpd) that can be told to refuse, to hang up or to wait."""

from __future__ import annotations

import email
import email.policy
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "tongbao", "geheim-口令".encode().hex()


@dataclass
class Postman:
    """What arrives, and how the server answers. `at_rcpt`, `at_data`: address → answer or None."""

    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)  # every address that was named
    at_rcpt: Callable[[str], str | None] = lambda address: None
    at_data: Callable[[str], str | None] = lambda address: None
    cut_after: Callable[[str], bool] = lambda address: False  # takes it and hangs up
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.offered.append(address)
        if (answer := self.at_rcpt(address)) is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (address,) = envelope.rcpt_tos  # one recipient per message
        if (answer := self.at_data(address)) is not None:
            return answer
        assert isinstance(envelope.content, bytes)
        made = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.arrived.append((address, made))  # type: ignore[arg-type]
        self.encrypted.append(server.transport.get_extra_info("cipher") is not None)
        if self.cut_after(address):
            server.transport.abort()
        return "250 taken"

    def count(self) -> dict[str, int]:
        """Messages that arrived, by address."""
        found: dict[str, int] = {}
        for address, _ in self.arrived:
            found[address] = found.get(address, 0) + 1
        return found


def _signed_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(), PASSWORD.encode(),
    )  # fmt: skip
    return AuthResult(success=good, handled=False)


@contextmanager
def running(
    postman: Postman, security: str = "starttls", port: int = 0
) -> Iterator[tuple[int, bytes]]:
    """(port, certificate of its authority) of a server with TLS and AUTH, or with neither."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    more: dict[str, Any] = {}
    if security != "none":
        more = {
            "auth_required": True, "authenticator": _signed_in,
            "auth_require_tls": security == "starttls",
        }  # fmt: skip
    if security == "starttls":
        more |= {"tls_context": context, "require_starttls": True}
    controller = Controller(
        postman,
        hostname="localhost",
        port=port or _free(),
        ssl_context=context if security == "tls" else None,
        **more,
    )
    controller.start()
    try:
        yield controller.port, authority.cert_pem.bytes()
    finally:
        controller.stop()


def _free() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def settings(port: int, security: str = "starttls", **more: Any) -> str:
    """A `delivery.yaml`; waits are short."""
    user = "" if security == "none" else f"user: {USER}, ca_file: ca.pem, "
    smtp = (
        f"{{host: localhost, port: {port}, security: {security}, {user}"
        "tries: 3, wait_seconds: 0.01, timeout: 5}"
    )
    lines = [f"smtp: {smtp}", "from: {address: tongbao@bank.example, name: 省行个人金融部}"]
    return "\n".join([*lines, *(f"{k}: {v}" for k, v in more.items())]) + "\n"
