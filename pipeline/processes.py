"""Processes and what they leave behind, told apart by process id and start time.

A process id alone is not enough: ids come round again.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

_SCRATCH = re.compile(r"^mingcha-scratch-(?P<pid>\d+)-(?P<born>\d+)-")
_numbers = itertools.count()
_STATE, _START = 0, 19  # places in /proc/PID/stat after the name, see proc(5)


def born(pid: int) -> int | None:
    """When a living process began, in clock ticks since boot; None if there is no such process.

    Taken from the kernel, not from a clock that may be set back.
    """
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    fields = told.rpartition(")")[2].split()
    return None if fields[_STATE] in "ZX" else int(fields[_START])


def lives(pid: int, since: int) -> bool:
    """Whether the process with this id is still the one that began then."""
    return born(pid) == since


def scratch() -> Path:
    """A new place for what is needed for a while only, readable by nobody else, not yet made.

    It goes with this process or with `clear`; what killed processes left is removed first.
    """
    return _own(os.getpid()) / str(next(_numbers))


@cache
def _own(pid: int) -> Path:
    """The folder of this process (of a forked copy: its own)."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"mingcha-scratch-{pid}-{born(pid) or 0}-"))
    atexit.register(_remove, folder, pid)
    return folder


def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)


def clear() -> None:
    """Removes what lies in our scratch places. A resident process does so after each job."""
    for place in _own(os.getpid()).glob("*"):
        shutil.rmtree(place, ignore_errors=True)


def sweep() -> int:
    """Removes scratch folders of ours whose process has ended; how many."""
    swept = 0
    for path in Path(tempfile.gettempdir()).glob("mingcha-scratch-*"):
        named = _SCRATCH.match(path.name)
        if named and not lives(int(named["pid"]), int(named["born"])) and _ours(path):
            shutil.rmtree(path, ignore_errors=True)
            swept += 1
    return swept


def _ours(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.lstat().st_uid == os.getuid() and not path.is_symlink()
    return False
