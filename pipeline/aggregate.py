"""One aggregate per mart over the hierarchy, composed from the components of all metrics.

Row values are summed exactly: whole numbers and DECIMAL as they are, floating point as
DECIMAL(38,9), so that the result does not depend on the order of rows or of threads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Any

import polars as pl

from pipeline.marts import marts
from pipeline.marts.world import World
from pipeline.metrics.declaration import Component, Metric, Window
from pipeline.windows import window_map

Pair = tuple[Component, Component | None]


def pairs_of(metric: Metric) -> list[Pair]:
    """The parts of a metric, two by two; an amount stands alone."""
    parts = metric.parts
    if metric.form == "amount":
        return [(parts[0], None)]
    return [(parts[i], parts[i + 1]) for i in range(0, len(parts), 2)]


@dataclass(frozen=True)
class PairColumns:
    """Where the sums of a pair lie in the wide frame. `months_*`: set where a mean is wanted."""

    top: str
    bottom: str | None
    rows: tuple[str, ...]
    months_top: str | None
    months_bottom: str | None


Known = dict[Component, tuple[Any, Any]]  # what was made of a component on one table


def entering(
    table: Any, component: Component, partner: Component | None, known: Known | None = None
) -> tuple[Any, Any]:
    """(value, condition) of a component in the rows of its mart, as Ibis expressions.

    A row enters when the component's condition holds and its value is there, and, where the
    partner of the same mart and window applies to the row too, the partner's value is there.
    """
    known = {} if known is None else known
    value, holds = _own(table, component, known)
    needed = [value.notnull()] if holds is None else [holds, value.notnull()]
    if partner is not None and same_rows(component, partner):
        other, other_holds = _own(table, partner, known)
        there = other.notnull()
        needed.append(there if other_holds is None else ~other_holds | there)
    return value, reduce(and_, needed)


def same_rows(one: Component, other: Component) -> bool:
    """Whether two components add up rows of the same mart in the same months."""
    return one.mart == other.mart and one.window == other.window


def _own(table: Any, component: Component, known: Known) -> tuple[Any, Any | None]:
    """Row value and condition of a component; no condition where every row will do."""
    if component not in known:
        value = component.value(table)
        if value.type().is_floating():
            value = value.cast("decimal(38, 9)")
        elif not value.type().is_decimal():
            value = value.cast("int64")
        holds = None if component.where is None else component.where(table).fill_null(False)
        known[component] = (value, holds)
    return known[component]


@dataclass
class MartStore:
    """The marts of a world, each built once when asked for, in a DuckDB in memory."""

    world: World
    _built: dict[str, pl.DataFrame] = field(default_factory=dict)
    _connection: Any = None

    @property
    def connection(self) -> Any:
        """The database. Ibis only writes the SQL: its DuckDB calls are deprecated in DuckDB 2."""
        if self._connection is None:
            import duckdb

            self._connection = duckdb.connect()
        return self._connection

    def frame(self, mart: str) -> pl.DataFrame:
        """The mart as a frame."""
        if mart not in self._built:
            self._built[mart] = marts()[mart].build(self.world)
        return self._built[mart]

    def months(self, mart: str) -> list[str]:
        """The months that a mart has rows of, in order."""
        return self.frame(mart).get_column("month").drop_nulls().unique().sort().to_list()

    def table(self, mart: str) -> Any:
        """The mart as an Ibis table, registered in the database under its name."""
        import ibis

        known = mart in self._built
        frame = self.frame(mart)
        if not known:
            self.register(mart, frame)
        return ibis.table(ibis.Schema.from_polars(frame.schema), name=mart)

    def register(self, name: str, frame: pl.DataFrame) -> None:
        """Make a frame known as table `name`; a second registration replaces the first."""
        self.connection.register(name, frame.to_arrow())

    def rows(self, expression: Any) -> pl.DataFrame:
        """The result of an Ibis table expression."""
        return self.query(sql_of(expression))

    def query(self, sql: str) -> pl.DataFrame:
        """The result of SQL text; through Arrow, so that pandas is not imported for it."""
        frame = pl.from_arrow(self.connection.sql(sql).to_arrow_table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def close(self) -> None:
        """Let go of the memory of the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def sql_of(expression: Any) -> str:
    """An Ibis expression as DuckDB's SQL."""
    import ibis

    return str(ibis.to_sql(expression, dialect="duckdb", pretty=False))


@dataclass
class _Columns:
    """The row expressions of one mart, each once, with the windows that want it summed."""

    table: Any
    names: dict[Any, str] = field(default_factory=dict)
    expressions: dict[str, Any] = field(default_factory=dict)
    windows: dict[Window, dict[str, None]] = field(default_factory=dict)
    months: set[str] = field(default_factory=set)
    known: Known = field(default_factory=dict)

    def counted(self, name: str) -> str:
        """The name under which the number of months with any of those rows will be found."""
        self.months.add(name)
        return f"{name}_months"

    def add(self, expression: Any, window: Window, mart: str) -> str:
        """The name under which the sum of `expression` over `window` will be found."""
        name = self.names.setdefault(expression.op(), f"{mart}_{len(self.names)}")
        self.expressions[name] = expression
        self.windows.setdefault(window, {})[name] = None
        return f"{name}_{window}"


