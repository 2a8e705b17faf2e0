"""The league page of 10,000 branches, as a ratio to an empty page in the same run.

Seconds from the message that asks for a run to the one that ends it, by a client of the real
protocol on loopback: reading, drawing and sending, without the browser. Bar: 150 ms at the 95th
percentile.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.publication_tables import TABLES
from pipeline.publishing.on_record import PUBLISHED, manifest_digest
from tests.bench.load.client import opened
from tests.bench.load.empty import serving
from tests.bench.statistics import visits_of_36_months
from tests.browser.conftest import running

BAR, RUNS, PERIOD, BRANCHES = 0.150, 60, "2026Q4", 10_000


def publish(folder: Path) -> None:
    """A publication of the visits, ranked by Mingcha; tables the page does not read are empty."""
    from pipeline.publishing.ranking import Ranking, rank_tables

    visits, scope = visits_of_36_months()
    top = scope.head(1).with_columns(
        pl.lit("P").alias("scope"), pl.lit("province").alias("level"), pl.lit("省行").alias("name")
    )
    named = scope.with_columns(
        pl.format("第{}网点", "scope").alias("name"), pl.lit("P").alias("parent")
    )
    made = {"visit_score": visits, "scope": pl.concat([top, named])}
    made |= rank_tables(visits, ["covert-1"], named, PERIOD, Ranking())
    path = folder / "publications" / f"{PERIOD}-r1"
    path.mkdir(parents=True)
    for name, schema in TABLES.items():
        made.get(name, pl.DataFrame(schema=schema)).write_parquet(path / f"{name}.parquet")
    manifest = {"period": PERIOD, "revision": 1, "stage": "formal", "content_hash": "0" * 64}
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    told = {"period": PERIOD, "revision": 1, "manifest": manifest_digest(path)}
    with Office.open(DataFolder(folder)) as office:
        office.record(PUBLISHED, told, "office")


async def _reruns(address: str, page: str = "") -> tuple[list[float], int]:
    """Seconds of RUNS reruns of a page, and rows of the largest table that it sent."""
    async with opened(address) as session:
        await session.run()
        if page:
            await session.go(page)
        seconds = [await session.run() for _ in range(RUNS)]
        return seconds, session.rows


def main() -> None:
    """Prints both percentiles and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        publish(place / "data")
        with (
            serving(place / "empty.log") as empty,
            running(place / "data", place / "server.log", "--demo") as league,
        ):
            asyncio.run(_reruns(empty))
            asyncio.run(_reruns(league, "league"))
            blank, _ = asyncio.run(_reruns(empty))
            ours, rows = asyncio.run(_reruns(league, "league"))
            if rows < BRANCHES:
                raise SystemExit(f"the page sent a table of {rows} rows only")
    p95, base = (float(np.percentile(s, 95)) for s in (ours, blank))
    met = "met" if p95 <= BAR else "MISSED"
    print(
        f"league page with a table of {rows} rows: p95 {1000 * p95:.0f} ms, median "
        f"{1000 * float(np.median(ours)):.0f} ms; empty page {1000 * base:.1f} ms; ratio "
        f"{p95 / base:.0f}; bar {1000 * BAR:.0f} ms: {met}"
    )


if __name__ == "__main__":
    main()
