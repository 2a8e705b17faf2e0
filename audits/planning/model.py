"""What a plan is made from and what it is: branches, shoppers, rules, planned visits, concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

HALVES = ("上午", "下午")
# Two windows of each half of the day; with weekday and half they are the day-part.
WINDOWS = (("09:00–10:30", "10:30–12:00"), ("14:00–15:30", "15:30–17:00"))
# A half-day: the date, and 0 (morning) or 1 (afternoon). A shopper makes one visit in each.
HalfDay = tuple[date, int]


@dataclass(frozen=True)
class Site:
    """A branch as the plan sees it.

    `days`: its business days in the period. `district` "": not known. `open`: how open its rank
    decision is, 0 (decided) to 1. `spread`: standard deviation of one visit's score in points
    (None: not known).
    """

    code: str
    city: str
    group: str
    introduced: bool
    days: tuple[date, ...]
    district: str = ""
    open: float = 1.0
    spread: float | None = None

    @property
    def stratum(self) -> tuple[str, str, bool]:
        """City × class × before or after the introduction."""
        return self.city, self.group, self.introduced


@dataclass(frozen=True)
class Shopper:
    """A shopper: own branch, districts that are barred, base, free half-days, most visits."""

    id: str
    free: frozenset[HalfDay]
    own_branch: str = ""
    districts: frozenset[str] = frozenset()
    city: str = ""
    maximum: int | None = None


@dataclass(frozen=True)
class PlanRules:
    """Choices of the office. `paired`: share of the occasions that two shoppers see.

    `roles`: customer roles and how often each comes in one block; empty where the edition asks
    for none.
    """

    minimum: int = 1
    paired: float = 0.10
    roles: tuple[tuple[str, int], ...] = (
        ("普通客户", 11),
        ("潜在贵宾客户", 3),
        ("未办卡贵宾客户", 3),
        ("贵宾客户", 3),
    )


@dataclass(frozen=True)
class PlannedVisit:
    """One visit. `number` counts from 1 by date; `companion` is the number of the paired visit."""

    number: int
    site: str
    shopper: str
    day: date
    half: int
    window: int
    role: str | None
    companion: int | None = None

    @property
    def day_part(self) -> str:
        """As the plan's sheet writes it: 上午 09:00–10:30."""
        return f"{HALVES[self.half]} {WINDOWS[self.half][self.window]}"


@dataclass(frozen=True)
class Concern:
    """What does not hold, in both languages. `branches`: the codes it is about."""

    kind: str
    zh: str
    en: str
    branches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The plan. `strata`: one line each with branches, open decisions and visits.

    `islands`: parts that the branch–shopper graph falls into; `islands_with_history`: the same
    with the visits of the year before. `on_target`: share of the visits on the day-part drawn.
    """

    visits: tuple[PlannedVisit, ...]
    concerns: tuple[Concern, ...]
    strata: tuple[Mapping[str, Any], ...] = field(default=())
    islands: int = 0
    islands_with_history: int = 0
    on_target: float = 1.0
    travel: Mapping[str, int] = field(default_factory=dict)
