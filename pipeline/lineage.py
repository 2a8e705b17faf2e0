"""From a published component back to the rows of the marts that were added up."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from audits.scorecard import Edition
from pipeline.aggregate import MartStore, entering, pairs_of
from pipeline.marts.world import Settings, World, latest
from pipeline.metrics.declaration import Component, Metric
from pipeline.periods import last_month
from pipeline.windows import months_in


def rows_behind(
    facts: Mapping[str, pl.DataFrame],
    members: pl.DataFrame,
    metric: Metric,
    scope: str,
    period: str,
    editions: Mapping[str, Edition],
    *,
    until: str | None = None,
    settings: Settings | None = None,
) -> list[pl.DataFrame]:
    """For each part of a metric, the mart rows that entered its value for a scope and period.

    `facts`, `members`, `until` and `settings` must be those of the publication; `until` is by
    default the latest month of the facts. See :func:`part_rows` for the columns.
    """
    seen = until or latest(facts) or last_month(period)
    store = MartStore(World(facts, editions, seen, settings or Settings()))
    inside = members.filter(pl.col("scope") == scope).get_column("branch_code").to_list()
    try:
        return [part_rows(store, metric, i, inside, period) for i in range(len(metric.parts))]
    finally:
        store.close()


def part_rows(
    store: MartStore,
    metric: Metric,
    part_index: int,
    branches: Collection[str],
    period: str,
) -> pl.DataFrame:
    """The mart rows that entered one part of a metric, from a store kept for many questions.

    All columns of the mart, and `value`: Decimal or Int64, exact. The values add up to the
    component exactly; a part with `mean` is their sum divided by the number of different months.
    Where the cells lie is said by the part's `fact`, `keys` (a list column stands for several
    facts) and `since` (all months from there to the row's own).
    """
    part = metric.parts[part_index]
    table = store.table(part.mart)
    value, holds = entering(table, part, partner_of(metric, part_index))
    months = months_in(period, part.window, store.world.until, store.months(part.mart))
    inside = table.month.isin(months) & table.branch_code.isin(sorted(branches))
    picked = table.filter(holds & inside).mutate(value=value)
    grain = [c for c in ("branch_code", "month") if c in table.columns]
    return store.rows(picked).sort(grain, maintain_order=True)


def partner_of(metric: Metric, index: int) -> Component | None:
    """The other side of a part: a row enters both or neither (see :func:`entering`)."""
    top, bottom = pairs_of(metric)[index // 2]
    return bottom if index % 2 == 0 else top
