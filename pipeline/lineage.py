"""From a published component back to the rows of the marts that were added up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from audits.scorecard import Edition
from pipeline import periods as calendar
from pipeline.aggregate import MartStore, entering, pairs_of
from pipeline.marts import marts
from pipeline.marts.world import Settings
from pipeline.measure import world_of
from pipeline.metrics.declaration import Component, Metric
from pipeline.windows import months_in


def fact_of(part: Component) -> tuple[str, dict[str, str]]:
    """The fact table whose cells stand behind a component, and {its key: column of the mart}."""
    mart = marts()[part.mart]
    keys = dict(part.keys) if part.keys else {k: k for k in mart.keys}
    return part.fact or mart.fact, keys


def lineage(
    facts: Mapping[str, pl.DataFrame],
    period: str,
    editions: Mapping[str, Edition],
    *,
    until: str | None = None,
    settings: Settings | None = None,
) -> MartStore:
    """The marts that the values of `period` were made from. Pass the `until` of the publication;
    keep the store for many questions, since each mart is built once."""
    return MartStore(world_of(facts, [period], editions, until, settings))


def rows_behind(
    store: MartStore,
    metric: Metric,
    part_index: int,
    scope_members: Collection[str],
    period: str,
) -> pl.DataFrame:
    """The mart rows that entered part `part_index` of a metric for some branches and a period.

    Columns: `branch_code`, `month` of the mart's row, `value` (exact: Decimal or Int64), and
    `key_<k>` for each key k of the fact table of :func:`fact_of`; a list there stands for several
    facts (explode it; months without a fact simply have none). The values add up to the component
    exactly; a component with `mean` is their sum divided by the number of different months.
    """
    part = metric.parts[part_index]
    table = store.table(part.mart)
    value, holds = entering(table, part, _partner(metric, part_index))
    known = store.frame(part.mart).get_column("month").drop_nulls().unique().sort().to_list()
    months = months_in(period, part.window, store.world.until, known)
    chosen = holds & table.month.isin(months) & table.branch_code.isin(sorted(scope_members))
    _, keys = fact_of(part)
    columns = {f"key_{key}": table[column] for key, column in keys.items()}
    extra = {"since": table[part.since]} if part.since else {}
    picked = table.filter(chosen).select(
        branch_code=table.branch_code, month=table.month, value=value, **columns, **extra
    )
    return _spread(_frame(picked), bool(part.since)).sort("branch_code", "month")


def _partner(metric: Metric, index: int) -> Component | None:
    top, bottom = pairs_of(metric)[index // 2]
    return bottom if index % 2 == 0 else top


def _frame(expression: Any) -> pl.DataFrame:
    frame = pl.from_arrow(expression.to_pyarrow())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _spread(rows: pl.DataFrame, several: bool) -> pl.DataFrame:
    """Where a row adds up several months, `key_month` becomes the list of them."""
    if not several:
        return rows
    spans = [
        [calendar.shift_month(first, i) for i in range(_months_between(first, last) + 1)]
        for first, last in rows.select("since", "month").iter_rows()
    ]
    return rows.with_columns(pl.Series("key_month", spans, pl.List(pl.String))).drop("since")


def _months_between(first: str, last: str) -> int:
    return calendar.month_index(last) - calendar.month_index(first)
