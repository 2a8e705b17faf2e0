"""`python -m tests.fuzz [tables|precheck] [--minutes M] [--seed N] [--keep DIR] [--more DIR]`.

`tables` needs nothing more; `precheck` needs atheris, which is not a dependency of Mingcha.
Exit status 1 if anything failed; the failing files lie under DIR/failures.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.fuzz.seeds import make_seeds
from tests.fuzz.tables import RULES, run_batch

_BATCH = 24


def main() -> None:
    """Run one target by the clock."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=("tables", "precheck"), nargs="?", default="tables")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--more", type=Path)
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="mingcha-fuzz-"))
    for part in ("seeds", "corpus"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    seeds = make_seeds(folder / "seeds", asked.more)
    print(f"{len(seeds)} seeds, {folder}", flush=True)
    if asked.target == "precheck":
        _precheck(seeds, folder, asked.minutes)
    else:
        raise SystemExit(int(bool(_tables(seeds, folder, asked.minutes, asked.seed))))


def _precheck(seeds: list[bytes], folder: Path, minutes: float) -> None:
    from tests.fuzz.precheck import run

    for number, seed in enumerate(seeds):
        (folder / "corpus" / f"seed-{number:04}").write_bytes(seed)
    run(folder / "corpus", minutes)


def _tables(seeds: list[bytes], folder: Path, minutes: float, seed: int) -> list[str]:
    start, failures, done, told = time.monotonic(), [], 0, 0.0
    while (spent := time.monotonic() - start) < 60 * minutes:
        chance = random.Random(f"{seed}-{done}")
        new = run_batch(seeds, chance, folder, _BATCH)
        failures += new
        done += _BATCH
        for line in new:
            print(f"after {done}: {line}", flush=True)
        if spent > told + 60:
            told = spent
            print(f"{spent / 60:.0f} min, {done} mutants, {len(failures)} failures", flush=True)
    print(f"tables: {done} mutants in {minutes:g} min, {len(failures)} failures")
    print("rules met:", ", ".join(f"{rule} {n}" for rule, n in RULES.most_common()))
    return failures


if __name__ == "__main__":
    main()
