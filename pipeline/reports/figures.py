"""Figures of a publication for documents: each comes with where it is from.

A published value is an `Evidence`, which `explain` walks back to the cells. A number worked out
from published rows (how many, how much) is a `Reckoned`, which carries the query that gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

import polars as pl

from pipeline import periods
from pipeline.publication import Publication
from pipeline.reports.blocks import Evidence, Reckoned

Language = Literal["zh", "en"]
PRESENT, ABSENT = object(), object()  # conditions: the column has a value, has none
_Values = dict[tuple[str, str], float | None]  # (scope, period) → value


@dataclass(frozen=True)
class Figures:
    """Look-ups over one publication, read once. Values are as published: shares 0-1, yuan."""

    publication: Publication
    _tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    _known: dict[str, _Values] = field(default_factory=dict, repr=False, compare=False)

    def table(self, name: str) -> pl.DataFrame:
        """A table of the publication; an empty one where it has none of that name."""
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    def _read(self, name: str) -> pl.DataFrame:
        try:
            return self.publication.table(name)
        except FileNotFoundError:  # a fact table that publications had not yet
            return pl.DataFrame()

    @property
    def values(self) -> pl.DataFrame:
        return self.table("metric_value")

    @property
    def scopes(self) -> pl.DataFrame:
        return self.table("scope")

    @cached_property
    def period(self) -> str:
        return self.publication.period

    @cached_property
    def months(self) -> list[str]:
        return periods.months_of(self.period)

    @cached_property
    def former(self) -> str:
        """The period before, of the same length."""
        return periods.previous(self.period)

    @cached_property
    def root(self) -> str:
        """Code of the province; empty where the publication has none."""
        found = self.scopes.filter(pl.col("level") == "province")["scope"]
        return str(found[0]) if len(found) else ""

    @cached_property
    def _names(self) -> dict[str, str | None]:
        return dict(self.scopes.select("scope", "name").iter_rows())

    def name(self, scope: str) -> str:
        """Name of a node or peer group; its code where it has none."""
        return self._names.get(scope) or scope

    @cached_property
    def levels(self) -> dict[str, str]:
        return dict(self.scopes.select("scope", "level").iter_rows())

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The dictionary of the publication by metric."""
        return {row["metric"]: row for row in self.table("metric").iter_rows(named=True)}

    @cached_property
    def region(self) -> dict[str, str]:
        """Branch code → code of its city or direct institution."""
        members = self.table("scope_member")
        regions = self.scopes.filter(pl.col("level").is_in(["city", "direct"]))
        pairs = members.join(regions, on="scope", how="inner").sort("level", "scope")
        return dict(pairs.select("branch_code", "scope").iter_rows())

    @cached_property
    def _near(self) -> Mapping[Any, pl.DataFrame]:
        """metric → its values of this period and the one before, and all of the province."""
        near = pl.col("period").is_in([self.period, self.former]) | (pl.col("scope") == self.root)
        return self.values.filter(near).partition_by("metric", as_dict=True, include_key=False)

    def near(self, metric: str) -> pl.DataFrame:
        """Rows of `metric_value` of a metric, of this period and the one before."""
        rows = self._near.get((metric,))
        return self.values.clear() if rows is None else rows

    def _of(self, metric: str) -> _Values:
        if metric not in self._known:
            rows = self._near.get((metric,))
            self._known[metric] = {} if rows is None else _values(rows)
        return self._known[metric]

    def at(self, metric: str, scope: str | None = None, period: str | None = None) -> Evidence:
        """The published value of a metric (None where it has none), with where it is from."""
        scope, period = scope or self.root, period or self.period
        if period in (self.period, self.former) or scope == self.root:
            return Evidence(metric, scope, period, self._of(metric).get((scope, period)))
        found = self.values.filter(
            (pl.col("metric") == metric) & (pl.col("scope") == scope) & (pl.col("period") == period)
        )
        value = found["value"][0] if len(found) and found["status"][0] == "ok" else None
        return Evidence(metric, scope, period, value)

    def status(self, e: Evidence) -> str:
        """Why a value is there or is not; empty where nothing is published."""
        rows = self.near(e.metric)
        found = rows.filter((pl.col("scope") == e.scope) & (pl.col("period") == e.period))
        return str(found["status"][0]) if found.height else ""

    def numerator(self, e: Evidence) -> Reckoned:
        """What a published share is a share of so many: its numerator."""
        return self._component(e, "numerator")

    def denominator(self, e: Evidence) -> Reckoned:
        """Of how many a published share is a share."""
        return self._component(e, "denominator")

    def _component(self, e: Evidence, column: str) -> Reckoned:
        rows = self.near(e.metric)
        found = rows.filter((pl.col("scope") == e.scope) & (pl.col("period") == e.period))
        place = f"metric = {quoted(e.metric)} AND scope = {quoted(e.scope)}"
        return Reckoned(
            found[column][0] if found.height else None,
            f"SELECT {column} FROM metric_value WHERE {place} AND period = {quoted(e.period)}",
        )

    def limits(self, e: Evidence) -> tuple[float | None, float | None]:
        """The published interval of a value; (None, None) where it has none."""
        found = self.values.filter(
            (pl.col("metric") == e.metric)
            & (pl.col("scope") == e.scope)
            & (pl.col("period") == e.period)
        )
        return (found["low"][0], found["high"][0]) if found.height else (None, None)

    def by_scope(self, metric: str, level: str, period: str | None = None) -> pl.DataFrame:
        """scope, name, value, n, status of every node of a level, by code."""
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

    def rows(self, table: str, within: str = "", **where: Any) -> pl.DataFrame:
        """Rows of a table that meet conditions: a value, several, PRESENT or ABSENT.

        `within`: of the branches of this node only.
        """
        frame = self.table(table)
        if frame.is_empty():
            return frame
        for column, wanted in where.items():
            frame = frame.filter(_condition(column, wanted))
        if within:
            code = "branch_code" if "branch_code" in frame.columns else "scope"
            own = self.table("scope_member").filter(pl.col("scope") == within)["branch_code"]
            frame = frame.filter(pl.col(code).is_in(own.implode()))
        return frame

    def count(self, table: str, distinct: str = "", within: str = "", **where: Any) -> Reckoned:
        """How many rows, or how many values of a column, meet the conditions."""
        rows = self.rows(table, within, **where)
        n = rows[distinct].n_unique() if distinct and rows.height else rows.height
        what = f"count(DISTINCT {distinct})" if distinct else "count(*)"
        return Reckoned(n, self._query(what, table, within, where))

    def total(self, table: str, column: str, within: str = "", **where: Any) -> Reckoned:
        """Sum of a column over the rows that meet the conditions; 0 where there are none."""
        rows = self.rows(table, within, **where)
        value = float(rows[column].cast(pl.Float64).sum()) if rows.height else 0.0
        what = f"coalesce(sum({column}), 0)"
        return Reckoned(value, self._query(what, table, within, where))

    def _query(self, what: str, table: str, within: str, where: Mapping[str, Any]) -> str:
        conditions = [_sql(c, w) for c, w in where.items()]
        if within:
            code = "branch_code" if "branch_code" in self.table(table).columns else "scope"
            conditions.append(
                f"{code} IN (SELECT branch_code FROM scope_member WHERE scope = {quoted(within)})"
            )
        tail = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {what} FROM {table}{tail}"

    def told(self, *path: str) -> Reckoned:
        """A number of the manifest."""
        at: Any = self.publication.manifest
        for key in path:
            at = at[key]
        return Reckoned(at, f"manifest.json: {'.'.join(path)}")


