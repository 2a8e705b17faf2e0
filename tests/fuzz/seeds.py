"""Workbooks to start from: a small synthetic province, a template of every kind, other formats."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl

from audits.scorecard import load_editions
from pipeline.sample.build import write_sample
from pipeline.sample.options import Options
from pipeline.sheets import kinds
from pipeline.template import write_template

_MOST = 200 << 10  # bytes of a seed; larger ones only slow the run down


def make_seeds(folder: Path, more: Path | None = None) -> list[bytes]:
    """Contents of the seeds; `more` is a folder of other workbooks to take in as well."""
    write_sample(folder / "province", Options(branches=5, months=2, rounds=1, seed=11))
    edition = next(iter(load_editions().values()))
    for id, kind in kinds().items():
        write_template(kind, folder / f"{id}.xlsx", edition=edition)
    for book in sorted(folder.rglob("*.xlsx"))[:12]:
        book.with_suffix(".csv").write_bytes(_as_csv(book))
    fixtures = Path(__file__).parents[1] / "pipeline" / "workbook" / "fixtures"
    found = [*folder.rglob("*"), *fixtures.glob("*"), *(more.rglob("*") if more else ())]
    paths = sorted(p for p in found if p.is_file() and p.suffix not in (".json", ".md"))
    return list(dict.fromkeys(p.read_bytes() for p in paths if 0 < p.stat().st_size <= _MOST))


def _as_csv(book: Path) -> bytes:
    text = io.StringIO()
    sheet = openpyxl.load_workbook(book).worksheets[0]
    csv.writer(text).writerows(sheet.iter_rows(values_only=True))
    return text.getvalue().encode("gb18030")
