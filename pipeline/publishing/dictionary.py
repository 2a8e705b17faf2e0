"""The metric dictionary as table `metric`, and which source columns each metric adds up."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from audits.scorecard import Edition
from pipeline.marts import marts
from pipeline.metrics import metrics
from pipeline.metrics.declaration import Component
from pipeline.publication_tables import TABLES
from pipeline.publishing.restatements import SOURCES

_SAME = (
    *("zh", "en", "form", "unit", "direction", "minimum", "scale", "version", "observed"),
    *("formula_zh", "formula_en", "note_zh", "note_en"),
)


def metric_table(editions: Mapping[str, Edition]) -> pl.DataFrame:
    """Table `metric`: one row per metric of the dictionary."""
    rows = [
        {"metric": m.id, **{k: getattr(m, k) for k in _SAME}} for m in metrics(editions).values()
    ]
    return pl.DataFrame(rows, schema=TABLES["metric"]).sort("metric")


def metric_sources(editions: Mapping[str, Edition]) -> pl.DataFrame:
    """[metric, table, column, window]: the columns of fact tables whose cells enter a metric."""
    rows = [
        (metric.id, part.fact or marts()[part.mart].fact, column, _reach(part))
        for metric in metrics(editions).values()
        for part in metric.parts
        for column in part.sources
    ]
    return pl.DataFrame(rows, schema=SOURCES, orient="row").unique(maintain_order=True)


def _reach(part: Component) -> str:
    """A component whose cells lie in other months than its own row (a lag, a sum so far)."""
    lagged = any(fact == "month" and own != "month" for fact, own in part.keys)
    return "to_date" if part.since or lagged else part.window
