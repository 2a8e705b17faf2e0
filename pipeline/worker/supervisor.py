"""The supervisor: the server's thread that starts the worker and starts it again when it dies."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pipeline
from pipeline.folders import DataFolder
from pipeline.worker.presence import present

_TICK = 0.2
_SILENT = 120.0  # seconds without a sign of life after which it is taken for hung
_LONG_ENOUGH = 60.0  # a worker that lived as long did not die of starting
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 20.0
_STOPPING = 12.0  # seconds for the work in hand
_LOG_BYTES = 1 << 20


class Supervisor:
    """Keeps one worker alive for a data folder, from `start` to `stop`."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="mingcha-supervisor", daemon=True)

    def start(self) -> None:
        """Returns at once; the worker gets ready by itself."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the worker: it finishes or gives back what it has in hand, within seconds."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_STOPPING + 5)

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._ending.is_set():
            begun = time.monotonic()
            self._live()
            quickly = time.monotonic() - begun < _LONG_ENOUGH
            pause = min(pause * 2, _LONGEST_PAUSE) if quickly else _FIRST_PAUSE
            self._ending.wait(pause)

    def _live(self) -> None:
        """One worker from start to end. It ends at once if another server's is there already."""
        try:
            process = _started(self.folder)
        except OSError:
            return
        try:
            while process.poll() is None and not self._ending.is_set():
                if self._is_silent(process.pid):
                    process.kill()
                self._ending.wait(_TICK)
        finally:
            _end(process)

    _heard: tuple[int, int, float] = (0, 0, 0.0)  # pid, beat, when it was heard by our clock

    def _is_silent(self, pid: int) -> bool:
        """Whether the signs of life have stopped, by a clock that nobody sets."""
        found = present(self.folder)
        if found is None or found.pid != pid:
            return False
        if self._heard[:2] != (pid, found.beat):
            self._heard = (pid, found.beat, time.monotonic())
        return time.monotonic() - self._heard[2] > _SILENT


def _started(folder: DataFolder) -> subprocess.Popen[bytes]:
    root = str(Path(pipeline.__file__).parent.parent)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        "PYTHONIOENCODING": "utf-8",
    }
    folder.root.mkdir(parents=True, exist_ok=True)
    log = folder.root / ".worker.log"
    fresh = not log.exists() or log.stat().st_size > _LOG_BYTES
    with log.open("wb" if fresh else "ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline.worker", str(folder.root)],
            stdin=subprocess.PIPE,  # closes when we end, however we end: the worker ends with it
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment,
            start_new_session=True,  # Ctrl-C on the server's terminal is not meant for it
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks, then insists."""
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
