"""Damaged, full, locked and read-only stores: a sentence each, and sound afterwards."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, database, ledger
from pipeline.stores import open_stores
from pipeline.verify import verify
from tests.faults.checking import Found, check
from tests.faults.world import ROWS, Batch, take_in

ROOT = Path(__file__).resolve().parents[2]
FIRST, SECOND = Batch(1, 2), Batch(2, 2)
# A victim in a process of its own: `fault.py DATA BOX WHAT`.
VICTIM = """
import os, resource, signal, sys
from pathlib import Path
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from tests.faults.world import Batch, take_in
folder, box, what = DataFolder(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3]
def at(step):
    if step == what:
        os.kill(os.getpid(), signal.SIGKILL)
if what.isdigit():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(what), int(what)))
try:
    take_in(folder, [Batch(2, 2)], box, at)
except Fault as fault:
    print(fault.status, fault.zh, fault.en)
"""


def nowhere(step: str) -> None:
    """Nothing happens at any step."""


def victim(folder: DataFolder, box: Path, what: str) -> subprocess.CompletedProcess[str]:
    SECOND.paths(box)
    command = [sys.executable, "-c", VICTIM, str(folder.root), str(box), what]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)


def whole(folder: DataFolder, box: Path) -> Found:
    """The first batch was acknowledged, the second is finished or sent again: what is wrong?"""
    return check(folder, box, [SECOND], FIRST.hashes(box), 0, deep=True)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "box"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with one batch in it; copied, never used itself."""
    root = tmp_path_factory.mktemp("begun")
    take_in(DataFolder(root / "data"), [FIRST], root / "box", nowhere)
    return root


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> DataFolder:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return DataFolder(tmp_path / "data")


def is_a_sentence(words: str) -> None:
    assert len(words) > 10 and "Traceback" not in words and "Error(" not in words, words


# --- no room, no permission ------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 4096, 16384, 70000])
def test_no_room_is_said_and_nothing_is_half(folder: DataFolder, box: Path, limit: int) -> None:
    """Files may not grow beyond `limit` bytes: the system refuses to write at ever later steps."""
    done = victim(folder, box, str(limit))
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert done.stdout.startswith("4 "), done.stdout
    is_a_sentence(done.stdout)
    assert "rebuild" not in done.stdout and "restore" not in done.stdout, "nothing is damaged"
    found = whole(folder, box)
    assert found.said == []


def test_a_place_where_nothing_can_be_written() -> None:
    with pytest.raises(Fault) as told, open_stores(DataFolder(Path("/proc/mingcha-data"))):
        pass
    assert told.value.status == 4
    is_a_sentence(told.value.zh)


READ_ONLY = """
import os, sys
from pathlib import Path
import tests.faults.kills
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from tests.faults.world import Batch, take_in
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    take_in(DataFolder(Path(sys.argv[1])), [Batch(2, 2)], Path(sys.argv[2]), lambda step: None)
except Fault as fault:
    print(fault.status, fault.zh, fault.en)
"""


