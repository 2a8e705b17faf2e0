"""The second opinion: silent where the engines agree, and exact where they do not."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipeline.judging import Read
from pipeline.second_opinion import (
    NO_SECOND_OPINION,
    SECOND_OPINION,
    Opinions,
    differences,
    read_again,
    same,
    sample,
    second_opinion,
)
from pipeline.workbook import ReadBatch, read
from pipeline.workbook.cells import ReceivedFile
from pipeline.workbook.limits import Limits
from pipeline.workbook.pool import Child, Chunk, Outcome, pool


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that two engines could write differently."""
    path = tmp_path_factory.mktemp("second") / "b.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet["C4"], sheet["C5"], sheet["C6"] = "0012", "甲\n乙", True
    sheet["D4"], sheet["D5"] = 0.85, 1234567890.1
    sheet["D4"].number_format = "0%"
    sheet["E4"], sheet["E5"] = dt.datetime(2026, 9, 3), dt.time(9, 30)
    sheet["E6"] = dt.datetime(2026, 9, 3, 23, 59, 59, 999_900)
    sheet["F4"], sheet["F5"] = "=1+1", "a_x000D_b"
    workbook.create_sheet("空")
    workbook.save(path)
    return path


def altered(batch: ReadBatch, old: str, new: str | None) -> ReadBatch:
    """The batch as a faulty first engine would have read it: one text another, or its cell lost."""
    cells = batch.cells.filter(pl.col("text") != old) if new is None else batch.cells.with_columns(
        text=pl.col("text").replace(old, new))  # fmt: skip
    return batch.with_cells(cells)


def test_engines_that_agree_say_nothing(book: Path) -> None:
    batch = read([book])
    assert batch.cells.height == 10
    assert second_opinion(batch, [0], strict=True) == []


@pytest.mark.parametrize(
    ("old", "new", "cell"),
    [
        ("0012", "12", "C4"),
        ("0.85", "0.86", "D4"),
        ("甲\n乙", None, "C5"),
        ("0.85", "85", "D4"),
        ("2026-09-03", "2026-09-04", "E4"),
        ("0.85", "0.850001", "D4"),
    ],
)
def test_a_cell_read_wrongly_is_named(book: Path, old: str, new: str | None, cell: str) -> None:
    batch = altered(read([book]), old, new)
    (finding,) = second_opinion(batch, [0], strict=True)
    assert (finding.rule, finding.severity, finding.reach) == (
        "workbook.second_opinion", "error", "workbook")  # fmt: skip
    assert (finding.file, finding.sheet, finding.cell) == (0, "Sheet", cell)
    assert f"Sheet!{cell}" in finding.zh and f"Sheet!{cell}" in finding.en
    assert "1 格" in finding.zh


def test_without_strict_it_is_a_warning(book: Path) -> None:
    (finding,) = second_opinion(altered(read([book]), "0012", "12"), [0])
    assert (finding.severity, finding.reach) == ("warning", "none")


def test_a_time_just_short_of_midnight_is_rounded_by_both(book: Path) -> None:
    batch = read([book])
    assert "2026-09-04" in batch.cells["text"].to_list()


@pytest.mark.parametrize(
    ("one", "two", "equal"),
    [
        (("12.0", ""), ("12", ""), True),
        (("0012", ""), ("12", ""), False),
        (("-1", ""), ("-2", ""), False),
        (("0.1", ""), ("0.10001", ""), False),
        (("46268", ""), ("2026-09-03", "date"), True),
        (("46268", ""), ("2026-09-04", "date"), False),
        (("09:30:00", "date"), ("0.3958333333333333", ""), True),
        (("36:00:00", "date"), ("1900-01-01 12:00:00", "date"), True),
        (("2026-09-03 10:00:00", "date"), ("2026-09-03 10:00:01", "date"), True),
        (("2026-09-03 10:00:00", "date"), ("2026-09-03 10:00:03", "date"), False),
        (("a\r\nb ", ""), ("a\nb", ""), True),
        (("#DIV/0!", "error"), (None, None), True),
        (("=A1", "uncached"), (None, None), True),
        (("甲", ""), (None, None), False),
        ((None, None), ("甲", ""), False),
        ((None, None), ("0", ""), False),
    ],
)
def test_what_means_the_same(one: tuple, two: tuple, equal: bool) -> None:
    assert same(one, two, False) is equal


