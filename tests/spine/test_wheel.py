"""The same from the built wheel, in an empty folder, without the checkout."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SMALL = ["--branches", "8", "--months", "3", "--rounds", "1", "--seed", "5"]


@dataclass(frozen=True)
class Installed:
    """`mingcha`: the command of the installed wheel. `cwd`: an empty folder to work in."""

    python: Path
    mingcha: Path
    site: Path
    cwd: Path

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Standard output of the installed command, which must end with `expect`."""
        done = self._run([str(self.mingcha), *arguments])
        assert done.returncode == expect, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def evaluate(self, expression: str) -> str:
        done = self._run([str(self.python), "-c", f"print({expression})"])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        own = ("PYTHONPATH", "MINGCHA_DATA", "PYTHONHOME", "VIRTUAL_ENV")
        environment = {k: v for k, v in os.environ.items() if k not in own}
        return subprocess.run(
            command, cwd=self.cwd, env=environment, capture_output=True, text=True, timeout=300
        )


def built(target: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (wheel,) = target.glob("mingcha-*.whl")
    return wheel


def lend_dependencies(packages: Path) -> None:
    """Our own installed packages as seen from `packages`, but for what is linked to the checkout.

    A directory named in a .pth is put on the path; the .pth files that lie in it are not read, so
    an editable installation of this project stays unseen.
    """
    there = dict.fromkeys([sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]])
    (packages / "dependencies.pth").write_text("\n".join(there) + "\n", "utf-8")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own, as `pip install` makes it."""
    root = tmp_path_factory.mktemp("wheel")
    wheel = built(root)
    venv.create(root / "env", with_pip=True)
    python = root / "env" / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    done = subprocess.run([*command, str(wheel)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (packages,) = (root / "env" / "lib").glob("python*/site-packages")
    lend_dependencies(packages)
    (root / "work").mkdir()
    return Installed(python, root / "env" / "bin" / "mingcha", packages, root / "work")


def test_it_runs_from_the_wheel_and_not_from_the_checkout(installed: Installed) -> None:
    for package in ("pipeline", "audits", "dashboards"):
        where = Path(installed.evaluate(f"__import__({package!r}).__file__"))
        assert where.is_relative_to(installed.site), where
    path = installed.evaluate("'\\n'.join(__import__('sys').path)").splitlines()
    assert str(ROOT) not in path
    assert site.getsitepackages()[0] in path  # the dependencies are those we are tested with


def test_the_whole_way_in_an_empty_folder(installed: Installed) -> None:
    """One story, in the order in which a clerk does it; every file lies in ./data-mingcha."""
    installed.run("sample", "sheets", *SMALL)
    taken = json.loads(installed.run("ingest", "sheets", "--json", expect=1))
    assert taken["counts"]["accepted"] > 20
    published = json.loads(installed.run("publish", "--period", "2026Q3", "--json"))
    assert published["counts"]["branches"] == 8
    explain(installed, figure(installed))
    installed.run("report", "--period", "2026Q3", "-o", "documents")
    made = {p.name for p in (installed.cwd / "documents").iterdir()}
    assert made == {
        f"{document}-2026Q3-r1.{format}"
        for document in ("circular", "express", "hq", "fairness")
        for format in ("docx", "pdf", "xlsx")
    }
    installed.run("verify")
    assert {p.name for p in installed.cwd.iterdir()} == {"sheets", "documents", "data-mingcha"}


def figure(installed: Installed) -> dict[str, Any]:
    """A published figure of one branch."""
    asked = ("metrics", "--period", "2026Q3", "--metric", "identification_rate")
    rows: list[dict[str, Any]] = json.loads(installed.run(*asked, "--format", "json"))
    return next(r for r in rows if r["level"] == "branch" and r["status"] == "ok")


def explain(installed: Installed, row: dict[str, Any]) -> None:
    asked = (row["metric"], "--scope", row["scope"], "--period", row["period"])
    said = json.loads(installed.run("explain", *asked, "--json"))
    assert said["value"] == row["value"]
    cells = [c for part in said["components"] for r in part["rows"] for c in r["cells"]]
    assert cells
    for cell in cells:
        assert list((installed.cwd / "data-mingcha" / "archive").rglob(f"{cell['sha256']}.*"))
