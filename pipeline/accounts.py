"""What is done to accounts, for the command line and the pages alike, each in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.following.region import newest_regions
from pipeline.office import Office, accounts, passwords, sessions
from pipeline.office.accounts import Account, normal_id
from pipeline.sign_in_settings import load_sign_in

REFUSED, USAGE = 1, 2
__all__ = ["Given", "normal_id"]


@dataclass(frozen=True)
class Given:
    """An account with its one-time password, which is told once and stored nowhere."""

    account: Account
    password: str


def first_three(folder: DataFolder, ids: dict[str, str]) -> list[Given]:
    """Makes the three administrators (role → id). Fault: 1 there are accounts, 2 not three."""
    cost = load_sign_in(folder).passwords.argon2
    made = {role: passwords.one_time() for role in ids}
    hashes = {role: passwords.hashed(word, cost) for role, word in made.items()}
    with Office.open(folder) as office, office.transaction() as connection:
        opened = accounts.first_three(connection, ids, hashes)
    return [Given(a, made[a.role or ""]) for a in opened]


def open_account(folder: DataFolder, id: str, name: str, actor: str) -> Given:
    """Opens an account without a role. `actor`: the id of a system administrator. Fault: 1, 2."""
    word = passwords.one_time()
    hash = passwords.hashed(word, load_sign_in(folder).passwords.argon2)
    now = int(time.time())
    with Office.open(folder) as office, office.transaction() as connection:
        return Given(accounts.open_account(connection, id, name, hash, actor, now), word)


def disable(folder: DataFolder, id: str, actor: str, reason: str = "") -> Account:
    """Closes an account; its sessions end at once. For system administrators. Fault: 1, 2."""
    with Office.open(folder) as office, office.transaction() as connection:
        return accounts.disable(connection, id, actor, reason)


def enable(folder: DataFolder, id: str, actor: str) -> Account:
    """Opens a closed account again. For system administrators. Fault: 1, 2."""
    with Office.open(folder) as office, office.transaction() as connection:
        return accounts.enable(connection, id, actor)


def grant(folder: DataFolder, id: str, role: str, node: str | None, actor: str) -> Account:
    """Gives the one role, or takes it away (empty). For security administrators. Fault: 1, 2.

    A node is held against the newest publication: a slip of the hand would show nothing, or
    somebody else's figures. Without a publication nothing is known yet, and it is taken as it is.
    """
    _refuse_stranger(folder, role, (node or "").strip())
    with Office.open(folder) as office, office.transaction() as connection:
        return accounts.grant(connection, id, role, node, actor)


def _refuse_stranger(folder: DataFolder, role: str, node: str) -> None:
    levels = newest_regions(folder).level
    if not node or not levels:
        return
    if node not in levels:
        raise Fault(
            f"最近一次发布的机构中没有“{node}”。请核对代码（保留前面的 0）。",
            f"The newest publication has no node {node!r}. Check the code (leading zeros).",
            USAGE,
        )
    if (role == "branch") != (levels[node] == "branch") and role in ("branch", "city"):
        raise Fault(
            f"“{node}”的层级与角色不符：网点负责人须是网点，二级分行须是网点以上的机构。",
            f"{node!r} is not of the level of this role: a branch for a branch head, a node above "
            "branches for a city manager.",
            USAGE,
        )


def reset(folder: DataFolder, id: str, actor: str, second: str | None = None) -> Given:
    """Gives a one-time password. For system administrators; an administrator's own needs two
    others. Fault: 1, 2."""
    word = passwords.one_time()
    hash = passwords.hashed(word, load_sign_in(folder).passwords.argon2)
    now = int(time.time())
    with Office.open(folder) as office, office.transaction() as connection:
        return Given(accounts.reset(connection, id, hash, actor, second, now), word)


def needs_two(account: Account) -> bool:
    """Whether a password is reset by two administrators, at the command line."""
    return account.role in accounts.TWO_KEYS


def listed(folder: DataFolder) -> list[Account]:
    """All accounts; nothing is changed or created."""
    if not folder.office.exists():
        return []
    with Office.open(folder) as office:
        return accounts.listed(office.connection)


class NotLookedAt(Fault):
    """An attempt while attempts are not looked at: it tells nothing about the password."""


def proven(
    folder: DataFolder, id: str, password: str, now: int | None = None, address: str = ""
) -> Account:
    """The local account whose password this is. Fault (1): wrong, locked or closed; the sentence
    does not say which there is. Failures count towards the lock-out, from the address and in all.
    A one-time password is told to be over, too late, to whoever has it alone."""
    now = int(time.time()) if now is None else now
    rules = load_sign_in(folder).passwords
    with Office.open(folder) as office:
        wait = sessions.locked(office.connection, id, now, address)
        account = accounts.found(office.connection, id)
        usable = account is not None and account.source == "local" and not account.disabled
        if wait:
            raise not_looked_at(wait)
        # Outside any transaction: it takes long on purpose.
        if passwords.fits(account.password if account and usable else None, password, rules.argon2):
            assert account is not None
            _refuse_late(account, rules.one_time_hours, now)
            return account
        with office.transaction() as connection:
            wait = sessions.failed(connection, id, account, rules, now, address)
    raise locked_out(wait) if wait else wrong()


def _refuse_late(account: Account, hours: int, now: int) -> None:
    if account.must_change and account.given_at and now > account.given_at + hours * 3600:
        raise Fault(
            f"这个一次性密码已过期（发出后 {hours} 小时内有效）。请系统管理员重置。",
            f"This one-time password is over (it holds for {hours} hours). Have the system "
            "administrator reset it.",
            REFUSED,
        )


def earlier_sign_ins(folder: DataFolder, id: str) -> list[tuple[str, str]]:
    """(time in UTC, address) of the sign-ins of an account before its newest, newest first."""
    with Office.open(folder) as office:
        return sessions.earlier(office.connection, id)


def change_password(
    folder: DataFolder,
    id: str,
    old: str,
    new: str,
    keep: str = "",
    now: int | None = None,
    address: str = "",
) -> None:
    """The owner's own change. Fault (1): the old one is wrong, the new one too simple or the same.

    `keep`: the session that goes on.
    """
    account, settings = proven(folder, id, old, now, address), load_sign_in(folder)
    if passwords.normal(old) == passwords.normal(new):
        raise Fault("新密码不能与原密码相同。", "The new password is the old one.", REFUSED)
    passwords.check(new, settings.passwords, account.id, account.name)
    hash = passwords.hashed(new, settings.passwords.argon2)
    with Office.open(folder) as office, office.transaction() as connection:
        accounts.change_password(connection, account.id, hash, keep)


def wrong() -> Fault:
    """What is said of a failed sign-in, whatever was wrong with it."""
    return Fault(
        "账号或密码不对。请检查大小写和输入法；忘记密码请找系统管理员重置。",
        "Account or password is wrong. Check capitals and keyboard; the system administrator "
        "resets a forgotten password.",
        REFUSED,
    )


def locked_out(seconds: int) -> Fault:
    """What is said of the attempt that locks."""
    return Fault(
        f"输错次数太多，请在 {seconds} 秒后再试。",
        f"Too many wrong attempts. Try again in {seconds} seconds.",
        REFUSED,
    )


def not_looked_at(seconds: int) -> NotLookedAt:
    """What is said while attempts are not looked at: the same."""
    told = locked_out(seconds)
    return NotLookedAt(told.zh, told.en, told.status)


def closed() -> Fault:
    """What is said to somebody whose account is closed."""
    return Fault(
        "此账号已停用，请联系系统管理员。",
        "This account is closed; ask the system administrator.",
        REFUSED,
    )


def out_of_reach() -> Fault:
    """The directory does not answer, or not as it should."""
    return Fault(
        "目录服务暂时连不上，请稍后再试；如仍不行，请联系系统管理员。",
        "The directory cannot be reached; try again later, or ask the system administrator.",
    )


def not_completed() -> Fault:
    """The identity provider does not answer, or what came back is not what was asked for."""
    return Fault(
        "统一身份认证没有完成登录。请重试；如仍不行，请联系系统管理员。",
        "The identity provider did not complete the sign-in. Try again, or ask the system "
        "administrator.",
    )
