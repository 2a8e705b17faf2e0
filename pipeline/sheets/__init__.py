"""The registry of sheet kinds: every module here with a `KIND` is one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from pipeline.sheets.declaration import SheetKind


@cache
def kinds() -> dict[str, SheetKind]:
    """All sheet kinds by id, in alphabetical order."""
    found = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        kind = getattr(importlib.import_module(f"{__name__}.{module.name}"), "KIND", None)
        if kind is not None:
            found[kind.id] = kind
    return found
