"""Who somebody is: by a local password, by the directory, or by what a provider said."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from dashboards.signin import directory, mapping
from dashboards.signin.holding import settings_of
from pipeline import accounts
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, sessions
from pipeline.office import accounts as table
from pipeline.office.accounts import Account, normal_id
from pipeline.sign_in_settings import Rule


class NoRole(Exception):
    """The person is known, but no rule gives a role."""


def by_password(folder: DataFolder, typed: str, password: str, address: str = "") -> str:
    """The token of a new session. Fault: 1 wrong or locked, 4 the directory is out of reach.
    NoRole."""
    settings = settings_of(folder)
    if settings.ldap is not None and not _is_local(folder, typed):
        return _by_directory(folder, typed, password, address)
    if not settings.local:
        raise accounts.wrong()
    account = accounts.proven(folder, typed, password, address=address)
    return begin(folder, account, {}, address)


def _is_local(folder: DataFolder, typed: str) -> bool:
    with Office.open(folder) as office:
        account = table.found(office.connection, typed)
    return account is not None and account.source == "local"


def _by_directory(folder: DataFolder, typed: str, password: str, address: str) -> str:
    settings, now = settings_of(folder), int(time.time())
    assert settings.ldap is not None
    with Office.open(folder) as office:
        if wait := sessions.locked(office.connection, typed, now, address):
            raise accounts.not_looked_at(wait)
        person = directory.found(folder, settings.ldap, typed, password)
        if person is None:
            with office.transaction() as connection:
                wait = sessions.failed(connection, typed, None, settings.passwords, now, address)
            raise accounts.locked_out(wait) if wait else accounts.wrong()
    rules = settings.ldap.rules
    return by_provider(folder, "ldap", person.id, person.name, person.said, rules, address)


def by_provider(
    folder: DataFolder,
    source: str,
    subject: str,
    name: str,
    claims: Mapping[str, Any],
    rules: tuple[Rule, ...],
    address: str = "",
) -> str:
    """The token of a new session of somebody a provider vouches for. NoRole, Fault (1): closed."""
    said = mapping.wanted(rules, claims)
    with Office.open(folder) as office:
        account = table.found(office.connection, _id(source, subject))
        if account is not None and (account.disabled or account.source != source):
            _refuse(office, account.id, "disabled")
            raise accounts.closed()
        if mapping.mapped(rules, claims) is None and not (account and account.role):
            _refuse(office, account.id if account else None, "no_role")
            raise NoRole
        if account is None:
            with office.transaction() as connection:
                id = _id(source, subject)
                account = table.add(connection, id, _shown(name, subject), source, None, "signin")
    return begin(folder, account, said, address)


def begin(folder: DataFolder, account: Account, claims: dict[str, Any], address: str = "") -> str:
    """A session, on record; its token."""
    with Office.open(folder) as office, office.transaction() as connection:
        return sessions.begin(connection, account, claims, int(time.time()), address)


def _refuse(office: Office, account: str | None, why: str) -> None:
    with office.transaction() as connection:
        said = {"account": account, "why": why}
        ledger.append(connection, [ledger.Act("signin.refused", said, "signin")])


def _shown(name: str, subject: str) -> str:
    return (" ".join(name.split()) or subject)[:60]


def _id(source: str, subject: str) -> str:
    """An account's id for a provider's subject. What is no plain lower-case word goes by its hash:
    two subjects must never become one account."""
    plain = f"{source}:{subject}"
    is_word = subject.isascii() and subject.replace("-", "a").replace("_", "a").isalnum()
    if is_word and normal_id(plain) == plain and len(plain) < 100 and not subject.startswith("h-"):
        return plain
    return f"{source}:h-{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
