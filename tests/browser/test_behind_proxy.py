"""Behind a reverse proxy with a path prefix: pages, deep links, cookies; a line that breaks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import people
import pytest
from playwright.sync_api import Page, expect
from proxy import Proxy, before

Opened = Callable[..., Page]
PREFIX = "/mingcha"


class Served:
    """A server that was told of its prefix, and its log."""

    def __init__(self, port: int, log: Path, process: subprocess.Popen[bytes], token: str) -> None:
        self.port, self.log, self.process, self.token = port, log, process, token

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def served(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    from tests.browser.conftest import ROOT, _answers, _free_port

    root = tmp_path_factory.mktemp("behind")
    folder = Path(shutil.copytree(data, root / "data"))
    people.person(folder, "clerk", "office")
    port, log = _free_port(), root / "server.log"
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "--data",
        str(folder),
        "serve",
        "--port",
        str(port),
    ]
    command += ["--base-path", f"{PREFIX}/", "--trusted-proxy", "127.0.0.1", "--log", "json"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=root,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 90
        while not _answers(f"http://127.0.0.1:{port}{PREFIX}"):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield Served(port, log, process, people.token(folder, "clerk"))
    finally:
        process.kill()
        process.wait(20)


@pytest.mark.parametrize("strip", [False, True], ids=["keeps", "strips"])
def test_pages_and_deep_links_stay_under_the_prefix(
    served: Served, opened: Opened, strip: bool
) -> None:
    with before(served.port, PREFIX, strip) as proxy:
        at = f"http://127.0.0.1:{proxy.own}{PREFIX}"
        page = opened(f"{at}/league?lang=en" if strip else at, token=served.token)
        if strip:
            expect(page.get_by_role("heading", name="League")).to_be_visible()
        else:
            page.get_by_test_id("stSidebarNavLink").filter(has_text="排名").click()
            expect(page.get_by_role("heading", name="排名")).to_be_visible()
        assert page.url.startswith(f"{at}/")
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        # The browser side looks for the server under the page's own path first.
        wrong = [s for s in proxy.statuses if s[1] >= 400 and "/league/_stcore/" not in s[0]]
    assert wrong == [] and proxy.escaped == [] and proxy.upgraded >= 1
    assert proxy.cookies and all(f"Path={PREFIX}/" in c for c in proxy.cookies), proxy.cookies


def _reconnected(page: Page, proxy: Proxy) -> None:
    """The line breaks; the page has a new one and is the same page."""
    page.wait_for_load_state("networkidle")
    before_cut = proxy.upgraded
    proxy.cut()
    deadline = time.monotonic() + 60
    while proxy.upgraded == before_cut:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    page.wait_for_selector('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')


def test_an_upload_outlives_a_line_that_breaks(
    served: Served, opened: Opened, tmp_path: Path
) -> None:
    """Cut with the file in the box, and again when the work has begun: its outcome is there."""
    sheet = tmp_path / "说明.csv"
    sheet.write_text("网点代码,备注\n0101,不是报表\n", "utf-8")
    with before(served.port, PREFIX) as proxy:
        page = opened(f"http://127.0.0.1:{proxy.own}{PREFIX}/upload", token=served.token)
        page.locator("input[type=file]").set_input_files(sheet)
        expect(page.locator(".st-key-upload_start")).to_be_visible()
        _reconnected(page, proxy)
        expect(page.locator(".st-key-upload_start")).to_be_visible()
        page.locator(".st-key-upload_start button").click()
        card = page.locator(".st-key-upload_file_0")
        expect(page.locator(".st-key-upload_cancel").or_(card).first).to_be_visible()
        _reconnected(page, proxy)
        expect(card).to_contain_text("说明.csv")


def test_a_page_that_has_fallen_over_comes_back(served: Served, opened: Opened) -> None:
    """A line that breaks while the menu is drawn leaves the framework's page empty, as here."""
    page = opened(f"http://127.0.0.1:{served.port}{PREFIX}/metrics?lang=zh", token=served.token)
    page.evaluate("document.getElementById('root').replaceChildren()")
    expect(page.get_by_role("heading", name="指标口径")).to_be_visible()


def test_logs_are_json_and_tell_of_nobody(served: Served) -> None:
    opener = build_opener(ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{served.port}{PREFIX}/healthz?name=zhangsan", timeout=10):
        pass
    lines = served.lines()
    assert {"started", "request"} <= {line["event"] for line in lines}
    assert all({"at", "level", "logger", "event"} <= line.keys() for line in lines)
    asked = [line for line in lines if line["event"] == "request"]
    assert {"/healthz", "/_stcore/stream"} <= {line["route"] for line in asked}
    assert all(isinstance(line["status"], int) and line["ms"] >= 0 for line in asked)
    text = served.log.read_text("utf-8")
    for personal in ("zhangsan", "203.0.113.7", "127.0.0.1", "说明.csv", "?"):
        assert personal not in text


def test_it_stops_gracefully_with_its_worker(served: Served) -> None:
    from pipeline.folders import DataFolder
    from pipeline.worker.presence import present

    folder = DataFolder(served.log.parent / "data")
    worker = present(folder)
    assert worker is not None
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(40) in (0, -signal.SIGTERM)
    assert served.lines()[-1]["event"] == "stopped"
    assert present(folder) is None and not Path(f"/proc/{worker.pid}").exists()
    assert "Traceback" not in served.log.read_text("utf-8")
