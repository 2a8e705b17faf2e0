"""What the command makes is for its owner alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import file_modes


@pytest.fixture
def mask() -> Iterator[None]:
    """The mask of the test process, put back."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _modes(root: Path) -> set[int]:
    return {p.stat().st_mode & 0o777 for p in (root, *root.rglob("*")) if not p.is_symlink()}


def test_the_folder_of_an_office_is_closed_to_others(tmp_path: Path) -> None:
    """Made by the command itself, from a shell that lets everybody read."""
    environment = {k: v for k, v in os.environ.items() if k != file_modes.VARIABLE}
    command = [sys.executable, "-m", "pipeline", "--data", "office/own", "account", "init"]
    (tmp_path / "office/own").mkdir(parents=True, mode=0o700)
    cheap = "passwords: {argon2: {time_cost: 1, memory_kib: 8, parallelism: 1}}\n"
    (tmp_path / "office/own/signin.yaml").write_text(cheap, "utf-8")
    (tmp_path / "office/own/signin.yaml").chmod(0o600)
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, umask=0o022,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = _modes(tmp_path / "office/own")
    assert (tmp_path / "office/own/office.sqlite").is_file()
    assert made <= {0o600, 0o700}, made


@pytest.mark.parametrize("told", ["0022", "0", "7", "0777", "-1", "0o77x", "八"])
def test_a_mask_that_lets_everybody_read_is_refused_in_a_sentence(
    mask: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], told: str
) -> None:
    monkeypatch.setenv(file_modes.VARIABLE, told)
    if told == "7":  # nobody else, but the group may write: as an office likes
        file_modes.keep_private()
        assert file_modes.of_a_new_file() == 0o660
        return
    with pytest.raises(SystemExit, match="2"):
        file_modes.keep_private()
    said = capsys.readouterr().err
    assert "0077" in said and "owner alone" in said


def test_without_a_word_it_is_for_the_owner(mask: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(file_modes.VARIABLE, raising=False)
    file_modes.keep_private()
    assert file_modes.of_a_new_file() == 0o600