def _values(rows: pl.DataFrame) -> _Values:
    told = rows.select("scope", "period", pl.when(pl.col("status") == "ok").then(pl.col("value")))
    scopes, periods, values = (column.to_list() for column in told)
    return dict(zip(zip(scopes, periods, strict=True), values, strict=True))


def figures(publication: Publication) -> Figures:
    """Open a publication for a document."""
    return Figures(publication)


@lru_cache(maxsize=2)
def prepared(publication: Publication) -> Figures:
    """The same, kept for the next document: a thousand of one publication read it once."""
    return Figures(publication)


def quoted(text: object) -> str:
    """A value as SQL writes it."""
    if isinstance(text, bool):
        return str(text).lower()
    return str(text) if isinstance(text, int | float) else "'" + str(text).replace("'", "''") + "'"


def _condition(column: str, wanted: Any) -> pl.Expr:
    if wanted is PRESENT or wanted is ABSENT:
        return pl.col(column).is_not_null() if wanted is PRESENT else pl.col(column).is_null()
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return pl.col(column).is_in(list(wanted))
    return pl.col(column) == wanted


def _sql(column: str, wanted: Any) -> str:
    if wanted is PRESENT or wanted is ABSENT:
        return f"{column} IS {'NOT ' if wanted is PRESENT else ''}NULL"
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return f"{column} IN ({', '.join(quoted(w) for w in wanted) or 'NULL'})"
    return f"{column} = {quoted(wanted)}"
