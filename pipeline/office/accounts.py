"""Accounts: opened by the system administrator, given a role by the security administrator.

Neither can do what is the other's, and nobody does either to the own account. Every act is a
record of the ledger; no password is ever in one.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.faults import Fault
from pipeline.office import ledger
from pipeline.office.ledger import Act
from pipeline.sign_in_settings import ROLES_WITH_NODE

REFUSED, USAGE = 1, 2
ADMINISTRATORS = ("system", "security", "audit")
ROLES = ("office", "head", "city", "branch", "union", "hq", *ADMINISTRATORS)
_ID = re.compile(r"[\w.@:+-]{2,120}")

# Whoever resets one of these passwords alone could act as its owner: two people do it.
# Whose password one administrator alone does not reset: all who see more than one branch's figures.
TWO_KEYS = (*ADMINISTRATORS, "office", "head", "city", "union", "hq")
NAMES = {"system": "系统管理员", "security": "安全管理员", "audit": "审计管理员"}


@dataclass(frozen=True)
class Account:
    """Who may sign in. `role`: empty, none; None, as the identity provider says."""

    id: str
    name: str
    source: str
    role: str | None
    node: str | None
    disabled: bool
    must_change: bool
    opened_at: str
    signed_in: str | None
    password: str | None = None
    given_at: int | None = None  # when a one-time password was set, in seconds since 1970

    def to_json(self) -> dict[str, Any]:
        """As `account list --json` has it; no password."""
        return {k: v for k, v in asdict(self).items() if k not in ("password", "given_at")}


def normal_id(text: str) -> str:
    """An account as it is known, however it is typed."""
    half = unicodedata.normalize("NFKC", text).strip().casefold()
    return "".join(c for c in half if unicodedata.category(c) not in ("Cc", "Cf"))


def _account(row: sqlite3.Row) -> Account:
    told = dict(row)
    return Account(**told | {k: bool(told[k]) for k in ("disabled", "must_change")})


def found(connection: sqlite3.Connection, id: str) -> Account | None:
    """The account of that id; None if there is none."""
    row = connection.execute("SELECT * FROM account WHERE id = ?", (normal_id(id),)).fetchone()
    return _account(row) if row else None


def listed(connection: sqlite3.Connection) -> list[Account]:
    """All accounts, by id."""
    return [_account(r) for r in connection.execute("SELECT * FROM account ORDER BY id")]


def need(connection: sqlite3.Connection, id: str) -> Account:
    """The account of that id. Fault (2) if there is none."""
    account = found(connection, id)
    if account is None:
        raise Fault(
            f"没有账号“{normal_id(id)}”。用 mingcha account list 查看。",
            f"There is no account {normal_id(id)!r}; see mingcha account list.",
            USAGE,
        )
    return account


def acting(connection: sqlite3.Connection, id: str, role: str) -> Account:
    """The account that acts, if it may: in use, and of that role. Fault (1) otherwise."""
    account = found(connection, id)
    if account is None or account.disabled or account.role != role:
        raise Fault(
            f"此事由{NAMES.get(role, role)}办理，账号“{normal_id(id)}”不能办理。",
            f"This is for the {role} administrator, not for the account {normal_id(id)!r}.",
            REFUSED,
        )
    return account


def open_account(
    connection: sqlite3.Connection, id: str, name: str, password: str, actor: str, now: int
) -> Account:
    """Opens a local account without any role. `password`: the hash of a one-time one, set `now`.

    In a transaction, for the system administrator. Fault: 1 there is one, 2 no such id or name.
    """
    acting(connection, actor, "system")
    opened = add(connection, id, name, "local", password, actor)
    connection.execute("UPDATE account SET given_at = ? WHERE id = ?", (now, opened.id))
    return need(connection, opened.id)


def add(
    connection: sqlite3.Connection, id: str, name: str, source: str, password: str | None, by: str
) -> Account:
    """Adds an account without a role of its own. In a transaction."""
    id, name = normal_id(id), " ".join(name.split())
    if not _ID.fullmatch(id) or not 0 < len(name) <= 60:
        raise Fault(
            "账号为 2 至 120 个字母、数字或 . @ : + - _，并须写姓名（至多 60 字）。",
            "An account has 2 to 120 letters, digits or . @ : + - _, and a person's name "
            "(at most 60 characters).",
            USAGE,
        )
    if found(connection, id) is not None:
        raise Fault(f"账号“{id}”已存在。", f"There is an account {id!r} already.", REFUSED)
    connection.execute(
        "INSERT INTO account VALUES (?, ?, ?, ?, NULL, 0, ?, ?, ?, NULL, NULL)",
        (id, name, source, "" if source == "local" else None, password, int(source == "local"),
         ledger.now()),
    )  # fmt: skip
    _record(connection, "account.open", {"account": id, "name": name, "source": source}, by)
    return need(connection, id)


def _record(connection: sqlite3.Connection, act: str, said: dict[str, Any], by: str) -> None:
    ledger.append(connection, [Act(act, said, by)])


def _other(account: Account, actor: str) -> None:
    if account.id == normal_id(actor):
        raise Fault(
            "不能办理自己的账号。请由另一位管理员办理。",
            "Nobody does this to the own account; another administrator does.",
            REFUSED,
        )


def _not_the_last(connection: sqlite3.Connection, account: Account) -> None:
    """Without one of the three administrators nobody could mend it."""
    if account.role not in ADMINISTRATORS or account.disabled:
        return
    (left,) = connection.execute(
        "SELECT count(*) FROM account WHERE role = ? AND NOT disabled AND id <> ?",
        (account.role, account.id),
    ).fetchone()
    if not left:
        raise Fault(
            "这是最后一个此类管理员账号。请先另设一个。",
            "This is the last administrator of its kind; appoint another one first.",
            REFUSED,
        )


def disable(connection: sqlite3.Connection, id: str, actor: str, reason: str = "") -> Account:
    """Closes an account and its sessions, for the system administrator. In a transaction."""
    acting(connection, actor, "system")
    account = need(connection, id)
    _other(account, actor)
    _not_the_last(connection, account)
    connection.execute("UPDATE account SET disabled = 1 WHERE id = ?", (account.id,))
    end_sessions(connection, account.id)
    _record(connection, "account.disable", {"account": account.id, "reason": reason}, actor)
    return need(connection, id)


def enable(connection: sqlite3.Connection, id: str, actor: str) -> Account:
    """Opens a closed account again, for the system administrator. In a transaction."""
    acting(connection, actor, "system")
    account = need(connection, id)
    _other(account, actor)
    connection.execute("UPDATE account SET disabled = 0 WHERE id = ?", (account.id,))
    _record(connection, "account.enable", {"account": account.id}, actor)
    return need(connection, id)


def end_sessions(connection: sqlite3.Connection, id: str) -> None:
    """Ends every session of an account."""
    connection.execute(
        "UPDATE session SET ended = 'revoked' WHERE account = ? AND ended IS NULL", (id,)
    )


def grant(
    connection: sqlite3.Connection, id: str, role: str, node: str | None, actor: str
) -> Account:
    """Gives an account its one role, or with an empty `role` takes it away; for the security
    administrator. What is given here goes before what an identity provider says.

    In a transaction. Fault: 1 not the actor's to do, 2 no such role, or a node too few or many.
    """
    acting(connection, actor, "security")
    account = need(connection, id)
    _other(account, actor)
    node = (node or "").strip() or None
    if role and role not in ROLES:
        raise Fault(
            f"没有角色“{role}”。角色：{'、'.join(ROLES)}。",
            f"There is no role {role!r}. Roles: {', '.join(ROLES)}.",
            USAGE,
        )
    homeless = role in ROLES_WITH_NODE and node is None
    if homeless or (node and role in ("", *ADMINISTRATORS)):
        raise Fault(
            "二级分行和网点负责人须写所属机构代码；管理员没有所属机构。",
            "City and branch need the code of their node; administrators have none.",
            USAGE,
        )
    if role in ADMINISTRATORS and account.role not in ("", None, role):
        raise Fault(
            "管理员须用另开的账号，不能由有其他角色的账号兼任。",
            "An administrator has an account of its own, not one that has another role.",
            REFUSED,
        )
    if role != account.role:
        _not_the_last(connection, account)
    connection.execute(
        "UPDATE account SET role = ?, node = ? WHERE id = ?", (role, node, account.id)
    )
    _record(connection, "account.grant", {"account": account.id, "role": role, "node": node}, actor)
    return need(connection, id)


def reset(
    connection: sqlite3.Connection,
    id: str,
    password: str,
    actor: str,
    second: str | None,
    now: int,
) -> Account:
    """Gives a local account a one-time password (`password`: its hash), `now`, by the system
    administrator. Of all but branch heads (:data:`TWO_KEYS`) it needs a second administrator of
    another kind: who could reset them alone would see and do what they may.

    In a transaction. Fault (1) if not the actor's to do.
    """
    account = need(connection, id)
    _other(account, actor)
    if account.role in TWO_KEYS:
        _two_keys(connection, account, actor, second)
    else:
        acting(connection, actor, "system")
    if account.source != "local":
        raise Fault(
            "此账号的密码由统一认证管理，不在这里重置。",
            "The password of this account is the identity provider's, not ours.",
            REFUSED,
        )
    connection.execute(
        "UPDATE account SET password = ?, must_change = 1, given_at = ? WHERE id = ?",
        (password, now, account.id),
    )
    end_sessions(connection, account.id)
    forget_failures(connection, account.id)
    said = {"account": account.id, **({"second": second} if second else {})}
    _record(connection, "account.reset", said, actor)
    return need(connection, id)


def _two_keys(
    connection: sqlite3.Connection, account: Account, actor: str, second: str | None
) -> None:
    ids = {normal_id(actor), normal_id(second or "")}
    keys = [a for i in ids if (a := found(connection, i)) and not a.disabled]
    roles = {a.role for a in keys if a.role in ADMINISTRATORS and a.id != account.id}
    if len(roles) < 2:
        raise Fault(
            "除网点负责人外，密码须由两类管理员共同重置：mingcha account reset … --second 账号。",
            "Any password but a branch head's is reset by administrators of two kinds: "
            "mingcha account reset … --second ACCOUNT.",
            REFUSED,
        )


def change_password(connection: sqlite3.Connection, id: str, password: str, keep: str = "") -> None:
    """The owner's new password (its hash); every session but `keep` ends. In a transaction."""
    connection.execute(
        "UPDATE account SET password = ?, must_change = 0, given_at = NULL WHERE id = ?",
        (password, id),
    )
    connection.execute(
        "UPDATE session SET ended = 'revoked' WHERE account = ? AND ended IS NULL AND id <> ?",
        (id, keep),
    )
    _record(connection, "account.password", {"account": id}, id)


