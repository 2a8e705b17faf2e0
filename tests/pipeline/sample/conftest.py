from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.sample.build import write_sample
from pipeline.sample.options import Options

# The smallest province in which every fault and every messy way has a place.
SMALL = Options(branches=24, months=18, rounds=6, seed=7)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample")
    write_sample(root, SMALL)
    return root


@pytest.fixture(scope="session")
def truth(sample: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((sample / "truth.json").read_text("utf-8"))
    return told
