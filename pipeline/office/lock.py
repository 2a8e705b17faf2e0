"""The one writer: a lock file, freed by the system when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from pipeline.faults import busy, unwritable
from pipeline.folders import DataFolder


@contextmanager
def writer(folder: DataFolder, timeout: float = 10.0) -> Iterator[None]:
    """Holds the writer's lock of `folder`; Fault with exit status 3 if not free in `timeout` s."""
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.lock)
        lock.acquire(timeout=timeout)
    except Timeout as late:
        raise busy(folder.lock) from late
    except OSError as error:
        raise unwritable(folder.lock, error.strerror or error) from error
    try:
        yield
    finally:
        lock.release()
