"""What is written down of an error of our own: where it happened, never with what values.

A message of a library may quote a row, and a row may name a person; the administrator who reads
the log may see neither. Lines of code and the kinds of error are what mends it.
"""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path


def without_values(error: BaseException) -> str:
    """The traceback of `error` and of what caused it, without any message."""
    parts, at = [], error
    met: set[int] = set()
    while id(at) not in met:
        met.add(id(at))
        kind = f"{type(at).__module__}.{type(at).__qualname__}"
        parts.append("".join(traceback.format_tb(at.__traceback__)) + kind)
        cause = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
        if cause is None:
            break
        at = cause
    return "\n\n<- \n".join(parts) + "\n"


def recorded(error: BaseException) -> Path:
    """Writes it into a file of its own; the file's path."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", errors="replace", prefix="mingcha-", suffix=".log", delete=False
    ) as log:
        log.write(without_values(error))
    return Path(log.name)
