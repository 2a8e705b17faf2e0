"""The published register of corrective actions: the same figures as the circular has."""

from __future__ import annotations

from functools import lru_cache

from dashboards.access import Scope
from dashboards.queries.reading import CACHED, Key, opened
from dashboards.queries.tree import need


@lru_cache(maxsize=CACHED)
def register(key: Key, scope: Scope, code: str) -> dict[str, int] | None:
    """`due`, `open`, `late`, `office` of a node at the end of the period; None without a register.

    Denied outside the scope.
    """
    from pipeline.reports.figures import figures
    from pipeline.reports.register import ACTIONS, actions

    need(key, scope, code)
    f = figures(opened(key))
    if f.table(ACTIONS).is_empty():
        return None
    found = actions(f, code)
    names = ("due", "open", "late", "office")
    return {name: int(getattr(found, name).value or 0) for name in names}
