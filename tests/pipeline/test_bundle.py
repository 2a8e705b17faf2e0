"""The bundle for machines without a network: what is in it, and its script."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pipeline import bundle

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
_IMPORT = re.compile(r"^\s*(?:import|from) (\w+)", re.MULTILINE)
_INFO = "mingcha-9.9.dist-info"


def wheel(folder: Path, requirements: list[str]) -> Path:
    """A small wheel by the name of mingcha, with a command."""
    path = folder / "mingcha-9.9-py3-none-any.whl"
    told = ["Metadata-Version: 2.1", "Name: mingcha", "Version: 9.9"]
    parts = {
        "tiny.py": "def main():\n    print('tiny')\n",
        f"{_INFO}/METADATA": "\n".join([*told, *(f"Requires-Dist: {r}" for r in requirements)]),
        f"{_INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{_INFO}/entry_points.txt": "[console_scripts]\nmingcha = tiny:main\n",
    }
    with zipfile.ZipFile(path, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text + "\n")
        made.writestr(f"{_INFO}/RECORD", "".join(f"{n},,\n" for n in [*parts, f"{_INFO}/RECORD"]))
    return path


def imported() -> set[str]:
    """Distributions that the code of the product imports, by its lines."""
    modules: set[str] = set()
    for package in ("audits", "pipeline", "dashboards"):
        for path in (ROOT / package).rglob("*.py"):
            modules |= set(_IMPORT.findall(path.read_text("utf-8")))
    owners = packages_distributions()
    foreign = {m for m in modules if m in owners} - {"audits", "pipeline", "dashboards"}
    return {re.sub(r"[-_.]+", "-", name).lower() for m in foreign for name in owners[m]}


def test_all_that_the_product_imports_is_in_it_and_nothing_of_the_tests(tmp_path: Path) -> None:
    needed = bundle.needed(wheel(tmp_path, DECLARED["project"]["dependencies"]))
    assert imported() <= needed
    assert needed.isdisjoint({"pytest", "playwright", "mypy", "hatchling", "ruff", "hypothesis"})
    kept = bundle.pinned(needed, LOCK)
    for name in sorted(imported()):
        entry = re.search(rf"(?m)^{re.escape(name)}==\S+.*(?:\n    --hash=sha256:\w+ ?\\?)+", kept)
        assert entry, name


def test_what_an_extra_asks_for_is_needed_too(tmp_path: Path) -> None:
    plain = bundle.needed(wheel(tmp_path, ["ibis-framework>=12"]))
    asked = bundle.needed(wheel(tmp_path, ["ibis-framework[duckdb]>=12 ; python_version > '3'"]))
    assert "duckdb" not in plain
    assert {"duckdb", "ibis-framework"} <= asked


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a wheel that needs nothing, so that nothing is fetched."""
    room = tmp_path_factory.mktemp("bundle")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "_fetch", lambda folder, env: None)
        made = bundle.write(wheel(room, []), room / "dist")
    with tarfile.open(made) as tar:
        assert {(m.uid, m.uname, m.mtime) for m in tar} == {(0, "", 0)}
    subprocess.run(["tar", "xf", made], cwd=room, check=True)  # as the README says
    return room / made.stem


def install(folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", folder / "install.sh", target], capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable})  # fmt: skip


def test_its_script_installs_without_a_network(unpacked: Path, tmp_path: Path) -> None:
    done = install(unpacked, tmp_path / "here")
    assert done.returncode == 0, done.stderr
    said = subprocess.run([tmp_path / "here" / "bin" / "mingcha"], capture_output=True, text=True)
    assert said.stdout == "tiny\n"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Python 3.", "Python 9.", "incomplete or was changed"),
        ('(uname -m)" = "', '(uname -m)" = "z80', "make it anew on such a machine"),
        ('[:2] != "3', '[:2] != "9', "is not Python"),
    ],
    ids=["changed", "machine", "python"],
)
def test_it_refuses_in_a_sentence_and_touches_nothing(
    unpacked: Path, tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    script = (unpacked / "install.sh").read_text("utf-8")
    assert old in script
    (unpacked / "install.sh").write_text(script.replace(old, new), "utf-8")
    try:
        done = install(unpacked, tmp_path / "here")
    finally:
        (unpacked / "install.sh").write_text(script, "utf-8")
    assert done.returncode == 4
    assert sentence in done.stderr
    assert not (tmp_path / "here").exists()
