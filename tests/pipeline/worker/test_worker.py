"""A real server with its worker: work handed over, cancelled, and taken up after kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import pipeline
from pipeline.commands import watch
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, jobs, uploads
from pipeline.processes import lives
from pipeline.worker.presence import Presence, present
from pipeline.worker.process import Worker

ROOT = Path(pipeline.__file__).parents[1]
# Not warmed up: what is tested is who does the work, and each start is one of many.
ENVIRONMENT = os.environ | {"MINGCHA_WORKER_COLD": "1", "PYTHONPATH": str(ROOT)}
_KEEP = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from pipeline.folders import DataFolder\n"
    "from pipeline.worker.supervisor import Supervisor\n"
    "supervisor = Supervisor(DataFolder(Path(sys.argv[1])))\n"
    "supervisor.start()\n"
    "sys.stdin.read()\n"
    "supervisor.stop()\n"
)
REGISTER = "网点代码,网点名称,机构层级,上级机构代码\n37,样省,省行,\n{code},样行,网点,37\n"


def until(true: Callable[[], Any], seconds: float = 90) -> Any:
    """What `true` gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def ready(folder: DataFolder, other_than: int = 0) -> Presence | None:
    """The worker, if it is up and not the one of that number."""
    found = present(folder)
    return found if found and found.state != "starting" and found.pid != other_than else None


@contextmanager
def served(folder: DataFolder) -> Iterator[subprocess.Popen[bytes]]:
    """A process that owns a worker, as the server does."""
    command = [sys.executable, "-c", _KEEP, str(folder.root)]
    keeper = subprocess.Popen(command, stdin=subprocess.PIPE, env=ENVIRONMENT)
    try:
        until(lambda: ready(folder))
        yield keeper
    finally:
        keeper.kill()
        keeper.communicate()
        until(lambda: present(folder) is None, 30)


def asked(folder: DataFolder, *words: str, cwd: Path) -> subprocess.Popen[str]:
    """`mingcha …` begun."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "--data", str(folder.root), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=ENVIRONMENT,
    )


def work(folder: DataFolder) -> list[jobs.Job]:
    """All jobs there ever were, in order."""
    with Office.open(folder) as office:
        ids = [row[0] for row in office.connection.execute("SELECT id FROM work ORDER BY id")]
        return [j for id in ids if (j := jobs.job(office.connection, id))]


def last_is_at(folder: DataFolder, step: str) -> bool:
    found = work(folder)
    return bool(found) and (found[-1].state, found[-1].step) == ("running", step)


def taken(folder: DataFolder) -> list[str]:
    """Names of the uploads that were sealed."""
    with Office.open(folder) as office:
        return sorted(u["name"] for u in uploads.listed(office.connection))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder, served, and a working folder beside it."""
    made = tmp_path_factory.mktemp("served")
    folder = DataFolder(made / "data")
    with served(folder) as keeper:
        assert keeper.poll() is None
        yield made


def sheet(place: Path, name: str, code: str) -> str:
    (place / name).write_text(REGISTER.format(code=code), "utf-8")
    return name


@contextmanager
def stores_held(folder: DataFolder) -> Iterator[None]:
    """Whoever wants to write waits at the step `validate`."""
    with FileLock(folder.lock):
        yield


def test_a_killed_worker_is_replaced_and_its_job_done_again(place: Path) -> None:
    folder = DataFolder(place / "data")
    first = until(lambda: ready(folder))
    with stores_held(folder):
        command = asked(folder, "ingest", sheet(place, "a.csv", "3701"), "--json", cwd=place)
        until(lambda: last_is_at(folder, "validate"))
        os.kill(first.pid, signal.SIGKILL)
        assert until(lambda: ready(folder, other_than=first.pid)).pid != first.pid
    out, err = command.communicate(timeout=120)
    assert (command.returncode, err) == (0, "")
    (entry,) = json.loads(out)["files"]
    # By the path as given, though the worker has another working folder.
    assert (entry["file"], entry["status"], entry["rows"]) == ("a.csv", "accepted", 2)
    assert [(j.state, j.tries) for j in work(folder)] == [("done", 2)]
    assert taken(folder) == ["a.csv"]


