"""One message to one address by SMTP (RFC 5321), told exactly how far it came.

Own on top of `smtplib`: its `sendmail` does not say whether a line that broke was cut before or
after the final dot, and that is the difference between "send again" and "nobody knows".
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.delivery.settings import Smtp
from pipeline.faults import Fault

# later: not now (4xx, line cut before the end) · address: never for this address · message: never
# for this message · unknown: the line was cut when all had been handed over
Kind = Literal["sent", "later", "address", "message", "unknown"]
_ENHANCED = re.compile(r"^5\.(\d{1,3})\.(\d{1,3})\b")
_ABOUT_ADDRESS = (550, 551, 553)
# A server may take its time over a whole message, and giving up then leaves "nobody knows": ten
# minutes are what RFC 5321 §4.5.3.2.6 asks for, half that of the default here.
_LAST_WAIT = 10
_SAID = 300  # characters kept of an answer


@dataclass(frozen=True)
class Reply:
    """What came of a message. `code` 0: no answer of the server, `said` is the system's."""

    kind: Kind
    code: int = 0
    said: str = ""


class Unreachable(Exception):
    """The server does not answer, or not now; all letters wait."""


class Post:
    """A connection that is opened when needed and opened again when it broke."""

    def __init__(self, settings: Smtp, password: str, root: Path) -> None:
        self.settings, self._password, self._root = settings, password, root
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *error: object) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except OSError:
                self._smtp.close()
        self._smtp = None

    def ready(self) -> smtplib.SMTP:
        """The connection, encrypted and signed in. Unreachable; Fault where settings are wrong."""
        if self._smtp is None:
            try:
                self._smtp = self._connected()
            except ssl.SSLCertVerificationError as error:
                raise _untrusted(self.settings, error) from error
            except smtplib.SMTPAuthenticationError as error:
                if error.smtp_code < 500:
                    raise Unreachable(self._told(error.smtp_error)) from error
                raise _signed_out(self.settings, error.smtp_code) from error
            except smtplib.SMTPNotSupportedError as error:
                raise _unsupported(self.settings) from error
            except OSError as error:  # smtplib's errors are OSErrors too
                raise Unreachable(self._told(error.strerror or str(error))) from error
            except UnicodeError as error:
                raise _signed_out(self.settings, 0) from error
        return self._smtp

    def _connected(self) -> smtplib.SMTP:
        s = self.settings
        if s.security == "none" and s.user:
            raise Fault(
                "smtp.security 为 none 时不会发送口令：请改用 starttls 或 tls，或去掉 user。",
                "No password is sent in clear: with smtp.security none there can be no user; use "
                "starttls or tls.",
                2,
            )
        context = ssl.create_default_context(cafile=self._ca())
        if s.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                s.host, s.port_used, timeout=s.timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(s.host, s.port_used, timeout=s.timeout)
        try:
            if s.security == "starttls":
                smtp.starttls(context=context)
            if s.user:
                smtp.login(s.user, self._password)
            else:
                smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _ca(self) -> str | None:
        if not self.settings.ca_file:
            return None
        path = self._root / self.settings.ca_file
        if not path.is_file():
            raise Fault(
                f"找不到证书文件 {self.settings.ca_file}（smtp.ca_file）。",
                f"The certificate file {self.settings.ca_file} (smtp.ca_file) is not there.",
                2,
            )
        return str(path)

    def send(self, sender: str, to: str, body: bytes, before: Callable[[], None]) -> Reply:
        """Gives one message to the server. `before` is called when the server takes the address,
        right before it is given the text. Unreachable; Fault: it takes nothing from us at all."""
        smtp = self.ready()
        try:
            early = self._offered(smtp, sender, to, len(body))
        except OSError as error:
            return self._broken(error)
        if early is not None:
            return early
        before()
        try:
            code, said = smtp.docmd("DATA")
            if code != 354:
                return self._answered(smtp, code, said, at="data")
            smtp.send(_dotted(body))
        except OSError as error:
            return self._broken(error)
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self.settings.timeout * _LAST_WAIT)
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(self.settings.timeout)
        except OSError as error:
            return Reply("unknown", 0, self._broken(error).said)
        return self._answered(smtp, code, said, at="data")

    def _offered(self, smtp: smtplib.SMTP, sender: str, to: str, size: int) -> Reply | None:
        """None if sender and address are taken."""
        options = (f"size={size}",) if smtp.has_extn("size") else ()
        code, said = smtp.mail(sender, options)
        if code != 250:
            if code >= 500 and code != 552:
                raise _unwelcome(self.settings, code, self._told(said))
            return self._answered(smtp, code, said, at="mail")
        code, said = smtp.rcpt(to)
        return None if code in (250, 251) else self._answered(smtp, code, said, at="rcpt")

    def _answered(self, smtp: smtplib.SMTP, code: int, said: bytes | str, at: str) -> Reply:
        told = self._told(said)
        if at == "data" and code == 250:
            return Reply("sent", code, told)
        if code == 421 or code < 0:
            self._drop()
        else:
            try:
                smtp.rset()
            except OSError:
                self._drop()
        return Reply(_kind(code, told, at), code, told)

    def _broken(self, error: OSError) -> Reply:
        self._drop()
        return Reply("later", 0, self._told(error.strerror or str(error)))

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _told(self, said: bytes | str) -> str:
        """An answer as it may be kept: one line, short, without the password."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        if self._password:
            text = text.replace(self._password, "***")
        return " ".join(text.split())[:_SAID]


def _dotted(body: bytes) -> bytes:
    """The text with its own leading dots doubled, ending in a line end (RFC 5321 §4.5.2)."""
    body = re.sub(rb"(?m)^\.", b"..", body)
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _kind(code: int, said: str, at: str) -> Kind:
    if not 500 <= code < 600:
        return "later"
    class_ = _ENHANCED.match(said)
    if class_ and class_[1] == "7":
        return "message"  # policy: about us or the text, the address may be good
    if class_ and class_[1] == "1":
        return "address"
    return "address" if at == "rcpt" or code in _ABOUT_ADDRESS else "message"


def _untrusted(s: Smtp, error: ssl.SSLCertVerificationError) -> Fault:
    return Fault(
        f"不信任邮件服务器 {s.host} 的证书（{error.verify_message}）。若是行内证书，请把签发机构"
        "的证书放进数据目录并写明 smtp.ca_file。",
        f"The certificate of {s.host} is not trusted ({error.verify_message}). If it is the "
        "bank's own, put its authority's certificate into the data folder and name it as "
        "smtp.ca_file.",
    )


def _signed_out(s: Smtp, code: int) -> Fault:
    return Fault(
        f"邮件服务器 {s.host} 不接受账号 {s.user} 的口令（{code}）。请检查用户名与口令。",
        f"{s.host} does not accept the password of {s.user} ({code}). Check name and password.",
    )


def _unsupported(s: Smtp) -> Fault:
    return Fault(
        f"邮件服务器 {s.host} 不支持所设的加密或登录方式（smtp.security: {s.security}）。"
        "请向邮件管理员核实端口与方式。",
        f"{s.host} does not offer the encryption or sign-in that is set (smtp.security: "
        f"{s.security}). Ask your mail administrator for port and kind.",
    )


def _unwelcome(s: Smtp, code: int, said: str) -> Fault:
    return Fault(
        f"邮件服务器 {s.host} 不接受本系统的来信（{code} {said}）。请检查 from.address、账号与"
        "登录设置。",
        f"{s.host} takes no mail from us ({code} {said}). Check from.address, user and sign-in.",
    )
