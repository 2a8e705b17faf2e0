"""`make load`: fifty people read and five upload, for ten minutes; thirty open it at once.

    python -m tests.bench.load [--minutes 10] [--readers 50] [--clerks 5] [--branches 120]

Told: the 95th percentile of a rerun (bar: 2 s), errors (bar: 0), the server's memory (bar: flat),
and of 30 first loads at once (bar: 4 s) beside those of an empty page in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from tests.bench.load.empty import serving
from tests.bench.load.people import Seen, clerk, first_loads, reader, signed_in
from tests.bench.one_workbook import wait_until_warm
from tests.browser.conftest import ROOT, running

RERUN, FIRST, GROWTH = 2.0, 4.0, 1.05
_LOOK = 5.0  # seconds between looks at the memory


def _p95(seconds: list[float]) -> float:
    return float(np.percentile(seconds, 95)) if seconds else float("nan")


def prepare(place: Path, branches: int) -> tuple[Path, list[Path]]:
    """A published sample province, and scorecards that were not in it."""
    words = [sys.executable, "-m", "pipeline", "--data", str(place / "data")]
    demo = [*words, "demo", "--branches", str(branches), "--no-serve"]
    subprocess.run(demo, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    sample = [*words, "sample", str(place / "sheets"), "--branches", str(branches), "--seed", "99"]
    subprocess.run(sample, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return place / "data", sorted((place / "sheets" / "5-scorecards").rglob("*.xlsx"))


def _memory(address: str) -> int:
    """Resident bytes of the server process, without its children."""
    port = int(address.rsplit(":", 1)[1])
    for process in psutil.process_iter(["cmdline"]):
        if str(port) in (process.info["cmdline"] or []) and "serve" in process.info["cmdline"]:
            return int(process.memory_info().rss)
    return 0


async def _watched(address: str, until: float) -> list[int]:
    found = []
    while time.monotonic() < until:
        found.append(await asyncio.to_thread(_memory, address))
        await asyncio.sleep(_LOOK)
    return found


async def _crowd(
    address: str, sheets: list[Path], minutes: float, readers: list[str], clerks: list[str]
) -> tuple[Seen, list[int]]:
    until = time.monotonic() + 60 * minutes
    seen = Seen()
    people = [reader(address, n, until, seen, cookie) for n, cookie in enumerate(readers)]
    people += [
        clerk(address, n, sheets[n :: len(clerks)], until, seen, cookie)
        for n, cookie in enumerate(clerks)
    ]
    watch = asyncio.create_task(_watched(address, until))
    await asyncio.gather(*people)
    return seen, await watch


def _tell(seen: Seen, memory: list[int]) -> bool:
    third = max(len(memory) // 3, 1)
    before, after = np.mean(memory[third : 2 * third]), np.mean(memory[-third:])
    growth = float(after / before) if before else float("nan")
    p95 = _p95(seen.reruns)
    print(
        f"reruns {len(seen.reruns)}: median {np.median(seen.reruns):.3f} s, p95 {p95:.3f} s "
        f"(bar {RERUN}), longest {max(seen.reruns):.2f} s"
    )
    print(
        f"uploads {len(seen.uploads)}: p95 {_p95(seen.uploads):.2f} s from the choice of a file "
        "until its findings are on the page"
    )
    print(f"errors {len(seen.errors)} {seen.errors[:5]}")
    print(
        f"memory {memory[0] >> 20} MiB at first, {int(before) >> 20} in the middle third, "
        f"{int(after) >> 20} in the last: x {growth:.3f} (bar {GROWTH})"
    )
    return p95 <= RERUN and not seen.errors and growth <= GROWTH


def main() -> int:
    """Prints the figures; 1 if a bar is missed."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--readers", type=int, default=50)
    asked.add_argument("--clerks", type=int, default=5)
    asked.add_argument("--first", type=int, default=30)
    asked.add_argument("--branches", type=int, default=120)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        data, sheets = prepare(place, given.branches)
        readers, clerks = signed_in(data, given.readers, given.clerks)
        with serving(place / "empty.log") as address:
            asyncio.run(first_loads(address, 1))
            empty = _p95(asyncio.run(first_loads(address, given.first)))
        with running(data, place / "server.log") as address:
            wait_until_warm(address)
            asyncio.run(first_loads(address, 1, readers))
            first = _p95(asyncio.run(first_loads(address, given.first, readers)))
            print(
                f"{given.first} first loads at once: p95 {first:.2f} s (bar {FIRST}); "
                f"empty page {empty:.2f} s; ratio {first / empty:.1f}",
                flush=True,
            )
            seen, memory = asyncio.run(_crowd(address, sheets, given.minutes, readers, clerks))
        met = _tell(seen, memory)
    return 0 if met and first <= FIRST else 1


if __name__ == "__main__":
    sys.exit(main())
