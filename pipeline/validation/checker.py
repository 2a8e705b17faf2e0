"""Great Expectations in processes of its own: while it checks one table, the next is made ready.

The library is pure Python and holds Python's lock; elsewhere it also need not be imported before
anything else can be done. The other side handles nobody's bytes, only tables that were typed here,
so it is trusted and needs no watch. It ends with the pipe, however we end.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from multiprocessing.connection import Connection, Pipe
from typing import Any

from pipeline.children import Child, Children, per_process

_SIZE = 2  # processes
_READY = "ready"


def serve(handle: int) -> None:
    """The other side: answers until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when to stop
    from pipeline.memory import rarely_collected
    from pipeline.validation.batch import answers, whole_table

    pipe = Connection(handle)
    with contextlib.suppress(EOFError, OSError), rarely_collected():
        whole_table()
        pipe.send(_READY)
        while True:
            asked = pipe.recv()
            try:
                pipe.send(answers(*asked))
            except Exception as error:
                pipe.send(error)


class _Process(Child):
    """One such process, begun when first wanted; spoken to by a pipe of its own."""

    def __init__(self) -> None:
        super().__init__("pipeline.validation.checker", "serve(int(sys.argv[1]))")
        self._pipe: Connection | None = None
        self._ready = False

    def _launched(self) -> subprocess.Popen[bytes]:
        self._pipe, theirs = Pipe()
        self._ready, null = False, subprocess.DEVNULL
        process = subprocess.Popen(
            [*self._command, str(theirs.fileno())],
            stdin=null, stdout=null, stderr=null, pass_fds=[theirs.fileno()],
        )  # fmt: skip
        theirs.close()
        return process

    def ready(self) -> None:
        """Waits until the library is loaded. OSError, EOFError: it never will be."""
        self.begin()
        assert self._pipe
        if not self._ready:
            self._pipe.recv()
            self._ready = True

    def ask(self, asked: tuple[Any, ...]) -> Any:
        try:
            self.ready()
            assert self._pipe
            self._pipe.send(asked)
            said = self._pipe.recv()
        except (EOFError, OSError):
            # It was killed, or could not be begun: the same is done here, only more slowly.
            from pipeline.validation.batch import answers

            return answers(*asked)
        if isinstance(said, Exception):
            raise said
        return said


class Checker(Children):
    """The processes of this one, a thread for each that speaks with it."""

    aside = True  # whether what is asked is looked at while other work goes on

    def __init__(self) -> None:
        self._processes = [_Process() for _ in range(_SIZE)]
        super().__init__(self._processes)
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        for process in self._processes:
            self._idle.put(process)
        self._gone: list[_Process] = []  # that made room
        self._voices = ThreadPoolExecutor(_SIZE)

    def begin(self) -> None:
        """Begins the processes; they load the library meanwhile."""
        while self._gone:
            self._idle.put(self._gone.pop())
        for process in self._processes:
            with contextlib.suppress(OSError):  # then it is tried again when something is asked
                process.begin()

    def make_room(self) -> None:
        """Ends one of them, unless both are asked something; :meth:`begin` begins it again."""
        with contextlib.suppress(queue.Empty):
            if not self._gone:
                self._gone.append(self._idle.get_nowait())
                self._gone[0].end()

    def wait(self) -> None:
        """Waits until one of them has loaded the library."""
        wait([self._voices.submit(self._when_ready)])

    def _when_ready(self) -> None:
        process = self._idle.get()
        try:
            with contextlib.suppress(EOFError, OSError):  # told when something is asked
                process.ready()
        finally:
            self._idle.put(process)

    def ask(self, *asked: Any) -> Future[Any]:
        """What :func:`pipeline.validation.batch.answers` says of these arguments."""
        return self._voices.submit(self._ask, asked)

    def _ask(self, asked: tuple[Any, ...]) -> Any:
        process = self._idle.get()
        try:
            return process.ask(asked)
        finally:
            self._idle.put(process)


class Here(Checker):
    """The same in this process, for one that has the library already."""

    aside = False

    def __init__(self) -> None:
        Children.__init__(self, ())

    def begin(self) -> None:
        """Nothing is to be begun."""

    def make_room(self) -> None:
        """Nothing is to be ended."""

    def wait(self) -> None:
        """Nothing is to be waited for."""

    def ask(self, *asked: Any) -> Future[Any]:
        """Answered when it returns."""
        from pipeline.validation.batch import answers

        said: Future[Any] = Future()
        try:
            said.set_result(answers(*asked))
        except Exception as error:
            said.set_exception(error)
        return said


def _made() -> Checker:
    return Here() if "great_expectations" in sys.modules else Checker()


checker = per_process(_made)
