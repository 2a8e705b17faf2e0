"""What is known of each branch, ready to be looked up: a thousand one-pagers read it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from pipeline import periods
from pipeline.publication import Publication
from pipeline.reports.figures import Figures, prepared
from pipeline.reports.register import ACTIONS, open_by, open_sql
from pipeline.reports.thresholds import thresholds

ALL = "all"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Branches:
    """Rows of a publication by branch code."""

    f: Figures

    @cached_property
    def ranks(self) -> dict[str, dict[str, Any]]:
        """The province-wide rank of each branch."""
        return _by_scope(self.f.rows("rank", period=self.f.period, peer_group=ALL))

    @cached_property
    def group_ranks(self) -> dict[str, dict[str, Any]]:
        rows = self.f.rows("rank", period=self.f.period)
        return _by_scope(rows.filter(pl.col("peer_group") != ALL) if rows.height else rows)

    @cached_property
    def adoption(self) -> dict[str, dict[str, Any]]:
        return _by_scope(self.f.rows("adoption", period=self.f.period))

    @cached_property
    def _results(self) -> pl.DataFrame:
        """Results of the period in the covert instrument, or in the open one where it alone was
        looked at; with the wording of the item."""
        results = self.f.rows("item_result", period=self.f.period)
        items = self.f.table("edition").drop("points")
        told = results.join(items, on=["edition", "item_id"], how="left")
        covert = (pl.col("instrument") == "covert").any().over("scope")
        return told.filter((pl.col("instrument") == "covert") | ~covert)

    @cached_property
    def lost(self) -> dict[str, dict[str, float]]:
        """Per branch: points lost in the period, items that lost any, items looked at."""
        found = self._results.group_by("scope").agg(
            pl.col("lost").filter(pl.col("lost") > 0).sum(),
            (pl.col("lost") > 0).sum().alias("items"),
            pl.len().alias("looked"),
        )
        return _by_scope(found)

    @cached_property
    def worst(self) -> dict[str, Rows]:
        """Per branch: the items that cost most points, the dearest first."""
        rows = self._results.filter(pl.col("lost") > 0)
        rows = rows.sort(["scope", "lost", "item_id"], descending=[False, True, False])
        return _grouped(rows.group_by("scope", maintain_order=True).head(thresholds().items_branch))

    @cached_property
    def actions(self) -> dict[str, Rows]:
        """Per branch: actions not closed by the end of the period, the first due first."""
        rows = self.f.rows(ACTIONS)
        if rows.is_empty():
            return {}
        open_ = rows.filter(open_by(self.day))
        items = self.f.table("edition").sort("edition").unique("item_id", keep="last")
        told = open_.join(items.select("item_id", "zh", "en", "role"), on="item_id", how="left")
        return _grouped(
            told.sort("branch_code", "due_date", "issue_id", nulls_last=True), "branch_code"
        )

    def waiting(self, alias: str = "") -> str:
        """SQL of an action that is among :attr:`actions`."""
        return open_sql(self.day, alias)

    @cached_property
    def day(self) -> date:
        """The last day of the period: what is overdue was so by then, whoever prints it when."""
        return periods.days_of(periods.last_month(self.f.period))[-1]

    def late(self, action: dict[str, Any]) -> bool:
        """Whether an action was past its due day at the end of the period."""
        return action["due_date"] is not None and bool(action["due_date"] <= self.day)

    @cached_property
    def soon(self) -> date:
        return self.day + timedelta(days=thresholds().actions_ahead)


@lru_cache(maxsize=2)
def branches(publication: Publication) -> Branches:
    """Those of a publication, kept for the next document."""
    return Branches(prepared(publication))


def _by_scope(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["scope"]: row for row in rows.iter_rows(named=True)}


def _grouped(rows: pl.DataFrame, key: str = "scope") -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row[key], []).append(row)
    return found
