"""Facts → metric values at every level of the tree: sums first, one division at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from audits.scorecard import Edition
from pipeline import periods as calendar
from pipeline.aggregate import Aggregate, MartStore, PairColumns
from pipeline.lineage import rows_behind
from pipeline.marts.world import Settings, World, world_of
from pipeline.metrics import metrics as registry
from pipeline.metrics.declaration import Metric
from pipeline.publication_tables import TABLES

__all__ = ["measure", "rows_behind"]

# Marts whose missing rows may be waiting for a correction of the monthly sheet.
_SHEET_MARTS = {"performance", "target_progress"}


def measure(
    facts: Mapping[str, pl.DataFrame],
    scope: pl.DataFrame,
    members: pl.DataFrame,
    periods: Sequence[str],
    editions: Mapping[str, Edition],
    *,
    until: str | None = None,
    settings: Settings | None = None,
    metrics: Iterable[Metric] | None = None,
    own: str | None = None,
) -> pl.DataFrame:
    """Every metric for every scope and period, in the shape of `metric_value`.

    facts: live rows by fact table, also `upload` (sha256, kind, branch_code, period, received_at,
    status) and `quarantine` if there are any. scope and members: tables `scope` and
    `scope_member` of a publication. Money is in yuan, ratios are 0-1, pp is a difference of
    ratios. For a difference of ratios and a ratio of ratios, numerator and denominator are the
    two ratios. `own`: a metric that has no value anywhere is told of this period only, since it has
    no history (an office of many branches and few sheets would publish little but blanks).
    """
    chosen = list(metrics) if metrics is not None else list(registry(editions).values())
    world = world_of(facts, periods, editions, until, settings)
    store = MartStore(world)
    try:
        aggregate = Aggregate(store)
        where = {metric.id: aggregate.add(metric) for metric in chosen}
        wide = aggregate.run(members, periods)
    finally:
        store.close()
    wide = _with_scope(wide, scope, members, world, periods)
    values = [_told(_values(wide, metric, where[metric.id]), own) for metric in chosen]
    return pl.concat(values) if values else pl.DataFrame(schema=TABLES["metric_value"])


def _told(values: pl.DataFrame, own: str | None) -> pl.DataFrame:
    known = values["numerator"].is_not_null().any() or values["value"].is_not_null().any()
    return values if known or own is None else values.filter(pl.col("period") == own)


def _with_scope(
    wide: pl.DataFrame,
    scope: pl.DataFrame,
    members: pl.DataFrame,
    world: World,
    periods: Sequence[str],
) -> pl.DataFrame:
    """Level, and whether anything is pending or nothing introduced, for each scope and period."""
    key = ["scope", "period"]
    wide = wide.join(scope.select("scope", "level"), on="scope", how="left", maintain_order="left")
    for name, found in (
        ("pending", _pending(world, members, periods)),
        ("introduced", _introduced(world, members, periods)),
    ):
        marked = found.unique().with_columns(pl.lit(True).alias(name))
        wide = wide.join(marked, on=key, how="left", maintain_order="left")
    return wide.with_columns(pl.col("pending", "introduced").fill_null(False))


def _pending(world: World, members: pl.DataFrame, periods: Sequence[str]) -> pl.DataFrame:
    """[scope × period] with a branch whose row of the monthly sheet waits in quarantine."""
    held = world.fact("quarantine").filter(pl.col("kind") == "performance")
    held = held.select("branch_code", month="period")
    reported = world.fact("performance").select("branch_code", "month")
    held = held.join(reported, on=["branch_code", "month"], how="anti")
    pairs = [(p, m) for p in periods for m in calendar.months_of(p)]
    months = pl.DataFrame(pairs, schema={"period": pl.String, "month": pl.String}, orient="row")
    return held.join(months, on="month").join(members, on="branch_code").select("scope", "period")


def _introduced(world: World, members: pl.DataFrame, periods: Sequence[str]) -> pl.DataFrame:
    """[scope × period] with a branch that has the process by the period's end."""
    ends = pl.DataFrame(
        {
            "period": list(periods),
            "end": [calendar.days_of(calendar.last_month(p))[-1] for p in periods],
        },
        schema={"period": pl.String, "end": pl.Date},
    )
    first = members.join(world.branches.select("branch_code", "introduced"), on="branch_code")
    first = first.group_by("scope").agg(pl.col("introduced").min())
    crossed = first.join(ends, how="cross").filter(pl.col("introduced") <= pl.col("end"))
    return crossed.select("scope", "period")


