"""Passwords of local accounts: argon2id (RFC 9106), rules, one-time passwords."""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline.faults import Fault
from pipeline.sign_in_settings import Argon2, Passwords

REFUSED = 1
# Without the signs that are read for one another.
_SIGNS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LONGEST = 256  # signs: hashing takes time by length
_COMMON = ("password", "mingcha", "123456", "qwerty", "abc123", "admin", "888888")


@lru_cache(maxsize=8)
def hasher(cost: Argon2) -> PasswordHasher:
    """The hasher of a cost: the time, the memory and the lanes of argon2id."""
    return PasswordHasher(
        time_cost=cost.time_cost,
        memory_cost=cost.memory_kib,
        parallelism=cost.parallelism,
        type=Type.ID,
    )


@lru_cache(maxsize=8)
def _nobody(cost: Argon2) -> str:
    """A hash that no password has: where there is no account, as much work is done."""
    return hasher(cost).hash(secrets.token_hex(16))


def normal(password: str) -> str:
    """The same signs typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str, cost: Argon2) -> str:
    return hasher(cost).hash(normal(password))


def fits(stored: str | None, password: str, cost: Argon2) -> bool:
    """Whether the password is that of the hash; takes as long where there is no hash."""
    if len(password) > _LONGEST:
        return False
    try:
        hasher(cost).verify(stored or _nobody(cost), normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def one_time() -> str:
    """A password to be changed at the first sign-in; 80 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(3))


def _kinds(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit)
    kinds = sum(any(test(c) for c in password) for test in tests)
    return kinds + any(not c.isalnum() for c in password)


def check(password: str, rules: Passwords, account: str, name: str) -> None:
    """Fault (1) if a new password is too easy to guess, with what would do."""
    plain = normal(password)
    if not rules.length <= len(plain) <= _LONGEST:
        raise _refused(
            f"密码至少 {rules.length} 个字符，至多 {_LONGEST} 个。",
            f"A password has {rules.length} to {_LONGEST} characters.",
        )
    low = plain.casefold()
    names = [account.casefold(), account.partition("@")[0].casefold(), name.casefold()]
    if any(len(n) > 1 and n in low for n in names) or any(w in low for w in _COMMON):
        raise _refused(
            "密码不能包含账号、姓名或常见词（如 password、123456）。",
            "A password may not contain the account, the name or a common word "
            "(password, 123456 …).",
        )
    if (len(plain) < 16 and _kinds(plain) < 3) or len(set(plain)) < 5:
        raise _refused(
            "密码太简单：请用大写、小写、数字、符号中的三种，或写满 16 个字符。",
            "The password is too simple: use three of capitals, small letters, digits and signs, "
            "or at least 16 characters.",
        )


def _refused(zh: str, en: str) -> Fault:
    return Fault(zh, en, REFUSED)
