"""`make bench`: prints each timing as a ratio to its named baseline, medians of several runs."""

from __future__ import annotations

from tests.bench import ingest

if __name__ == "__main__":
    ingest.main()
