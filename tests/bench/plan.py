"""Seconds to plan a quarter for 1,000 branches and 60 shoppers, and to write its workbooks.

`make bench BENCH=plan`. One process, one thread: what the office waits for on one core. The bar of
the order is a minute for all of it.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path

BRANCHES, SHOPPERS, VISITS, PERIOD = 1000, 60, (1100, 2400), "2026Q4"


def world() -> tuple[list, list, frozenset[tuple[str, str]]]:
    """A province by a fixed seed: eight cities, four classes, shoppers free on some weekdays."""
    import numpy as np

    from audits.planning.model import Shopper, Site
    from pipeline.periods import business_days, months_of

    rng = np.random.default_rng(1)
    days = {w: tuple(d for m in months_of(PERIOD) for d in business_days(m, w)) for w in (0, 1)}
    sites = []
    for i in range(BRANCHES):
        city = f"c{rng.integers(8)}"
        chance = float(max(0.0, rng.random() - 0.5))
        sites.append(
            Site(
                f"{i:06d}",
                city,
                f"g{rng.integers(4)}",
                bool(rng.random() < 0.6),
                days[int(rng.random() < 0.35)],
                f"{city}d{rng.integers(5)}",
                chance,
                float(rng.uniform(5, 12)),
            )
        )
    shoppers = []
    for j in range(SHOPPERS):
        home = sites[int(rng.integers(BRANCHES))]
        weekdays = set(rng.permutation(5)[: int(rng.integers(2, 6))].tolist())
        free = frozenset((d, h) for d in days[1] for h in (0, 1) if d.weekday() in weekdays)
        lives = f"{home.city}d{rng.integers(5)}"
        barred = frozenset({home.district, lives})
        shoppers.append(Shopper(f"S{j:03d}", free, home.code, barred, home.city, None))
    history = frozenset(
        (f"S{rng.integers(SHOPPERS):03d}", f"{rng.integers(BRANCHES):06d}")
        for _ in range(4 * BRANCHES)
    )
    return sites, shoppers, history


def main() -> None:
    """Prints wall and processor seconds, and what the plan is like."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from audits.scorecard import load_editions
    from audits.visit_plan import make_plan
    from pipeline.planning.books import write_books

    sites, shoppers, history = world()
    names = {s.code: f"网点{s.code}" for s in sites}
    print(f"{BRANCHES} branches, {SHOPPERS} shoppers, {PERIOD}, one core")
    for visits in VISITS:
        start, used = time.perf_counter(), time.process_time()
        plan = make_plan(sites, shoppers, visits, 1, history)
        planned, cpu = time.perf_counter() - start, time.process_time() - used
        pairs = sum(v.companion is not None for v in plan.visits) // 2
        told = sorted({c.kind for c in plan.concerns}) or ["none"]
        print(
            f"plan of {visits}: {planned:.1f} s ({cpu:.1f} s processor); {len(plan.visits)} visits,"
            f" {pairs} pairs, {plan.islands} island(s), {100 * plan.on_target:.0f} % on the"
            f" day-part drawn, {plan.travel['other_city']}"
            f" to another city; concerns: {', '.join(told)}"
        )
        with tempfile.TemporaryDirectory() as room:
            start, used = time.perf_counter(), time.process_time()
            paths = write_books(Path(room), plan, PERIOD, load_editions()["covert-1"], 1, names)
            took, cpu = time.perf_counter() - start, time.process_time() - used
        print(f"  {len(paths)} workbooks: {took:.1f} s ({cpu:.1f} s processor)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory at most: {peak:.0f} MiB")
