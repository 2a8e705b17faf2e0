"""What lies in the inbox, and which of it is complete: size and time unchanged for a while."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOM, ARCHIVE, RETURNED = ".taking", "archive", "returned"
# Copies in the making, and what file managers leave lying about.
_PASSING = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".download")
_LITTER = ("thumbs.db", "desktop.ini")
_OWN = (ARCHIVE, RETURNED)  # at the top of the inbox
Mark = tuple[int, int, int]  # inode, size, time of change
Line = tuple[str, str]  # 中文, English

LINK = ("是链接，不读取。请放入文件本身。", "is a link and not read. Put in the file itself.")
NO_FILE = ("不是文件，不读取。", "is no file and not read.")
UNREADABLE = (
    "没有读取权限（{why}），未收取。请改正权限。",
    "may not be read ({why}); not taken. Mend its permissions.",
)
OPEN = (
    "仍在 Excel 或 WPS 中打开，关闭后再收取。",
    "is open in Excel or WPS and taken once it is closed.",
)
UNFINISHED = ("尚未写完，写完后再收取。", "is still being written and taken once it is complete.")


@dataclass
class Inbox:
    """A folder being watched. `seen` = what was seen of each file, and since when (seconds)."""

    root: Path
    stable: float
    seen: dict[Path, tuple[Mark, float]] = field(default_factory=dict)
    told: dict[Path, tuple[Mark, Line]] = field(default_factory=dict)

    def look(self, now: float) -> tuple[list[tuple[Path, Mark]], list[tuple[Path, Line]]]:
        """What is complete, in path order; and what cannot be taken, each thing said once.

        `now` is a clock that nobody sets. OSError if the inbox itself cannot be read.
        """
        ready, lines, seen = [], [], {}
        for path, mark, hindrance in sorted(
            _found(self.root, _OWN), key=lambda f: os.fsencode(f[0])
        ):
            before = self.seen.get(path)
            since = before[1] if before and before[0] == mark else now
            seen[path] = (mark, since)
            if hindrance is None and now - since >= self.stable:
                hindrance = _hindrance(path)
                if hindrance is None:
                    ready.append((path, mark))
            if hindrance is not None and self.told.get(path) != (mark, hindrance):
                self.told[path] = (mark, hindrance)
                lines.append((path, hindrance))
        self.seen = seen
        self.told = {path: said for path, said in self.told.items() if path in seen}
        return ready, lines

    def waiting(self) -> list[Path]:
        """What was seen and is not complete yet."""
        return [p for p in self.seen if p not in self.told]


def _found(folder: Path, own: tuple[str, ...]) -> Iterator[tuple[Path, Mark, Line | None]]:
    """Everything that somebody may have meant to send, with what is wrong at first sight."""
    entries = list(os.scandir(folder))
    names = {e.name for e in entries}
    for entry in entries:
        if entry.name in own or _is_passing(entry.name):
            continue
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError:  # gone again
            continue
        if not stat.S_ISDIR(about.st_mode):
            yield Path(entry.path), mark_of(about), _at_first_sight(entry.name, about, names)
            continue
        try:
            yield from _found(Path(entry.path), ())
        except OSError as error:
            yield Path(entry.path), mark_of(about), _unreadable(error)


def _unreadable(error: OSError) -> Line:
    why = error.strerror or str(error)
    return UNREADABLE[0].format(why=why), UNREADABLE[1].format(why=why)


def mark_of(about: os.stat_result) -> Mark:
    """What tells one state of a file from another."""
    return about.st_ino, about.st_size, about.st_mtime_ns


def _is_passing(name: str) -> bool:
    low = name.lower()
    return low.startswith((".", "~$")) or low.endswith(_PASSING) or low in _LITTER


def _at_first_sight(name: str, about: os.stat_result, names: set[str]) -> Line | None:
    if stat.S_ISLNK(about.st_mode):
        return LINK
    if not stat.S_ISREG(about.st_mode):
        return NO_FILE
    # Excel and WPS leave out two letters of a long name; LibreOffice has a mark of its own.
    owners = (f"~${name}", f"~${name[2:]}", f".~lock.{name}#")
    return OPEN if any(owner in names for owner in owners) else None


def _hindrance(path: Path) -> Line | None:
    """Why a file that looks complete cannot be taken."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return UNFINISHED  # renamed or deleted this moment
    except OSError as error:
        return _unreadable(error)
    try:
        # The system grants a lease on a file that nobody has open for writing. Where it knows no
        # leases (foreign files, some file systems), size and time alone decide.
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return UNFINISHED if error.errno == errno.EAGAIN else None
    finally:
        os.close(handle)
    return None
