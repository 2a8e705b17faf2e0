"""How far a branch's score is from the next tier: the funnel's limits, as publishing drew them.

Nothing of the funnel is published but its verdict, so it is drawn again from what is: the visits
of the window give the variance of one visit (as in :mod:`pipeline.explaining.rank`), the published
reliability of a branch gives what branches truly differ by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from audits.statistics.funnel import ABOVE, BELOW, limits
from audits.statistics.shrinkage import shrink
from pipeline.explaining.rank import standing_pool
from pipeline.publication import Publication


@dataclass(frozen=True)
class Limits:
    """Scores 0-100: below `low` is the lower tier, above `high` the upper one; `visits` count."""

    score: float
    low: float
    high: float
    visits: int
    tier: str

    @property
    def missing(self) -> float | None:
        """Points of the score to the next tier up; None in the upper one."""
        if self.tier == ABOVE:
            return None
        return max(0.0, (self.low if self.tier == BELOW else self.high) - self.score)


def tier_limits(publication: Publication, scope: str, period: str) -> Limits | None:
    """The limits of a branch among all of the province; None where it has no tier."""
    table = publication.table("rank").filter(
        (pl.col("period") == period)
        & (pl.col("peer_group") == "all")
        & pl.col("tier").is_not_null()
    )
    own = next(table.filter(pl.col("scope") == scope).iter_rows(named=True), None)
    if own is None:
        return None
    variance = standing_pool(publication, str(own["since"]), period).variance
    if variance is None:
        return None
    ranked = table.sort("scope")
    each = variance / ranked["visits"].to_numpy()
    shrunk = shrink(ranked["score"].to_numpy(), each)
    low, high = limits(shrunk.mu, shrunk.tau2, np.array([variance / own["visits"]]))
    return Limits(own["score"], float(low[0]), float(high[0]), own["visits"], own["tier"])
