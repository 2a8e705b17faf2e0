"""How people sign in: `signin.yaml` of the data folder, every entry with a default.

Secrets do not stand in it: they are in the environment or in a file that it names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.faults import Fault
from pipeline.folders import DataFolder

RoleName = Literal["office", "head", "city", "branch", "union", "hq", "system", "security", "audit"]
ROLES_WITH_NODE = ("city", "branch")
OIDC_SECRET, LDAP_SECRET = "MINGCHA_OIDC_SECRET", "MINGCHA_LDAP_PASSWORD"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Argon2(_Part):
    """Cost of a password's hash; the defaults are the second choice of RFC 9106."""

    time_cost: int = Field(default=3, ge=1)
    memory_kib: int = Field(default=65536, ge=8)
    parallelism: int = Field(default=4, ge=1)

    @model_validator(mode="after")
    def _enough(self) -> Argon2:
        if self.memory_kib < 8 * self.parallelism:
            raise ValueError("memory_kib must be at least 8 times parallelism")
        return self


class Passwords(_Part):
    length: int = Field(default=10, ge=8)
    tries: int = Field(default=5, ge=1)  # wrong ones before the first lock-out
    lock_seconds: int = Field(default=60, ge=1)  # the first one; each next is twice as long
    longest_lock_seconds: int = Field(default=3600, ge=1)
    one_time_hours: int = Field(default=24, ge=1)  # within which a one-time password is replaced
    argon2: Argon2 = Argon2()


class Rule(_Part):
    """Who has `value` in `claim` has the role; the first rule that holds counts. The node of a
    city or branch stands in `node_claim`, or is `node`."""

    claim: str
    value: str
    role: RoleName
    node: str | None = None
    node_claim: str | None = None

    @model_validator(mode="after")
    def _node(self) -> Rule:
        if self.role in ROLES_WITH_NODE and not (self.node or self.node_claim):
            raise ValueError("node or node_claim is missing")
        return self


class Names(_Part):
    zh: str
    en: str


class Oidc(_Part):
    """An OpenID Connect provider, found by its discovery document."""

    issuer: str
    client_id: str
    client_secret_file: Path | None = None
    name: Names = Names(zh="统一身份认证", en="Bank sign-in")
    scopes: tuple[str, ...] = ("openid", "profile")
    account_claim: str = "sub"
    name_claim: str = "name"
    ca_file: Path | None = None
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _secure(self) -> Oidc:
        if not _is_safe(self.issuer, "https"):
            raise ValueError("issuer must be https (http on this machine only)")
        return self


class Ldap(_Part):
    """A directory: found by the filter as the service account, then bound as the person."""

    url: str
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    bind_dn: str
    bind_password_file: Path | None = None
    base: str
    filter: str = "(uid={account})"
    account_attribute: str = "uid"
    name_attribute: str = "cn"
    seconds: int = Field(default=5, ge=1)  # whole: it is packed into a socket option
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _checked(self) -> Ldap:
        if "{account}" not in self.filter:
            raise ValueError("filter has no {account}")
        if self.security == "none" and not _is_safe(self.url, "ldaps"):
            raise ValueError("without TLS on this machine only")
        return self


class SignIn(_Part):
    """Everything about sign-in."""

    public_url: str | None = None  # as people type it; https makes cookies Secure
    hosts: tuple[str, ...] = ()  # names this server answers to, beside this machine's
    idle_minutes: int = Field(default=30, ge=1)
    hours: int = Field(default=10, ge=1)  # after that, sign in anew
    watermark: bool = True  # name and time on pages and downloads
    local: bool = True  # accounts with a password here
    passwords: Passwords = Passwords()
    oidc: Oidc | None = None
    ldap: Ldap | None = None

    @property
    def secure(self) -> bool:
        """Whether people come by TLS."""
        return (self.public_url or "").startswith("https://")

    @property
    def names(self) -> tuple[str, ...]:
        """Host names people may use."""
        own = urlsplit(self.public_url).hostname if self.public_url else None
        return tuple(dict.fromkeys(filter(None, (own, *self.hosts))))


def _is_safe(url: str, scheme: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == scheme or parts.hostname in ("127.0.0.1", "localhost", "::1")


def load_sign_in(folder: DataFolder) -> SignIn:
    """The settings of a data folder. Fault: 2 an entry is wrong, 4 unreadable."""
    name = folder.sign_in.name
    try:
        told = yaml.safe_load(folder.sign_in.read_text("utf-8")) or {}
        return SignIn.model_validate(told)
    except FileNotFoundError:
        return SignIn()
    except OSError as error:
        raise Fault(
            f"无法读取数据目录中的 {name}（{error.strerror}）。请检查权限。",
            f"{name} of the data folder cannot be read ({error.strerror}). Check permissions.",
        ) from error
    except ValidationError as error:
        where = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or '?'}: {e['msg']}" for e in error.errors()
        )
        raise _wrong(name, where) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _wrong(name, " ".join(str(error).split())) from error


def _wrong(name: str, where: str) -> Fault:
    return Fault(
        f"登录设置 {name} 有误：{where}。请改正该项。",
        f"The sign-in settings {name} are wrong at: {where}. Mend the entry.",
        2,
    )


def secret(folder: DataFolder, variable: str, file: Path | None) -> str | None:
    """A secret from the environment, else from the file named (beside `signin.yaml`). Fault (4)
    if the file is not there or anybody else may read it."""
    if told := os.environ.get(variable):
        return told
    if file is None:
        return None
    path = folder.root / file
    try:
        if path.stat().st_mode & 0o077:
            raise Fault(
                f"{path.name} 别人也能读，请先执行 chmod 600。",
                f"{path.name} can be read by others; chmod 600 it first.",
            )
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise Fault(
            f"读不到密码文件 {path.name}（{error.strerror}）。",
            f"The file {path.name} with the password cannot be read ({error.strerror}).",
        ) from error
