"""Judging a large sending in sittings: as many visits at a time as memory holds.

Lists (register, months, plans …) are judged together, since they are held against each other, with
the first of the visits; the others follow in path order, each held against what is stored by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipeline.parse import Parsed

if TYPE_CHECKING:
    from pipeline.judging import Read

_ANSWERS = 200_000  # of a sitting: some 2,000 visits; their checks take some 150 MB


def sittings(read: Read) -> Iterator[Read]:
    """`read` in parts, at least one; every file in exactly one of them."""
    groups = _groups(read)
    for files in groups:
        yield read if len(groups) == 1 else _only(read, files)


def _groups(read: Read) -> list[set[int]]:
    answers: Counter[int] = Counter()
    for parsed in read.parsed.values():
        if "answer" in parsed.tables:
            counted = parsed.tables["answer"].group_by("file").len()
            answers.update(dict(counted.iter_rows()))
    groups = [{f.index for f in read.batch.files if f.index not in answers}]
    taken = 0
    for file in sorted(answers):
        if taken and taken + answers[file] > _ANSWERS:
            groups.append(set())
            taken = 0
        groups[-1].add(file)
        taken += answers[file]
    return groups


def _only(read: Read, files: set[int]) -> Read:
    own = {file: kind for file, kind in read.kinds.items() if file in files}
    return replace(
        read,
        batch=replace(
            read.batch,
            files=[f for f in read.batch.files if f.index in files],
            sheets=_of(read.batch.sheets, files),
            findings=[f for f in read.batch.findings if f.file in files],
        ),
        kinds=own,
        parsed={k: _rows(p, files) for k, p in read.parsed.items() if k in own.values()},
        findings=[f for f in read.findings if f.file in files],
    )


def _rows(parsed: Parsed, files: set[int]) -> Parsed:
    return replace(
        parsed,
        tables={name: _of(table, files) for name, table in parsed.tables.items()},
        column_map=_of(parsed.column_map, files),
        periods={file: period for file, period in parsed.periods.items() if file in files},
        findings=[f for f in parsed.findings if f.file in files],
    )


def _of(frame: pl.DataFrame, files: set[int]) -> pl.DataFrame:
    wanted = pl.DataFrame({"file": list(files)}, schema={"file": frame.schema["file"]})
    return frame.join(wanted, on="file", how="semi", maintain_order="left")
