"""Ingest of 1,200 scorecards and 12 monthly sheets against two ways of merely reading them.

fastexcel in one thread, and a copy of each file: mingcha may take at most four times as long.
A plain pandas + openpyxl script that loads the same cells into DuckDB: five times as long at least.
Start-up (libraries, reading children) is timed apart and left out of all three. The contenders take
turns, so that a busy machine slows all of them; ratios are formed within a turn.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from tests.bench.contenders import CONTENDERS

RUNS = 3
SIZE = ["--branches", "100", "--months", "12", "--rounds", "6"]
BARS = {"fastexcel + copy": 4.0, "pandas + openpyxl": 1 / 5}
_ROOT = Path(__file__).resolve().parents[2]
Timing = dict[str, Any]


def make_sheets(folder: Path) -> int:
    """A province in `folder`, workbooks only: what lay in a zip is unpacked, CSV is left out, so
    that every contender reads the same files. How many."""
    made = [sys.executable, "-m", "pipeline", "sample", str(folder), *SIZE]
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


def timed(script: Path, sheets: Path, env: dict[str, str]) -> Timing:
    """Run one contender in a process and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(script), str(sheets), folder],
            capture_output=True,
            text=True,
            env=env,
        )
    if done.returncode:
        raise SystemExit(f"{script.name} failed:\n{done.stderr}")
    found: Timing = json.loads(done.stdout.splitlines()[-1])
    return found


def runs(scratch: Path) -> list[dict[str, Timing]]:
    """One unmeasured turn, in which modules are compiled, and RUNS measured ones."""
    sheets, env = scratch / "sheets", environment(scratch)
    print("workbooks:", make_sheets(sheets), flush=True)
    scripts = {}
    for number, (name, text) in enumerate(CONTENDERS.items()):
        scripts[name] = scratch / f"contender{number}.py"
        scripts[name].write_text(text, "utf-8")
    timed(scripts["mingcha"], sheets, env)
    found = []
    for turn in range(RUNS):
        found.append({name: timed(script, sheets, env) for name, script in scripts.items()})
        print(
            f"turn {turn + 1}:", {n: round(t["work"], 2) for n, t in found[-1].items()}, flush=True
        )
    return found


def median(found: list[dict[str, Timing]], name: str, *keys: str) -> float:
    """The median over the turns of one figure of one contender."""
    figures = []
    for turn in found:
        figure: Any = turn[name]
        for key in keys:
            figure = figure[key]
        figures.append(float(figure))
    return statistics.median(figures)


def show(found: list[dict[str, Timing]]) -> None:
    """Seconds of each contender, the phases of mingcha, and the ratios against their bars."""
    for name in CONTENDERS:
        work, cpu, start = (median(found, name, key) for key in ("work", "cpu", "start"))
        print(f"{name:18s} work {work:7.2f} s   processor {cpu:7.2f} s   start-up {start:6.2f} s")
    print("files:", found[0]["mingcha"]["counts"])
    for part in found[0]["mingcha"]["starts"]:
        print(f"  start-up of {part:24s} {median(found, 'mingcha', 'starts', part):6.2f} s")
    for phase in found[0]["mingcha"]["phases"]:
        print(f"  {phase:36s} {median(found, 'mingcha', 'phases', phase):6.2f} s")
    for base, bar in BARS.items():
        for key, what in (("work", "time"), ("cpu", "processor time")):
            ratio = statistics.median(t["mingcha"][key] / t[base][key] for t in found)
            print(f"mingcha ÷ {base}, {what}: {ratio:.2f} (bar for time: {bar:.2f})")


def main() -> None:
    """Make the sheets, run the three in turn, print ratios."""
    with tempfile.TemporaryDirectory() as folder:
        found = runs(Path(folder))
    show(found)


if __name__ == "__main__":
    main()