class Aggregate:
    """Collects what all metrics need, then sums it mart by mart."""

    def __init__(self, store: MartStore) -> None:
        self.store = store
        self._marts: dict[str, _Columns] = {}

    def add(self, metric: Metric) -> list[PairColumns]:
        """Ask for the sums of a metric; the answer says where they will be."""
        return [self._pair(top, bottom) for top, bottom in pairs_of(metric)]

    def _columns(self, mart: str) -> _Columns:
        if mart not in self._marts:
            self._marts[mart] = _Columns(self.store.table(mart))
        return self._marts[mart]

    def _pair(self, top: Component, bottom: Component | None) -> PairColumns:
        top_sum, top_months, top_holds = self._part(top, bottom)
        if bottom is None:
            return PairColumns(top_sum, None, (self._rows(top, top_holds),), top_months, None)
        bottom_sum, bottom_months, bottom_holds = self._part(bottom, top)
        if same_rows(top, bottom):
            rows: tuple[str, ...] = (self._rows(top, top_holds | bottom_holds),)
        else:
            rows = (self._rows(top, top_holds), self._rows(bottom, bottom_holds))
        return PairColumns(top_sum, bottom_sum, rows, top_months, bottom_months)

    def _part(self, part: Component, partner: Component | None) -> tuple[str, str | None, Any]:
        columns = self._columns(part.mart)
        value, holds = entering(columns.table, part, partner, columns.known)
        summed = columns.add(holds.ifelse(value, None), part.window, part.mart)
        months = columns.counted(self._rows(part, holds)) if part.mean else None
        return summed, months, holds

    def _rows(self, part: Component, holds: Any) -> str:
        return self._columns(part.mart).add(holds.ifelse(1, 0), part.window, part.mart)

    def run(self, members: pl.DataFrame, periods: Sequence[str]) -> pl.DataFrame:
        """[scope × period] every sum that was asked for, as Float64; null where no row entered."""
        grid = members.select(pl.col("scope").unique(maintain_order=True)).join(
            pl.DataFrame({"period": list(periods)}, schema={"period": pl.String}), how="cross"
        )
        self.store.register("scope_members", members.select("scope", "branch_code"))
        for mart, columns in self._marts.items():
            for part in self._windows(mart, columns, periods):
                grid = grid.join(part, on=["scope", "period"], how="left", maintain_order="left")
        return grid

    def _windows(
        self, mart: str, columns: _Columns, periods: Sequence[str]
    ) -> Iterable[pl.DataFrame]:
        known = self.store.months(mart)
        until = self.store.world.until
        maps = {w: window_map(periods, w, until, known) for w in columns.windows}
        needed = pl.concat(list(maps.values())).select(pl.col("month").unique())
        self.store.register("needed_months", needed)
        rows = columns.table.select(
            columns.table.branch_code, columns.table.month, **columns.expressions
        )
        sql = _monthly(sql_of(rows), list(columns.expressions))
        self.store.connection.execute(f"CREATE OR REPLACE TEMP TABLE monthly AS {sql}")
        for window, names in columns.windows.items():
            self.store.register("window_months", maps[window])
            yield self.store.query(_summed(list(names), window, columns.months))


def _monthly(rows: str, names: list[str]) -> str:
    """[scope × month] sums: first to branch and month, then over the hierarchy.

    The row expressions are Ibis; sums, joins and groups are plain SQL that any engine reads, and
    that costs no time to compile.
    """
    sums = ", ".join(f'sum("{n}") AS "{n}"' for n in names)
    return f"""
        WITH rows AS ({rows}),
        branch AS (
            SELECT branch_code, month, {sums} FROM rows
            WHERE month IN (SELECT month FROM needed_months) GROUP BY branch_code, month
        )
        SELECT scope, month, {sums}
        FROM branch JOIN scope_members USING (branch_code) GROUP BY scope, month"""


def _summed(names: list[str], window: Window, months: Collection[str]) -> str:
    """[scope × period] sums of the months of a window; for those of `months`, counts of rows, also
    in how many months there are any."""
    sums = [f'CAST(sum("{n}") AS DOUBLE) AS "{n}_{window}"' for n in names]
    counts = [
        f'CAST(count(*) FILTER ("{n}" > 0) AS DOUBLE) AS "{n}_{window}_months"'
        for n in names
        if f"{n}_{window}" in months
    ]
    return f"""
        SELECT scope, period, {", ".join([*sums, *counts])}
        FROM monthly JOIN window_months USING (month) GROUP BY scope, period"""
