"""Ingest of scorecards and monthly sheets against two ways of merely reading them.

`spine`: 1,200 scorecards and 12 monthly sheets of 100 branches. `year`: ten times as much. The
bars are ratios: to fastexcel in one thread and a copy of each file, and to a plain pandas +
openpyxl script that loads the same cells into DuckDB; and of `year` to `spine`. Start-up is timed
apart and left out of all three. The contenders take turns, so that a busy machine slows all of
them; ratios are formed within a turn. The quick one takes from half to twice its median from one
second to the next: it runs before and after mingcha, and both get more turns than the slow one.
What they write stays until all is measured: for each file that is made, ext4 looks at every inode
deleted in the last minutes, which costs more than copying once thousands were. Each begins when the
disk has what the one before it wrote, for mingcha alone waits for the disk. Memory is looked at in
a run of its own: to look twice a second at what seven processes hold slows them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.contenders import CONTENDERS

FAST, PLAIN, OURS = "fastexcel + copy", "pandas + openpyxl", "mingcha"
_ROOT = Path(__file__).resolve().parents[2]
Timing = dict[str, Any]


@dataclass(frozen=True)
class Load:
    """A province to ingest. `slow`: how many of the turns have the slow contender in them. `bars`:
    the most that mingcha may take, as a multiple of another."""

    branches: int
    turns: int
    slow: int
    bars: dict[str, float]


LOADS = {
    "spine": Load(100, 9, 3, {FAST: 4.0, PLAIN: 1 / 5}),
    "year": Load(1000, 3, 1, {FAST: 2.0, PLAIN: 1 / 8}),
}
_KEPT = "MINGCHA_BENCH_SHEETS"  # a folder with sheets-N of before, to save making them
GROWTH, MEMORY = 10.5, 1500  # year to spine; MiB of mingcha with its children


def make_sheets(folder: Path, branches: int) -> int:
    """A province in `folder`, workbooks only: what lay in a zip is unpacked, CSV is left out, so
    that every contender reads the same files. How many."""
    size = ["--branches", str(branches), "--months", "12", "--rounds", "6"]
    made = [sys.executable, "-m", "pipeline", "sample", str(folder), *size]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=_ROOT)
    for box in list(folder.rglob("*.zip")):
        with zipfile.ZipFile(box) as opened:
            for number, name in enumerate(opened.namelist()):
                if name.endswith(".xlsx"):
                    box.with_name(f"{box.stem}-{number}.xlsx").write_bytes(opened.read(name))
        box.unlink()
    for other in folder.rglob("*"):
        if other.is_file() and other.suffix != ".xlsx":
            other.unlink()
    return sum(1 for _ in folder.rglob("*.xlsx"))


def environment(scratch: Path) -> dict[str, str]:
    """With compiled modules kept, wherever this is run: they are start-up, not work."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(scratch / "compiled"), "PYTHONPATH": str(_ROOT)}


def timed(script: Path, sheets: Path, env: dict[str, str], *more: str) -> Timing:
    """Run one contender in a process and a folder of its own, which is left beside its script."""
    folder = tempfile.mkdtemp(dir=script.parent)
    os.sync()
    done = subprocess.run(
        [sys.executable, str(script), str(sheets), folder, *more],
        capture_output=True,
        text=True,
        env=env,
    )
    if done.returncode:
        raise SystemExit(f"{script.name} failed:\n{done.stderr}")
    found: Timing = json.loads(done.stdout.splitlines()[-1])
    return found


def runs(scratch: Path, load: Load) -> tuple[list[dict[str, Timing]], float]:
    """The measured turns, each contender once in each, and the memory of mingcha in MiB."""
    sheets = Path(os.environ.get(_KEPT) or scratch) / f"sheets-{load.branches}"
    env = environment(scratch)
    made = [*sheets.rglob("*.xlsx")]
    print("workbooks:", len(made) or make_sheets(sheets, load.branches), flush=True)
    scripts = {}
    for number, (name, text) in enumerate(CONTENDERS.items()):
        scripts[name] = scratch / f"contender{number}.py"
        scripts[name].write_text(text, "utf-8")
    found = []
    for turn in range(load.turns):
        slow = turn < load.slow
        found.append(_turn(lambda name: timed(scripts[name], sheets, env), slow))
        work = {n: round(t["work"], 2) for n, t in found[-1].items()}
        print(f"turn {turn + 1}:", work, flush=True)
    return found, float(timed(scripts[OURS], sheets, env, "watched")["memory"])


def _turn(run: Callable[[str], Timing], slow: bool) -> dict[str, Timing]:
    """The quick one is timed on both sides of mingcha, and counts with its mean."""
    before, own, after = run(FAST), run(OURS), run(FAST)
    quick = {key: (before[key] + after[key]) / 2 for key in before}
    return {FAST: quick, OURS: own} | ({PLAIN: run(PLAIN)} if slow else {})


def median(found: list[dict[str, Timing]], name: str, *keys: str) -> float:
    """The median over the turns of one figure of one contender."""
    figures = []
    for turn in (turn for turn in found if name in turn):
        figure: Any = turn[name]
        for key in keys:
            figure = figure[key]
        figures.append(float(figure))
    return statistics.median(figures)


def show(found: list[dict[str, Timing]], memory: float, load: Load) -> None:
    """Seconds of each contender, the phases of mingcha, and the ratios against their bars."""
    for name in CONTENDERS:
        work, cpu, start = (median(found, name, key) for key in ("work", "cpu", "start"))
        print(f"{name:18s} work {work:7.2f} s   processor {cpu:7.2f} s   start-up {start:6.2f} s")
    print("files:", found[0][OURS]["counts"])
    for phase in found[0][OURS]["phases"]:
        print(f"  {phase:36s} {median(found, OURS, 'phases', phase):6.2f} s")
    for base, bar in load.bars.items():
        for key, what in (("work", "time"), ("cpu", "processor time")):
            ratios = sorted(t[OURS][key] / t[base][key] for t in found if base in t)
            ratio, of = statistics.median(ratios), f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
            print(f"mingcha ÷ {base}, {what}: {ratio:.2f} ({of}; bar for time: {bar:.2f})")
    print(f"memory of mingcha with its children: {memory:.0f} MiB (bar: {MEMORY})", flush=True)


def main(names: Sequence[str] = ()) -> None:
    """Make the sheets, run the three in turn, print ratios; of all loads, or those named."""
    works = {}
    with tempfile.TemporaryDirectory() as scratch:
        # One unmeasured turn, in which modules are compiled.
        runs(Path(scratch), Load(2, 1, 1, {}))
        for name in names or LOADS:
            print(f"== {name}", flush=True)
            found, memory = runs(Path(scratch), LOADS[name])
            show(found, memory, LOADS[name])
            works[name] = median(found, OURS, "work")
    if set(works) == set(LOADS):
        growth = works["year"] / works["spine"]
        print(f"ten times the work takes {growth:.1f} times the time (bar: {GROWTH})")
