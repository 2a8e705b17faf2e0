"""Files touched while they are read, and the same file from inbox and upload at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.folders import DataFolder
from pipeline.verify import verify
from pipeline.warehouse.store import Warehouse

ROOT = Path(__file__).resolve().parents[2]
Told = dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    root = tmp_path_factory.mktemp("interference")
    command = [sys.executable, "-m", "tests.faults.interference", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return root, json.loads(done.stdout.splitlines()[-1])


def entries(report: Told) -> dict[str, Told]:
    return {Path(f["file"]).stem: f for f in report["files"]}


def test_one_file_from_two_sides_at_once_is_taken_once(told: tuple[Path, Told]) -> None:
    statuses = sorted(f["status"] for report in told[1]["twice"] for f in report["files"])
    assert statuses == ["accepted", "duplicate"]


def test_each_that_was_touched_gets_its_sentence(told: tuple[Path, Told]) -> None:
    found = entries(told[1]["touched"])
    assert {name: f["status"] for name, f in found.items()} == {
        "good": "warned", "gone": "refused", "resaved": "refused", "half": "refused",
    }  # fmt: skip
    rules = {n: {f["rule"] for f in e["findings"] if f["severity"] == "error"}
             for n, e in found.items()}  # fmt: skip
    # both tell of one month, and the other was changed only after it had been judged
    assert "month_overruled" in {f["rule"] for f in found["good"]["findings"]}
    assert "file_missing" in rules["gone"]
    assert "upload.changed" in rules["resaved"]
    assert "file_corrupt" in rules["half"]


def test_sent_again_they_are_taken(told: tuple[Path, Told]) -> None:
    found = entries(told[1]["again"])
    assert {f["status"] for f in found.values()} <= {"accepted", "warned"}


def test_nothing_is_doubled_and_all_agrees(told: tuple[Path, Told]) -> None:
    folder = DataFolder(told[0] / "data")
    verdict = verify(folder)
    assert verdict.problems == [] and verdict.notes == []
    with Warehouse.open(folder, read_only=True) as warehouse:
        live = warehouse.live("performance")
        loaded = warehouse.query(
            "SELECT count(DISTINCT upload_id) AS n, count(*) AS r FROM performance"
        )
    assert live.height == 2  # two branches, one month
    # once of the two, the good one, and the two that were sent again
    assert loaded.row(0) == (4, 8)
    assert set(live.get_column("served").to_list()) == {999, 800}  # resaved.xlsx came last