def _values(wide: pl.DataFrame, metric: Metric, pairs: list[PairColumns]) -> pl.DataFrame:
    rows = [pl.sum_horizontal(pl.col(r).fill_null(0.0) for r in pair.rows) for pair in pairs]
    entered = pl.all_horizontal(pl.col(r).fill_null(0.0) > 0 for pair in pairs for r in pair.rows)
    sums = [_sums(pair) for pair in pairs]
    enough = _enough(metric, sums)
    numerator, denominator = _stored(metric, sums)
    value = _formed(metric, sums)
    ok = entered & enough
    return wide.select(
        pl.lit(metric.id).alias("metric"),
        "scope",
        "level",
        "period",
        numerator=pl.when(entered).then(numerator),
        denominator=pl.when(entered).then(denominator),
        value=pl.when(ok).then(value),
        n=pl.sum_horizontal(rows).cast(pl.Int64),
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        status=_status(metric, entered, enough),
    )


def _sums(pair: PairColumns) -> tuple[pl.Expr, pl.Expr | None]:
    """The two sums of a pair; a side none of whose rows had a value is 0 beside one that had."""
    top = _mean(pair.top, pair.months_top)
    return top, None if pair.bottom is None else _mean(pair.bottom, pair.months_bottom)


def _mean(name: str, months: str | None) -> pl.Expr:
    total = pl.col(name).fill_null(0.0)
    if months is None:
        return total
    return pl.when(pl.col(months) > 0).then(total / pl.col(months)).otherwise(0.0)


def _ratio(pair: tuple[pl.Expr, pl.Expr | None]) -> pl.Expr:
    top, bottom = pair
    assert bottom is not None
    return pl.when(bottom != 0).then(top / bottom)


def _is_plain_difference(metric: Metric) -> bool:
    return metric.form == "difference" and len(metric.parts) == 2


def _enough(metric: Metric, sums: list[tuple[pl.Expr, pl.Expr | None]]) -> pl.Expr:
    """Whether every denominator is large enough to publish."""
    if metric.form == "amount" or _is_plain_difference(metric):
        return pl.lit(True)
    enough = [(b >= metric.minimum) & (b != 0) for _, b in sums if b is not None]
    if metric.form == "ratio_of_ratios":
        enough.append(_ratio(sums[1]).fill_null(0.0) != 0)
    return pl.all_horizontal(enough)


def _stored(metric: Metric, sums: list[tuple[pl.Expr, pl.Expr | None]]) -> tuple[pl.Expr, pl.Expr]:
    if len(sums) == 2:
        return _ratio(sums[0]), _ratio(sums[1])
    top, bottom = sums[0]
    return top, pl.lit(None, pl.Float64) if bottom is None else bottom


def _formed(metric: Metric, sums: list[tuple[pl.Expr, pl.Expr | None]]) -> pl.Expr:
    top, bottom = sums[0]
    if metric.form == "amount" or bottom is None:
        return top * metric.scale
    if _is_plain_difference(metric):
        return (top - bottom) * metric.scale
    if metric.form == "ratio":
        return _ratio(sums[0]) * metric.scale
    first, second = _ratio(sums[0]), _ratio(sums[1])
    combined = first - second if metric.form == "difference" else first / second
    return combined * metric.scale


def _status(metric: Metric, entered: pl.Expr, enough: pl.Expr) -> pl.Expr:
    missing = pl.lit("not_reported")
    if any(part.mart in _SHEET_MARTS for part in metric.parts):
        missing = pl.when("pending").then(pl.lit("pending_correction")).otherwise(missing)
    if metric.adoption:
        missing = pl.when("introduced").then(missing).otherwise(pl.lit("not_introduced"))
    return (pl.when(~entered).then(missing).when(~enough).then(pl.lit("insufficient"))).otherwise(
        pl.lit("ok")
    )
