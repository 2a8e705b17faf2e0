"""Where branches lie: the newest register, from the last publication."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from pipeline.folders import DataFolder
from pipeline.publication import published

CITY_LEVELS = ("city", "direct")


@dataclass(frozen=True)
class Regions:
    """`name` and `level` by code; `parent`: the node above."""

    name: dict[str, str] = field(default_factory=dict)
    level: dict[str, str | None] = field(default_factory=dict)
    parent: dict[str, str | None] = field(default_factory=dict)

    def above(self, code: str) -> list[str]:
        """The nodes over `code`, nearest first; a circle ends the walk."""
        found: list[str] = []
        at = code
        while (up := self.parent.get(at)) and up not in found and up != code:
            found.append(up)
            at = up
        return found

    def city(self, code: str) -> str | None:
        """The city (二级分行 or 直管机构) that `code` lies in or is."""
        return next(
            (c for c in (code, *self.above(code)) if self.level.get(c) in CITY_LEVELS), None
        )

    def covers(self, node: str | None, branch: str) -> bool:
        """Whether `branch` is `node` or lies below it."""
        return node in (branch, *self.above(branch))

    def cities(self) -> list[str]:
        """The codes of the cities, sorted."""
        return sorted(c for c, level in self.level.items() if level in CITY_LEVELS)


def regions_of(scope: pl.DataFrame) -> Regions:
    """From table `scope` of a publication."""
    nodes = scope.filter(pl.col("level") != "peer_group").select("scope", "name", "level", "parent")
    rows = nodes.rows()
    return Regions(
        {code: name or code for code, name, _, _ in rows},
        {code: level for code, _, level, _ in rows},
        {code: parent for code, _, _, parent in rows},
    )


def newest_regions(folder: DataFolder) -> Regions:
    """From the publication that was made last; empty without any."""
    found = published(folder)
    if not found:
        return Regions()
    last = max(found, key=lambda p: (str(p.manifest.get("created_at", "")), p.period, p.revision))
    return regions_of(last.table("scope"))
