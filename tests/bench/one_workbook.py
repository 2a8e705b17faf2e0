"""One workbook through a running server: from the click to its findings on the page, in seconds.

A real Chromium sends workbooks that the server has not seen: scorecards, one with wrong answers,
and a monthly sheet of the whole province. The bar is 2 seconds with the worker warm.

    python -m tests.bench.one_workbook [BRANCHES]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, running

BAR = 2.0
SCORECARDS = 5
_ROOT = Path(__file__).resolve().parents[2]
_READY = 300  # seconds for the worker to warm up on a busy machine


def mingcha(*words: str) -> None:
    """One command; some sheets of the sample are refused on purpose."""
    code = subprocess.run([sys.executable, "-m", "pipeline", *words], cwd=_ROOT).returncode
    if code not in (0, 1):
        raise SystemExit(f"mingcha {' '.join(words)}: exit status {code}")


def fill(place: Path, branches: str) -> tuple[Path, Path]:
    """Data folder with the province's first sheets, and the folder of its sheets."""
    sheets, data = place / "sheets", place / "data"
    size = ("--branches", branches, "--months", "2", "--rounds", "1")
    mingcha("sample", str(sheets), *size)
    first = [str(p) for p in sorted(sheets.iterdir()) if p.name[0] in "123"]
    months = sorted((sheets / "4-performance").glob("*.xlsx"))
    mingcha("--data", str(data), "ingest", *first, str(months[0]))
    return data, sheets


def chosen(sheets: Path, place: Path) -> dict[str, Path]:
    """The workbooks to send, each with bytes of its own."""
    cards = sorted((sheets / "5-scorecards").rglob("0*.xlsx"))[: SCORECARDS + 1]
    found = {f"scorecard {i}": p for i, p in enumerate(cards[:SCORECARDS])}
    months = sorted((sheets / "4-performance").glob("*.xlsx"))
    found["scorecard, wrong answers"] = _spoiled(cards[SCORECARDS], place / "wrong.xlsx")
    found["month of the province"] = months[1]
    return found


def _spoiled(source: Path, target: Path) -> Path:
    """A copy in which every answer of one column is out of range."""
    book = openpyxl.load_workbook(source)
    for row in book.worksheets[0].iter_rows(min_row=12, min_col=4, max_col=4):
        if row[0].value is not None and type(row[0]).__name__ == "Cell":
            row[0].value = 99
    book.save(target)
    return target


def wait_until_warm(address: str) -> None:
    deadline = time.monotonic() + _READY
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{address}/healthz") as answer:
            if json.load(answer)["worker"] == "ready":
                return
        time.sleep(0.5)
    raise SystemExit("the worker did not get ready")


def send(page: Page, path: Path) -> float:
    """Seconds from the click until the file stands on the page with its status."""
    page.locator('input[type="file"]').set_input_files(str(path))
    button = page.get_by_role("button", name="开始校验并入库")
    expect(button).to_be_enabled()
    clicked = time.perf_counter()
    button.click()
    # Not `expect`: that looks once in a second only.
    page.locator(".st-key-upload_file_0").get_by_text(path.name).wait_for()
    return time.perf_counter() - clicked


def measured(data: Path, books: dict[str, Path], log: Path) -> dict[str, float]:
    """Every workbook sent once, by name."""
    with running(data, log, "--demo") as address, sync_playwright() as play:
        wait_until_warm(address)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.goto(f"{address}/upload")
        page.wait_for_selector('[data-testid="stFileUploaderDropzone"]')
        found = {}
        for name, path in books.items():
            found[name] = send(page, path)
            print(f"{name:28} {found[name]:6.2f} s", flush=True)
        browser.close()
    return found


def main(branches: str = "120") -> int:
    """Prints the times; 1 if the median is over the bar."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        data, sheets = fill(place, branches)
        load = os.getloadavg()[0]
        found = measured(data, chosen(sheets, place), place / "server.log")
    middle = statistics.median(found.values())
    print(f"median {middle:.2f} s, bar {BAR} s; load average at the start {load:.1f}")
    return int(middle > BAR)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
