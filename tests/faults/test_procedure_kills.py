"""An act of a procedure is on record and in its row, or neither, wherever the process dies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.procedure_kills import ACTS

STATEMENTS = 4  # of an act at least: begin, record, row, commit


def test_an_act_is_there_whole_or_not_at_all() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.faults.procedure_kills"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=900)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert told["said"] == [] and done.returncode == 0
    assert told["kills"] == told["whole"] + told["none"]
    assert set(told["acts"]) == set(ACTS) and min(told["acts"].values()) >= STATEMENTS
