"""Accounts and the ledger for pages: the policy is asked first, whoever calls.

    listed · open_account · disable · enable · grant · reset · sessions · end_sessions · ledger

No Streamlit in here. Faults carry the sentence for the page.
"""

from __future__ import annotations

import json
from typing import Any

from dashboards.access import Denied, Viewer, check_user_can, scope_of
from pipeline import accounts
from pipeline.accounts import Given
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.office import accounts as table
from pipeline.office import sessions as open_ones
from pipeline.office.accounts import Account


def listed(folder: DataFolder, viewer: Viewer) -> list[dict[str, Any]]:
    """All accounts: id, name, source, role, node, disabled, must_change, opened_at, signed_in."""
    scope_of(viewer, "accounts")
    return [a.to_json() for a in accounts.listed(folder)]


def open_account(folder: DataFolder, viewer: Viewer, id: str, name: str) -> Given:
    """Opens a local account without a role; its one-time password is told once. Denied, Fault."""
    check_user_can(viewer, "open_account")
    return accounts.open_account(folder, id, name, viewer.account)


def disable(folder: DataFolder, viewer: Viewer, id: str, reason: str) -> Account:
    """Closes an account; its sessions end at the next click. Denied, Fault."""
    check_user_can(viewer, "open_account")
    return accounts.disable(folder, id, viewer.account, reason)


def enable(folder: DataFolder, viewer: Viewer, id: str) -> Account:
    """Opens a closed account again. Denied, Fault."""
    check_user_can(viewer, "open_account")
    return accounts.enable(folder, id, viewer.account)


def reset(folder: DataFolder, viewer: Viewer, id: str) -> Given:
    """A one-time password; those of administrators need two people, at the command line."""
    check_user_can(viewer, "open_account")
    return accounts.reset(folder, id, viewer.account)


def grant(folder: DataFolder, viewer: Viewer, id: str, role: str, node: str | None) -> Account:
    """Gives the one role of an account; an empty one takes it away. Denied, Fault."""
    check_user_can(viewer, "grant")
    return accounts.grant(folder, id, role, node, viewer.account)


def sessions(folder: DataFolder, viewer: Viewer) -> list[dict[str, Any]]:
    """Open sessions: account, name, started and seen (seconds since 1970)."""
    scope_of(viewer, "accounts")
    with Office.open(folder) as office:
        return open_ones.open_sessions(office.connection)


def end_sessions(folder: DataFolder, viewer: Viewer, id: str) -> None:
    """Signs somebody out everywhere, on record."""
    check_user_can(viewer, "open_account")
    with Office.open(folder) as office, office.transaction() as connection:
        account = table.need(connection, id)
        table.end_sessions(connection, account.id)
        said = {"account": account.id}
        ledger.append(connection, [ledger.Act("account.end_sessions", said, viewer.account)])


def acts(folder: DataFolder, viewer: Viewer) -> list[str]:
    """The kinds of records there are, for a filter."""
    scope_of(viewer, "ledger")
    with Office.open(folder) as office:
        rows = office.connection.execute("SELECT DISTINCT act FROM ledger ORDER BY act")
        return [row["act"] for row in rows]


def records(
    folder: DataFolder,
    viewer: Viewer,
    *,
    act: str = "",
    actor: str = "",
    before: int | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Records of the ledger, newest first: seq, at (UTC), actor, act, hash, payload (None: erased).

    `before`: only records with a lower number, for the next page. Denied.
    """
    scope_of(viewer, "ledger")
    if not 0 < limit <= 10_000:
        raise Denied
    with Office.open(folder) as office:
        rows = office.connection.execute(
            "SELECT l.seq, at, actor, act, hash, body FROM ledger l"
            " LEFT JOIN ledger_payload USING (seq)"
            " WHERE (?1 = '' OR act = ?1) AND (?2 = '' OR actor = ?2)"
            " AND (?3 IS NULL OR seq < ?3) ORDER BY seq DESC LIMIT ?4",
            (act, actor, before, limit),
        ).fetchall()
    told = [dict(row) for row in rows]
    for row in told:
        body = row.pop("body")
        row["payload"] = None if body is None else json.loads(body)
    return told
