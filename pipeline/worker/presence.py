"""Whether there is a worker: a small file that names it, in the data folder.

No database is opened for the question, and a worker that died without a word is not believed.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.folders import DataFolder
from pipeline.processes import born, lives

STARTING, READY, BUSY = "starting", "ready", "busy"


@dataclass(frozen=True)
class Presence:
    """A worker: process id and start (clock ticks since boot), whose it is, what it does.

    `mounts` names its view of the file system, `beat` its last sign of life (nanoseconds).
    """

    pid: int
    born: int
    uid: int
    mounts: str
    state: str
    beat: int = 0

    @property
    def within_reach(self) -> bool:
        """Whether it sees the files that we see, with the rights that we have."""
        return (self.uid, self.mounts) == (os.getuid(), _mounts())


def _mounts() -> str:
    try:
        return str(Path("/proc/self/ns/mnt").readlink())
    except OSError:
        return ""


def announce(folder: DataFolder, state: str) -> None:
    """Says that this process is the worker. OSError if the data folder cannot be written."""
    own = Presence(os.getpid(), born(os.getpid()) or 0, os.getuid(), _mounts(), state)
    partial = folder.worker.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(own)), "utf-8")
    partial.replace(folder.worker)


def beat(folder: DataFolder) -> None:
    """A sign of life."""
    os.utime(folder.worker)


def leave(folder: DataFolder) -> None:
    """Takes our announcement back; that of a successor stays."""
    found = present(folder)
    if found is not None and found.pid == os.getpid():
        folder.worker.unlink(missing_ok=True)


def present(folder: DataFolder) -> Presence | None:
    """The worker of this data folder; None if there is none alive."""
    try:
        told: dict[str, Any] = json.loads(folder.worker.read_text("utf-8"))
        found = Presence(**told | {"beat": folder.worker.stat().st_mtime_ns})
    except (OSError, ValueError, TypeError):
        return None
    return found if lives(found.pid, found.born) else None
