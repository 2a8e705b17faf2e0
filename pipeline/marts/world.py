"""What a mart is built from: the facts up to a month, the editions, the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from audits.scorecard import Edition
from pipeline import periods

_POLARS: dict[str, Any] = {
    "VARCHAR": pl.String,
    "BIGINT": pl.Int64,
    "INTEGER": pl.Int32,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
    "DATE": pl.Date,
    "TIME": pl.Time,
    "DECIMAL(18,2)": pl.Decimal(18, 2),
    "DECIMAL(9,3)": pl.Decimal(9, 3),
}
# What was received, one row per file; from the office database, not the warehouse.
UPLOAD_COLUMNS: dict[str, Any] = {
    "sha256": pl.String,
    "kind": pl.String,
    "branch_code": pl.String,
    "period": pl.String,
    "received_at": pl.Date,
    "status": pl.String,
}
# The day a fact belongs to, for cutting off what came after the last month looked at.
_DATED = {"visit": "visit_date", "planned_visit": "planned_date", "appeal": "filed_date"}


@dataclass(frozen=True)
class Settings:
    """Choices of the office that marts depend on."""

    due_business_day: int = periods.DUE_BUSINESS_DAY
    rounds_looked_at_again: int = 2  # recurrence: the next so many rounds


@dataclass(frozen=True)
class World:
    """Facts, editions and settings. `until` is the last month (YYYY-MM) that may be looked at."""

    facts: Mapping[str, pl.DataFrame]
    editions: Mapping[str, Edition]
    until: str
    settings: Settings = field(default_factory=Settings)

    def fact(self, table: str) -> pl.DataFrame:
        """Live rows of a fact table up to `until`; an empty frame with its columns if absent."""
        empty = _empty(table)
        found = self.facts.get(table)
        if found is None:
            return empty
        found = _typed(found, empty)
        if table == "performance":
            return found.filter(pl.col("month") <= self.until)
        if table in _DATED:
            return found.filter(month_of(_DATED[table]) <= self.until)
        return found

    @cached_property
    def branches(self) -> pl.DataFrame:
        """The outlets (网点) of the register: code, introduced, opened, closed, weekend."""
        columns = ["branch_code", "introduced", "opened", "closed", "weekend"]
        register = self.fact("branch").filter(pl.col("level") == "网点").select(columns)
        return register.with_columns(pl.col("weekend").fill_null(False)).unique("branch_code")

    @cached_property
    def months(self) -> list[str]:
        """Every month from the first fact to `until`."""
        sheets = self.fact("performance").get_column("month")
        visits = self.fact("visit").select(m=month_of("visit_date")).get_column("m")
        known = [m for m in (sheets.min(), visits.min()) if isinstance(m, str)]
        if not known:
            return []
        first = periods.month_index(min(known))
        count = periods.month_index(self.until) - first + 1
        return [periods.shift_month(min(known), i) for i in range(count)]

    @cached_property
    def scored(self) -> Any:
        """The answers scored by their editions, with vetoes that were decided on."""
        from audits.conduct import with_vetoes
        from audits.scoring import score

        visits = self.fact("visit").filter(pl.col("edition").is_in(list(self.editions)))
        answers = self.fact("answer").join(visits.select("visit_id"), on="visit_id", how="semi")
        scored = score(answers, visits, dict(self.editions))
        return with_vetoes(scored, self.facts.get("decided_veto"), dict(self.editions))


def month_of(column: str) -> pl.Expr:
    """YYYY-MM of a date column."""
    return pl.col(column).dt.strftime("%Y-%m")


def _empty(table: str) -> pl.DataFrame:
    if table == "upload":
        return pl.DataFrame(schema=UPLOAD_COLUMNS)
    from pipeline.warehouse.schema import fact_tables

    declared = fact_tables()[table].columns
    return pl.DataFrame(schema={c: _POLARS[t] for c, t in declared.items()})


def _typed(found: pl.DataFrame, empty: pl.DataFrame) -> pl.DataFrame:
    """The frame with missing columns added and wholly null columns given their type."""
    missing = [pl.lit(None, t).alias(c) for c, t in empty.schema.items() if c not in found.columns]
    untyped = [
        pl.col(c).cast(empty.schema[c])
        for c, t in found.schema.items()
        if t == pl.Null and c in empty.schema
    ]
    return found.with_columns(missing + untyped)


# What tells how far the facts reach.
_LATEST = {"visit": "visit_date", "appeal": "filed_date", "corrective_action": "closed_date"}


def world_of(
    facts: Mapping[str, pl.DataFrame],
    wanted: Sequence[str],
    editions: Mapping[str, Edition],
    until: str | None = None,
    settings: Settings | None = None,
) -> World:
    """The world that `measure` looks at for the periods `wanted`.

    `until` is the last month that may be looked at; by default the last month of any period, but
    not beyond the latest month that has facts.
    """
    last = max((periods.last_month(p) for p in wanted), default="0000-00")
    return World(facts, editions, until or min(last, latest(facts) or last), settings or Settings())


def latest(facts: Mapping[str, pl.DataFrame]) -> str | None:
    """The last month that has a sheet, a visit, an appeal or a closed action; None without any."""
    found = [
        facts[table].select(m=month_of(date)).get_column("m").max()
        for table, date in _LATEST.items()
        if table in facts and facts[table].schema.get(date) == pl.Date
    ]
    if "performance" in facts:
        found.append(facts["performance"].get_column("month").max())
    return max((m for m in found if isinstance(m, str)), default=None)
