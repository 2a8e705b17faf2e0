"""Who does the work: the worker within reach, else this process; and who takes it back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, jobs
from pipeline.processes import born
from pipeline.worker import asking, presence
from pipeline.worker.presence import Presence
from pipeline.worker.tasks import Answer, Order

ORDER = Order("ingest", {"paths": ["/a.xlsx"]}, "office", "en")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """The orders that were carried out in this process, none of which does anything."""
    done: list[Order] = []

    def perform(folder: DataFolder, order: Order, moved: Any) -> Answer:
        done.append(order)
        return Answer({"here": True}, 0)

    monkeypatch.setattr(asking, "perform", perform)
    return done


def _worker(**other: Any) -> Presence:
    started = born(os.getpid())
    assert started is not None
    return replace(
        Presence(os.getpid(), started, os.getuid(), presence._mounts(), "ready"), **other
    )


def _in_office(folder: DataFolder, act: Callable[[Any], None]) -> None:
    with Office.open(folder) as office, office.transaction() as connection:
        act(connection)


def _when_asked(
    monkeypatch: pytest.MonkeyPatch, folder: DataFolder, act: Callable[[Any], None]
) -> None:
    """A worker that acts on the queue each time the asker waits."""
    monkeypatch.setattr(asking, "present", lambda folder: _worker())
    monkeypatch.setattr(asking.time, "sleep", lambda seconds: _in_office(folder, act))


def test_without_a_worker_it_is_done_here(tmp_path: Path, here: list[Order]) -> None:
    assert asking.carry_out(DataFolder(tmp_path), ORDER).result == {"here": True}
    assert here == [ORDER]
    assert not DataFolder(tmp_path).office.exists()


@pytest.mark.parametrize("other", [{"uid": -1}, {"mounts": "mnt:[1]"}])
def test_a_worker_that_may_not_see_our_files_is_not_asked(
    tmp_path: Path, here: list[Order], monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    monkeypatch.setattr(asking, "present", lambda folder: _worker(**other))
    asking.carry_out(DataFolder(tmp_path), ORDER)
    assert here == [ORDER]


def test_the_worker_answers(
    tmp_path: Path, here: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(connection: Any) -> None:
        claimed = jobs.claim(connection)
        assert claimed is not None
        assert (claimed.request, claimed.lang) == ({"paths": ["/a.xlsx"]}, "en")
        jobs.finish(connection, claimed.id, {"files": []}, 1)

    folder = DataFolder(tmp_path)
    _when_asked(monkeypatch, folder, work)
    said: list[tuple[str, int, int]] = []
    answer = asking.carry_out(folder, ORDER, lambda *words: said.append(words))
    assert (answer, here) == (Answer({"files": []}, 1), [])
    assert said == [("queue", 0, 0)]


def test_a_fault_of_the_worker_is_the_fault_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(connection: Any) -> None:
        claimed = jobs.claim(connection)
        assert claimed is not None
        jobs.fail(connection, claimed.id, "磁盘满", "disk full", 4)

    folder = DataFolder(tmp_path)
    _when_asked(monkeypatch, folder, work)
    with pytest.raises(Fault) as told:
        asking.carry_out(folder, ORDER)
    assert (told.value.zh, told.value.en, told.value.status) == ("磁盘满", "disk full", 4)


def test_a_worker_that_does_not_come_back_loses_the_job(
    tmp_path: Path, here: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path)
    _in_office(folder, lambda connection: None)
    seen = iter([_worker(), _worker()])  # when asked, and once more; then it has died
    monkeypatch.setattr(asking, "present", lambda folder: next(seen, None))
    monkeypatch.setattr(asking, "_PATIENCE", 0.0)
    monkeypatch.setattr(asking.time, "sleep", lambda s: _in_office(folder, jobs.claim))
    asking.carry_out(folder, ORDER)
    # Taken up at ledger record 0 before it died: done here as the second try.
    assert here == [replace(ORDER, since=0)]
    with Office.open(folder) as office:
        assert jobs.orphaned(office.connection) == []


def test_ctrl_c_asks_to_cancel_and_waits_for_the_answer(
    tmp_path: Path, here: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path)
    pressed: list[float] = []

    def sleep(seconds: float) -> None:
        if not pressed:
            pressed.append(seconds)
            raise KeyboardInterrupt

    monkeypatch.setattr(asking, "present", lambda folder: _worker())
    monkeypatch.setattr(asking.time, "sleep", sleep)
    asked: list[bool] = []
    with pytest.raises(Fault) as told:
        asking.carry_out(folder, ORDER, None, lambda: asked.append(True))
    assert (told.value.status, asked, here) == (130, [True], [])


def test_a_second_ctrl_c_leaves_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path)
    _in_office(folder, lambda connection: None)

    def sleep(seconds: float) -> None:
        _in_office(folder, jobs.claim)  # in work, so that it is not cancelled at once
        raise KeyboardInterrupt

    monkeypatch.setattr(asking, "present", lambda folder: _worker())
    monkeypatch.setattr(asking.time, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        asking.carry_out(folder, ORDER)
    with Office.open(folder) as office:
        assert [j.cancel for j in jobs.orphaned(office.connection)] == [True]


def test_a_dead_worker_is_not_believed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert presence.present(folder) is None
    presence.announce(folder, presence.READY)
    found = presence.present(folder)
    assert found is not None and (found.pid, found.state) == (os.getpid(), "ready")
    assert found.within_reach
    text = folder.worker.read_text("utf-8")
    folder.worker.write_text(text.replace(f'"born": {found.born}', '"born": 1'), "utf-8")
    assert presence.present(folder) is None  # the same number, another process
    for junk in ("", "{", "[]", '{"pid": 1}'):
        folder.worker.write_text(junk, "utf-8")
        assert presence.present(folder) is None


def test_a_successor_keeps_its_announcement(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    presence.announce(folder, presence.READY)
    text = folder.worker.read_text("utf-8")
    parent, started = os.getppid(), born(os.getppid())
    text = text.replace(f'"pid": {os.getpid()}', f'"pid": {parent}')
    own = born(os.getpid())
    folder.worker.write_text(text.replace(f'"born": {own}', f'"born": {started}'), "utf-8")
    presence.leave(folder)
    assert folder.worker.exists()
