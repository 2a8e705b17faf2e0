"""The worker in a thread of the test: the very one of the server, without its process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.worker.presence import leave
from pipeline.worker.process import Worker


@contextmanager
def worker(folder: DataFolder) -> Iterator[None]:
    """Jobs of `folder` are done while this lasts."""
    ending = threading.Event()

    def work() -> None:
        with Office.open(folder) as office:
            # The process is that of thousands of tests: its size says nothing of the worker.
            Worker(folder, office, ending, tired=lambda: False).run()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(30)
        leave(folder)
