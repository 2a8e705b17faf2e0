"""Ctrl-C at the very beginning, in processes of their own: the import it hits is given by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.interrupted import SAID, STOPPED

INTERRUPTED_AT = """
import runpy, sys
at, sys.argv = sys.argv[1], ["mingcha", *sys.argv[2:]]
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == at:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
runpy.run_module("pipeline", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("module", ["typer", "pipeline.commands.ingest"])
def test_ctrl_c_while_importing_is_no_traceback(module: str, tmp_path: Path) -> None:
    asked = [sys.executable, "-c", INTERRUPTED_AT, module, "--data", str(tmp_path), "verify"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode in (STOPPED, -2)  # -2: ended by the signal, which a shell tells as 130
    assert (done.stdout, done.stderr.strip()) == ("", SAID)
