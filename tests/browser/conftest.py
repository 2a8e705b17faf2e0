"""A real server on a free loopback port and a real Chromium."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import walking

# A busy machine is slow, not wrong: what is asserted does not change with the time it takes.
expect.set_options(timeout=60_000)

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = next(
    (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
)


@pytest.fixture(scope="session")
def province() -> ModuleType:
    """The module of hand-made values that the tests of the dashboard use."""
    path = ROOT / "tests" / "dashboards" / "fixture_publication.py"
    spec = importlib.util.spec_from_file_location("mingcha_browser_publication", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@contextmanager
def running(data: Path, log: Path, *options: str) -> Iterator[str]:
    """`mingcha serve` in a process of its own; gives its address once it is healthy."""
    port = _free_port()
    command = [sys.executable, "-m", "pipeline", "--data", str(data), "serve", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, *options], stdout=out, stderr=out, cwd=data, env=environment
        )
    try:
        deadline = time.monotonic() + 180
        while not _answers(address):
            assert server.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, province: ModuleType) -> Path:
    """A data folder with one publication."""
    folder = tmp_path_factory.mktemp("data")
    province.build(folder, stage="formal")
    province.on_record(folder)
    return folder


@pytest.fixture(scope="session")
def address(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the fixture publication, with the role switch."""
    with running(data, tmp_path_factory.mktemp("log") / "server.log", "--demo") as at:
        yield at


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    assert CHROMIUM, "No Chromium: install the package chromium (apt install chromium)."
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens addresses; whatever a page asks of other machines fails the test."""
    contexts: list[BrowserContext] = []
    outside: list[str] = []

    def note(url: str) -> None:
        local = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
        if not url.startswith(local):
            outside.append(url)

    def open_page(url: str, width: int = 1366, height: int = 768, token: str = "") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        if token:  # of a session that was begun already
            context.add_cookies([{"name": "mingcha", "value": token, "url": url}])
        page = context.new_page()
        page.add_init_script(walking.COUNTING)
        page.set_default_timeout(30_000)
        page.on("request", lambda request: note(request.url))
        page.goto(url)
        page.wait_for_selector('[data-testid="stHeading"]')
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert outside == []