def test_nine_decimals_of_an_engine_are_no_difference() -> None:
    assert same(("0.3333333333333333", ""), ("0.333333333", ""), False, slack=5.1e-10)
    assert not same(("0.3333333333333333", ""), ("0.333333333", ""), False)


def received(number: int, sha: str, size: int = 1000) -> ReceivedFile:
    return ReceivedFile(number, Path(f"{number}.xlsx"), f"{number}.xlsx", sha, size)


def test_the_sample_is_drawn_by_hash_and_never_empty() -> None:
    drawn, other = received(0, f"{200:08x}" + "0" * 56), received(1, f"{201:08x}" + "0" * 56)
    assert sample([other, drawn]) == [drawn]
    assert sample([other]) == [other]
    assert sample([received(2, other.sha256, size=1 << 20)]) == []
    many = [received(n, f"{n:08x}" + "0" * 56) for n in range(1, 2001)]
    assert len(sample(many)) == 10
    assert sample(many[::-1]) == sample(many)[::-1]


def test_a_file_that_only_one_engine_opens_stands(tmp_path: Path, book: Path) -> None:
    import zipfile

    odd = tmp_path / "odd.xlsx"  # openpyxl wants a number here
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(odd, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, body.replace(b'<sz val="11"', b'<sz val="big"'))
    batch = read([odd])
    assert [f.rule for f in second_opinion(batch, [0], strict=True)] == [NO_SECOND_OPINION.id]
    assert second_opinion(batch, [0]) == []


def test_text_files_and_refused_files_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("网点代码,月份\n0012,2026-09\n", "utf-8")
    (tmp_path / "b.xlsx").write_bytes(b"")
    batch = read([tmp_path / "a.csv", tmp_path / "b.xlsx"])
    assert second_opinion(batch, [0, 1], strict=True) == []
    assert read_again(batch.files[:1], Limits()) == {}


def test_strict_ooxml_is_compared_too(tmp_path: Path, book: Path) -> None:
    import zipfile

    strict = tmp_path / "strict.xlsx"
    swaps = {b"http://schemas.openxmlformats.org/spreadsheetml/2006/main":
             b"http://purl.oclc.org/ooxml/spreadsheetml/main"}  # fmt: skip
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(strict, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            for usual, other in swaps.items():
                body = body.replace(usual, other)
            new.writestr(name, body)
    batch = read([strict])
    again = read_again(batch.files, Limits())[0]
    assert again is not None and again[0].height == 9  # the formula has no result
    assert differences(batch, 0, *again) == []


def test_whoever_leaves_leaves_nobody_reading(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancelled command: the comparisons that were asked for are not gone on with."""
    paths = [tmp_path / f"{n}.xlsx" for n in range(60)]
    for path in paths:
        shutil.copyfile(book, path)
    batch = read(paths)
    run, begun, chunks = Child.run, threading.Event(), list[Chunk]()

    def noted(self: Child, chunk: Chunk, *more: Any) -> Outcome:
        chunks.append(chunk)
        begun.set()
        return run(self, chunk, *more)

    monkeypatch.setattr(Child, "run", noted)
    understood = Read(batch, dict.fromkeys(range(60), "performance"), {}, [])
    with pytest.raises(KeyboardInterrupt), Opinions(strict=True) as opinions:
        opinions.look(understood)
        assert begun.wait(30)
        raise KeyboardInterrupt
    assert 0 < len(chunks) < 6
    assert pool().lock.acquire(blocking=False)
    pool().lock.release()


def test_the_sentences_are_whole() -> None:
    for rule in (SECOND_OPINION, NO_SECOND_OPINION):
        finding = rule.at(0, count=2, cells="S!A1", cells_en="S!A1")
        assert "{" not in finding.zh + finding.en
