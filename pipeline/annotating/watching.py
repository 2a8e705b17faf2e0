"""The children that annotate, and the watch over their time and memory (robustness: a file that
anybody sends may cost half a minute and a gigabyte, no more)."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from pipeline.workbook.limits import Limits

_ROOT = str(Path(__file__).resolve().parents[2])
_START = (
    f"import sys; sys.path.insert(0, {_ROOT!r}); import pipeline.annotating.child as c; c.main()"
)
_SIZE = 2  # children
_TICK = 0.05  # seconds between looks at a child's memory
_TIRED = 400 << 20  # resident bytes after which an idle child is replaced
_START_SECONDS = 60.0
_FEW = 24  # jobs that one child does alone: starting a second costs more

Job = dict[str, Any]
Answer = dict[str, Any]  # {"made": path} or {"failed": why}


class _Broken(Exception):
    pass


class _Child:
    """One child process, started on first use."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.left = b""
        self.ready = False

    def run(self, job: Job, limits: Limits) -> Answer:
        """One job; a child that breaks is ended and the job told as failed."""
        try:
            self._start(limits)
            assert self.process and self.process.stdin
            self._send(json.dumps(job).encode() + b"\n")
            answer = self._line(limits.wall_seconds, limits)
        except (_Broken, OSError) as broken:
            self.end()
            return {"failed": str(broken) or "ended"}
        if self._resident() > _TIRED:
            self.end()
        return answer

    def launch(self) -> None:
        """Starts the process and does not wait until it is ready."""
        if self.process and self.process.poll() is None:
            return
        self.end()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
        )  # fmt: skip

    def _start(self, limits: Limits) -> None:
        self.launch()
        if not self.ready:
            self._line(_START_SECONDS, limits)
            self.ready = True

    def _send(self, data: bytes) -> None:
        assert self.process and self.process.stdin
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) or 0 :]

    def _line(self, seconds: float, limits: Limits) -> Answer:
        assert self.process and self.process.stdout
        pipe, deadline = self.process.stdout.fileno(), time.monotonic() + seconds
        while b"\n" not in self.left:
            if select.select([pipe], [], [], _TICK)[0]:
                more = os.read(pipe, 1 << 16)
                if not more:
                    raise _Broken("ended")
                self.left += more
            elif self._resident() > limits.resident_bytes:
                raise _Broken(f"> {limits.resident_bytes >> 20} MB")
            elif time.monotonic() > deadline:
                raise _Broken(f"> {seconds:g} s")
        line, _, self.left = self.left.partition(b"\n")
        answer: Answer = json.loads(line)
        return answer

    def _resident(self) -> int:
        try:
            return int(psutil.Process(self.process.pid).memory_info().rss) if self.process else 0
        except psutil.Error:
            return 0  # gone: the pipe will tell

    def end(self) -> None:
        """Kill and forget the process."""
        process, self.process, self.left = self.process, None, b""
        self.ready = False
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


class Annotators:
    """The children of this process; kept for the next call."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.children = [_Child() for _ in range(_SIZE)]

    def run(self, jobs: Sequence[Job], limits: Limits, done: Callable[[], None]) -> list[Answer]:
        """The answer to each job, in their order. `done` is called in this thread after each."""
        answers: list[Answer] = [{}] * len(jobs)
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        finished: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
        for number in range(len(jobs)):
            waiting.put(number)
        with self.lock:
            for child in self._hands(len(jobs)):
                work = (child, jobs, limits, waiting, finished)
                threading.Thread(target=_work, args=work, daemon=True).start()
            for _ in jobs:
                number, answer = finished.get()
                answers[number] = answer
                done()
        return answers

    def prepare(self, jobs: int) -> None:
        """Starts the children that so many jobs will want; they load while others work."""
        with self.lock:
            for child in self._hands(jobs):
                with contextlib.suppress(OSError):  # told when the job is
                    child.launch()

    def _hands(self, jobs: int) -> list[_Child]:
        return self.children[: 0 if not jobs else 1 if jobs < _FEW else _SIZE]

    def end(self) -> None:
        """End the children, if they are ours (a fork's copy leaves them alone)."""
        if os.getpid() == self.owner:
            for child in self.children:
                child.end()


def _work(
    child: _Child,
    jobs: Sequence[Job],
    limits: Limits,
    waiting: queue.SimpleQueue[int],
    finished: queue.SimpleQueue[tuple[int, Answer]],
) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            number = waiting.get_nowait()
            try:
                answer = child.run(jobs[number], limits)
            except Exception as error:  # unanswered, the caller would wait for ever
                answer = {"failed": type(error).__name__}
            finished.put((number, answer))


_annotators: Annotators | None = None


def annotators() -> Annotators:
    """The annotators of this process (a forked copy makes its own)."""
    global _annotators
    if _annotators is None or _annotators.owner != os.getpid():
        _annotators = Annotators()
        atexit.register(_annotators.end)
    return _annotators
