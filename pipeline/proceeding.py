"""What rounds, appeals and check periods share: refusals become faults, the calendar is China's."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from audits.procedure import ROLES, Actor, Refused
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.office.proceedings import today
from pipeline.periods import is_open
from pipeline.settings import Settings, load_settings
from pipeline.stores import Stores, open_stores

REFUSED, USAGE = 1, 2
PATIENCE = 60.0  # seconds: a branch head waits for a publication rather than come again
__all__ = ["PATIENCE", "REFUSED", "USAGE", "actor_of", "at_desk", "at_work", "is_open", "today"]


@contextmanager
def at_desk(folder: DataFolder) -> Iterator[tuple[Office, sqlite3.Connection, Settings]]:
    """The office database in one transaction, for acts that need no facts: nobody waits for an
    ingest or a publication to end. A refusal inside is a fault (1) and changes nothing."""
    settings = load_settings(folder)
    try:
        with Office.open(folder) as office, office.transaction() as connection:
            yield office, connection, settings
    except Refused as refused:
        raise Fault(refused.zh, refused.en, REFUSED) from refused


@contextmanager
def at_work(folder: DataFolder, patience: float = 0.0) -> Iterator[tuple[Stores, Settings]]:
    """The stores, opened for writing, and the settings. A refusal inside is a fault (1).

    `patience`: seconds that a person waits for the lock at least, where the office waits less.
    """
    settings = load_settings(folder)
    try:
        with open_stores(folder, max(settings.lock_seconds, patience)) as stores:
            yield stores, settings
            stores.warehouse.note_head(stores.office.head())
    except Refused as refused:
        raise Fault(refused.zh, refused.en, REFUSED) from refused


def _plain(text: str) -> str:
    """Full width, blanks and invisible signs brought to one form: one person, one name."""
    half = unicodedata.normalize("NFKC", " ".join(text.split()))
    return "".join(c for c in half if unicodedata.category(c) not in ("Cc", "Cf"))


def actor_of(text: str) -> Actor:
    """`NAME/ROLE` or `NAME/ROLE@BRANCH` (the own branch). Fault (2) if it is not that.

    `ROLE` and `ROLE:BRANCH` are taken too, as `mingcha action` has them: the role is the name then.
    """
    text = _plain(text)
    if "/" not in text:
        role, _, own = text.partition(":")
        return actor_of(f"{role}/{role}@{own}" if own else f"{role}/{role}")
    name, _, rest = (part.strip() for part in text.rpartition("/"))
    role, at, branch = (part.strip() for part in rest.partition("@"))
    if name and role in ROLES and (branch or not at) and (branch or role != "branch"):
        return Actor(name, role, branch or None)
    roles = "、".join(f"{id} {zh}" for id, (zh, _) in ROLES.items())
    raise Fault(
        f"--as 写成 姓名/角色 或 姓名/角色@所属网点（网点负责人必须写网点），不能是“{text}”。"
        f"角色：{roles}。例如 --as 张三/office、--as 李四/branch@0101",
        f"--as is NAME/ROLE or NAME/ROLE@OWN-BRANCH (a branch head must name the branch), not "
        f"{text!r}. Roles: {', '.join(ROLES)}. For example --as zhang/office, --as li/branch@0101",
        USAGE,
    )
