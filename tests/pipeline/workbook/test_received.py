"""What a reading child answers is looked at before it is taken: it has touched untrusted bytes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import Workbook

from pipeline.faults import Fault
from pipeline.workbook import read
from pipeline.workbook.child import Place, digest
from pipeline.workbook.limits import Limits
from pipeline.workbook.pool import Child, Chunk, Pool, pool
from pipeline.workbook.received import look_at

PLACE = {"file": 7, "position": 0, "row": 1, "col": 1, "word": 0}
TYPES = {"file": pa.uint32(), "position": pa.uint16(), "row": pa.uint32(), "col": pa.uint16(),
         "word": pa.uint32()}  # fmt: skip
RECORD: dict[str, Any] = {"number": 7, "sheets": [{"sheet": "一", "position": 0}]}


def answer(words: dict[str, list[str | None]] | None = None, **place: int) -> bytes:
    """One cell that says 甲, and what is wrong with it."""
    told = {k: pa.array([v], TYPES[k]) for k, v in (PLACE | place).items()}
    sink = pa.BufferOutputStream()
    for table in (pa.table(told), pa.table(words or {"text": ["甲"], "flag": [""]})):
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def test_an_answer_to_what_was_asked_is_taken() -> None:
    look_at(answer(), [RECORD], {7})


@pytest.mark.parametrize(
    ("body", "record"),
    [
        (answer(file=8), {}),
        (answer(position=1), {}),
        (answer(word=1), {}),
        (answer({"text": ["甲"], "mark": [""]}), {}),
        (answer({"text": ["甲"], "flag": [None]}), {}),
        (answer()[:-40], {}),
        (b"", {}),
        (answer(), {"number": 8}),
        (answer(), {"refused": ["no_rule", None, {}]}),
        (answer(), {"sheets": [{"sheet": "\ud800", "position": 0}]}),
    ],
)
def test_any_other_is_none(body: bytes, record: dict[str, Any]) -> None:
    with pytest.raises(Exception):  # noqa: B017 - each says in its own way that it is none
        look_at(body, [RECORD | record], {7})


def test_a_forged_answer_costs_its_own_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a child says of the first file is of another; the second is read as ever."""
    said = Child._frame

    def forged(self: Child, *given: Any) -> tuple[dict[str, Any], bytes]:
        words, body = said(self, *given)
        first = any(record["number"] == 0 for record in words.get("done", ()))
        return words, answer(file=1) if first else body

    monkeypatch.setattr(Child, "_frame", forged)
    paths = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    for path in paths:
        book = Workbook()
        book.active.append(["乙"])  # type: ignore[union-attr]
        book.save(path)
    batch = read(paths)
    assert batch.cells.select("file", "text").rows() == [(1, "乙")]
    assert [(f.file, f.rule) for f in batch.findings] == [(0, "reader_died")]


@pytest.mark.parametrize("does", ["raise SystemExit", "import time; time.sleep(60)"])
def test_readers_that_never_start_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    """Whatever keeps them from it is no file's fault, and would take minutes a chunk."""
    monkeypatch.setattr("pipeline.children.START_SECONDS", 0.3)
    own = Pool()
    for child in own.children:
        child._command = [sys.executable, "-S", "-c", does]
    begun: list[float] = []
    launched = Child._launched
    monkeypatch.setattr(Child, "_launched", lambda self: begun.append(0) or launched(self))
    chunks = [Chunk([(n, str(tmp_path / "b.xlsx"), "b.xlsx")]) for n in range(9)]
    own.get_ready()  # says nothing
    with pytest.raises(Fault, match="连续两次没有启动"):
        list(own.read(chunks, Limits(), ""))
    assert 6 <= len(begun) <= 10  # two of each child, at each of the two times; ended meanwhile


def test_a_file_beyond_all_limits_is_hashed_for_a_while_only(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    path.write_bytes(b"PK" * 600_000)
    assert digest(str(path), 60) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest(str(path), 0) == ""
    batch = read([path], limits=Limits(file_bytes=1 << 20))
    assert [f.rule for f in batch.findings] == ["file_too_large"]
    assert batch.files[0].sha256 == digest(str(path), 60)


def test_the_memory_that_both_sides_see_cannot_be_taken_away() -> None:
    place = Place.made()
    assert fcntl.fcntl(place.handle, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK
    with pytest.raises(PermissionError):
        os.ftruncate(place.handle, 0)
    assert place.at == 0


def test_a_column_that_no_sheet_has_is_not_laid_on_another(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(["甲"] * 65_539)] * 2), "utf-8")
    book = Workbook()
    book.active.append(["乙"])  # type: ignore[union-attr]
    book.save(tmp_path / "b.xlsx")
    batch = read([path, tmp_path / "b.xlsx"])
    assert batch.cells["text"].to_list() == ["乙"]
    assert [(f.file, f.rule) for f in batch.findings] == [(0, "sheet_extent")]
    assert "到 CRXS2 为止" in batch.findings[0].zh


def test_others_read_after_a_reading_that_failed(tmp_path: Path) -> None:
    """A reading that is left in the middle lets go of the children."""
    book = Workbook()
    book.active.append(["乙"])  # type: ignore[union-attr]
    book.save(tmp_path / "b.xlsx")
    outcomes = pool().read([Chunk([(0, str(tmp_path / "b.xlsx"), "b.xlsx")])], Limits(), "")
    next(outcomes)
    outcomes.close()
    pool().make_room()
    assert read([tmp_path / "b.xlsx"]).cells["text"].to_list() == ["乙"]
