"""A few dozen of the kills of `make kills`, at every step at least once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.kills import STEPS

KILLS = 50


def test_nothing_is_lost_doubled_or_half() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.faults.kills", str(KILLS), "5"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=900)
    told = json.loads(done.stdout)
    assert {k: told[k] for k in ("lost", "doubled", "half", "unsound")} == {
        "lost": 0, "doubled": 0, "half": 0, "unsound": 0,
    }, told["said"]  # fmt: skip
    assert done.returncode == 0 and told["kills"] == KILLS and told["in_turn"] >= 5
    reached = {name.partition(", ")[2] for name in told["where"]}
    assert reached >= {*STEPS, "durable call", "random instant"}
