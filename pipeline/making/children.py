"""The resident children that make documents, and what happens when one ends before its time."""

from __future__ import annotations

import atexit
import contextlib
import gc
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize
from pathlib import Path
from types import ModuleType

import psutil

from pipeline.faults import Fault
from pipeline.making.jobs import Job, Made, work

_SIZE = 2  # children: the cores that an office's server has
_SILENT = 300.0  # seconds without a finished job after which the children are taken for hung
_TIRED = 700 << 20  # resident bytes after which the children are not kept for the next call
_ALONE = "POLARS_MAX_THREADS"  # a child has a core: threads of its own only wait for each other
_RARELY = (100_000, 50, 100)  # what is made is let go of as it is: little is left to collect
_lock = threading.Lock()
_kept: tuple[int, ProcessPoolExecutor] | None = None

_ENDED_AGAIN = Fault(
    "生成文件的子进程接连中断（多为内存不足），没有放出任何文件。请释放内存后重新运行同一命令。",
    "The processes that make documents broke off twice (mostly for lack of memory); no file was "
    "released. Free some memory and run the same command again.",
    4,
)
Answer = list[Made] | tuple[str, str, int]  # a fault as words: exceptions travel badly


def carry_out(
    jobs: Sequence[Job],
    room: Path,
    progress: Callable[[int, int], None],
    redone: Callable[[int], None],
) -> list[Made]:
    """What the jobs made, in no order. Fault as a job has it; what `progress` raises ends it."""
    if len(jobs) == 1:  # starting a child costs more than it saves
        progress(0, jobs[0].files)
        return work(jobs[0], room)
    with _lock:
        made, left = _round(jobs, room, progress, 0)
        if left:
            redone(len(left))
            more, left = _round(left, room, progress, len(made))
            made += more
        if left:
            raise _ENDED_AGAIN
        _rest()
    return made


def _round(
    jobs: Sequence[Job], room: Path, progress: Callable[[int, int], None], before: int
) -> tuple[list[Made], list[Job]]:
    """What was made, and the jobs that have no answer because a child ended."""
    total = before + sum(job.files for job in jobs)
    made: list[Made] = []
    left: list[Job] = []
    pool = _pool()
    try:
        with _fit_for_children():
            waiting: dict[Future[Answer], Job] = {pool.submit(_answer, j, room): j for j in jobs}
    except BrokenProcessPool:  # an idle child was killed
        _end()
        return [], list(jobs)
    try:
        while waiting:
            progress(before + len(made), total)
            done, _ = wait(waiting, _SILENT, FIRST_COMPLETED)
            if not done:
                _kill()
            for future in done:
                job = waiting.pop(future)
                try:
                    made += _told(future.result())
                except BrokenProcessPool:
                    left.append(job)
    finally:
        for future in waiting:
            future.cancel()
        wait(waiting)
    if left:
        _end()
    return made, left


def _told(answer: Answer) -> list[Made]:
    if isinstance(answer, tuple):
        raise Fault(*answer)
    return answer


def _answer(job: Job, room: Path) -> Answer:
    try:
        return work(job, room)
    except Fault as fault:
        return fault.zh, fault.en, fault.status


def _pool() -> ProcessPoolExecutor:
    """The children of this process (a forked copy makes its own), started afresh, not forked:
    threads and locks of the parent would come along."""
    global _kept
    if _kept is None or _kept[0] != os.getpid():
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(_SIZE, mp_context=context, initializer=_begin)
        _kept = os.getpid(), pool
        atexit.register(_end)
    return _kept[1]


@contextlib.contextmanager
def _fit_for_children() -> Iterator[None]:
    """What children take over as they begin. One would run the main module of its parent first:
    the whole command line, or whatever script a host of ours has put in its place; it needs
    neither. And each is told how many threads to begin with, which is asked once only."""
    main, threads = sys.modules["__main__"], os.environ.get(_ALONE)
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ.setdefault(_ALONE, "1")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if threads is None:
            del os.environ[_ALONE]


def _begin() -> None:
    """In the child: nothing goes to standard output, Ctrl-C is the parent's, it dies with it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()
    gc.set_threshold(*_RARELY)
    Finalize(None, _leave, exitpriority=-1)  # the last
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _leave() -> None:
    """What was made is handed over: taking down all that was loaded would take a tenth of a second
    that the command waits for. An error goes its way and is told."""
    if sys.exc_info()[0] is None:
        os._exit(0)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(3)


def _children() -> list[psutil.Process]:
    own = []
    if _kept is not None:
        for child in multiprocessing.active_children():
            with contextlib.suppress(psutil.Error):
                own.append(psutil.Process(child.pid))
    return own


def _kill() -> None:
    for child in _children():
        with contextlib.suppress(psutil.Error):
            child.kill()


def _rest() -> None:
    """Children that have grown are not kept."""
    with contextlib.suppress(psutil.Error):
        if any(child.memory_info().rss > _TIRED for child in _children()):
            _end()


def _end() -> None:
    global _kept
    kept, _kept = _kept, None
    if kept is not None and kept[0] == os.getpid():
        kept[1].shutdown(wait=True, cancel_futures=True)
