"""Fewer interruptions by Python's collector of cyclic garbage, for the length of a command, and
memory that is kept to be used again.

The libraries bring a million objects that never become garbage; validation makes as many again.
Looking through them over and over takes a quarter of its time.
"""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

_THRESHOLD = 50_000  # new objects before the youngest are looked through; Python's own: 700
# Of mallopt(3): from what size on a block is mapped for itself, what may lie unused at the end of
# the heap, and by how much that grows; in bytes.
_KEPT = {-3: 64 << 20, -1: 256 << 20, -2: 4 << 20}
_lock = threading.Lock()
_inside = 0
_before = gc.get_threshold()


@contextmanager
def rarely_collected() -> Iterator[None]:
    """What exists now is left alone, and new objects are looked through more rarely; afterwards
    all is as before. May be entered by several threads at once."""
    global _inside, _before
    keep_memory()
    with _lock:
        _inside += 1
        if _inside == 1:
            _before = gc.get_threshold()
            gc.freeze()
            gc.set_threshold(_THRESHOLD, *_before[1:])
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                gc.set_threshold(*_before)
                gc.unfreeze()


@cache
def keep_memory() -> None:
    """From now on this process gives less of its memory back before it ends: every page that comes
    anew has to be cleared first. Where the C library knows no such setting nothing changes."""
    with suppress(OSError, AttributeError):
        tell = ctypes.CDLL(None).mallopt
        for which, size in _KEPT.items():
            tell(which, size)
