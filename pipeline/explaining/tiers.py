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


@dataclass(frozen=True)
class Funnel:
    """Mean score of all, what branches truly differ by (variance), and the variance of a visit."""

    mu: float
    tau2: float
    variance: float


def funnel(publication: Publication, period: str) -> Funnel | None:
    """The funnel of the province's ranks; None where no branch has a tier."""
    return _funnel(publication, _with_tier(publication, period).sort("scope"), period)


def _with_tier(publication: Publication, period: str) -> pl.DataFrame:
    return publication.table("rank").filter(
        (pl.col("period") == period)
        & (pl.col("peer_group") == "all")
        & pl.col("tier").is_not_null()
    )


def _funnel(publication: Publication, ranked: pl.DataFrame, period: str) -> Funnel | None:
    if ranked.is_empty():
        return None
    variance = standing_pool(publication, str(ranked["since"][0]), period).variance
    if variance is None:
        return None
    each = variance / ranked["visits"].to_numpy()
    shrunk = shrink(ranked["score"].to_numpy(), each)
    return Funnel(shrunk.mu, shrunk.tau2, variance)


def tier_limits(publication: Publication, scope: str, period: str) -> Limits | None:
    """The limits of a branch among all of the province; None where it has no tier."""
    table = _with_tier(publication, period)
    own = next(table.filter(pl.col("scope") == scope).iter_rows(named=True), None)
    if own is None:
        return None
    drawn = _funnel(publication, table.sort("scope"), period)
    if drawn is None:
        return None
    low, high = limits(drawn.mu, drawn.tau2, np.array([drawn.variance / own["visits"]]))
    return Limits(own["score"], float(low[0]), float(high[0]), own["visits"], own["tier"])
