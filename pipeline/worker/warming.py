"""Warming up: the slow libraries are imported, and the whole way is walked once, before any job."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from pipeline import processes
from pipeline.folders import DataFolder

# Two branches and a month with an error in it: validating and annotating are walked too.
_REGISTER = (
    "网点代码,网点名称,机构层级,上级机构代码,同类网点组\n"
    "37,样省,省行,,\n3701,样行一,网点,37,A\n3702,样行二,网点,37,A\n"
)
_MONTH = (
    "网点代码,网点名称,月份,在岗人数,已培训人数\n3701,样行一,2026-09,5,9\n3702,样行二,2026-09,5,4\n"
)


def warm_up() -> None:
    """Takes a few seconds. What fails here is told when a real job fails, and not before."""
    with contextlib.suppress(Exception):
        _rehearse()
    with contextlib.suppress(ImportError):
        import pipeline.publish
        import pipeline.render
        import pipeline.reports  # noqa: F401


def _rehearse() -> None:
    from pipeline.ingest import ingest

    place = processes.scratch()
    try:
        sheets = _sheets(place / "sheets")
        ingest(DataFolder(place / "data"), sheets)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sheets(place: Path) -> list[Path]:
    place.mkdir(parents=True)
    for name, text in (("1.csv", _REGISTER), ("2.csv", _MONTH)):
        (place / name).write_text(text, "utf-8")
    return sorted(place.iterdir())
