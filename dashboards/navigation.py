"""The menu: pages grouped by what people do. A page that no group names stands in the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.words import Words

# group (`nav.<group>` in the catalogues) -> page ids, in the order of the menu
GROUPS: Mapping[str, tuple[str, ...]] = {
    "standing": ("overview", "league", "branch", "actions"),
    "analysis": ("trends", "comparison", "heatmap", "funnel", "effect", "adoption"),
    "work": ("upload", "completeness", "spellings", "queue", "publish", "publications"),
    "visits": ("rounds", "plan", "calibration"),
    "reference": ("editions", "metrics"),
    "administration": ("accounts", "ledger"),
}
_LAST = "administration"


def grouped(words: Words, pages: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The pages a viewer has, by the name of their group; empty groups are left out."""
    named = {id for ids in GROUPS.values() for id in ids}
    left = tuple(id for id in pages if id not in named)
    wanted = {g: (*ids, *left) if g == _LAST else ids for g, ids in GROUPS.items()}
    found = {
        words(f"nav.{g}"): [pages[id] for id in ids if id in pages] for g, ids in wanted.items()
    }
    return {name: there for name, there in found.items() if there}
