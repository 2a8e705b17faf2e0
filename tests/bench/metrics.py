"""Metrics of the monthly sheet and plain ranks, against one hand-written DuckDB query.

10,000 branches × 36 months. Both give every ratio of two sums of the monthly sheet (value,
numerator, denominator, rows) for every node of the tree and every month, quarter and year, and the
rank of each branch by one of them; the answers are compared before the times are. Bar: 1.5 times.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np
import polars as pl

from pipeline.measure import measure
from pipeline.metrics import metrics
from pipeline.metrics.declaration import Metric
from pipeline.periods import months_of, periods_of, shift_month
from pipeline.publishing.hierarchy import scope_members, scope_table
from pipeline.warehouse.schema import SQL_TYPE, fact_tables

BRANCHES, MONTHS, BAR = 10_000, 36, 1.5
RANKED = "referral_rate"
_TYPES = {
    "VARCHAR": pl.String, "BIGINT": pl.Int64, "INTEGER": pl.Int32, "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean, "DATE": pl.Date, "TIME": pl.Time, "DECIMAL(18,2)": pl.Decimal(18, 2),
    "DECIMAL(9,3)": pl.Decimal(9, 3),
}  # fmt: skip


def _empty(table: str) -> pl.DataFrame:
    columns = {c: _TYPES[t] for c, t in fact_tables()[table].columns.items()}
    return pl.DataFrame(schema=columns | {"sha256": pl.String})


def _register() -> pl.DataFrame:
    nodes = [("p", "省行", None, None)]
    nodes += [(f"c{c}", "二级分行", "p", None) for c in range(20)]
    nodes += [(f"s{s}", "支行", f"c{s % 20}", None) for s in range(BRANCHES // 10)]
    nodes += [(f"b{b:05d}", "网点", f"s{b // 10}", f"组{b % 5}") for b in range(BRANCHES)]
    rows = pl.DataFrame(nodes, schema=["branch_code", "level", "parent_code", "peer_group"],
                        orient="row", infer_schema_length=None)  # fmt: skip
    rows = rows.with_columns(branch_name="branch_code", opened=pl.lit(date(2010, 1, 1)))
    return pl.concat([_empty("branch"), rows], how="diagonal_relaxed")


def _sheets(months: list[str], columns: list[str]) -> pl.DataFrame:
    chance = np.random.default_rng(1)
    codes = np.tile([f"b{b:05d}" for b in range(BRANCHES)], len(months))
    counts = {c: chance.integers(1, 500, len(codes)) for c in columns}
    rows = pl.DataFrame({"branch_code": codes, "month": np.repeat(months, BRANCHES), **counts})
    blank = pl.Series(chance.random(len(codes)) < 0.01)  # a hundredth of the cells is empty
    rows = rows.with_columns(pl.when(~blank).then(pl.col(columns[0])).alias(columns[0]))
    return pl.concat([_empty("performance"), rows], how="diagonal_relaxed")


def _chosen() -> list[Metric]:
    """Ratios of two columns of the monthly sheet over the months of the period."""

    def plain(metric: Metric) -> bool:
        return metric.form == "ratio" and all(
            p.mart == "performance" and p.window == "period" and not p.mean and p.where is None
            and len(p.sources) == 1 and not p.keys
            for p in metric.parts
        )  # fmt: skip

    types = fact_tables()["performance"].columns
    return [
        m for m in metrics().values()
        if plain(m) and all(types[p.sources[0]] == SQL_TYPE["count"] for p in m.parts)
    ]  # fmt: skip


def _by_hand(chosen: list[Metric]) -> str:
    """The query that an analyst would write."""
    sums, rows = [], []
    for n, metric in enumerate(chosen):
        top, bottom = (f'"{p.sources[0]}"' for p in metric.parts)
        there = f"FILTER ({top} IS NOT NULL AND {bottom} IS NOT NULL)"
        sums += [f"sum({top}) {there} AS a{n}", f"sum({bottom}) {there} AS b{n}"]
        sums += [f"count(*) {there} AS n{n}"]
        rows.append(
            f"SELECT '{metric.id}' AS metric, scope, period, a{n}::DOUBLE AS numerator,"
            f" b{n}::DOUBLE AS denominator, n{n} AS n,"
            f" CASE WHEN b{n} >= {metric.minimum} AND b{n} <> 0"
            f" THEN a{n}::DOUBLE / b{n} * {metric.scale} END AS value FROM sums"
        )
    return (
        f"WITH sums AS (SELECT scope, period, {', '.join(sums)} FROM performance"
        " JOIN members USING (branch_code) JOIN calendar USING (month) GROUP BY ALL),"
        f" told AS ({' UNION ALL '.join(rows)})"
        " SELECT told.*, CASE WHEN level = 'branch' AND value IS NOT NULL THEN rank() OVER"
        " (PARTITION BY metric, period, level ORDER BY value DESC NULLS LAST) END AS rank"
        " FROM told JOIN scope USING (scope)"
    )


def _ours(facts: dict[str, pl.DataFrame], chosen: list[Metric], periods: list[str]) -> pl.DataFrame:
    register = facts["branch"]
    scope, members = scope_table(register), scope_members(register)
    values = measure(facts, scope, members, periods, {}, metrics=chosen)
    place = pl.col("value").rank("min", descending=True).over("metric", "period", "level")
    return values.with_columns(rank=pl.when(pl.col("level") == "branch").then(place))


def _theirs(
    facts: dict[str, pl.DataFrame], chosen: list[Metric], periods: list[str]
) -> pl.DataFrame:
    register = facts["branch"]
    pairs = [(p, m) for p in periods for m in months_of(p)]
    calendar = pl.DataFrame(pairs, schema=["period", "month"], orient="row")
    with duckdb.connect() as database:
        for name, frame in {
            "performance": facts["performance"], "members": scope_members(register),
            "scope": scope_table(register), "calendar": calendar,
        }.items():  # fmt: skip
            database.register(name, frame.to_arrow())
        return database.sql(_by_hand(chosen)).pl()


def _same(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    key = ["metric", "scope", "period"]
    both = ours.join(theirs, on=key, how="full", suffix="_2", coalesce=True)
    if not len(ours) == len(theirs) == len(both):
        raise SystemExit(f"rows differ: {len(ours)}, {len(theirs)}, {len(both)}")
    for column in ("numerator", "denominator", "value", "n", "rank"):
        apart = (pl.col(column) - pl.col(f"{column}_2")).abs() > 1e-9
        lost = pl.col(column).is_null() != pl.col(f"{column}_2").is_null()
        if both.filter(apart | lost).height:
            raise SystemExit(f"{column} differs")


def main() -> None:
    """Print both times and their ratio, medians of three turns."""
    chosen = _chosen()
    months = [shift_month("2026-12", n - MONTHS + 1) for n in range(MONTHS)]
    columns = sorted({p.sources[0] for m in chosen for p in m.parts})
    facts = {t: _empty(t) for t in fact_tables() if "upload_id" in fact_tables()[t].columns}
    facts |= {"branch": _register(), "performance": _sheets(months, columns)}
    periods = periods_of(months)
    turns = []
    contenders: list[Callable[..., pl.DataFrame]] = [_ours, _theirs]
    for _ in range(3):
        made, taken = [], []
        for contender in contenders:
            start = time.perf_counter()
            made.append(contender(facts, chosen, periods))
            taken.append(time.perf_counter() - start)
        _same(*made)
        turns.append(taken)
    ours, theirs = (statistics.median(t[n] for t in turns) for n in (0, 1))
    ratio = statistics.median(a / b for a, b in turns)
    print(f"{len(chosen)} metrics, {len(made[0]):,} values, {BRANCHES:,} branches, {MONTHS} months")
    print(f"mingcha {ours:.2f} s ÷ one DuckDB query {theirs:.2f} s = {ratio:.2f} (bar: {BAR})")
