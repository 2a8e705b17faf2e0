"""The metric dictionary as table `metric`, and which source columns each metric adds up."""

from __future__ import annotations

import polars as pl

from pipeline.marts import MARTS
from pipeline.metrics import metrics
from pipeline.publication import TABLES
from pipeline.publishing.restatements import SOURCES

_SAME = (
    *("zh", "en", "form", "unit", "direction", "minimum", "scale", "version", "observed"),
    *("formula_zh", "formula_en", "note_zh", "note_en"),
)


def metric_table() -> pl.DataFrame:
    """Table `metric`: one row per metric of the dictionary."""
    rows = [{"metric": m.id, **{k: getattr(m, k) for k in _SAME}} for m in metrics().values()]
    return pl.DataFrame(rows, schema=TABLES["metric"]).sort("metric")


def metric_sources() -> pl.DataFrame:
    """[metric, table, column, window]: the columns of fact tables whose cells enter a metric."""
    rows = [
        (metric.id, MARTS[part.mart].fact, column, part.window)
        for metric in metrics().values()
        for part in metric.parts
        for column in part.sources
    ]
    return pl.DataFrame(rows, schema=SOURCES, orient="row").unique(maintain_order=True)
