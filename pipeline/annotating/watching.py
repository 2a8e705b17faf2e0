"""The children that annotate, and the watch over their time and memory (robustness: a file that
anybody sends may cost half a minute and a gigabyte, no more)."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.children import START_SECONDS, Child, Children, Lost, per_process, within
from pipeline.workbook.limits import Limits

_SIZE = 2  # children
_FEW = 24  # jobs that one child does alone: starting a second costs more

Job = dict[str, Any]
Answer = dict[str, Any]  # {"made": path} or {"failed": why}


class _Annotator(Child):
    """One annotating child, started on first use."""

    def __init__(self) -> None:
        super().__init__("pipeline.annotating.child")
        self._left = b""
        self._ready = False

    def run(self, job: Job, limits: Limits) -> Answer:
        """One job; a child that breaks is ended and the job told as failed."""
        try:
            self._start(limits)
            self.send(json.dumps(job).encode() + b"\n")
            answer = self._line(limits.wall_seconds, limits)
        except (Lost, OSError) as broken:
            why = self._why(broken, limits)
            self.end()
            return {"failed": why}
        self.rest()
        return answer

    def _start(self, limits: Limits) -> None:
        self.begin()
        if not self._ready:
            self._line(START_SECONDS, limits)
            self._ready = True

    def _line(self, seconds: float, limits: Limits) -> Answer:
        deadline = within(seconds)
        while b"\n" not in self._left:
            self._left += self.some(1 << 16, deadline, limits.resident_bytes)
        line, _, self._left = self._left.partition(b"\n")
        answer: Answer = json.loads(line)
        return answer

    def _why(self, broken: Lost | OSError, limits: Limits) -> str:
        if not isinstance(broken, Lost):
            return str(broken) or "ended"
        seconds = limits.wall_seconds if self._ready else START_SECONDS
        told = {"memory": f"> {limits.resident_bytes >> 20} MB", "timeout": f"> {seconds:g} s"}
        return told.get(broken.how, "ended")

    def end(self) -> None:
        """Kill and forget the process, and what it had begun to say."""
        super().end()
        self._left, self._ready = b"", False


class Annotators(Children):
    """The annotating children of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.children = [_Annotator() for _ in range(_SIZE)]
        super().__init__(self.children)

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
                    child.begin()

    def _hands(self, jobs: int) -> list[_Annotator]:
        return self.children[: 0 if not jobs else 1 if jobs < _FEW else _SIZE]


def _work(
    child: _Annotator,
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


annotators = per_process(Annotators)
