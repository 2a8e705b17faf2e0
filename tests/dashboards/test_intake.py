"""Uploads: names, sizes, the child's answer and its failures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboards import intake
from pipeline.folders import DataFolder


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("业绩报表 2026-09.xlsx", "业绩报表 2026-09.xlsx"),
        ("../../etc/passwd.xlsx", "passwd.xlsx"),
        ("C:\\tmp\\..\\a.xls", "a.xls"),
        ("/abs/路径/b.csv", "b.csv"),
        ("x\x00y.xlsx", "xy.xlsx"),
        ("a\u202excod.xlsx", "axcod.xlsx"),  # right-to-left override
        ("line\nbreak\t.zip", "linebreak.zip"),
        ("..", "file"),
        ("", "file"),
        (".xlsx", "xlsx"),
    ],
)
def test_a_name_loses_paths_and_marks(sent: str, kept: str) -> None:
    assert intake.safe_name(sent) == kept


def test_a_long_name_fits_the_disk_and_keeps_its_suffix() -> None:
    name = intake.safe_name("网" * 300 + ".xlsx")
    assert len(name.encode()) <= 130
    assert name.endswith(".xlsx")
    assert "\ufffd" not in name


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        ("a.xlsx", 10, None),
        ("A.XLSX", 10, None),
        ("a.et", 10, None),  # the pipeline tells the cure
        ("a.exe", 10, "upload.refused_type"),
        ("a", 10, "upload.refused_type"),
        ("a.xlsx.html", 10, "upload.refused_type"),
        ("a.xlsx/../b.sh", 10, "upload.refused_type"),
        ("a.xlsx", 0, "upload.refused_empty"),
        ("a.xlsx", intake.LARGEST, None),
        ("a.xlsx", intake.LARGEST + 1, "upload.refused_size"),
    ],
)
def test_what_is_refused_at_the_door(name: str, size: int, why: str | None) -> None:
    assert intake.refusal(name, size) == why


def _child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Puts a child in the place of the pipeline's that runs `code` with the paths in `paths`."""

    def spawn(folder: Any, lang: str, room: Path, paths: Any) -> subprocess.Popen[bytes]:
        script = "import sys, json\npaths = sys.argv[1:]\n" + code
        with (room / "stdout").open("wb") as out, (room / "stderr").open("wb") as err:
            return subprocess.Popen(
                [sys.executable, "-c", script, *map(str, paths)], stdout=out, stderr=err
            )

    monkeypatch.setattr(intake, "_spawn", spawn)


_ONE = {"file": "", "status": "refused", "findings": [], "returned": None}


def test_the_answer_of_the_child_comes_with_shown_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _child(
        monkeypatch,
        "files = [{'file': p, 'status': 'refused', 'findings': []} for p in paths]\n"
        "print(json.dumps({'files': files, 'counts': {}})); sys.exit(1)",
    )
    job = intake.start(DataFolder(tmp_path), "zh", [("../a.xlsx", b"1"), ("a.xlsx", b"2")])
    outcome = intake.finished(job)
    assert outcome.failed is None
    assert [f["name"] for f in outcome.files] == ["a.xlsx", "a.xlsx"]
    assert not job.room.exists()  # nothing of a stranger stays behind


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sys.exit(3)", "upload.busy"),
        ("sys.exit(4)", "upload.environment"),
        ("sys.exit(0)", "upload.failed"),  # nothing said
        ("print('{'); sys.exit(0)", "upload.failed"),
        ("print('[]'); sys.exit(0)", "upload.failed"),
        ("print('{\"files\": 3}'); sys.exit(1)", "upload.failed"),
        ("raise ValueError('secret')", "upload.failed"),
        ("import os; os.kill(os.getpid(), 9)", "upload.failed"),
    ],
)
def test_a_child_that_fails_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, said: str
) -> None:
    _child(monkeypatch, code)
    outcome = intake.finished(intake.start(DataFolder(tmp_path), "zh", [("a.xlsx", b"1")]))
    assert (outcome.files, outcome.failed) == ([], said)


def test_progress_is_the_last_line_the_child_said(tmp_path: Path) -> None:
    job = SimpleNamespace(room=tmp_path, names=["a", "b"])
    told = intake.Job.progress(job)  # type: ignore[arg-type]
    assert told == intake.Progress("start", 0, 2)
    lines = ['{"stage": "read", "done": 1, "total": 2}', "noise", '{"stage": "validate", ']
    (tmp_path / "stderr").write_text("\n".join(lines), "utf-8")
    told = intake.Job.progress(job)  # type: ignore[arg-type]
    assert told == intake.Progress("read", 1, 2)
    assert [told.has_read(i) for i in range(2)] == [True, False]
    # start and read are stages 0 and 1 of six: (1 + 1/2) / 6
    assert told.share() == pytest.approx(0.25)
    assert intake.Progress("commit", 0, 0).has_read(1)
    assert intake.Progress("return", 9, 2).share() == 1.0


@pytest.mark.parametrize("named", ["returned/2026-09-01/a.xlsx", "2026-09-01/a.xlsx"])
def test_a_returned_workbook_is_found(tmp_path: Path, named: str) -> None:
    there = tmp_path / "returned" / "2026-09-01" / "a.xlsx"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"PK")
    assert intake.returned_workbook(DataFolder(tmp_path), named) == there.resolve()
    assert intake.returned_workbook(DataFolder(tmp_path), str(there)) == there.resolve()


@pytest.mark.parametrize(
    "named", [None, "", 3, "office.sqlite", "returned/../office.sqlite", "/etc/passwd", "returned"]
)
def test_nothing_else_is_ever_given_back(tmp_path: Path, named: object) -> None:
    (tmp_path / "returned").mkdir()
    (tmp_path / "office.sqlite").write_bytes(b"x")
    (tmp_path / "returned" / "link.xlsx").symlink_to(tmp_path / "office.sqlite")
    assert intake.returned_workbook(DataFolder(tmp_path), named) is None
    assert intake.returned_workbook(DataFolder(tmp_path), "returned/link.xlsx") is None


def test_the_server_never_imports_the_slow_checking_library() -> None:
    code = (
        "import sys\n"
        "from dashboards.server import create\n"
        "from dashboards.views import views\n"
        "create(); views()\n"
        "import dashboards.app, dashboards.origin\n"
        "print([m for m in ('great_expectations', 'pyspark') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip().splitlines()[-1:] == ["[]"], ran.stderr


def test_the_documented_outcome_keeps_its_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _child(monkeypatch, f"print(json.dumps({{'files': [json.loads('{json.dumps(_ONE)}')]}}))")
    outcome = intake.finished(intake.start(DataFolder(tmp_path), "zh", [("a.xlsx", b"1")]))
    assert set(outcome.files[0]) == {*_ONE, "name"}


def test_the_real_child_refuses_a_stranger_with_its_sentence(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    job = intake.start(folder, "zh", [("../怪表.csv", "甲,乙\n1,2\n".encode())])
    outcome = intake.finished(job)
    assert outcome.failed is None
    (entry,) = outcome.files
    assert (entry["name"], entry["status"]) == ("怪表.csv", "refused")
    assert entry["findings"][0]["zh"] and entry["findings"][0]["en"]
