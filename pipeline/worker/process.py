"""The worker's life: one at a time per data folder, one job at a time, ends with its parent."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from pipeline import processes
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, jobs
from pipeline.office.jobs import Job
from pipeline.worker import presence
from pipeline.worker.sentences import DIED_AGAIN, sentence
from pipeline.worker.tasks import Order, perform
from pipeline.worker.warming import stay_ready, warm_up

COLD = "MINGCHA_WORKER_COLD"  # 1: not warmed up; saves memory where nobody is in a hurry
ELSEWHERE = 5  # exit status: another worker serves this data folder
_TICK = 0.05  # seconds between looks at the queue
_BEAT = 2.0
_TELL = 0.25  # seconds between words on progress
_GRACE = 10.0  # seconds for the work in hand once it must end
_MOMENT = 0.5
_TRIES = 2
_ROOM_KEPT = 3600.0  # seconds
_TIRED = 1200 << 20  # resident bytes after which it ends and is started afresh


class _Cancelled(Exception):
    """Somebody asked for the job to be stopped."""


class _Ending(Exception):
    """The worker itself must end; the job goes back into the queue."""


def _is_tired() -> bool:
    return bool(psutil.Process().memory_info().rss > _TIRED)


class Worker:
    """Takes jobs until `ending` is set, or its process has grown too large (`tired`)."""

    def __init__(
        self,
        folder: DataFolder,
        office: Office,
        ending: threading.Event,
        tired: Callable[[], bool] = _is_tired,
    ) -> None:
        self.folder = folder
        self.office = office
        self.ending = ending
        self.tired = tired

    def run(self) -> None:
        """Until told to end, or too large."""
        self._settle_orphans()
        self._clear_spool()
        presence.announce(self.folder, presence.READY)
        while not self.ending.is_set() and not self.tired():
            if not self._take_one():
                self.ending.wait(_TICK)

    def _take_one(self) -> bool:
        """Whether there was a job to do."""
        if not jobs.queued(self.office.connection):  # a look that keeps nobody from writing
            return False
        with self.office.transaction() as connection:
            job = jobs.claim(connection)
        if job is None:
            return False
        presence.announce(self.folder, presence.BUSY)
        self._work(job)
        presence.announce(self.folder, presence.READY)
        return True

    def _settle_orphans(self) -> None:
        """Jobs of a worker that died: done again, or given up if they are what killed it."""
        with self.office.transaction() as connection:
            jobs.forget(connection)
            for job in jobs.orphaned(connection):
                if job.cancel:
                    jobs.cancelled(connection, job.id)
                elif job.tries < _TRIES:
                    jobs.again(connection, job.id)
                else:
                    fault = DIED_AGAIN
                    jobs.fail(connection, job.id, fault.zh, fault.en, fault.status)

    def _clear_spool(self) -> None:
        """Rooms of uploads that nobody asks about any more."""
        with self.office.transaction() as connection:
            wanted = {request.get("room") for request in jobs.open_requests(connection)}
        for room in self.folder.spool.glob("*"):
            with contextlib.suppress(OSError):
                # A room without a job may be about to get one.
                if str(room) not in wanted and time.time() - room.stat().st_mtime > _ROOM_KEPT:
                    shutil.rmtree(room, ignore_errors=True)

    def _work(self, job: Job) -> None:
        """Does one job and notes what came of it; nothing that a job does ends the worker."""
        since = job.since if job.tries > 1 else None
        order = Order(job.task, job.request, job.actor, job.lang, since)
        end: Callable[[Any], None]
        try:
            answer = perform(self.folder, order, self._teller(job))
        except _Cancelled:
            end = _ended(jobs.cancelled, job.id)
        except _Ending:
            end = _ended(jobs.release, job.id)
        # A panic inside a library is no Exception.
        except BaseException as error:
            fault = sentence(error)
            end = _ended(jobs.fail, job.id, fault.zh, fault.en, fault.status)
        else:
            end = _ended(jobs.finish, job.id, answer.result, answer.status)
        self._note(end)
        processes.clear()
        self._clear_room(job)
        if os.environ.get(COLD) != "1":
            stay_ready()

    def _note(self, end: Callable[[Any], None]) -> None:
        """Notes the end of a job; the work is done, so a busy database is waited for."""
        while True:
            try:
                with self.office.transaction() as connection:
                    end(connection)
                return
            except Fault as fault:
                if fault.status != 3:
                    raise

    def _clear_room(self, job: Job) -> None:
        now = jobs.job(self.office.connection, job.id)
        room = job.request.get("room")
        if room and (now is None or not now.open):
            shutil.rmtree(room, ignore_errors=True)

    def _teller(self, job: Job) -> Callable[[str, int, int], None]:
        """Notes progress now and then; stops the work if that is wanted and nothing is changed."""
        last = ("", 0.0)

        def moved(step: str, done: int, total: int) -> None:
            nonlocal last
            if step == last[0] and done < total and time.monotonic() - last[1] < _TELL:
                return
            last = (step, time.monotonic())
            try:
                with self.office.transaction() as connection:
                    stop = jobs.beat(connection, job.id, step, done, total)
            except Fault:  # the database is busy: the work goes on without a word
                return
            if step == "return":  # everything is recorded: it is told to the end
                return
            if stop:
                raise _Cancelled
            if self.ending.is_set():
                raise _Ending

        return moved


def _ended(how: Callable[..., None], *words: Any) -> Callable[[Any], None]:
    return lambda connection: how(connection, *words)


def _follow_parent(ending: threading.Event) -> None:
    """The parent holds the other end of our standard input: it closes when the parent ends."""
    with contextlib.suppress(OSError, ValueError):
        while os.read(0, 1024):
            pass
    ending.set()


def _insist(folder: DataFolder, ending: threading.Event) -> None:
    """Ends the process whatever it is at: at once if idle or warming up, else after a while."""
    ending.wait()
    found = presence.present(folder)
    busy = found is not None and found.pid == os.getpid() and found.state == presence.BUSY
    time.sleep(_GRACE if busy else _MOMENT)
    presence.leave(folder)
    os._exit(3)  # safe at any instant: that is what the protocol of an ingest is for


def _give_signs(folder: DataFolder) -> None:
    while True:
        time.sleep(_BEAT)
        with contextlib.suppress(OSError):
            presence.beat(folder)


def main(root: str) -> int:
    """The exit status: 0 ended as told, 4 the data folder is not to be used, 5 there is another."""
    folder, ending = DataFolder(Path(root)), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us
    threading.Thread(target=_follow_parent, args=(ending,), daemon=True).start()
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.root / ".worker.lock", timeout=0):
            return _serve(folder, ending)
    except Timeout:
        return ELSEWHERE
    except (Fault, OSError) as error:
        print(sentence(error).en, file=sys.stderr)
        return 4


def _serve(folder: DataFolder, ending: threading.Event) -> int:
    presence.announce(folder, presence.STARTING)
    try:
        threading.Thread(target=_give_signs, args=(folder,), daemon=True).start()
        threading.Thread(target=_insist, args=(folder, ending), daemon=True).start()
        if os.environ.get(COLD) != "1":
            warm_up()
        with Office.open(folder) as office:
            Worker(folder, office, ending).run()
    finally:
        presence.leave(folder)
    return 0
