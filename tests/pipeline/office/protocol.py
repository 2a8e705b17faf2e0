"""A hand-made group of workbooks, committed by the real protocol; killed at a named step.

As a script: `protocol.py DATA FILES STEP` commits every file of FILES and dies at STEP.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipeline.commit import Group, Incoming, commit
from pipeline.folders import DataFolder
from pipeline.office.uploads import Upload
from pipeline.stores import open_stores
from pipeline.warehouse.schema import SOURCE, FactTable

TABLES = {
    t.id: t
    for t in (
        FactTable(
            "performance",
            SOURCE | {"branch_code": "VARCHAR", "month": "VARCHAR", "aum": "DECIMAL(18,2)"},
            ("branch_code", "month"),
        ),
        FactTable(
            "visit", SOURCE | {"visit_id": "VARCHAR", "shopper_id": "VARCHAR"}, ("visit_id",)
        ),
        FactTable(
            "answer",
            SOURCE | {"visit_id": "VARCHAR", "encounter": "INTEGER", "item_id": "VARCHAR"},
            ("visit_id", "encounter", "item_id"),
        ),
        FactTable(
            "quarantine",
            SOURCE | {"kind": "VARCHAR", "branch_code": "VARCHAR", "period": "VARCHAR"},
            ("kind", "branch_code", "period"),
        ),
        FactTable("edition", {"edition": "VARCHAR"}, ("edition",)),
    )
}
ROWS = 3  # performance rows of each workbook


def upload(path: Path, status: str = "accepted", planned: dict[str, int] | None = None) -> Upload:
    """The upload of a monthly sheet called `path`."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    plan = {"performance": ROWS} if planned is None else planned
    return Upload(sha256, "xlsx", path.name, "performance", "2026-09", status, ROWS, planned=plan)


def rows(file: int, branch: str, aum: str = "1.10") -> pl.DataFrame:
    """ROWS performance rows: branch `<branch>1` … of 2026-09."""
    return pl.DataFrame(
        {
            "file": [file] * ROWS,
            "sheet": ["业绩"] * ROWS,
            "row": list(range(4, 4 + ROWS)),
            "branch_code": [f"{branch}{n}" for n in range(1, ROWS + 1)],
            "month": ["2026-09"] * ROWS,
            "aum": [Decimal(aum)] * ROWS,
        },
        schema_overrides={"file": pl.UInt32, "aum": pl.Decimal(18, 2)},
    )


def group(paths: list[Path]) -> Group:
    """One accepted workbook per path with ROWS rows each."""
    incoming = [Incoming(n, p, upload(p)) for n, p in enumerate(paths)]
    frames = [rows(n, f"0{n}") for n in range(len(paths))]
    return Group(incoming, {"performance": pl.concat(frames)})


def main() -> None:
    """Commits and dies."""
    data, files, step = sys.argv[1:]

    def die(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_stores(DataFolder(Path(data)), tables=TABLES) as stores:
        commit(stores, group(sorted(Path(files).iterdir())), "office", die)


if __name__ == "__main__":
    main()