def test_ctrl_c_cancels_what_is_not_being_stored(place: Path) -> None:
    folder = DataFolder(place / "data")
    before = taken(folder)
    with stores_held(folder):
        command = asked(folder, "ingest", sheet(place, "b.csv", "3702"), "--json", cwd=place)
        until(lambda: last_is_at(folder, "validate"))
        command.send_signal(signal.SIGINT)
        until(lambda: work(folder)[-1].cancel)
    out, err = command.communicate(timeout=120)
    assert (command.returncode, out) == (130, "")
    assert "已取消" in err and "Traceback" not in err
    assert work(folder)[-1].state == "cancelled"
    assert taken(folder) == before


def test_the_inbox_hands_over_too(place: Path) -> None:
    folder = DataFolder(place / "data")
    folder.inbox.mkdir(exist_ok=True)
    sheet(folder.inbox, "c.csv", "3703")
    (folder.inbox / "strange.csv").write_text("甲,乙\n1,2\n", "utf-8")
    command = asked(folder, "watch", "--once", "--stable", "0.2", cwd=place)
    out, err = command.communicate(timeout=120)
    assert (command.returncode, err) == (1, "")  # one was returned
    assert len(out.splitlines()) == 2
    assert "c.csv：已接收 → archive/" in out and "strange.csv：退回" in out
    assert work(folder)[-1].state == "done"
    assert "c.csv" in taken(folder)
    left = sorted(p.name for p in folder.inbox.rglob("*.csv"))
    assert left == ["c.csv", "strange.csv"]
    assert not (folder.inbox / "c.csv").exists()


def test_a_job_that_kills_its_worker_twice_is_given_up(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with served(folder):
        with stores_held(folder):
            command = asked(folder, "ingest", sheet(tmp_path, "a.csv", "3701"), cwd=tmp_path)
            for tries in (1, 2):
                until(lambda: last_is_at(folder, "validate"))
                assert work(folder)[-1].tries == tries
                os.kill(until(lambda: ready(folder)).pid, signal.SIGKILL)
                until(lambda tries=tries: work(folder)[-1].tries > tries or tries == 2)
        out, err = command.communicate(timeout=120)
        assert (command.returncode, out) == (4, "")
        assert "接连中断" in err
        assert until(lambda: ready(folder)).state == "ready"  # for whoever comes next
    assert taken(folder) == []


def test_the_worker_ends_with_its_parent(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with served(folder) as keeper:
        found = until(lambda: ready(folder))
        keeper.kill()
        keeper.wait()
        until(lambda: not lives(found.pid, found.born), 20)
    assert not folder.worker.exists()


def test_two_servers_have_one_worker_between_them(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with served(folder):
        one = until(lambda: ready(folder))
        second = [sys.executable, "-m", "pipeline.worker", str(folder.root)]
        ran = subprocess.run(second, stdin=subprocess.PIPE, env=ENVIRONMENT, timeout=60)
        assert ran.returncode == 5
        found = present(folder)
        assert found is not None and found.pid == one.pid


def test_watch_stops_cleanly(tmp_path: Path) -> None:
    command = asked(DataFolder(tmp_path / "data"), "watch", cwd=tmp_path)
    assert command.stdout
    assert "守候" in command.stdout.readline()
    command.send_signal(signal.SIGTERM)
    out, err = command.communicate(timeout=30)
    assert (command.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("named", [".", "data", "data/archive/ab", "data/spool"])
def test_the_data_folder_is_no_inbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    (tmp_path / "data" / "archive" / "ab").mkdir(parents=True)
    (tmp_path / "data" / "spool").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Fault, match="不能作收件箱") as told:
        watch._inbox(DataFolder(tmp_path / "data"), Path(named))
    assert told.value.status == 2


def test_an_inbox_must_be_there_unless_it_is_the_office_s_own(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(Fault, match="没有这个目录"):
        watch._inbox(folder, tmp_path / "nowhere")
    assert watch._inbox(folder, None) == folder.inbox
    assert folder.inbox.is_dir()


def test_a_worker_that_has_grown_too_large_leaves_its_jobs_to_the_next(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with Office.open(folder) as office:
        with office.transaction() as connection:
            number = jobs.enqueue(connection, "ingest", {"paths": []}, "office", "zh")
        Worker(folder, office, threading.Event(), tired=lambda: True).run()
        waiting = jobs.job(office.connection, number)
    assert waiting is not None and waiting.state == "queued"
