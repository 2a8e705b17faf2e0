"""Two resident reading children under a watchdog: wall time and resident memory per file."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pipeline import children
from pipeline.children import Children, Deadline, Lost, per_process
from pipeline.faults import Fault
from pipeline.workbook.child import _HEAD, Place
from pipeline.workbook.limits import Limits
from pipeline.workbook.received import look_at

_SIZE = 2  # children
_PATIENCE = 4  # times the seconds of one file, for a whole chunk
_HANDING = 60.0  # seconds
_MOST = 1 << 30  # bytes of one part of an answer

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


_RULES = {"died": "reader_died", "memory": "reader_memory", "timeout": "reader_timeout"}


class _Broken(Exception):
    def __init__(self, rule: str, at: int | None) -> None:
        super().__init__(rule)
        self.rule, self.at = rule, at


class _Watch:
    """When a child is late: each file has its time, and all of a chunk `_PATIENCE` times that."""

    def __init__(self, place: Place, chunk: Chunk, limits: Limits) -> None:
        self._place, self._seconds = place, limits.wall_seconds
        self._numbers = {number for number, _, _ in chunk.jobs}
        self._end = time.monotonic() + _PATIENCE * self._seconds
        self._at, self._deadline = place.UNTOUCHED, time.monotonic() + self._seconds

    def __call__(self) -> float:
        if self._place.at != self._at:
            self._at, self._deadline = self._place.at, time.monotonic() + self._seconds
        return min(self._deadline, self._end)

    def culprit(self) -> int | None:
        """The file that was being read; -1 if that is not known, None if none was touched.

        The child says which, and one that a file has taken over may name another file of its own
        chunk: that one is told as unreadable then, and nothing of it is taken.
        """
        if time.monotonic() > self._end:  # all of its files are slow: each on its own
            return -1
        at = self._place.at
        if at == Place.UNTOUCHED:
            return None
        return at if at in self._numbers else -1  # it has touched untrusted bytes


class Child(children.Child):
    """One reading child, started on first use."""

    def __init__(self) -> None:
        self._place = Place.made()
        handle = self._place.handle
        super().__init__("pipeline.workbook.child", f"main({handle})", [handle])

    def run(self, chunk: Chunk, limits: Limits, unpack_to: str) -> Outcome:
        """Read one chunk. A child that breaks is ended, its file named, the others given back.

        Fault: it cannot be started.
        """
        words = {"limits": limits.as_json(), "jobs": chunk.jobs, "unpack": unpack_to,
                 "second": chunk.second}  # fmt: skip
        head = json.dumps(words).encode()
        for last_try in (False, True):
            try:
                self._start()
                self._place.at = Place.UNTOUCHED
                watch = _Watch(self._place, chunk, limits)
                self._tell(_HEAD.pack(len(head), 0) + head, watch)
                return self._listen(chunk, limits, watch)
            except _Broken as broken:
                self.end()
                if broken.at is not None or last_try:
                    return _blame(chunk, broken)
                # It broke before it touched a file (killed while idle): not the files' fault.
        raise AssertionError("unreachable")

    def _start(self) -> None:
        """Begins the process, unless it lives. What keeps two in a row from saying that they are
        ready keeps all from it: no file is to blame, and none is tried."""
        for _ in range(2):
            with contextlib.suppress(Lost, OSError, TypeError, ValueError, RecursionError):
                if not self.begin():
                    return
                words, _ = self._frame(children.within(children.START_SECONDS), None)
                if "ready" in words:
                    return
            self.end()
        raise Fault(
            "读取文件的程序连续两次没有启动，无法读取文件。请稍候再试；仍不行，请检查本机内存是否够用，"
            "或重新安装本系统。",
            "The program that reads files did not start, twice in a row, so no file can be read. "
            "Try again in a moment; if that does not help, see whether the machine has memory "
            "left, or install this system again.",
        )

    def _tell(self, data: bytes, watch: _Watch) -> None:
        try:
            self.send(data)
        except Lost as lost:
            raise _Broken(_RULES[lost.how], watch.culprit()) from lost

    def _listen(self, chunk: Chunk, limits: Limits, watch: _Watch) -> Outcome:
        try:
            words, body = self._frame(watch, limits.resident_bytes)
            look_at(body, words["done"], {number for number, _, _ in chunk.jobs})
        except Lost as lost:
            raise _Broken(_RULES[lost.how], watch.culprit()) from lost
        except Exception as error:  # whatever it says that is no answer
            raise _Broken("reader_died", -1) from error
        self.rest()
        return Outcome(words["done"], body)

    def _frame(self, deadline: Deadline, memory: int | None) -> tuple[dict[str, Any], bytes]:
        first, second = _HEAD.unpack(self._take(_HEAD.size, deadline, memory))
        if max(first, second) > _MOST:
            raise Lost("died")
        # Once a frame has begun all is read; handing it over has time of its own.
        late = children.within(_HANDING)
        words: dict[str, Any] = json.loads(self._take(first, late, memory))
        return words, self._take(second, late, memory)

    def _take(self, size: int, deadline: Deadline, memory: int | None) -> bytes:
        data = bytearray()
        while len(data) < size:
            data += self.some(min(size - len(data), 1 << 20), deadline, memory)
        return bytes(data)


def _blame(chunk: Chunk, broken: _Broken) -> Outcome:
    alone = len(chunk.jobs) == 1
    guilty = chunk.jobs[0][0] if alone else broken.at
    together = broken.rule == "reader_memory" and not alone  # it holds what all of them brought
    if guilty in (None, -1) or together:  # not known which: each on its own
        return Outcome(again=[Chunk([job], chunk.second) for job in chunk.jobs])
    rest = [job for job in chunk.jobs if job[0] != guilty]
    return Outcome(
        culprit=guilty, rule=broken.rule, again=[Chunk(rest, chunk.second)] if rest else []
    )


class Pool(Children):
    """The reading children of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.children = [Child() for _ in range(_SIZE)]
        super().__init__(self.children)

    def get_ready(self) -> None:
        """Every child begun, with the libraries of both engines, before there is anything to read.

        A child that cannot be begun is told of when it has something to read.
        """
        nothing = Chunk([], second=True)
        with self.lock, ThreadPoolExecutor(len(self.children)) as voices:
            done = [voices.submit(child.run, nothing, Limits(), "") for child in self.children]
        for told in done:
            with contextlib.suppress(Fault):
                told.result()

    def make_room(self) -> None:
        """Ends the children, unless somebody reads."""
        if self.lock.acquire(blocking=False):
            try:
                self.end()
            finally:
                self.lock.release()

    def read(
        self,
        chunks: list[Chunk],
        limits: Limits,
        unpack_to: str,
        enough: Callable[[Chunk], bool] = lambda chunk: False,
        count: Callable[[Outcome], None] = lambda outcome: None,
    ) -> Generator[Outcome]:
        """Outcomes as they come, in no order, until every file has one.

        `enough` is asked before a chunk is begun: whether it is to be left. `count` is told what
        came of one before the next is begun; both by the threads that speak with the children.
        """
        with self.lock:
            waiting: queue.SimpleQueue[Chunk | None] = queue.SimpleQueue()
            finished: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
            for chunk in chunks:
                waiting.put(chunk)
            open_chunks, voices = len(chunks), min(_SIZE, len(chunks))
            threads = [
                threading.Thread(
                    target=_work,
                    args=(child, waiting, finished, limits, unpack_to, enough, count),
                    daemon=True,
                )
                for child in self.children[:voices]
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


def _work(
    child: Child,
    waiting: queue.SimpleQueue[Chunk | None],
    finished: queue.SimpleQueue[Outcome | BaseException],
    limits: Limits,
    unpack_to: str,
    enough: Callable[[Chunk], bool],
    count: Callable[[Outcome], None],
) -> None:
    while (chunk := waiting.get()) is not None:
        try:
            began, left = time.monotonic(), enough(chunk)
            outcome = Outcome(left=True) if left else child.run(chunk, limits, unpack_to)
            outcome.numbers = [number for number, _, _ in chunk.jobs]
            outcome.seconds = time.monotonic() - began
            count(outcome)
            finished.put(outcome)
        except BaseException as error:
            finished.put(error)
            return


pool = per_process(Pool)
