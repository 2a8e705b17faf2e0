"""Timing of the statistics: seconds of each part, the median of a few runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

RANK_BRANCHES, RANK_VISITS, PEER_GROUPS = 10_000, 8, 5


def ranks_at_10000_branches() -> Callable[[], object]:
    """Province-wide ranks and those of five peer groups, eight visits a year each. Bar: 5 s."""
    from audits.statistics.ranks import pooled, ranked

    rng = np.random.default_rng(1)
    branch = np.repeat(np.arange(RANK_BRANCHES), RANK_VISITS)
    kept = rng.random(len(branch)) < 0.8  # so that branches differ in their number of visits
    score = rng.normal(80, 6, RANK_BRANCHES)[branch] + rng.normal(0, 7, len(branch))
    round = np.tile(np.arange(RANK_VISITS) // 2, RANK_BRANCHES)
    visits = pl.DataFrame({"unit": branch, "round": round, "score": score}).filter(kept)

    def run() -> object:
        pool = pooled(visits)
        whole = ranked(pool.units, pool, first=[10])
        group = pl.col("unit").cast(pl.Int64) % PEER_GROUPS
        parts = [ranked(pool.units.filter(group == g), pool) for g in range(PEER_GROUPS)]
        return whole, parts

    return run


def rank_tables_of_36_months() -> Callable[[], object]:
    """Tables `rank` and `reward` of a publication, two visits a quarter. Bar: 5 s."""
    from pipeline.publishing.ranking import Ranking, rank_tables

    visits, scope = visits_of_36_months()
    return lambda: rank_tables(visits, ["covert-1"], scope, "2026Q4", Ranking())


def visits_of_36_months() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables `visit_score` and `scope` of RANK_BRANCHES branches with two visits a quarter."""
    from pipeline.publication_tables import TABLES

    quarters = [(y, q) for y in (2024, 2025, 2026) for q in (1, 2, 3, 4)]
    branch = np.repeat(np.arange(RANK_BRANCHES), 2 * len(quarters))
    quarter = np.tile(np.repeat(np.arange(len(quarters)), 2), RANK_BRANCHES)
    rng = np.random.default_rng(2)
    score = rng.normal(80, 6, RANK_BRANCHES)[branch] + rng.normal(0, 7, len(branch))
    rounds = np.array([f"{y}Q{q}" for y, q in quarters])
    months = np.array([f"{y}-{3 * q:02d}" for y, q in quarters])
    made = {
        "visit_id": np.arange(len(branch)).astype(str),
        "scope": branch.astype(str),
        "period": months[quarter],
        "round": rounds[quarter],
        "edition": ["covert-1"] * len(branch),
        "score": score,
        "score_before_veto": score,
        "status": ["ok"] * len(branch),
    }
    visits = _table(made, TABLES["visit_score"])
    names = [str(b) for b in range(RANK_BRANCHES)]
    groups = [f"group {b % PEER_GROUPS}" for b in range(RANK_BRANCHES)]
    nodes = {"scope": names, "level": ["branch"] * RANK_BRANCHES, "peer_group": groups}
    return visits, _table(nodes, TABLES["scope"])


def _table(columns: Mapping[str, Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """A table of a publication; columns that are not given are null."""
    frame = pl.DataFrame(columns)
    missing = [pl.lit(None).alias(c) for c in schema if c not in columns]
    return frame.with_columns(missing).select(list(schema)).cast(pl.Schema(schema))


def effects_at_10000_branches() -> Callable[[], object]:
    """Table `effect` of 36 months: every declared metric, ten cohorts, 3,334 units. Bar: 4 s."""
    from pipeline.metrics import metrics
    from pipeline.periods import periods_of, shift_month
    from pipeline.publication_tables import TABLES
    from pipeline.publishing.effects import effects

    rng = np.random.default_rng(1)
    periods = periods_of([shift_month("2026-09", i - 35) for i in range(36)])
    codes = [f"{i:08d}" for i in range(RANK_BRANCHES)]
    owner = np.arange(RANK_BRANCHES) // 3
    began = [None, *(date(y, m, 5) for y in (2024, 2025) for m in (1, 4, 7, 10)), date(2026, 4, 1)]
    chosen = rng.integers(0, len(began), owner.max() + 1)[owner]
    scope = pl.DataFrame(
        {
            "scope": codes,
            "level": ["branch"] * RANK_BRANCHES,
            "parent": [f"P{o}" for o in owner],
            "introduced": [began[c] for c in chosen],
        },
        schema={k: TABLES["scope"][k] for k in ("scope", "level", "parent", "introduced")},
    )
    every = RANK_BRANCHES * len(periods)
    values = pl.concat(
        pl.DataFrame(
            {
                "metric": [m.id] * every,
                "scope": codes * len(periods),
                "level": ["branch"] * every,
                "period": np.repeat(periods, RANK_BRANCHES),
                "value": rng.random(every),
                "status": ["ok"] * every,
            }
        )
        for m in metrics().values()
        if m.introduction
    )
    ordered = values.sort("metric", maintain_order=True)
    return lambda: effects(ordered, scope, {})


PARTS = {
    "ranks at 10,000 branches": ranks_at_10000_branches,
    "rank tables, 10,000 branches x 36 months": rank_tables_of_36_months,
    "effects at 10,000 branches": effects_at_10000_branches,
}


def main() -> None:
    """Print the seconds of every part."""
    for name, prepared in PARTS.items():
        run = prepared()
        taken, cpu = [], []
        for _ in range(3):
            start, busy = time.perf_counter(), time.process_time()
            run()
            taken.append(time.perf_counter() - start)
            cpu.append(time.process_time() - busy)
        wall, own = statistics.median(taken), statistics.median(cpu)
        print(f"{name:42s} {wall:6.2f} s   processor {own:6.2f} s", flush=True)


if __name__ == "__main__":
    main()
