"""Two resident reading children under a watchdog: wall time and resident memory per file."""

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from pipeline.workbook.child import _HEAD
from pipeline.workbook.limits import Limits

_ROOT = str(Path(__file__).resolve().parents[2])
_START = f"import sys; sys.path.insert(0, {_ROOT!r}); import pipeline.workbook.child as c; c.main()"
_SIZE = 2  # children
_TICK = 0.05  # seconds between looks at the child's memory
_TIRED = 400 << 20  # resident bytes after which an idle child is replaced
_START_SECONDS = 60.0
_PATIENCE = 4  # times the seconds of one file, for a whole chunk

Job = tuple[int, str, str]  # number, path, name to show


@dataclass
class Chunk:
    """Files given to a child at once. `second`: to be read by the other engine (`second.py`)."""

    jobs: list[Job]
    second: bool = False


@dataclass
class Outcome:
    """What came of a chunk: records and an Arrow stream, or the one file that broke it.

    `numbers` are the files that the chunk held, `left`: they were not read, because the caller had
    enough of them; `seconds` is what the chunk took.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    body: bytes = b""
    culprit: int | None = None
    rule: str = ""
    again: list[Chunk] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    seconds: float = 0.0
    left: bool = False


class _Broken(Exception):
    def __init__(self, rule: str, at: int | None) -> None:
        super().__init__(rule)
        self.rule, self.at = rule, at


class Child:
    """One child process, started on first use."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, chunk: Chunk, limits: Limits, unpack_to: str) -> Outcome:
        """Read one chunk. A child that breaks is ended, its file named, the others given back."""
        words = {"limits": limits.as_json(), "jobs": chunk.jobs, "unpack": unpack_to,
                 "second": chunk.second}  # fmt: skip
        head = json.dumps(words).encode()
        for last_try in (False, True):
            try:
                self._start()
                self._send(_HEAD.pack(len(head), 0) + head)
                return self._listen(limits)
            except _Broken as broken:
                self.end()
                if broken.at is not None or last_try:
                    return _blame(chunk, broken)
                # It broke before it touched a file (killed while idle): not the files' fault.
        raise AssertionError("unreachable")

    def _start(self) -> None:
        if self.process and self.process.poll() is None:
            return
        self.end()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
        )  # fmt: skip
        words, _ = self._frame(time.monotonic() + _START_SECONDS, None, None)
        if "ready" not in words:
            raise _Broken("reader_died", None)

    def _send(self, data: bytes) -> None:
        pipe = self.process.stdin if self.process else None
        try:
            view = memoryview(data)
            while pipe and view:
                view = view[pipe.write(view) or 0 :]
        except OSError as error:
            raise _Broken("reader_died", None) from error

    def _listen(self, limits: Limits) -> Outcome:
        at: int | None = None
        end = time.monotonic() + _PATIENCE * limits.wall_seconds
        while True:
            now = time.monotonic()
            if now > end:  # all of its files are slow: each on its own
                raise _Broken("reader_timeout", -1)
            words, body = self._frame(now + limits.wall_seconds, limits, at)
            if "done" in words:
                self._rest()
                return Outcome(words["done"], body)
            at = words.get("at", at)

    def _frame(
        self, deadline: float, limits: Limits | None, at: int | None
    ) -> tuple[dict[str, Any], bytes]:
        first, second = _HEAD.unpack(self._take(_HEAD.size, deadline, limits, at))
        # Once a frame has begun the file is read; handing it over has time of its own.
        late = deadline + 30
        words: dict[str, Any] = json.loads(self._take(first, late, limits, at))
        return words, self._take(second, late, limits, at)

    def _take(self, size: int, deadline: float, limits: Limits | None, at: int | None) -> bytes:
        assert self.process and self.process.stdout
        pipe, data = self.process.stdout.fileno(), bytearray()
        while len(data) < size:
            if select.select([pipe], [], [], _TICK)[0]:
                more = os.read(pipe, min(size - len(data), 1 << 20))
                if not more:
                    raise _Broken("reader_died", at)
                data += more
            elif limits and self._resident() > limits.resident_bytes:
                raise _Broken("reader_memory", at)
            elif time.monotonic() > deadline:
                raise _Broken("reader_timeout", at)
        return bytes(data)

    def _resident(self) -> int:
        assert self.process
        try:
            resident: int = psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:
            return 0  # gone: the pipe will tell
        return resident

    def _rest(self) -> None:
        if self._resident() > _TIRED:
            self.end()

    def end(self) -> None:
        """Kill and forget the process."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def _blame(chunk: Chunk, broken: _Broken) -> Outcome:
    alone = len(chunk.jobs) == 1
    guilty = chunk.jobs[0][0] if alone else broken.at
    if guilty in (None, -1):  # not known which: each on its own
        return Outcome(again=[Chunk([job], chunk.second) for job in chunk.jobs])
    rest = [job for job in chunk.jobs if job[0] != guilty]
    return Outcome(
        culprit=guilty, rule=broken.rule, again=[Chunk(rest, chunk.second)] if rest else []
    )


class Pool:
    """Children of this process; kept for the next call."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.children = [Child() for _ in range(_SIZE)]
        self.owner = os.getpid()

    def read(
        self,
        chunks: list[Chunk],
        limits: Limits,
        unpack_to: str,
        enough: Callable[[Chunk], bool] = lambda chunk: False,
    ) -> Iterator[Outcome]:
        """Outcomes as they come, in no order, until every file has one.

        `enough` is asked before a chunk is begun: whether it is to be left.
        """
        with self.lock:
            waiting: queue.SimpleQueue[Chunk | None] = queue.SimpleQueue()
            finished: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
            for chunk in chunks:
                waiting.put(chunk)
            open_chunks, count = len(chunks), min(_SIZE, len(chunks))
            threads = [
                threading.Thread(
                    target=_work,
                    args=(child, waiting, finished, limits, unpack_to, enough),
                    daemon=True,
                )
                for child in self.children[:count]
            ]
            for thread in threads:
                thread.start()
            try:
                while open_chunks:
                    outcome = finished.get()
                    if isinstance(outcome, BaseException):
                        raise outcome
                    for chunk in outcome.again:
                        waiting.put(chunk)
                    open_chunks += len(outcome.again) - 1
                    yield outcome
            except BaseException:
                self.end()
                raise
            finally:
                for _ in threads:
                    waiting.put(None)

    def end(self) -> None:
        """End the children, if they are ours (a fork's copy leaves them alone)."""
        if os.getpid() == self.owner:
            for child in self.children:
                child.end()


def _work(
    child: Child,
    waiting: queue.SimpleQueue[Chunk | None],
    finished: queue.SimpleQueue[Outcome | BaseException],
    limits: Limits,
    unpack_to: str,
    enough: Callable[[Chunk], bool],
) -> None:
    while (chunk := waiting.get()) is not None:
        try:
            began, left = time.monotonic(), enough(chunk)
            outcome = Outcome(left=True) if left else child.run(chunk, limits, unpack_to)
            outcome.numbers = [number for number, _, _ in chunk.jobs]
            outcome.seconds = time.monotonic() - began
            finished.put(outcome)
        except BaseException as error:
            finished.put(error)
            return


_pool: Pool | None = None


def pool() -> Pool:
    """The pool of this process (a forked copy makes its own)."""
    global _pool
    if _pool is None or _pool.owner != os.getpid():
        _pool = Pool()
        atexit.register(_pool.end)
    return _pool
