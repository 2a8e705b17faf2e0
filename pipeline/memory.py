"""Fewer interruptions by Python's collector of cyclic garbage, for the length of a command.

The libraries bring a million objects that never become garbage; validation makes as many again.
Looking through them over and over takes a quarter of its time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLD = 50_000  # new objects before the youngest are looked through; Python's own: 700
_lock = threading.Lock()
_inside = 0
_before = gc.get_threshold()


@contextmanager
def rarely_collected() -> Iterator[None]:
    """What exists now is left alone, and new objects are looked through more rarely; afterwards
    all is as before. May be entered by several threads at once."""
    global _inside, _before
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
