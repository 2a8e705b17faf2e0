"""Who may go where, what bars it, and what the way costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from audits.planning.model import Shopper, Site

# Why a shopper may not go to a branch, first reason first.
OWN, HOME, AGAIN, DATES = 1, 2, 3, 4
REASONS: Mapping[int, tuple[str, str]] = {
    OWN: ("本人所属网点", "own branch"),
    HOME: ("居住或工作所在区县", "district of home or work"),
    AGAIN: ("一年内去过", "visited within a year"),
    DATES: ("没有共同的可用日期", "no common day"),
}
# Cost of the way: within a district, within a city, to another city, and where either is unknown.
SAME_DISTRICT, SAME_CITY, UNKNOWN, OTHER_CITY = 0.5, 1.0, 2.0, 4.0


@dataclass(frozen=True)
class Reach:
    """[site, shopper] `barred`: 0 or the reason, `way`: its cost; [shopper] `capacity`."""

    barred: np.ndarray
    way: np.ndarray
    capacity: np.ndarray

    @property
    def allowed(self) -> np.ndarray:
        """[site, shopper] whether the shopper may go there."""
        found: np.ndarray = self.barred == 0
        return found


def reach(
    sites: Sequence[Site], shoppers: Sequence[Shopper], visited: frozenset[tuple[str, str]]
) -> Reach:
    """`visited`: (shopper, branch) of the year before."""
    barred = np.zeros((len(sites), len(shoppers)), dtype=np.int8)
    way = np.full(barred.shape, UNKNOWN)
    city = np.array([s.city for s in sites], dtype=object)
    district = np.array([s.district for s in sites], dtype=object)
    row = {s.code: i for i, s in enumerate(sites)}
    column = {s.id: i for i, s in enumerate(shoppers)}
    for j, shopper in enumerate(shoppers):
        barred[_no_common_day(sites, shopper), j] = DATES
        if shopper.city:
            way[:, j] = np.where(city == shopper.city, SAME_CITY, OTHER_CITY)
            near = np.array([d != "" and d in shopper.districts for d in district], dtype=bool)
            way[near, j] = SAME_DISTRICT
            way[city == "", j] = UNKNOWN
    for id, code in visited:
        if id in column and code in row:
            barred[row[code], column[id]] = AGAIN
    for j, shopper in enumerate(shoppers):
        home = [i for i, d in enumerate(district) if d and d in shopper.districts]
        barred[home, j] = HOME
        if shopper.own_branch in row:
            barred[row[shopper.own_branch], j] = OWN
    return Reach(barred, way, _capacity(sites, shoppers))


def _no_common_day(sites: Sequence[Site], shopper: Shopper) -> list[int]:
    """Sites without a business day on which the shopper is free. Few calendars differ."""
    free = {day for day, _ in shopper.free}
    met: dict[tuple[object, ...], bool] = {}
    found = []
    for i, site in enumerate(sites):
        if site.days not in met:
            met[site.days] = free.isdisjoint(site.days)
        if met[site.days]:
            found.append(i)
    return found


def _capacity(sites: Sequence[Site], shoppers: Sequence[Shopper]) -> np.ndarray:
    """Most visits of each: the own limit, and the free half-days on which a branch opens."""
    days = {d for s in sites for d in s.days}
    usable = [sum(d in days for d, _ in s.free) for s in shoppers]
    limits = [
        u if s.maximum is None else min(u, s.maximum) for u, s in zip(usable, shoppers, strict=True)
    ]
    return np.array(limits, dtype=np.int64)
