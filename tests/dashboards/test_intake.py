"""Uploads: names, sizes, the spool, the worker's answer and its failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboards import intake
from pipeline.folders import DataFolder
from pipeline.office import Office, jobs


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


@pytest.fixture
def sent(tmp_path: Path) -> intake.Job:
    """Two files of the same name in the queue of a fresh data folder."""
    folder = DataFolder(tmp_path / "data")
    return intake.start(folder, "en", [("../a.xlsx", b"1"), ("a.xlsx", b"2")])


def _claimed(job: intake.Job) -> jobs.Job:
    with Office.open(job.folder) as office, office.transaction() as connection:
        claimed = jobs.claim(connection)
    assert claimed is not None
    return claimed


def _end(job: intake.Job, end: Callable[..., None], *words: Any) -> intake.Outcome:
    """What the page says after the worker took the job and ended it so."""
    _claimed(job)
    with Office.open(job.folder) as office, office.transaction() as connection:
        end(connection, job.id, *words)
    assert job.progress() is None
    return intake.finished(job)


def test_what_was_sent_waits_in_the_spool_for_the_worker(sent: intake.Job) -> None:
    assert sent.progress() == intake.Progress(intake.QUEUE, 0, 0)
    claimed = _claimed(sent)
    assert (claimed.task, claimed.actor, claimed.lang) == ("ingest", "office", "en")
    paths = [Path(p) for p in claimed.request["paths"]]
    assert [p.read_bytes() for p in paths] == [b"1", b"2"]
    assert all(p.is_absolute() and p.is_relative_to(sent.folder.spool) for p in paths)
    assert all(p.is_relative_to(claimed.request["room"]) for p in paths)
    assert sent.progress() == intake.Progress("start", 0, 2)


def test_the_answer_of_the_worker_comes_with_shown_names(sent: intake.Job) -> None:
    lie = [f"{sent.room}/0000/a.xlsx", f"{sent.room}/0001/a.xlsx/in/b.csv"]
    files = [{"file": path, "status": "refused", "findings": []} for path in lie]
    outcome = _end(sent, jobs.finish, {"files": files, "counts": {}}, 1)
    assert (outcome.failed, outcome.sentence) == (None, None)
    assert [f["name"] for f in outcome.files] == ["a.xlsx", "a.xlsx/in/b.csv"]
    assert not sent.room.exists()  # nothing of a stranger stays behind


def test_a_job_that_failed_says_its_sentence(sent: intake.Job) -> None:
    outcome = _end(sent, jobs.fail, "磁盘满", "disk full", 4)
    assert (outcome.files, outcome.sentence) == ([], ("磁盘满", "disk full"))


def test_a_busy_store_is_the_sentence_of_the_page(sent: intake.Job) -> None:
    outcome = _end(sent, jobs.fail, "忙", "busy", 3)
    assert (outcome.failed, outcome.sentence) == ("upload.busy", None)


def test_cancelled_before_it_was_taken_nothing_stays(sent: intake.Job) -> None:
    sent.cancel()
    assert sent.progress() is None
    assert intake.finished(sent) == intake.Outcome([], "upload.cancelled")
    assert not sent.room.exists()
    with Office.open(sent.folder) as office:
        assert jobs.claim(office.connection) is None


def test_without_a_worker_an_upload_is_given_up(
    sent: intake.Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent.worker_seen -= 85
    assert sent.progress() is not None
    sent.worker_seen -= 10  # 95 s: longer than anybody is asked to wait
    assert sent.progress() is None
    assert intake.finished(sent) == intake.Outcome([], "upload.no_worker")


def test_an_upload_that_does_not_fit_the_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        intake.start(DataFolder(tmp_path), "zh", [("a.xlsx", b"1")])
    assert list((tmp_path / "spool").iterdir()) == []


def test_progress_is_what_the_worker_noted_last(sent: intake.Job) -> None:
    _claimed(sent)
    with Office.open(sent.folder) as office, office.transaction() as connection:
        jobs.beat(connection, sent.id, "read", 1, 2)
    told = sent.progress()
    assert told == intake.Progress("read", 1, 2)
    assert [told.has_read(i) for i in range(2)] == [True, False]
    # start and read are stages 0 and 1 of six: (1 + 1/2) / 6
    assert told.share() == pytest.approx(0.25)
    assert intake.Progress("commit", 0, 0).has_read(1)
    assert intake.Progress("return", 9, 2).share() == 1.0
    assert intake.Progress(intake.QUEUE, 0, 4).share() == 0


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
