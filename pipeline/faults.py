"""Faults: what stops a command, as one plain sentence in both languages with its cure.

A finding is about a received file; a fault is about the stores or the machine. The command line
prints the sentence and leaves with `status` (design §5: 3 busy, 4 environment, 1 check failed).
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Fault(Exception):
    """A sentence for the user instead of a traceback. `status` is the exit status."""

    def __init__(self, zh: str, en: str, status: int = 4) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.status = status


def busy(path: Path) -> Fault:
    """Another process is writing (exit 3)."""
    return Fault(
        f"另一个程序正在写入数据目录（{path.name} 未能及时获得）。请稍候再试。",
        f"Another process is writing to the data folder ({path.name} was not free in time). "
        "Try again in a moment.",
        3,
    )


def damaged_office(path: Path, why: object) -> Fault:
    """The office database cannot be read."""
    return Fault(
        f"办公数据库 {path.name} 已损坏（{why}）。请用最近的备份恢复：mingcha restore 备份文件",
        f"The office database {path.name} is damaged ({why}). "
        "Bring back the latest backup: mingcha restore FILE",
    )


def damaged_warehouse(path: Path, why: object) -> Fault:
    """The warehouse cannot be read or has lost facts that the ledger has sealed."""
    return Fault(
        f"数据仓库 {path.name} 已损坏（{why}）。原始文件都在归档中，请运行：mingcha rebuild",
        f"The warehouse {path.name} is damaged ({why}). "
        "The originals are all in the archive; run: mingcha rebuild",
    )


# What the machine says in English, by the number of its error.
_MACHINE = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "已超出磁盘配额",
    errno.EROFS: "磁盘只读",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOENT: "目录不存在",
    errno.ENOTDIR: "路径有误",
    errno.EISDIR: "这是目录",
    errno.EIO: "磁盘读写出错",
    errno.EFBIG: "文件过大",
    errno.EMFILE: "打开的文件过多",
}


def in_chinese(why: object) -> str:
    """Why the machine could not, in 中文 where there are words for it; else as it says."""
    said = {os.strerror(number): words for number, words in _MACHINE.items()}
    return said.get(str(why), str(why))


def unwritable(path: Path, why: object) -> Fault:
    """Disk full, read-only, no permission."""
    return Fault(
        f"无法写入 {path.name}（{in_chinese(why)}）。请检查磁盘空间与目录权限。",
        f"Cannot write {path.name} ({why}). Check free space and permissions.",
    )


_ENVIRONMENT = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}


@contextmanager
def sqlite_told(path: Path) -> Iterator[None]:
    """Turns errors of SQLite into faults; errors of the caller's own SQL stay what they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise busy(path) from error
        if primary in _ENVIRONMENT:
            raise unwritable(path, error) from error
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise damaged_office(path, error) from error
        raise
