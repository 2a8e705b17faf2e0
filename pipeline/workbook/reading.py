"""Files in, addressed cells out: what the rest of the pipeline calls."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.file_names import as_text
from pipeline.findings import Finding
from pipeline.processes import scratch
from pipeline.workbook.cells import SHEET_SCHEMA, ReadBatch, ReceivedFile, letter
from pipeline.workbook.limits import Limits
from pipeline.workbook.pool import Chunk, Job, Outcome, pool
from pipeline.workbook.received import put_together
from pipeline.workbook.rules import BY_ID

_CHUNK_FILES, _CHUNK_BYTES = 50, 2 << 20
_SHEETS = pl.Schema(SHEET_SCHEMA)  # type: ignore[arg-type]
Progress = Callable[[int, int], None]  # files done, files known


@dataclass
class Gathered:
    """What the children gave back of some files; :meth:`batch` puts it together."""

    limits: Limits
    progress: Progress | None
    unpack_to: str
    jobs: dict[int, Job] = field(default_factory=dict)
    order: dict[int, tuple[int, int]] = field(default_factory=dict)  # job -> place in the batch
    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)

    def add(self, path: str, name: str, order: tuple[int, int]) -> int:
        number = len(self.jobs)
        self.jobs[number], self.order[number] = (number, path, name), order
        return number

    def batch(self, first: int = 0) -> ReadBatch:
        """`first`: index of the first file, where others were read before."""
        return _batch(self, first)


def read(
    paths: Sequence[Path],
    *,
    names: Sequence[str] | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    unpack_to: Path | None = None,
) -> ReadBatch:
    """Read workbooks, CSV files and zips of them, in the order given.

    `names` (one per path) is what the files were called when they were received, where they lie
    under another name now: the sheet of a CSV is called after its file.

    Every file ends as cells or as an error finding; nothing that a file contains raises. Members
    of a zip are files of their own, unpacked under `unpack_to` (default: a temporary folder that
    lasts as long as this process); the zip itself is listed only when refused.
    """
    return gather(paths, names, limits, progress, unpack_to).batch()


def gather(
    paths: Sequence[Path],
    names: Sequence[str] | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    unpack_to: Path | None = None,
) -> Gathered:
    """The part of :func:`read` that keeps the children busy: they may begin with other files while
    what they gave back is put together. Fault: they cannot be started."""
    run = Gathered(limits or Limits(), progress, str(unpack_to or scratch()))
    called = [as_text(path.name) for path in paths] if names is None else names
    fresh = [
        run.add(str(path), name, (place, 0))
        for place, (path, name) in enumerate(zip(paths, called, strict=True))
    ]
    while fresh:
        _read_some(run, fresh)
        fresh = _members(run, fresh)
    return run


class _Patience:
    """Seconds spent on each archive, counted by whoever reads before it takes the next chunk; other
    files have nobody to share with."""

    def __init__(self, run: Gathered) -> None:
        self._run = run
        self._spent: Counter[int] = Counter()
        self._lock = threading.Lock()

    def count(self, outcome: Outcome) -> None:
        with self._lock:
            for box in {self._run.order[number][0] for number in outcome.numbers}:
                self._spent[box] += ceil(outcome.seconds)

    def enough(self, chunk: Chunk) -> bool:
        """Whether all of its files are of archives on which too long was spent."""
        order, most = self._run.order, self._run.limits.archive_seconds
        boxes = {order[number][0] for number, _, _ in chunk.jobs if order[number][1]}
        alone = any(not order[number][1] for number, _, _ in chunk.jobs)
        with self._lock:
            return not alone and all(self._spent[box] > most for box in boxes)


def _read_some(run: Gathered, numbers: list[int]) -> None:
    patience = _Patience(run)
    outcomes = pool().read(
        _chunks(run, numbers), run.limits, run.unpack_to, patience.enough, patience.count
    )
    with contextlib.closing(outcomes):  # whatever happens here, others may read
        for outcome in outcomes:
            _take(run, outcome)


def _take(run: Gathered, outcome: Outcome) -> None:
    if outcome.left:
        run.records |= {n: _broken(run, n, "archive_slow") for n in outcome.numbers}
    for record in outcome.records:
        run.records[record["number"]] = record
    run.bodies.append(outcome.body)
    if outcome.culprit is not None:
        run.records[outcome.culprit] = _broken(run, outcome.culprit, outcome.rule)
    if run.progress:
        run.progress(len(run.records), len(run.jobs))


def _broken(run: Gathered, number: int, rule: str) -> dict[str, Any]:
    from pipeline.workbook.child import digest

    path = run.jobs[number][1]
    seconds, mega = run.limits.wall_seconds, run.limits.resident_bytes >> 20
    words = {
        "reader_timeout": {"limit": f"{seconds:g}"},
        "reader_memory": {"limit": mega},
        "archive_slow": {"limit": f"{run.limits.archive_seconds:g}"},
    }
    record: dict[str, Any] = {"number": number, "sha256": "", "size": 0, "sheets": []}
    with contextlib.suppress(OSError):
        record |= {"size": Path(path).stat().st_size, "sha256": digest(path, seconds)}
    return record | {"refused": [rule, None, words.get(rule, {})]}


def _chunks(run: Gathered, numbers: list[int]) -> list[Chunk]:
    """In the order of the files, at least four of them: large files keep both children busy too."""
    sizes = [_size(run.jobs[number][1]) for number in numbers]
    few = max(1, min(_CHUNK_FILES, len(numbers) // 4))
    most = min(_CHUNK_BYTES, sum(sizes) // 4)
    chunks: list[Chunk] = [Chunk([])]
    size = 0
    for number, own in zip(numbers, sizes, strict=True):
        last = chunks[-1].jobs
        if last and (size + own > most or len(last) >= few):
            chunks.append(Chunk([]))
            size = 0
        chunks[-1].jobs.append(run.jobs[number])
        size += own
    return chunks


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return 0


def _members(run: Gathered, numbers: list[int]) -> list[int]:
    """New jobs for the members of archives that were just opened; archives in archives are not."""
    fresh = []
    for number in numbers:
        place, inner = run.order[number]
        for i, (path, name) in enumerate(run.records[number].pop("members", ()), 1):
            if inner:
                outer = run.records[number]
                outer["refused"] = ["archive_nested", None, {"name": run.jobs[number][2]}]
                break
            fresh.append(run.add(path, name, (place, i)))
    return fresh


def _batch(run: Gathered, first: int) -> ReadBatch:
    kept = [n for n in run.jobs if "refused" in run.records[n]
            or run.records[n].get("format") != "archive"]  # fmt: skip
    kept.sort(key=lambda n: run.order[n])
    index = {number: i for i, number in enumerate(kept, first)}
    batch = ReadBatch([], *_cells(run, index), pl.DataFrame(schema=_SHEETS))
    rows = []
    for number, i in index.items():
        record, (_, path, name) = run.records[number], run.jobs[number]
        file = ReceivedFile(i, Path(path), name, record["sha256"], record["size"])
        batch.files.append(file)
        batch.findings += _findings(i, record)
        if "refused" not in record:
            rows += [{"file": i, **sheet} for sheet in record["sheets"]]
    batch.sheets = pl.DataFrame(rows, schema=_SHEETS)
    return batch


def _cells(run: Gathered, index: dict[int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    # Chunks are in path order, and come back in any.
    frame, words = put_together(run.bodies)
    places = pl.Series([index.get(n, 0) for n in range(len(run.jobs))], dtype=pl.UInt32)
    if not places.equals(pl.Series(range(len(places)), dtype=pl.UInt32)):
        frame = frame.with_columns(file=places.gather(frame["file"]))
    if not frame["file"].is_sorted():
        frame = frame.sort("file", maintain_order=True)
    return frame, words


def _findings(file: int, record: dict[str, Any]) -> list[Finding]:
    if "refused" in record:
        rule, sheet, words = record["refused"]
        row, col = words.pop("row", None), words.pop("col", None)
        cell = f"{letter(col)}{row}" if row and col else None
        return [BY_ID[rule].at(file, sheet=sheet, cell=cell, row=row, **words)]
    found = [BY_ID[rule].at(file) for rule in record.get("notices", ())]
    for sheet in record["sheets"]:
        found += _hidden(file, sheet)
    return found


def _hidden(file: int, sheet: dict[str, Any]) -> list[Finding]:
    name, rows, cols = sheet["sheet"], sheet["hidden_rows"], sheet["hidden_cols"]
    found = []
    if not sheet["visible"]:
        found.append(BY_ID["sheet_hidden"].at(file, sheet=name))
    if rows:
        found.append(BY_ID["rows_hidden"].at(file, sheet=name, row=rows[0], count=len(rows)))
    if cols:
        first = letter(cols[0])
        found.append(BY_ID["cols_hidden"].at(file, sheet=name, count=len(cols), column=first))
    return found
