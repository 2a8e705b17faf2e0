"""Warming up: the slow libraries are imported, and the whole way is walked once, before any job."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from pipeline import processes
from pipeline.folders import DataFolder

# A register, a month with an error in it, a visit: storing and annotating are walked as well.
_REGISTER = (
    "网点代码,网点名称,机构层级,上级机构代码,同类网点组\n"
    "37,样省,省行,,\n3701,样行一,网点,37,A\n3702,样行二,网点,37,A\n"
)
_MONTH = (
    "网点代码,网点名称,月份,在岗人数,已培训人数\n3701,样行一,2026-09,5,9\n3702,样行二,2026-09,5,4\n"
)
_VISIT = (
    "网点代码,3701,网点名称,样行一\n轮次,2026Q3,版本,{edition}\n"
    "暗访日期,2026-09-10,客户角色,普通客户\n进入时间,09:00,离开时间,10:00\n"
    "暗访员编号,S1,工会陪同,否\n考核项编号,考核内容,分值,检查结果,不适用,扣分原因\n"
)


def warm_up() -> None:
    """Takes a few seconds. What fails here is told when a real job fails, and not before."""
    with contextlib.suppress(Exception):
        _rehearse()
    with contextlib.suppress(ImportError):
        import pipeline.publish
        import pipeline.render
        import pipeline.reports  # noqa: F401


def stay_ready() -> None:
    """After a job: a large sending ends children that read and check, to make room."""
    from pipeline.validation.checker import checker
    from pipeline.workbook.pool import pool

    with contextlib.suppress(Exception):
        pool().get_ready()
        checker().begin()


def _rehearse() -> None:
    from pipeline.ingest import ingest
    from pipeline.workbook.pool import pool

    pool().get_ready()
    place = processes.scratch()
    try:
        sheets = _sheets(place / "sheets")
        ingest(DataFolder(place / "data"), sheets)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sheets(place: Path) -> list[Path]:
    from audits.scorecard import load_editions

    edition = next(iter(load_editions().values()))
    answers = "".join(f"{item.id},,,1,,\n" for item in edition.items)
    texts = (_REGISTER, _MONTH, _VISIT.format(edition=edition.id) + answers)
    place.mkdir(parents=True)
    paths = [place / f"{number}.csv" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    return paths
