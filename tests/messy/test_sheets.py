"""Every way of messiness and every pair of ways: read exactly, or refused at the right cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from messy.sketch import HEADERS, Sketch, plain, write
from messy.ways import WAYS
from pipeline.parse import parse
from pipeline.recognise import recognise
from pipeline.workbook import read


def _pairs() -> list[tuple[str, str]]:
    """All pairs of two layouts, and of each layout with a third of the odd values.

    Two odd values in two cells have nothing to do with each other.
    """
    found = []
    for (i, a), (j, b) in combinations(enumerate(WAYS.values()), 2):
        layouts = sum(not w.touches <= set(HEADERS) for w in (a, b))
        if not a.touches & b.touches and (layouts == 2 or (layouts == 1 and (i + j) % 3 == 0)):
            found.append((a.name, b.name))
    return found


PAIRS = _pairs()
CASES = [(), *((w,) for w in WAYS), *PAIRS]
# Ways that take the sheet as a whole come last: they look at what the others have made of it.
_LAST = ("reordered", "running_number")


@dataclass
class Found:
    """What came out for one case: rows, findings to be told (rule, cell), and infos."""

    rows: list[dict[str, Any]]
    told: Counter[tuple[str, str | None]]
    infos: set[str]


def make(ways: tuple[str, ...], path: Path) -> tuple[Sketch, Counter[tuple[str, str | None]]]:
    """Write the case; what it holds, and what must be told at which cell."""
    sketch = plain()
    for way in sorted(ways, key=lambda w: (w in _LAST, _LAST.index(w) if w in _LAST else 0)):
        WAYS[way].change(sketch)
    written = write(sketch, path)
    return sketch, Counter(
        (rule, written.cells[place] if place is not None else None) for rule, place in sketch.told
    )


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """All cases, written and read in one batch: case → sketch, what must be told, what came."""
    folder = tmp_path_factory.mktemp("messy")
    paths = [folder / f"{n:04d}.xlsx" for n in range(len(CASES))]
    made = [make(case, path) for case, path in zip(CASES, paths, strict=True)]
    batch = read(paths)
    recognised = recognise(batch)
    parsed = parse(batch, recognised)
    findings = [*batch.findings, *recognised.findings]
    findings += [f for one in parsed.values() for f in one.findings]
    table = parsed["performance"].tables["performance"]
    rows = {int(f): part for (f,), part in table.partition_by("file", as_dict=True).items()}
    result = {}
    for n, case in enumerate(CASES):
        own = [f for f in findings if f.file == n]
        found = Found(
            rows[n].sort("row").to_dicts() if n in rows else [],
            Counter((f.rule, f.cell) for f in own if f.severity != "info"),
            {f.rule for f in own if f.severity == "info"},
        )
        result[case] = (*made[n], found)
    return result


def test_there_are_enough_cases() -> None:
    assert len(WAYS) >= 50
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=lambda c: "+".join(c) or "plain")
def test_read_exactly_or_refused_at_the_right_cell(
    case: tuple[str, ...], outcome: dict[tuple[str, ...], tuple[Any, ...]]
) -> None:
    sketch, told, found = outcome[case]
    assert found.told == told
    assert sketch.infos <= found.infos
    if not sketch.no_table:
        expected = [{c: row[c] for c in row if c != "extra"} for row in sketch.truth]
        assert [{c: row[c] for c in expected[0]} for row in found.rows] == expected
