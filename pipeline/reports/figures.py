"""Figures of a publication for documents: each comes with the evidence of where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from pipeline import periods
from pipeline.publication import Publication
from pipeline.reports.blocks import Evidence

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Figures:
    """Look-ups over one publication. Values are as published: shares 0-1, money in yuan."""

    publication: Publication
    values: pl.DataFrame  # metric_value of the periods in use
    scopes: pl.DataFrame

    @property
    def period(self) -> str:
        return self.publication.period

    @property
    def former(self) -> str:
        """The period before, of the same length."""
        return periods.previous(self.period)

    @property
    def root(self) -> str:
        """Code of the province."""
        return str(self.scopes.filter(pl.col("level") == "province")["scope"][0])

    def name(self, scope: str) -> str:
        """Name of a node or peer group; its code where it has none."""
        found = self.scopes.filter(pl.col("scope") == scope)["name"]
        return str(found[0]) if len(found) and found[0] else scope

    def at(self, metric: str, scope: str | None = None, period: str | None = None) -> Evidence:
        """The published value of a metric (None where it has none), with where it is from."""
        scope, period = scope or self.root, period or self.period
        found = self.values.filter(
            (pl.col("metric") == metric) & (pl.col("scope") == scope) & (pl.col("period") == period)
        )
        value = found["value"][0] if len(found) and found["status"][0] == "ok" else None
        return Evidence(metric, scope, period, value)

    def by_scope(self, metric: str, level: str, period: str | None = None) -> pl.DataFrame:
        """scope, name, value, n of every node of a level, by code."""
        return (
            self.values.filter(
                (pl.col("metric") == metric)
                & (pl.col("level") == level)
                & (pl.col("period") == (period or self.period))
            )
            .join(self.scopes.select("scope", "name"), on="scope", how="left")
            .select("scope", "name", "value", "n", "status")
            .sort("scope")
        )

    def trend(self, metric: str, count: int, scope: str | None = None) -> list[Evidence]:
        """The last `count` periods of the publication's length that have the metric."""
        wanted = self.values.filter(
            (pl.col("metric") == metric) & (pl.col("scope") == (scope or self.root))
        )
        same = periods.kind_of(self.period)
        have = [p for p in wanted["period"].unique().sort() if periods.kind_of(p) == same]
        return [self.at(metric, scope, p) for p in have[-count:]]


def figures(publication: Publication) -> Figures:
    """Open a publication for a document."""
    return Figures(publication, publication.table("metric_value"), publication.table("scope"))
