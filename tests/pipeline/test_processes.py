"""Scratch places of processes that were killed do not stay; those of the living do."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline import processes

_HOLD = (
    "import sys, time\n"
    "from pipeline import processes\n"
    "place = processes.scratch(); place.mkdir(); (place / 'a.xlsx').write_text('x')\n"
    "print(place.parent, flush=True); sys.stdin.read()\n"
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _holder(temporary: Path) -> tuple[subprocess.Popen[str], Path]:
    held = subprocess.Popen(
        [sys.executable, "-c", _HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    assert held.stdout
    return held, Path(held.stdout.readline().strip())


def test_a_killed_process_is_swept_after_a_living_one_is_not(temporary: Path) -> None:
    held, place = _holder(temporary)
    try:
        assert (place.parent, place.stat().st_mode & 0o777) == (temporary, 0o700)
        assert processes.sweep() == 0
        assert (place / "0" / "a.xlsx").exists()
    finally:
        held.kill()
        held.communicate()
    assert processes.sweep() == 1
    assert not place.exists()


def test_an_ended_process_leaves_nothing(temporary: Path) -> None:
    held, place = _holder(temporary)
    held.communicate("", timeout=30)
    assert not place.exists()


def test_the_same_number_at_another_time_is_another_process(temporary: Path) -> None:
    own = processes.born(os.getpid())
    assert own is not None
    stale = temporary / f"mingcha-scratch-{os.getpid()}-{own - 1}-x"
    mine = temporary / f"mingcha-scratch-{os.getpid()}-{own}-x"
    for place in (stale, mine, temporary / "mingcha-scratch-notes"):
        place.mkdir()
    assert processes.sweep() == 1
    assert sorted(p.name for p in temporary.iterdir()) == [mine.name, "mingcha-scratch-notes"]


def test_a_link_of_that_name_is_not_followed(temporary: Path) -> None:
    precious = temporary / "precious"
    precious.mkdir()
    (temporary / "mingcha-scratch-999999999-1-x").symlink_to(precious)
    assert processes.sweep() == 0
    assert precious.is_dir()


def test_a_dead_child_not_yet_waited_for_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.read()  # it ends
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.born(child.pid) is None
    child.communicate()
