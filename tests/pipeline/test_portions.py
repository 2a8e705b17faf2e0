"""A large sending comes in by portions and sittings: what is stored is what one go would store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import portions, sittings
from pipeline.folders import DataFolder
from pipeline.ingest import IngestReport, ingest
from pipeline.sample.build import write_sample
from pipeline.sample.options import Options


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two branches; the register comes last by its name, so it is read in the last portion."""
    folder = tmp_path_factory.mktemp("sent")
    write_sample(folder, Options(branches=2, months=2, rounds=1, seed=7))
    (register,) = folder.glob("1-*")
    register.rename(folder / f"9{register.name}")
    return folder


def taken(data: Path, sheets: Path) -> tuple[IngestReport, list[Any]]:
    """The report, and rows and hash of the facts of each file."""
    report = ingest(DataFolder(data), [sheets])
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
        facts = warehouse.execute(
            "SELECT split_part(upload_id, ':', 1), table_name, rows, hash FROM load ORDER BY ALL"
        ).fetchall()
    return report, facts


def test_portions_and_sittings_change_nothing(
    sheets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, facts = taken(tmp_path / "whole", sheets)
    assert whole.counts()["rows"] > 0
    monkeypatch.setattr(portions, "_BYTES", 1)
    monkeypatch.setattr(sittings, "_ANSWERS", 1)
    parts, facts_of_parts = taken(tmp_path / "parts", sheets)
    assert facts_of_parts == facts
    assert [(f.file, f.sha256, f.kind, f.period, f.status, f.rows) for f in parts.files] == [
        (f.file, f.sha256, f.kind, f.period, f.status, f.rows) for f in whole.files
    ]


def test_files_read_and_known_are_counted_over_all_portions(
    sheets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "_BYTES", 1)
    told: list[tuple[int, int]] = []
    files = [(path, path.name) for path in sorted(sheets.rglob("*.xlsx"))]
    portions.in_portions(files, _nothing_read, lambda done, known: told.append((done, known)))
    assert told[-1] == (len(files), len(files))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def _nothing_read(batch: Any) -> Any:
    from pipeline.judging import Read

    return Read(batch, {}, {}, list(batch.findings))
