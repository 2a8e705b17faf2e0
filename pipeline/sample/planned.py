"""One planned visit of a round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.sample.province import Branch


@dataclass(frozen=True)
class Planned:
    """One planned visit of a round."""

    plan_id: str
    round: str
    branch: Branch
    edition: str
    day: date
    day_part: str
    shopper: str
    made: bool
    number: int  # 1, 2 … within branch and round; 3: paired with the first
    pair_of: str | None = None  # plan_id of the visit that this one is paired with

    @property
    def covert(self) -> bool:
        return self.edition.startswith("covert")
