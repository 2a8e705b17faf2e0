"""`low` and `high` of observed shares and of the gap: what repeated visits would give.

95 %: had other shoppers gone on other days of the same period to the same branches, the value
would lie in the interval nineteen times in twenty. Shares of what a branch reports of *all* its
customers are no samples and have no interval. Encounters of one visit are alike: they count as
fewer independent ones (design effect, pooled over the province). For a region this is cautious,
since it takes the branches for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from audits.statistics.proportions import Array, design_effect, difference, wilson
from pipeline.publishing.slices import of_metrics, span

if TYPE_CHECKING:
    from audits.scoring import Scored

# metric -> column of the scored encounters that its numerator counts; None: one per visit
SHARES: dict[str, str | None] = {
    "observed_speak_up": "spoke_up",
    "seven_steps_complete": "seven_complete",
    "wait_promise_kept": None,
    "veto_rate": None,
}
GAP, CLAIMED, SEEN = "speak_up_gap", "reported_speak_up", "observed_speak_up"


def with_intervals(values: pl.DataFrame, scored: Scored, visits: pl.DataFrame) -> pl.DataFrame:
    """`metric_value` (sorted by metric) with `low` and `high` of the metrics above."""
    effects = _effects(scored, visits)
    told = [(m, _share(of_metrics(values, [m]), e)) for m, e in effects.items()]
    told.append((GAP, _gap(values, effects[SEEN])))
    columns = {c: values[c].cast(pl.Float64).to_numpy(writable=True) for c in ("low", "high")}
    for metric, limits in told:
        first, rows = span(values, metric)
        for name, column in columns.items():
            column[first : first + rows] = limits[name].fill_null(np.nan).to_numpy()
    return values.with_columns(pl.Series(n, c, nan_to_null=True) for n, c in columns.items())


def _effects(scored: Scored, visits: pl.DataFrame) -> dict[str, float]:
    """Design effect of each metric in SHARES; 1 where it counts visits."""
    columns = [c for c in SHARES.values() if c]
    sums = [pl.col(c).cast(pl.Int64).sum().alias(f"{c}_x") for c in columns]
    known = [pl.col(c).count().alias(f"{c}_m") for c in columns]
    rows = scored.encounters.group_by("visit_id").agg(*sums, *known)
    rows = rows.join(visits.select("visit_id", "branch_code"), on="visit_id").sort("visit_id")
    unit = rows["branch_code"].to_numpy()
    return {
        metric: design_effect(unit, *(rows[f"{c}_{k}"].to_numpy() for k in "xm")) if c else 1.0
        for metric, c in SHARES.items()
    }


def _share(rows: pl.DataFrame, effect: float) -> pl.DataFrame:
    top, bottom = (rows[c].fill_null(0.0).to_numpy() / effect for c in ("numerator", "denominator"))
    return _filled(rows, *wilson(top, bottom))


def _gap(values: pl.DataFrame, effect: float) -> pl.DataFrame:
    rows = of_metrics(values, [GAP])
    for metric, name in ((CLAIMED, "claimed"), (SEEN, "seen")):
        other = of_metrics(values, [metric]).select(
            "scope", "period", pl.col("numerator").alias(name),
            pl.col("denominator").alias(f"{name}_of"),
        )  # fmt: skip
        rows = rows.join(other, on=["scope", "period"], how="left", maintain_order="left")
    x1, n1, x2, n2 = (
        rows[c].fill_null(0.0).to_numpy() for c in ("claimed", "claimed_of", "seen", "seen_of")
    )
    return _filled(rows, *difference(x1, n1, x2 / effect, n2 / effect))


def _filled(rows: pl.DataFrame, low: Array, high: Array) -> pl.DataFrame:
    ok = pl.col("status") == "ok"
    limits = {"low": pl.Series(low), "high": pl.Series(high)}
    return rows.select(pl.when(ok).then(v).alias(c) for c, v in limits.items())
