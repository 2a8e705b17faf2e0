"""Processes of our own that wait for work: begun when wanted, watched, ended, begun again."""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

_ROOT = str(Path(__file__).resolve().parents[1])
_TICK = 0.05  # seconds between looks at a child's memory
_PIPE = 1 << 20  # bytes: what a child says at once, so that nobody is woken for each 64 KB of it
_TIRED = 400 << 20  # resident bytes after which an idle child is replaced

START_SECONDS = 60.0
Deadline = Callable[[], float]  # the monotonic time until which is waited


def within(seconds: float) -> Deadline:
    """So many seconds from now."""
    end = time.monotonic() + seconds
    return lambda: end


class Lost(Exception):
    """Nothing more comes of a child: it died, its memory grew too large, or it took too long."""

    def __init__(self, how: Literal["died", "memory", "timeout"]) -> None:
        super().__init__(how)
        self.how = how


class Child:
    """One process that runs `call` of our module `module`; spoken to by its standard streams."""

    def __init__(self, module: str, call: str = "main()", shared: Sequence[int] = ()) -> None:
        """`shared`: handles that it gets too, under the same numbers."""
        self.process: subprocess.Popen[bytes] | None = None
        self._shared = shared
        start = f"import sys; sys.path.insert(0, {_ROOT!r}); import {module} as c; c.{call}"
        self._command = [sys.executable, "-c", start]
        self._lock = threading.RLock()

    def begin(self) -> bool:
        """Starts the process, unless it lives, and does not wait for it; whether it did."""
        with self._lock:
            if self.process and self.process.poll() is None:
                return False
            self.end()
            self.process = self._launched()
            return True

    def _launched(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self._command,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pipesize=_PIPE,
            pass_fds=self._shared,
        )

    def send(self, data: bytes) -> None:
        """Hands over all of it; Lost where the child does not take it."""
        pipe = self.process.stdin if self.process else None
        try:
            view = memoryview(data)
            while pipe and view:
                view = view[pipe.write(view) or 0 :]
        except OSError as error:
            raise Lost("died") from error

    def some(self, most: int, deadline: Deadline, memory: int | None) -> bytes:
        """The next bytes that it says, at most `most` of them.

        `deadline` is asked at each look; `memory`: resident bytes that it may take meanwhile.
        """
        process = self.process
        if not process or not process.stdout:
            raise Lost("died")  # ended by another thread
        try:
            pipe = process.stdout.fileno()
            while not select.select([pipe], [], [], _TICK)[0]:
                if memory and self._resident() > memory:
                    raise Lost("memory")
                if time.monotonic() > deadline():
                    raise Lost("timeout")
            said = os.read(pipe, most)
        except (OSError, ValueError) as error:
            raise Lost("died") from error
        if not said:
            raise Lost("died")
        return said

    def _resident(self) -> int:
        import psutil  # not every family is watched

        try:
            return int(psutil.Process(self.process.pid).memory_info().rss) if self.process else 0
        except psutil.Error:
            return 0  # gone: the pipe will tell

    def rest(self) -> None:
        """After a job: one that has grown large makes room for a new one."""
        if self._resident() > _TIRED:
            self.end()

    def end(self) -> None:
        """Kill and forget the process."""
        with self._lock:
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


class Children:
    """The children of one process; they are kept for the next call."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.owner = os.getpid()
        self._family = children

    def end(self) -> None:
        """End the children, if they are ours (a fork's copy leaves them alone)."""
        if os.getpid() == self.owner:
            for child in self._family:
                child.end()


Family = TypeVar("Family", bound=Children)


def per_process(make: Callable[[], Family]) -> Callable[[], Family]:
    """A function that gives this process its children (a forked copy makes its own)."""
    kept: list[Family] = []

    def own() -> Family:
        if not kept or kept[0].owner != os.getpid():
            kept[:] = [make()]
            atexit.register(kept[0].end)
        return kept[0]

    return own
