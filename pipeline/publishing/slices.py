"""Rows of a few metrics of `metric_value`, which is sorted by metric: no look at all the others."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl


def span(values: pl.DataFrame, metric: str) -> tuple[int, int]:
    """(first row, number of rows) of a metric in a table sorted by it."""
    column = values["metric"]
    first = int(column.search_sorted(metric, "left"))
    return first, int(column.search_sorted(metric, "right")) - first


def of_metrics(values: pl.DataFrame, metrics: Iterable[str]) -> pl.DataFrame:
    """The rows of some metrics, in the order of the table (by metric if that is sorted)."""
    wanted = sorted(set(metrics))
    if not wanted or values.is_empty():
        return values.clear()
    if not values["metric"].is_sorted():
        return values.filter(pl.col("metric").is_in(wanted))
    return pl.concat([values.slice(*span(values, m)) for m in wanted], rechunk=False)
