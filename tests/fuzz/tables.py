"""The way of a received file up to typed rows: reading child, table finder, values.

Mutants go through `workbook.read`, as an upload does, a few at a time. A failure is anything that
leaves `read`, `recognise` or `parse` as an exception, a reading child that died, ran out of time
or memory, a file of which nothing is said, or an answer that breaks what these promise.
"""

from __future__ import annotations

import random
import re
import traceback
from collections import Counter
from pathlib import Path

from pipeline.findings import Finding
from pipeline.parse import parse
from pipeline.recognise import recognise
from pipeline.workbook import read
from pipeline.workbook.cells import ReadBatch
from tests.fuzz.mutation import mutate

BROKEN = {"reader_died", "reader_timeout", "reader_memory"}
_NAMES = ("a.xlsx", "b.xls", "九月.csv", "c.xlsb", "d.ods", "e.et", "f.zip", "无扩展名", "g.tsv")
_FLAGS = {"", "percent", "date", "error", "uncached", "long"}
_BRACE = re.compile(r"\{[a-z_]+\}|None")


def run_batch(seeds: list[bytes], chance: random.Random, folder: Path, size: int) -> list[str]:
    """One batch of `size` mutants; a line for each failure. Counts of rules go to `RULES`."""
    paths = []
    for number in range(size):
        body = mutate(chance.choice(seeds), chance)
        path = folder / f"{number:03}-{chance.choice(_NAMES)}"
        path.write_bytes(body)
        paths.append(path)
    failures = attempt(paths)
    for path in paths:
        path.unlink()
    return failures


RULES: Counter[str] = Counter()


def attempt(paths: list[Path]) -> list[str]:
    """Failures of one batch; a batch that fails is taken apart to find the file."""
    try:
        batch = read(paths)
        found = list(batch.findings)
        recognised = recognise(batch)
        parsed = parse(batch, recognised)
    except Exception:
        if len(paths) == 1:
            return [_kept(paths[0], traceback.format_exc())]
        apart = [line for path in paths for line in attempt([path])]
        return apart or [f"only together: {[p.name for p in paths]}\n{traceback.format_exc()}"]
    found += recognised.findings + [f for one in parsed.values() for f in one.findings]
    RULES.update(f.rule for f in found)
    told = {f.file for f in found} | set(recognised.kinds)
    return [
        _kept(batch.files[file].path, why)
        for file, why in _broken_promises(batch, found, told)
    ]  # fmt: skip


def _broken_promises(
    batch: ReadBatch, found: list[Finding], told: set[int]
) -> list[tuple[int, str]]:
    wrong = [(f.file, f"{f.rule} at {f.sheet}") for f in found if f.rule in BROKEN]
    wrong += [(f.file, f"{f.rule}: {f.zh} | {f.en}") for f in found
              if not f.zh or not f.en or _BRACE.search(f.zh + f.en)]  # fmt: skip
    wrong += [(file.index, "nothing is said") for file in batch.files if file.index not in told]
    cells = batch.cells
    if len(cells):
        flags = set(cells["flag"].unique().to_list())
        if not flags <= _FLAGS or cells.null_count().row(0) != (0,) * cells.width:
            wrong.append((int(cells["file"][0]), f"cells out of form: {flags}"))
        low, high = cells["col"].min(), cells["col"].max()
        if not (low >= 1 and high <= 16384 and cells["row"].min() >= 1):  # type: ignore[operator]
            wrong.append((int(cells["file"][0]), f"addresses {low} {high}"))
        double = cells.select("file", "sheet", "row", "col").is_duplicated()
        wrong += [(int(file), "one cell twice") for file in cells.filter(double)["file"].unique()]
    return wrong


def _kept(path: Path, why: str) -> str:
    """Keeps the file beside the run, and says where."""
    target = path.parent / "failures"
    target.mkdir(exist_ok=True)
    name = f"{len(list(target.iterdir())):04}-{path.name}"
    (target / name).write_bytes(path.read_bytes())
    return f"{name}: {why}"
