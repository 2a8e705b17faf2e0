"""`make bench`: prints each timing as a ratio to its named baseline, medians of several runs.

`python -m tests.bench spine` or `year` for one of the two loads.
"""

from __future__ import annotations

import sys

from tests.bench import ingest

if __name__ == "__main__":
    ingest.main(sys.argv[1:])