def key_of(typed: str) -> str:
    """What failures of an account are counted under, be there such an account or not."""
    return hashlib.sha256(normal_id(typed).encode()).hexdigest()


def key_at(typed: str, address: str) -> str:
    """What failures of an account from one address are counted under."""
    return f"{key_of(typed)}@{hashlib.sha256(address.encode()).hexdigest()}"


def forget_failures(connection: sqlite3.Connection, id: str) -> None:
    """Nothing is counted against an account any more, from whatever address."""
    connection.execute(
        "DELETE FROM sign_in_failure WHERE account = ?1 OR account GLOB ?1 || '@*'", (key_of(id),)
    )


def any_configured(connection: sqlite3.Connection) -> bool:
    """Whether anybody can be let in by a local account: one that is open and has a role."""
    row = connection.execute(
        "SELECT 1 FROM account WHERE NOT disabled AND coalesce(role, '') <> '' LIMIT 1"
    ).fetchone()
    return row is not None


def first_three(
    connection: sqlite3.Connection, ids: dict[str, str], passwords: dict[str, str]
) -> list[Account]:
    """The three administrators of a new office, role → id, role → hash. In a transaction.

    Fault (1) if there is any account; 2 if they are not three.
    """
    if connection.execute("SELECT 1 FROM account WHERE source = 'local' LIMIT 1").fetchone():
        raise Fault(
            "已有账号，不能再次初始化。",
            "There are accounts already; the first three are made once.",
            REFUSED,
        )
    known = {normal_id(i) for i in ids.values()}
    if set(ids) != set(ADMINISTRATORS) or len(known) != len(ADMINISTRATORS):
        raise Fault(
            "三位管理员须是三个不同的账号。",
            "The three administrators are three different accounts.",
            USAGE,
        )
    for role, id in ids.items():
        add(connection, id, NAMES[role], "local", passwords[role], "install")
        connection.execute("UPDATE account SET role = ? WHERE id = ?", (role, normal_id(id)))
        said = {"account": normal_id(id), "role": role, "node": None}
        _record(connection, "account.grant", said, "install")
    return [need(connection, id) for id in ids.values()]
