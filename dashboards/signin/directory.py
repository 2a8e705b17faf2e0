"""A directory (LDAP): the person is searched for as the service account and then bound as.

ldap3, RFC 4511-4515. TLS checks the certificate; what is typed is escaped before it enters a
filter; an empty password is refused here, since a directory takes it for an anonymous bind.
"""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass
from typing import Any

from pipeline import accounts
from pipeline.folders import DataFolder
from pipeline.office.accounts import normal_id
from pipeline.sign_in_settings import LDAP_SECRET, Ldap, secret

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its use of pyasn1's former names
    import ldap3
    from ldap3.core.exceptions import LDAPException
    from ldap3.utils.conv import escape_filter_chars

_LONGEST = 200


@dataclass(frozen=True)
class Person:
    """Somebody of the directory: id, name, and the attributes the rules may ask for."""

    id: str
    name: str
    said: dict[str, Any]


def found(folder: DataFolder, settings: Ldap, typed: str, password: str) -> Person | None:
    """The person, if the password is right; None if not. Fault (4): out of reach."""
    if not password or not typed.strip() or len(typed) > _LONGEST or "\x00" in typed:
        return None
    try:
        return _found(folder, settings, normal_id(typed), password)
    except (LDAPException, OSError, ssl.SSLError) as error:
        raise accounts.out_of_reach() from error


def _found(folder: DataFolder, settings: Ldap, typed: str, password: str) -> Person | None:
    word = secret(folder, LDAP_SECRET, settings.bind_password_file)
    service = _connected(folder, settings, settings.bind_dn, word)
    if service is None:
        raise LDAPException("the service account was refused")
    try:
        attributes = {r.claim for r in settings.rules} | {
            n for r in settings.rules if (n := r.node_claim)
        }
        names = sorted(attributes | {settings.account_attribute, settings.name_attribute})
        service.search(
            settings.base,
            settings.filter.replace("{account}", escape_filter_chars(typed)),
            attributes=names,
            size_limit=2,
        )
        entries = [e for e in service.response or [] if e["type"] == "searchResEntry"]
    finally:
        _close(service)
    if len(entries) != 1:
        return None
    own = _connected(folder, settings, entries[0]["dn"], password)
    if own is None:
        return None
    _close(own)
    return _person(settings, entries[0]["attributes"], typed)


def _person(settings: Ldap, told: Any, typed: str) -> Person:
    said = {n: [v] if isinstance(v, str | int) else list(v) for n, v in dict(told).items()}

    def first(name: str, otherwise: str) -> str:
        return str(next(iter(said.get(name) or []), otherwise))

    id = first(settings.account_attribute, typed)
    return Person(id, first(settings.name_attribute, id), said)


def _connected(
    folder: DataFolder, settings: Ldap, dn: str, password: str | None
) -> ldap3.Connection | None:
    """A bound connection; None if name or password are refused. LDAPException otherwise."""
    authorities = str(folder.root / settings.ca_file) if settings.ca_file else None
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=authorities)
    server = ldap3.Server(
        settings.url,
        use_ssl=settings.security == "tls",
        tls=None if settings.security == "none" else tls,
        connect_timeout=settings.seconds,
        get_info=ldap3.NONE,
    )
    connection = ldap3.Connection(
        server, dn, password, read_only=True, receive_timeout=settings.seconds
    )
    try:
        connection.open()
        if settings.security == "starttls" and not connection.start_tls():
            raise LDAPException("no TLS")
        if connection.bind():
            return connection
    except BaseException:
        if connection.socket is not None:
            connection.socket.close()
        raise
    _close(connection)
    return None


def _close(connection: ldap3.Connection) -> None:
    """Ends a connection; ldap3 lets go of its socket without closing it where TLS is at its end."""
    socket = connection.socket
    connection.unbind()
    if socket is not None:
        socket.close()
