"""A data folder with a publication and somebody of every role."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.folders import DataFolder

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
PASSWORD = "Fenghuang-71-lu"
NODES = {"city": "0101", "branch": "01010101"}


def _people() -> ModuleType:
    """The people of the browser tests, whatever the import mode of the run."""
    name = "mingcha_people"
    if name not in sys.modules:
        path = HERE.parents[1] / "browser" / "people.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def people() -> ModuleType:
    return _people()


@pytest.fixture(scope="session")
def peopled(
    tmp_path_factory: pytest.TempPathFactory, province: ModuleType, people: ModuleType
) -> Path:
    """Made once, for copies: a publication, a branch head `lidong`, a clerk `wanghong`."""
    root = tmp_path_factory.mktemp("peopled")
    province.build(root)
    people.person(root, "lidong", "branch", "01010101", "李东")
    people.person(root, "wanghong", "office")
    province.on_record(root)
    return root


@pytest.fixture
def folder(tmp_path: Path, peopled: Path) -> Path:
    """A copy of that folder, for one test."""
    shutil.copytree(peopled, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def office(folder: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """The folder, as the server's own; a branch head `lidong` and a clerk `wanghong`."""
    monkeypatch.setenv("MINGCHA_DATA", str(folder))
    monkeypatch.setenv("MINGCHA_SERVE_DEMO", "0")
    monkeypatch.setenv("MINGCHA_SERVE_HOST", "127.0.0.1")
    from dashboards.signin import at_address

    at_address.forget()
    return DataFolder(folder)
