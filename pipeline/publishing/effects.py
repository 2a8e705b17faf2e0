"""Table `effect`: the effect of the introduction on every metric declared suitable for it.

The panel is `metric_value` at branch level by quarter (by month where there are fewer than four
quarters), every branch counting the same; the cohort is the branch's quarter of introduction, the
cluster its superior (支行 or 省行直管机构), which decides on the rollout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from audits.scorecard import Edition
from audits.statistics.effect import Effect, Estimate, cohorts, effect
from audits.statistics.group_time import Floats, Ints, Panel
from pipeline import periods as calendar
from pipeline.metrics import metrics
from pipeline.metrics.declaration import Metric
from pipeline.publication_tables import TABLES
from pipeline.publishing.effect_words import reason
from pipeline.publishing.slices import of_metrics

FEWEST_QUARTERS = 4
SEED = 20_210_401  # of every bootstrap: the same inputs give the same intervals
_COLUMNS = pl.Schema(TABLES["effect"])


@dataclass(frozen=True)
class Frame:
    """What all panels of a publication share: branches [unit], periods, cohorts and clusters."""

    branches: pl.DataFrame  # [scope, unit]
    periods: list[str]
    cohort: Ints
    cluster: Ints


def effects(
    metric_value: pl.DataFrame, scope: pl.DataFrame, editions: Mapping[str, Edition]
) -> pl.DataFrame:
    """Table `effect`, by metric, kind, cohort and event time."""
    declared = [m for m in metrics(editions).values() if m.introduction]
    frame = frame_of(scope, metric_value["period"].unique().sort().to_list())
    found = outcomes(metric_value, frame, [m.id for m in declared])
    rows = [
        row for m in declared for row in _rows(m, judged(m, frame, found.get(m.id)), frame.periods)
    ]
    return pl.DataFrame(rows, schema=_COLUMNS).sort(
        "metric", "kind", "cohort", "event_time", nulls_last=False
    )


def frame_of(scope: pl.DataFrame, periods: Sequence[str]) -> Frame:
    """The branches of table `scope` with cohort and cluster, over quarters or months."""
    branches = scope.filter(pl.col("level") == "branch").sort("scope").with_row_index("unit")
    quarters = [p for p in periods if calendar.kind_of(p) == "quarter"]
    months = [p for p in periods if calendar.kind_of(p) == "month"]
    by_quarter = len(quarters) >= FEWEST_QUARTERS
    chosen = sorted(quarters if by_quarter else months)
    began = branches["introduced"].dt.strftime("%Y-%m").to_list()
    if by_quarter:
        began = [None if m is None else calendar.quarter_of(m) for m in began]
    owner = branches.select(pl.coalesce("parent", "scope").rank("dense").cast(pl.Int64) - 1)
    return Frame(
        branches.select("scope", "unit"),
        chosen,
        cohorts(began, chosen),
        owner.to_series().to_numpy().astype(np.int64),
    )


def judged(metric: Metric, frame: Frame, outcome: Floats | None) -> Effect:
    """The effect on one metric; outcome [unit × period]."""
    if outcome is None:
        outcome = np.full((frame.branches.height, len(frame.periods)), np.nan)
    return effect(
        Panel(outcome, frame.cohort, frame.cluster),
        better="down" if metric.direction == "down" else "up",
        redefined=metric.introduction == "redefined",
        seed=SEED,
    )


def outcomes(metric_value: pl.DataFrame, frame: Frame, ids: list[str]) -> dict[str, Floats]:
    """[unit × period] of each metric that has any value, NaN where there is none.

    `metric_value` in the order of the publication, by metric first.
    """
    place = pl.DataFrame(
        {"period": frame.periods, "at": range(len(frame.periods))},
        schema={"period": pl.String, "at": pl.Int64},
    )
    kept = (
        of_metrics(metric_value, ids)
        .lazy()
        .filter(pl.col("period").is_in(frame.periods) & (pl.col("level") == "branch"))
        .filter((pl.col("status") == "ok") & pl.col("value").is_not_null())
        .select("metric", "scope", "period", "value")
        .join(place.lazy(), on="period")
        .join(frame.branches.lazy(), on="scope")
        .collect()
    )
    found = {}
    for (metric,), rows in kept.group_by("metric"):
        wide = np.full((frame.branches.height, len(frame.periods)), np.nan)
        wide[rows["unit"].to_numpy(), rows["at"].to_numpy()] = rows["value"].to_numpy()
        found[str(metric)] = wide
    return found


def _rows(metric: Metric, found: Effect, periods: Sequence[str]) -> list[dict[str, Any]]:
    """The headline with verdict and reason, then what belongs to it."""
    head: dict[str, Any] = {
        "metric": metric.id,
        "kind": "group",
        "p_pre": found.p_pre,
        "verdict": found.verdict,
        "reason_zh": reason(found, metric.unit, "zh"),
        "reason_en": reason(found, metric.unit, "en"),
    }
    if found.verdict == "insufficient":
        # Courses that differ before the introduction are shown; no figure is given out for after.
        return [head, *(_row(metric, e, periods) for e in found.of("event"))]
    rest = [_row(metric, e, periods) for e in found.estimates if e.kind != "group"]
    assert found.overall is not None
    return [_row(metric, found.overall, periods) | head, *rest]


def _row(metric: Metric, e: Estimate, periods: Sequence[str]) -> dict[str, Any]:
    return {
        "metric": metric.id,
        "kind": e.kind,
        "cohort": None if e.cohort is None else periods[e.cohort],
        "event_time": e.event,
        "estimate": e.estimate,
        "low": e.low,
        "high": e.high,
        "n": e.n,
        "clusters": e.clusters,
    }
