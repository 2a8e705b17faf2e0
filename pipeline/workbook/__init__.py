"""The untrusted edge: `read(paths) -> ReadBatch`. Loaded late: the child imports this package too
and must stay light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.workbook.cells import ReadBatch, ReceivedFile
    from pipeline.workbook.limits import Limits
    from pipeline.workbook.reading import read

__all__ = ["Limits", "ReadBatch", "ReceivedFile", "read"]
_HOMES = {"read": "reading", "ReadBatch": "cells", "ReceivedFile": "cells", "Limits": "limits"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"pipeline.workbook.{_HOMES[name]}"), name)
