"""Files that others touch while they are taken in, and one file taken in by two at once.

As a program: `python -m tests.faults.interference ROOT` prints what each ingest reported, as JSON.
Great Expectations is imported once and every ingest is a fork: the import costs more than all else.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx  # noqa: F401

import pipeline.rebuild  # noqa: F401
from pipeline.folders import DataFolder
from pipeline.ingest import Progress, ingest
from tests.faults.kills import drained, in_child
from tests.pipeline.test_ingest import EAST, WEST, monthly, register

Report = dict[str, Any]


def started(
    folder: DataFolder, paths: list[Path], progress: Progress | None = None
) -> Callable[[], Report]:
    """Begins an ingest in a process of its own; call what comes back for its report."""

    def work(pipe: int) -> None:
        report = ingest(folder, paths, progress=progress).to_json()
        with os.fdopen(pipe, "wb", closefd=False) as out:
            out.write(json.dumps(report).encode())

    pid, reading = in_child(work)

    def ended() -> Report:
        said = drained(reading)
        os.waitpid(pid, 0)
        found: Report = {"fault": said[1:].strip()} if said.startswith("!") else json.loads(said)
        return found

    return ended


def touched_meanwhile(folder: DataFolder, box: Path) -> Report:
    """One file vanishes before it is read, one is saved anew after, one is half copied."""
    names = ("good", "gone", "resaved", "half")
    paths = {name: box / f"{name}.xlsx" for name in names}
    for number, path in enumerate(paths.values()):
        monthly(path, (EAST, 910 + number, 300, 10.5), (WEST, 800, 200, 50.5))
    whole = paths["half"].read_bytes()
    paths["half"].write_bytes(whole[: len(whole) // 2])

    def meddle(step: str, done: int, total: int) -> None:
        if step == "read" and not done:
            paths["gone"].unlink(missing_ok=True)
        if step == "validate" and not done:
            monthly(paths["resaved"], (EAST, 999, 300, 10.5), (WEST, 800, 200, 50.5))

    report = started(folder, list(paths.values()), meddle)()
    paths["half"].write_bytes(whole)
    return report


def main() -> None:
    """Runs all, in the order in which a test looks at them."""
    root = Path(sys.argv[1])
    folder, box = DataFolder(root / "data"), root / "box"
    register(box / "register.xlsx")
    inbox, upload = box / "inbox" / "a.xlsx", box / "upload" / "b.xlsx"
    monthly(inbox, (EAST, 900, 300, 10.5), (WEST, 800, 200, 50.5))
    upload.parent.mkdir()
    shutil.copyfile(inbox, upload)
    told: dict[str, Any] = {"register": started(folder, [box / "register.xlsx"])()}
    both = [started(folder, [path]) for path in (inbox, upload)]
    told["twice"] = [ended() for ended in both]
    told["touched"] = touched_meanwhile(folder, box)
    told["again"] = started(folder, [box / "half.xlsx", box / "resaved.xlsx"])()
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
