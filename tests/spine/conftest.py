"""One small province for all tests of this folder: sampled, ingested and published by command."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pipeline import lineage
from pipeline.__main__ import main
from pipeline.folders import DataFolder

SIZE = ["--branches", "24", "--months", "6", "--rounds", "2", "--seed", "3"]
PUBLISHED = ("2026Q3", "2026-09")


@dataclass(frozen=True)
class Province:
    """`sheets`: the sampled workbooks. `folder`: the data folder they were ingested into.

    `report`: the document of `ingest --json`. `truth`: truth.json. `published`: the documents of
    `publish --json`, by period. Shared: read it, never write into it.
    """

    sheets: Path
    folder: DataFolder
    report: dict[str, Any]
    truth: dict[str, Any]
    published: dict[str, dict[str, Any]]


def mingcha(
    root: Path, *arguments: str, expect: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Runs the command line on the data folder `root`; its exit status must be one of `expect`."""
    command = [sys.executable, "-m", "pipeline", "--data", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode in expect, done.stderr
    return done


def here(
    root: Path, *arguments: str, expect: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """The same by the entry point in this process: one of its own costs a second."""
    out, err = io.StringIO(), io.StringIO()
    command = ["mingcha", "--data", str(root), *arguments]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
    status = ended.value.code
    assert status in expect, err.getvalue()
    assert isinstance(status, int)
    return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())


def _make(root: Path) -> None:
    """Sample, ingest and publish below `root`; the documents printed are kept beside."""
    sheets, data = root / "sheets", root / "data"
    mingcha(data, "sample", str(sheets), *SIZE)
    # the sample contains workbooks that must be refused: exit status 1
    said = mingcha(data, "ingest", str(sheets), "--json", expect=(1,))
    (root / "ingest.json").write_text(said.stdout, "utf-8")
    for period in PUBLISHED:
        told = mingcha(data, "publish", "--period", period, "--json")
        (root / f"publish-{period}.json").write_text(told.stdout, "utf-8")


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """The province, made once per test run, also when several workers share the run."""
    base = tmp_path_factory.getbasetemp()
    shared = "PYTEST_XDIST_WORKER" in os.environ
    root = (base.parent if shared else base) / "spine"
    with FileLock(f"{root}.lock"):
        if not (root / "done").exists():
            root.mkdir()
            _make(root)
            (root / "done").touch()
    sheets = root / "sheets"
    published = {p: _load(root / f"publish-{p}.json") for p in PUBLISHED}
    folder = DataFolder(root / "data")
    return Province(
        sheets, folder, _load(root / "ingest.json"), _load(sheets / "truth.json"), published
    )


def made_once(patch: pytest.MonkeyPatch) -> None:
    """`explain` for one publication after another question: facts and marts are made once."""
    module, once = importlib.import_module("pipeline.explain"), dict[str, Any]()

    def first(name: str, make: Any) -> Any:
        return lambda *given, **more: once.setdefault(name, once.get(name) or make(*given, **more))

    for name in ("facts_of", "editions_of", "metrics", "world_of"):
        patch.setattr(module, name, first(name, getattr(module, name)))
    for name in ("World", "MartStore"):
        patch.setattr(lineage, name, first(name, getattr(lineage, name)))
    patch.setattr(importlib.import_module("pipeline.aggregate").MartStore, "close", bool)
