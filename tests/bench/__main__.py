"""`make bench`: prints each timing as a ratio to its named baseline, medians of several runs.

`python -m tests.bench spine` or `year` for one of the two loads, `statistics` for the seconds of
the statistical parts, `metrics` for metrics against a hand-written query, `plan` for the seconds of
a visit plan, `page` for the league page against an empty one, `documents` for all
documents of a quarter against the bare engines.
"""

from __future__ import annotations

import sys

from tests.bench import documents, ingest, metrics, page, plan, statistics

_OTHERS = {
    "statistics": statistics,
    "metrics": metrics,
    "plan": plan,
    "page": page,
    "documents": documents,
}

if __name__ == "__main__":
    asked = sys.argv[1:]
    for name, bench in _OTHERS.items():
        if not asked or name in asked:
            bench.main()
    if loads := [name for name in asked if name not in _OTHERS]:
        ingest.main(loads)
    elif not asked:
        ingest.main()
