"""What a sample province is made from: its size, its span of time and its seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np

from pipeline.periods import (
    kind_of,
    months_of,
    parse_period,
    previous,
    quarter_of,
    shift_month,
)


@dataclass(frozen=True)
class Options:
    """Size of the province. ValueError where the numbers cannot make one."""

    branches: int = 120
    months: int = 18
    rounds: int = 6
    seed: int = 1
    last_month: str = "2026-09"
    province: int = 0  # 0 or 1: which of the two invented provinces

    def __post_init__(self) -> None:
        if not 1 <= self.branches <= 5000:
            raise ValueError("branches: 1–5000")
        if not 1 <= self.months <= 120:
            raise ValueError("months: 1–120")
        if not 0 <= self.rounds <= 40:
            raise ValueError("rounds: 0–40")
        if self.seed < 0:
            raise ValueError("seed: ≥ 0")
        if kind_of(parse_period(self.last_month)) != "month":
            raise ValueError("last month: YYYY-MM")

    @cached_property
    def month_list(self) -> list[str]:
        """The reported months, oldest first."""
        return [shift_month(self.last_month, i - self.months + 1) for i in range(self.months)]

    @cached_property
    def round_list(self) -> list[str]:
        """The last quarters, oldest first; each is a round of visits."""
        quarter, found = quarter_of(self.last_month), []
        for _ in range(self.rounds):
            found.append(quarter)
            quarter = previous(quarter)
        return found[::-1]

    @cached_property
    def quarters(self) -> list[str]:
        """Every quarter that months or rounds touch, oldest first."""
        return sorted({quarter_of(m) for m in self.month_list} | set(self.round_list))

    def first_month(self, quarter: str) -> str:
        """The first month of a quarter."""
        return months_of(quarter)[0]

    def chance(self, room: str) -> np.random.Generator:
        """A stream of its own for each part, so that a change in one leaves the others alone."""
        return np.random.default_rng([self.seed, self.province, crc32(room.encode())])
