"""A server of the empty page, as ours is set up: the baseline of first loads and reruns."""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

_BLANK = Path(__file__).with_name("blank.py")


@asynccontextmanager
async def _frozen(_app: Any) -> AsyncIterator[dict[str, Any]]:
    gc.collect()
    gc.freeze()
    yield {}


def create() -> Any:
    """The application, for `uvicorn --factory`."""
    return st.App(_BLANK, lifespan=_frozen)


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """The empty page in a process of its own; its address."""
    import os
    import subprocess
    import time
    import urllib.request

    from tests.browser.conftest import ROOT, _free_port

    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    words = ["-m", "uvicorn", "--factory", f"{__name__}:create", "--log-level", "warning"]
    command = [sys.executable, *words, "--port", str(port), "--ws", "websockets-sansio"]
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                    break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, log.read_text("utf-8")
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(20)
