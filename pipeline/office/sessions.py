"""Sessions: opaque tokens whose hash alone is stored. Asked about at every rerun and request."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from pipeline.office import ledger
from pipeline.office.accounts import Account, forget_failures, found, key_at, key_of
from pipeline.office.ledger import Act
from pipeline.sign_in_settings import Passwords, SignIn

_STEP = 60  # seconds within which a session is not written again
_FORGET = 24 * 3600
# Failures of an account from all addresses together lock it as well, after this many times those
# from one: a stranger elsewhere does not shut its owner out at once.
_ANYWHERE = 2
_MOST_TOLD = 20
ENDS = ("signed_out", "idle", "expired", "revoked")


@dataclass(frozen=True)
class Session:
    """A session that holds, with its account as it is now."""

    id: str
    account: Account
    claims: dict[str, Any]


def id_of(token: str) -> str:
    """What a token is stored and known as."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    connection: sqlite3.Connection,
    account: Account,
    claims: dict[str, Any],
    now: int,
    address: str = "",
) -> str:
    """A new session of an account, on record with the address it came from; its token. In a
    transaction."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO session VALUES (?, ?, ?, ?, ?, NULL)",
        (id_of(token), account.id, json.dumps(claims, ensure_ascii=False), now, now),
    )
    connection.execute("UPDATE account SET signed_in = ? WHERE id = ?", (ledger.now(), account.id))
    forget_failures(connection, account.id)
    said = {"account": account.id, "source": account.source, "address": address}
    ledger.append(connection, [Act("signin", said, account.id)])
    return token


def look_up(
    connection: sqlite3.Connection, id: str, settings: SignIn, now: int
) -> Session | str | None:
    """The session if it holds; else why it ended (one of ENDS); None if there never was one.

    Marks it as seen, at most once a minute.
    """
    row = connection.execute("SELECT * FROM session WHERE id = ?", (id,)).fetchone()
    if row is None:
        return None
    if row["ended"] is not None:
        return str(row["ended"])
    if why := _over(row, settings, now):
        connection.execute("UPDATE session SET ended = ? WHERE id = ?", (why, id))
        return why
    account = found(connection, row["account"])
    if account is None or account.disabled:
        return "revoked"
    if abs(now - row["seen"]) >= _STEP:
        connection.execute("UPDATE session SET seen = ? WHERE id = ?", (now, id))
    return Session(id, account, json.loads(row["claims"]))


def _over(row: sqlite3.Row, settings: SignIn, now: int) -> str | None:
    if now - row["started"] > settings.hours * 3600:
        return "expired"
    return "idle" if now - row["seen"] > settings.idle_minutes * 60 else None


def sign_out(connection: sqlite3.Connection, id: str) -> None:
    """Ends a session, on record. In a transaction."""
    row = connection.execute(
        "UPDATE session SET ended = 'signed_out' WHERE id = ? AND ended IS NULL RETURNING account",
        (id,),
    ).fetchone()
    if row is not None:
        said = {"account": row["account"]}
        ledger.append(connection, [Act("signout", said, row["account"])])


def open_sessions(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Sessions that nobody ended: account, name, started and seen (seconds since 1970)."""
    rows = connection.execute(
        "SELECT account, name, started, seen FROM session JOIN account ON account.id = account"
        " WHERE ended IS NULL ORDER BY seen DESC, account"
    )
    return [dict(r) for r in rows]


def looked(connection: sqlite3.Connection, id: str, by: str, subject: str, scope: str) -> bool:
    """Records that somebody looked at personal detail: once for each session, subject and scope.

    In a transaction. Whether it was new.
    """
    new = connection.execute(
        "INSERT OR IGNORE INTO look VALUES (?, ?, ?)", (id, subject, scope)
    ).rowcount
    if new:
        ledger.append(connection, [Act("look", {"subject": subject, "scope": scope}, by)])
    return bool(new)


def has_looked(connection: sqlite3.Connection, id: str, subject: str, scope: str) -> bool:
    """Whether that is in the ledger already."""
    row = connection.execute(
        "SELECT 1 FROM look WHERE session = ? AND subject = ? AND scope = ?", (id, subject, scope)
    ).fetchone()
    return row is not None


def earlier(connection: sqlite3.Connection, account: str) -> list[tuple[str, str]]:
    """(time in UTC, address) of the sign-ins of an account before its newest one, newest first."""
    rows = connection.execute(
        "SELECT at, coalesce(json_extract(body, '$.address'), '') AS address"
        " FROM ledger JOIN ledger_payload USING (seq) WHERE act = 'signin' AND actor = ?"
        " ORDER BY seq DESC LIMIT ? OFFSET 1",
        (account, _MOST_TOLD),
    )
    return [(row["at"], row["address"]) for row in rows]


def locked(connection: sqlite3.Connection, typed: str, now: int, address: str = "") -> int:
    """Seconds until another attempt at the account from that address is looked at; 0: now."""
    (until,) = connection.execute(
        "SELECT max(until) FROM sign_in_failure WHERE account IN (?, ?)",
        (key_of(typed), key_at(typed, address)),
    ).fetchone()
    return max(0, (until or 0) - now)


def failed(
    connection: sqlite3.Connection,
    typed: str,
    known: Account | None,
    rules: Passwords,
    now: int,
    address: str = "",
) -> int:
    """Counts a failure and gives the seconds of the lock-out that follows; 0: none.

    From `tries` failures from one address on, or twice as many from anywhere, each one locks, twice
    as long as the one before. On record are the first failure and every lock-out, with no name that
    is no account (it may be a password typed into the wrong box). In a transaction.
    """
    connection.execute("DELETE FROM sign_in_failure WHERE last < ?", (now - _FORGET,))
    _, here = _counted(connection, key_at(typed, address), rules.tries, rules, now)
    count, anywhere = _counted(connection, key_of(typed), _ANYWHERE * rules.tries, rules, now)
    wait = max(here, anywhere)
    if count == 1 or wait:
        said = {"account": known.id if known else None, "failures": count, "locked_seconds": wait}
        ledger.append(connection, [Act("signin.refused", said | {"address": address}, "signin")])
    return wait


def _counted(
    connection: sqlite3.Connection, key: str, tries: int, rules: Passwords, now: int
) -> tuple[int, int]:
    """How many failures there are under a key with this one, and the seconds that it locks."""
    (count,) = connection.execute(
        "INSERT INTO sign_in_failure VALUES (?, 1, ?, 0) ON CONFLICT (account)"
        " DO UPDATE SET count = count + 1, last = excluded.last RETURNING count",
        (key, now),
    ).fetchone()
    over = count - tries
    wait = min(rules.lock_seconds * 2 ** min(over, 30), rules.longest_lock_seconds)
    wait = wait if over >= 0 else 0
    connection.execute("UPDATE sign_in_failure SET until = ? WHERE account = ?", (now + wait, key))
    return count, wait
