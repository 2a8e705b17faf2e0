"""People who may sign in to a data folder, made by the procedures that make them in earnest."""

from __future__ import annotations

import time
from pathlib import Path

from pipeline import accounts
from pipeline.folders import DataFolder
from pipeline.office import Office, sessions
from pipeline.office.accounts import found

CHEAP = "passwords: {argon2: {time_cost: 1, memory_kib: 8, parallelism: 1}}\n"
PASSWORD = "Fenghuang-71-lu"
THREE = {"system": "sys", "security": "sec", "audit": "aud"}


def administrators(root: Path, settings: str = "") -> DataFolder:
    """The three of a folder, with PASSWORD; once."""
    folder = DataFolder(root)
    if not accounts.listed(folder):
        folder.sign_in.write_text(CHEAP + settings, "utf-8")
        for given in accounts.first_three(folder, THREE):
            accounts.change_password(folder, given.account.id, given.password, PASSWORD)
    return folder


def person(root: Path, id: str, role: str, node: str | None = None, name: str = "") -> DataFolder:
    """An account with a role and PASSWORD."""
    folder = administrators(root)
    given = accounts.open_account(folder, id, name or id, "sys")
    accounts.grant(folder, id, role, node, "sec")
    accounts.change_password(folder, id, given.password, PASSWORD)
    return folder


def token(root: Path, id: str) -> str:
    """The cookie of a session of theirs."""
    with Office.open(DataFolder(root)) as office, office.transaction() as connection:
        account = found(connection, id)
        assert account is not None
        return sessions.begin(connection, account, {}, int(time.time()))
