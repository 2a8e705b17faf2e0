"""A large sending is read and parsed in portions: cells take many times the room of the rows they
become, so those of one portion are let go before the next. The next one is read meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipeline.parse import Parsed
from pipeline.sheets import kinds
from pipeline.workbook.cells import ReadBatch
from pipeline.workbook.reading import Gathered, gather

if TYPE_CHECKING:
    from pipeline.judging import Read

_BYTES = 24 << 20  # workbooks of a portion: some 2,000 scorecards, some 1,400,000 cells
# Of the first one, since nothing can be done before it is read, and of the last ones, since nobody
# reads while they are looked at; no less, since looking at one takes a tenth of a second by itself.
_FIRST = 5 << 20
_LOOK = 0.2  # seconds between words on progress
Named = tuple[Path, str]
Understand = Callable[[ReadBatch], "Read"]
Progress = Callable[[int, int], None]


def in_portions(
    files: Sequence[Named],
    understand: Understand,
    progress: Progress = lambda done, known: None,
) -> Read:
    """What `understand` makes of all (path, name), as if of one batch; without the cells.

    `progress`: files read, and known so far; called by this thread.
    """
    parts = []
    # closed here and not when it is forgotten: a second Ctrl-C meanwhile is then an ordinary one
    with closing(_batches(list(_portions(files)), progress)) as batches:
        for batch in batches:
            own = understand(batch)
            places, words = own.batch.places.clear(), own.batch.words.clear()
            parts.append(replace(own, batch=replace(own.batch, places=places, words=words)))
    return _joined(parts)


def _portions(files: Sequence[Named]) -> Iterator[list[Named]]:
    """At least one; larger and larger ones, and towards the end smaller and smaller ones."""
    sizes = [_size(path) for path, _ in files]
    portion: list[Named] = []
    left, size, most = sum(sizes), 0, _FIRST
    for file, own in zip(files, sizes, strict=True):
        if portion and size + own > most and left - size > _FIRST // 2:
            yield portion
            left -= size
            portion, size = [], 0
            most = max(_FIRST, min(2 * most, _BYTES, left // 2))
        portion.append(file)
        size += own
    yield portion


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0  # reading it will say what is wrong


def _batches(portions: list[list[Named]], progress: Progress) -> Generator[ReadBatch]:
    """Each portion as read; while one is put together and looked at, the next is being read."""
    count = _Count(sum(map(len, portions)))

    def begin(portion: list[Named]) -> Future[Gathered]:
        paths, names = [path for path, _ in portion], [name for _, name in portion]
        return ahead.submit(gather, paths, names, progress=count.of(portion))

    with ThreadPoolExecutor(1) as ahead:
        coming, first = begin(portions[0]), 0
        for number in range(1, len(portions) + 1):
            while not wait([coming], _LOOK).done:
                progress(count.done, count.known)
            gathered = coming.result()
            progress(count.done, count.known)
            if number < len(portions):
                coming = begin(portions[number])
            batch = gathered.batch(first)
            del gathered  # and what the children gave back
            first += len(batch.files)
            yield batch


class _Count:
    """Files read and known over all portions. The members of a zip become known as it is opened."""

    def __init__(self, known: int) -> None:
        self.done, self.known = 0, known

    def of(self, portion: Sequence[Named]) -> Progress:
        """Counts one portion on; called by the reading thread."""
        before, others = self.done, self.known - len(portion)

        def count(done: int, known: int) -> None:
            self.done, self.known = before + done, others + known

        return count


def _joined(parts: Sequence[Read]) -> Read:
    if len(parts) == 1:
        return parts[0]
    batch = ReadBatch(
        [file for part in parts for file in part.batch.files],
        parts[0].batch.places,
        parts[0].batch.words,
        pl.concat([part.batch.sheets for part in parts]),
        [finding for part in parts for finding in part.batch.findings],
    )
    return replace(
        parts[0],
        batch=batch,
        kinds={file: kind for part in parts for file, kind in part.kinds.items()},
        parsed={
            kind: _parsed([part.parsed[kind] for part in parts if kind in part.parsed])
            for kind in kinds()
            if any(kind in part.parsed for part in parts)
        },
        findings=[finding for part in parts for finding in part.findings],
        lying={place: told for part in parts for place, told in part.lying.items()},
    )


def _parsed(parts: Sequence[Parsed]) -> Parsed:
    tables = {table: [part.tables[table] for part in parts] for table in parts[0].tables}
    return Parsed(
        parts[0].kind,
        {t: pl.concat(frames, how="diagonal_relaxed") for t, frames in tables.items()},
        pl.concat([part.column_map for part in parts], how="diagonal_relaxed"),
        {file: period for part in parts for file, period in part.periods.items()},
        [finding for part in parts for finding in part.findings],
    )
