"""The real city whole: edition from Excel, 14,233 inspections, published and ranked.

`make studies STUDY=real_inspections` prints how long each step took and what it found; the
published scores it reproduces are counted against the source. Needs `../shared/real`.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.editions.keeping import import_file
from pipeline.editions.writing import write_edition
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.publication import open_publication
from pipeline.publish import publish
from tests.real import food

PERIODS = ("2017", "2018Q1")


def timed(name: str, work: Callable[[], Any]) -> Any:
    start = time.monotonic()
    done = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name}: {time.monotonic() - start:.1f} s, at most {peak:.2f} GB", flush=True)
    return done


def main() -> None:
    if not food.HERE.is_dir():
        sys.exit("shared/real is not present")
    source = food.read()
    print(f"source: {len(source.businesses)} businesses, {len(source.scores)} inspections, "
          f"{source.violations} violations; published scores: {source.why()}")  # fmt: skip
    with tempfile.TemporaryDirectory() as room:
        _whole(Path(room), source)


def _whole(room: Path, source: food.Inspections) -> None:
    folder = DataFolder(room / "data")
    lists = room / "lists"
    lists.mkdir()
    register = food.write_register(room / "register.xlsx", source.businesses)
    food.write_visits(lists, source)
    book = write_edition(food.edition(), room / "edition.xlsx")
    print("edition:", timed("import", lambda: import_file(folder, book)).status)
    print(timed("register", lambda: ingest(folder, [register])).counts())
    report = timed("inspections", lambda: ingest(folder, [lists]))
    print(report.counts(), Counter(f["rule"] for e in report.files for f in e.findings))
    for period in PERIODS:
        done = timed(f"publish {period}", lambda period=period: publish(folder, period))
        print(done.content_hash[:12], done.counts)
    _compare(folder, source)


def _compare(folder: DataFolder, source: food.Inspections) -> None:
    publication = open_publication(folder, PERIODS[-1])
    assert publication is not None
    visits = publication.table("visit_score")
    scores = {(s, d): x for s, d, x in visits.select("scope", "visit_date", "score").iter_rows()}
    taken = [(key, said) for key, said in source.scores if key in scores]
    same = sum(scores[key] == said for key, said in taken)
    print(f"scored {len(taken)} of {len(source.scores)}; as published: {same}")
    ranks = publication.table("rank").filter(
        pl.col("peer_group") == "all", pl.col("period") == PERIODS[-1]
    )
    print(ranks.group_by("status", "tier").len().sort("status", "tier").rows())


if __name__ == "__main__":
    main()