def test_a_folder_that_may_only_be_read(folder: DataFolder, box: Path) -> None:
    SECOND.paths(box)
    for place in (folder.root, *folder.root.parents):
        if place.owner() == folder.root.owner() and place != Path(place.anchor):
            place.chmod(place.stat().st_mode | 0o055)
    for place in [folder.root, *folder.root.rglob("*")]:
        place.chmod(0o555 if place.is_dir() else 0o444)
    command = [sys.executable, "-c", READ_ONLY, str(folder.root), str(box)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    for place in [folder.root, *folder.root.rglob("*")]:
        place.chmod(0o755 if place.is_dir() else 0o644)
    assert done.stdout.startswith("4 "), done.stdout + done.stderr
    is_a_sentence(done.stdout)
    assert whole(folder, box).said == []


# --- logs that a crash or a disk has damaged ---------------------------------------------------


@pytest.fixture(scope="module")
def killed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Killed when all was sealed and the facts lay in the warehouse's log alone."""
    root = tmp_path_factory.mktemp("killed")
    shutil.copytree(begun, root, dirs_exist_ok=True)
    assert victim(DataFolder(root / "data"), root / "box", "sealed").returncode == -9
    assert (root / "data" / "warehouse.duckdb.wal").stat().st_size > 500
    return root


def damages(size: int) -> list[tuple[str, int]]:
    """Truncated, zeroed from there on, one bit turned: at places all over the log."""
    chance = random.Random(7)
    cuts = [("truncate", int(size * part)) for part in (0, 0.1, 0.35, 0.6, 0.85, 0.999)]
    zeros = [("zero", int(size * part)) for part in (0, 0.3, 0.7)]
    return cuts + zeros + [("flip", chance.randrange(size)) for _ in range(16)]


def damage(path: Path, how: str, at: int) -> None:
    data = bytearray(path.read_bytes())
    if how == "truncate":
        del data[at:]
    elif how == "zero":
        data[at:] = bytes(len(data) - at)
    else:
        data[at] ^= 1 << (at % 8)
    path.write_bytes(data)


def counted(folder: DataFolder) -> int:
    with open_stores(folder) as stores:
        return int(stores.warehouse.query("SELECT count(*) AS n FROM performance")["n"][0])


def test_a_damaged_log_of_the_warehouse_is_told_or_harmless(killed: Path, tmp_path: Path) -> None:
    """Never: it opens, and rows that were sealed are not there."""
    told = 0
    for number, (how, at) in enumerate(
        damages((killed / "data/warehouse.duckdb.wal").stat().st_size)
    ):
        folder = DataFolder(tmp_path / str(number) / "data")
        shutil.copytree(killed / "data", folder.root)
        damage(folder.root / "warehouse.duckdb.wal", how, at)
        verdict = verify(folder)
        try:
            rows = counted(folder)
        except Fault as fault:
            told += 1
            assert "rebuild" in fault.zh and not verdict.ok, (how, at, fault.zh)
        else:
            assert rows == (FIRST.files + SECOND.files) * ROWS and verdict.ok, (how, at, rows)
    assert told > number * 0.6


def test_a_lost_log_of_the_ledger_is_told(killed: Path, tmp_path: Path) -> None:
    """SQLite takes a truncated log for an older state; the warehouse remembers the newer head."""
    log = killed / "data" / "office.sqlite-wal"
    assert log.stat().st_size > 500
    folder = DataFolder(tmp_path / "data")
    shutil.copytree(killed / "data", folder.root)
    (folder.root / log.name).write_bytes(b"")
    assert not verify(folder).ok
    with pytest.raises(Fault, match=r"restore|rebuild"), open_stores(folder):
        pass


def test_a_page_of_the_ledger_overwritten_is_told(folder: DataFolder) -> None:
    data = bytearray(folder.office.read_bytes())
    for page in range(4096, len(data) - 4096, 8192):
        data[page : page + 4096] = os.urandom(4096)
    folder.office.write_bytes(data)
    verdict = verify(folder)
    assert not verdict.ok
    for problem in verdict.problems:
        is_a_sentence(problem.zh)


# --- clock, locks, others ----------------------------------------------------------------------


def test_a_clock_set_back_changes_nothing_and_is_noted(
    folder: DataFolder, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "now", lambda: "1999-12-31T23:59:59Z")
    take_in(folder, [SECOND], box, nowhere)
    monkeypatch.undo()
    verdict = verify(folder)
    assert verdict.ok
    (note,) = verdict.notes
    assert "1999-12-31" in note.zh and "1999-12-31" in note.en
    with open_stores(folder) as stores:
        assert stores.warehouse.live("performance").height == (FIRST.files + SECOND.files) * ROWS


def test_a_lock_left_behind_holds_nobody_up(folder: DataFolder, box: Path) -> None:
    folder.lock.write_text("4194304\n")
    os.utime(folder.lock, (0, 0))
    assert whole(folder, box).said == []


HOLDERS = {
    "office": "import sqlite3; c = sqlite3.connect(p + '/office.sqlite', isolation_level=None); "
    "c.execute('BEGIN EXCLUSIVE')",
    "warehouse": "import duckdb; c = duckdb.connect(p + '/warehouse.duckdb')",
    "lock": "import filelock; c = filelock.FileLock(p + '/.writer.lock'); c.acquire()",
}


@pytest.mark.parametrize("store", HOLDERS)
def test_a_store_that_another_process_holds(
    folder: DataFolder, box: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    held = f"import sys; p = sys.argv[1]; {HOLDERS[store]}; print('held', flush=True); input()"
    command = [sys.executable, "-c", held, str(folder.root)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(Fault) as told:
            if store == "office":  # its readers never wait, so it shows in the writing
                take_in(folder, [SECOND], box, nowhere)
            with open_stores(folder, timeout=0.2):
                pass
        other.communicate("\n")
    assert told.value.status == 3, told.value.zh
    is_a_sentence(told.value.zh)
    assert whole(folder, box).said == []


def test_the_command_line_says_busy(folder: DataFolder) -> None:
    """Exit 3 and one sentence, in either language."""
    held = f"import sys; p = sys.argv[1]; {HOLDERS['lock']}; print('held', flush=True); input()"
    holder = [sys.executable, "-c", held, str(folder.root)]
    with subprocess.Popen(holder, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        command = [sys.executable, "-m", "pipeline", "--data", str(folder.root), "verify"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
        other.communicate("\n")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "正在写入" in done.stderr + done.stdout and "Traceback" not in done.stderr


def test_the_ledger_is_not_waited_for_by_readers(folder: DataFolder) -> None:
    """Somebody in the middle of writing (WAL): a reader sees the state before."""
    with Office.open(folder) as office:
        before = office.head()
        other = sqlite3.connect(folder.office, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert office.head() == before
        other.execute("ROLLBACK")
        other.close()
