"""`make bench`: prints each timing as a ratio to its named baseline, medians of several runs.

`python -m tests.bench spine` or `year` for one of the two loads, `statistics` for the seconds of
the statistical parts, `metrics` for metrics against a hand-written query, `plan` for the seconds of
a visit plan.
"""

from __future__ import annotations

import sys

from tests.bench import ingest, metrics, plan, statistics

if __name__ == "__main__":
    asked = sys.argv[1:]
    if not asked or "statistics" in asked:
        statistics.main()
    if not asked or "metrics" in asked:
        metrics.main()
    if not asked or "plan" in asked:
        plan.main()
    if loads := [name for name in asked if name not in ("statistics", "metrics", "plan")]:
        ingest.main(loads)
    elif not asked:
        ingest.main()
