"""Tables `composite` and `composite_weight`: the index over sections, and what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from audits.scorecard import Edition
from audits.statistics.composite import (
    COVERAGE,
    arithmetic,
    coverage,
    effective_weights,
    gated,
    geometric,
    sensitivity,
)
from pipeline.periods import months_of
from pipeline.publication_tables import TABLES
from pipeline.publishing.slices import of_metrics

SECTION = "adherence.section."


def composite(
    values: pl.DataFrame,
    scope: pl.DataFrame,
    scores: pl.DataFrame,
    editions: Mapping[str, Edition],
    period: str,
) -> dict[str, pl.DataFrame]:
    """The two tables of `period`, over the covert edition that most of its visits used.

    `values` table `metric_value`, `scores` table `visit_score`. A branch is ranked with 80 % of
    the weight assessed; a veto in the period caps the published index at the edition's cap.
    """
    empty = {n: pl.DataFrame(schema=TABLES[n]) for n in ("composite", "composite_weight")}
    covert = [e for e in editions.values() if e.instrument == "covert"]
    own = scores.filter(pl.col("period").is_in(months_of(period)))
    own = own.filter(pl.col("edition").is_in([e.id for e in covert]))
    used = own.group_by("edition").len().sort("len", "edition", descending=[True, False])
    if used.is_empty():
        return empty
    edition = editions[used["edition"][0]]
    weights = {s.id: float(s.points) for s in edition.sections}
    table = _sections(values, scope, list(weights), period)
    vetoed = own.filter(pl.col("veto").fill_null(0) > 0)["scope"].unique()
    return _tables(table, weights, vetoed, float(edition.veto_cap), period)


def _sections(
    values: pl.DataFrame, scope: pl.DataFrame, sections: list[str], period: str
) -> pl.DataFrame:
    """[scope, one column per section: share 0-1, null where it did not apply]."""
    names = {f"{SECTION}{s}": s for s in sections}
    rows = (
        of_metrics(values, names)
        .lazy()
        .filter(pl.col("period") == period)
        .filter((pl.col("level") == "branch") & (pl.col("status") == "ok"))
        .select("scope", pl.col("metric").replace(names), "value")
        .collect()
    )
    branches = scope.filter(pl.col("level") == "branch").select("scope")
    for section in sections:
        one = rows.filter(pl.col("metric") == section).select("scope", section=pl.col("value"))
        branches = branches.join(one.rename({"section": section}), on="scope", how="left")
    return branches.sort("scope")


def _tables(
    table: pl.DataFrame, weights: Mapping[str, float], vetoed: pl.Series, cap: float, period: str
) -> dict[str, pl.DataFrame]:
    sections, weight = list(weights), np.array(list(weights.values()))
    shares = table.select(pl.col(sections).fill_null(np.nan)).to_numpy()
    shares = shares.reshape(table.height, len(sections)).clip(0, 1)
    known = np.isfinite(shares)
    covered = coverage(weight, known)
    ranked = covered >= COVERAGE - 1e-12
    index, other = arithmetic(shares, weight) * 100, geometric(shares, weight) * 100
    barred = table["scope"].is_in(vetoed.implode()).to_numpy()
    moved = sensitivity(shares[ranked], weight, known[ranked])
    ranks = {"rank": moved.rank, "low": moved.low, "high": moved.high,
             "geometric_rank": moved.geometric_rank}  # fmt: skip
    status = np.where(ranked, "ok", np.where(covered > 0, "insufficient", "not_visited"))
    rows = table.select("scope").with_columns(
        pl.lit(period).alias("period"),
        _where(ranked, index).alias("index"),
        _where(ranked, gated(index, barred, cap)).alias("published"),
        _where(ranked, other).alias("geometric"),
        pl.Series("coverage", covered),
        pl.Series("vetoed", barred),
        *(_spread(ranked, r).alias(c) for c, r in ranks.items()),
        pl.lit(int(ranked.sum())).alias("of"),
        pl.Series("status", status, pl.String),
    )
    weight_rows = _weights(weights, shares[ranked], known[ranked], period)
    return {"composite": _shaped("composite", rows).sort("scope"), "composite_weight": weight_rows}


def _weights(
    weights: Mapping[str, float], shares: np.ndarray, known: np.ndarray, period: str
) -> pl.DataFrame:
    weight = np.array(list(weights.values()))
    rows = pl.DataFrame({
        "period": [period] * len(weights),
        "section": list(weights),
        "weight": weight / weight.sum(),
        "effective": effective_weights(shares, weight, known),
        "branches": [int(known.all(axis=1).sum())] * len(weights),
    })  # fmt: skip
    return _shaped("composite_weight", rows)


def _where(ranked: np.ndarray, numbers: np.ndarray) -> pl.Expr:
    return pl.when(pl.Series(ranked)).then(pl.Series(numbers))


def _spread(ranked: np.ndarray, found: np.ndarray) -> pl.Expr:
    """Results of the ranked units on the rows of all; null elsewhere."""
    full = np.zeros(len(ranked), np.int64)
    full[ranked] = found
    return _where(ranked, full)


def _shaped(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(list(TABLES[name])).cast(pl.Schema(TABLES[name]))
