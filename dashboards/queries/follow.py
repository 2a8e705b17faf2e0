"""What pages say as the circular says it: how a value moved, the register of actions."""

from __future__ import annotations

from functools import lru_cache

from dashboards.access import Scope
from dashboards.queries.reading import CACHED, Key, opened
from dashboards.queries.tree import need


@lru_cache(maxsize=CACHED)
def moved(key: Key, scope: Scope, code: str, metric: str, lang: str) -> str:
    """How a value compares with the period before: the clause that documents have, by their test.

    Denied outside the scope.
    """
    from pipeline.reports.figures import figures
    from pipeline.reports.movement import clause, movement

    need(key, scope, code)
    return clause("zh" if lang == "zh" else "en", movement(figures(opened(key)), metric, code)).text


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
