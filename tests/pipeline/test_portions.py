"""A large sending comes in by portions and sittings: what is stored is what one go would store."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from audits.scorecard import load_editions
from pipeline import portions, sittings
from pipeline.folders import DataFolder
from pipeline.ingest import IngestReport, ingest
from pipeline.sample.build import write_sample
from pipeline.sample.options import Options
from pipeline.validation import ahead, checker
from pipeline.workbook.pool import pool
from pipeline.worker.warming import stay_ready
from tests.pipeline.offices import card
from tests.pipeline.test_ingest import EAST, register

EDITION = next(iter(load_editions().values()))


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
    monkeypatch.setattr(portions, "_FIRST", 1)
    monkeypatch.setattr(sittings, "_ANSWERS", 1)
    parts, facts_of_parts = taken(tmp_path / "parts", sheets)
    assert facts_of_parts == facts
    assert [(f.file, f.sha256, f.kind, f.period, f.status, f.rows) for f in parts.files] == [
        (f.file, f.sha256, f.kind, f.period, f.status, f.rows) for f in whole.files
    ]


@pytest.mark.parametrize("count", [1, 3, 11, 40, 137])
def test_portions_are_as_large_as_may_be_and_none_is_a_scrap(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of a million bytes each, twelve of them a portion."""
    monkeypatch.setattr(portions, "_size", lambda path: 1_000_000)
    monkeypatch.setattr(portions, "_BYTES", 12 << 20)
    files = [(Path(str(number)), str(number)) for number in range(count)]
    made = list(portions._portions(files))
    assert [file for portion in made for file in portion] == files
    sizes = [len(portion) for portion in made]
    assert max(sizes) <= 12 + 2
    assert min(sizes) >= min(3, count)
    assert sizes[0] <= 7 and len(sizes) <= 3 + count // 11


def test_what_is_asked_ahead_changes_nothing(
    sheets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers of each next sitting are asked about while the one before is stored."""
    used: list[bool] = []
    holds = ahead.Ahead.holds

    def heard(self: ahead.Ahead, *about: Any) -> bool:
        used.append(holds(self, *about))
        return used[-1]

    monkeypatch.setattr(sittings, "_ANSWERS", 1)
    who = type(checker.checker())
    monkeypatch.setattr(who, "aside", False)
    plain, facts = taken(tmp_path / "plain", sheets)
    monkeypatch.setattr(ahead.Ahead, "holds", heard)
    monkeypatch.setattr(who, "aside", True)
    asked, facts_asked = taken(tmp_path / "asked", sheets)
    assert len(used) > 2 and all(used)
    assert asked.to_json() == plain.to_json()
    assert facts_asked == facts


def test_a_visit_sent_twice_waits_for_the_first_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each next sitting is judged while one is stored, but not where that one bears on it."""
    monkeypatch.setattr(sittings, "_ANSWERS", 1)
    sent = tmp_path / "sent"
    register(sent / "0.xlsx")
    card(sent / "1.xlsx", EAST, date(2026, 9, 1))
    card(sent / "2.xlsx", EAST, date(2026, 9, 2))
    card(sent / "3.xlsx", EAST, date(2026, 9, 3))
    mended = {(EDITION.items[0].id, 0 if EDITION.items[0].scope == "visit" else 1): 0.0}
    card(sent / "4.xlsx", EAST, date(2026, 9, 3), mended)
    beside: list[bool] = []
    apart = sittings.apart

    def noted(*given: Any) -> bool:
        beside.append(apart(*given))
        return beside[-1]

    monkeypatch.setattr(sittings, "apart", noted)
    found, facts = taken(tmp_path / "found", sent)
    # after the list; a visit like any other; the same one again
    assert beside == [False, True, False]
    monkeypatch.setattr(sittings, "apart", lambda *given: False)
    alone, facts_alone = taken(tmp_path / "alone", sent)
    assert found.to_json() == alone.to_json()
    assert facts == facts_alone
    assert found.files[4].findings != found.files[3].findings


def test_answers_under_a_mended_code_are_asked_about_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that lost its zero makes another visit once it is mended; asking waits for that."""
    book = tmp_path / "sent" / "card.xlsx"
    register(tmp_path / "sent" / "register.xlsx")
    card(book, (EAST[0].lstrip("0"), EAST[1]), date(2026, 9, 1))
    asked: list[list[str]] = []
    who = type(checker.checker())
    ask = who.ask

    def counted(self: checker.Checker, height: int, table: bytes, questions: Any) -> Any:
        asked.extend(q.columns for q in questions)
        return ask(self, height, table, questions)

    monkeypatch.setattr(who, "ask", counted)
    monkeypatch.setattr(who, "aside", True)
    report = ingest(DataFolder(tmp_path / "data"), [tmp_path / "sent"])
    (entry,) = [f for f in report.files if f.kind == "scorecard"]
    assert "code_restored" in [f["rule"] for f in entry.findings]
    assert asked.count(["file", "visit_id", "encounter", "item_id"]) == 1
    assert asked.count(["trouble"]) == 1


def test_what_was_asked_of_other_tables_or_editions_is_asked_again() -> None:
    tables = {name: pl.DataFrame({"file": [0]}) for name in ("visit", "answer")}
    edition = EDITION.model_copy(update={"id": "other"})
    asked = ahead.Ahead(tables, {EDITION.id: EDITION}, [])
    assert asked.holds(tables | {"more": tables["visit"]}, {EDITION.id: EDITION})
    assert not asked.holds(tables | {"answer": tables["answer"].clone()}, {EDITION.id: EDITION})
    assert not asked.holds(tables, {EDITION.id: edition})


def test_files_read_and_known_are_counted_over_all_portions(
    sheets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "_BYTES", 1)
    monkeypatch.setattr(portions, "_FIRST", 1)
    told: list[tuple[int, int]] = []
    files = [(path, path.name) for path in sorted(sheets.rglob("*.xlsx"))]
    portions.in_portions(files, _nothing_read, lambda done, known: told.append((done, known)))
    assert told[-1] == (len(files), len(files))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def _nothing_read(batch: Any) -> Any:
    from pipeline.judging import Read

    return Read(batch, {}, {}, list(batch.findings))


def test_readers_make_room_and_whoever_resides_begins_them_again(
    sheets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.ingest._LARGE", 0)
    monkeypatch.setattr(sittings, "_ANSWERS", 1)
    own = checker.Checker()  # whatever this process has imported
    monkeypatch.setattr("pipeline.ingest.checker", lambda: own)
    monkeypatch.setattr("pipeline.validation.batch.checker", lambda: own)
    monkeypatch.setattr(checker, "checker", lambda: own)
    report, _ = taken(tmp_path / "large", sheets)
    assert report.counts()["rows"] > 0
    assert [child.process for child in pool().children] == [None, None]
    assert [child.process for child in own._processes].count(None) == 1
    stay_ready()
    family = [*pool().children, *own._processes]
    assert all(child.process and child.process.poll() is None for child in family)
    own.end()
