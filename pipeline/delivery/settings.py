"""How mail is sent: `delivery.yaml` of the data folder. A password is never in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.faults import Fault
from pipeline.folders import DataFolder

PASSWORD = "MINGCHA_SMTP_PASSWORD"
_USAGE = 2
_EXAMPLE = "smtp: {host: mail.example.com, user: tongbao}\nfrom: {address: tongbao@example.com}"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Smtp(_Strict):
    """The server. `none` sends in clear and is never used with a password."""

    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_file: str = ""  # relative to the data folder; mode 600
    ca_file: str = ""  # the bank's own certificate authority, relative to the data folder
    timeout: float = Field(default=30.0, gt=0)
    tries: int = Field(default=4, ge=1, le=10)
    wait_seconds: float = Field(default=2.0, ge=0)  # before the second try; then four times as long

    @property
    def port_used(self) -> int:
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class Sender(_Strict):
    """Whom mail comes from, and who is answered."""

    address: str
    name: str = ""
    reply_to: str = ""

    @field_validator("address", "reply_to")
    @classmethod
    def _address(cls, text: str) -> str:
        from pipeline.delivery.addresses import one_address

        return one_address(text) if text else ""

    @field_validator("name")
    @classmethod
    def _name(cls, text: str) -> str:
        from pipeline.delivery.addresses import hidden

        if hidden(text):
            raise ValueError("hidden signs")
        return text


class Delivery(_Strict):
    """Everything in `delivery.yaml`."""

    smtp: Smtp
    sender: Sender = Field(alias="from")
    # Code of a branch or city, or a role (office, head, union, hq) → addresses, instead of the
    # register's.
    recipients: dict[str, tuple[str, ...]] = {}
    domains: tuple[str, ...] = ()  # nothing goes elsewhere; empty: anywhere
    largest_mb: float = Field(default=20.0, gt=0)  # of one message


def load_delivery(folder: DataFolder) -> Delivery:
    """The settings of a data folder. Fault: 2 there are none or an entry is wrong, 4 unreadable."""
    name = folder.delivery.name
    try:
        return Delivery.model_validate(yaml.safe_load(folder.delivery.read_text("utf-8")) or {})
    except FileNotFoundError as error:
        raise Fault(
            f"还没有发信设置。请在数据目录中新建 {name}，至少写：\n{_EXAMPLE}",
            f"There are no mail settings yet. Make {name} in the data folder with at least:\n"
            f"{_EXAMPLE}",
            _USAGE,
        ) from error
    except OSError as error:
        raise Fault(
            f"无法读取数据目录中的 {name}（{error.strerror}）。",
            f"{name} of the data folder cannot be read ({error.strerror}).",
        ) from error
    except ValidationError as error:
        # Places only: a value may be a password that somebody put there by mistake.
        where = ", ".join(".".join(map(str, e["loc"])) or "?" for e in error.errors())
        raise _wrong(name, where) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong(
            name, f"第 {mark.line + 1} 行 line {mark.line + 1}" if mark else "?"
        ) from error


def _wrong(name: str, where: str) -> Fault:
    return Fault(
        f'发信设置 {name} 有误：{where}。代码作键时请加引号（"0101"）；口令不写在这里，'
        f"请用环境变量 {PASSWORD} 或 smtp.password_file。",
        f'The mail settings {name} are wrong at: {where}. Codes as keys want quotes ("0101"); a '
        f"password does not belong here: use {PASSWORD} in the environment or smtp.password_file.",
        _USAGE,
    )


def password_of(folder: DataFolder, smtp: Smtp) -> str:
    """From the environment, else from the password file; empty where no user is named.

    Fault: 2 there is none or others can read the file, 4 unreadable.
    """
    if not smtp.user:
        return ""
    if given := os.environ.get(PASSWORD):
        return given
    if not smtp.password_file:
        raise Fault(
            f"发信账号 {smtp.user} 没有口令：请设环境变量 {PASSWORD}，或在 smtp.password_file "
            "写明口令文件（权限 600）。",
            f"No password for {smtp.user}: set {PASSWORD} in the environment, or name a file of "
            "mode 600 as smtp.password_file.",
            _USAGE,
        )
    return secret_of(folder.root / smtp.password_file)


def secret_of(path: Path) -> str:
    """The first line of a file that only its owner can read. Fault 2 otherwise, 4 unreadable."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise Fault(
            f"无法读取口令文件 {path.name}（{why}）。",
            f"The password file {path.name} cannot be read ({why}).",
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise Fault(
            f"口令文件 {path.name} 别人也能读。请先运行：chmod 600 {path.name}",
            f"Others can read the password file {path.name}. First run: chmod 600 {path.name}",
            _USAGE,
        )
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise Fault(
            f"口令文件 {path.name} 是空的：第一行写口令。",
            f"The password file {path.name} is empty: the first line is the password.",
            _USAGE,
        )
    return lines[0].strip()
