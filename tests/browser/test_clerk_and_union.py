"""Two journeys in a real browser on a real server with its real worker.

The clerk: a bad workbook in, the finding seen, the marked workbook taken back, mended, sent again,
accepted, published. The union: the plan, the second key of a round, the calibration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from pipeline import rounds
from pipeline.folders import DataFolder
from pipeline.publication import published
from tests.browser import walking
from tests.browser.conftest import running
from tests.pipeline.offices import CLERK, EDITION, Clock, Line, with_register
from tests.pipeline.test_ingest import EAST, WEST, monthly

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """An office with its register and a round that was shown a month ago."""
    box = tmp_path_factory.mktemp("clerk")
    made = Line(box / "data")
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock(patch)
        clock.day = date.today() - timedelta(days=30)
        with_register(made, box / "sheets")
        made.run("round", "draft", "2026Q3", "--edition", EDITION, "--as", CLERK)
        made.run("round", "show", "2026Q3", "--as", CLERK)
    return made


@pytest.fixture(scope="module")
def server(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(line.root, tmp_path_factory.mktemp("log") / "server.log", "--demo") as at:
        yield at


def _as(page: Page, role: str) -> None:
    """The role switch of the demonstration."""
    walking.choose(page, "demo_role", role)


def _go(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_test_id("stHeading").first).to_have_text(title)
    walking.settled(page)


def _send(page: Page, path: Path) -> None:
    page.locator('input[type="file"]').set_input_files(str(path))
    page.get_by_role("button", name="开始校验并入库（1 个文件）").click()


def test_a_clerk_mends_a_workbook_and_publishes(
    opened: Opened, server: str, line: Line, tmp_path: Path
) -> None:
    # more identified than served, at the west branch
    sheet = monthly(tmp_path / "九月报表.xlsx", (EAST, 900, 300, 1e6), (WEST, 200, 250, 2e6))
    page = opened(f"{server}/upload")
    _send(page, sheet)
    card = page.locator(".st-key-upload_file_0")
    expect(card.get_by_text("部分通过", exact=True)).to_be_visible(timeout=120_000)
    finding = card.get_by_text("250").first
    expect(finding).to_be_visible()

    page.reload()  # the tab is closed and opened again: the result is still there
    walking.settled(page)
    expect(card.get_by_text("部分通过", exact=True)).to_be_visible()
    with page.expect_download() as taken:
        card.get_by_role("button", name="下载标注后的工作簿").click()
    returned = tmp_path / "returned.xlsx"
    taken.value.save_as(returned)
    book = openpyxl.load_workbook(returned)
    _mend(book)
    book.save(returned)

    _send(page, returned)
    expect(card.get_by_text(re.compile("^(已通过|通过，有提示)$"))).to_be_visible(timeout=120_000)
    expect(card.get_by_text("部分通过", exact=True)).to_have_count(0)

    _go(page, "发布")
    page.get_by_role("button", name="看看会改变什么").click()
    expect(page.get_by_text("尚未发布过")).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="发布 2026Q3 第 1 版（预发布）").click()
    expect(page.get_by_text("2026Q3 第 1 版已发布（预发布）")).to_be_visible(timeout=120_000)
    (made,) = published(DataFolder(line.root))
    expect(page.get_by_text(made.manifest["content_hash"])).to_be_visible()
    rows = made.facts("performance").sort("branch_code")
    assert rows.filter(month="2026-09")["identified"].to_list() == [300, 150]


def _mend(book: openpyxl.Workbook) -> None:
    """The one wrong figure is set right, as a clerk would in Excel."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == 250:
                    cell.value = 150
                    return
    raise AssertionError("the returned workbook has lost its figure")


def test_the_union_turns_its_key(opened: Opened, server: str, line: Line) -> None:
    folder = DataFolder(line.root)
    page = opened(f"{server}/rounds")
    page.get_by_role("button", name="开启这一轮").click()  # the office's key first
    expect(page.get_by_text("待工会会签").first).to_be_visible()
    page = opened(f"{server}/rounds")
    _as(page, "工会")
    _go(page, "暗访计划")
    _go(page, "轮次与公示")
    expect(page.get_by_text("答复期至").first).to_be_visible()
    page.get_by_role("button", name="会签", exact=True).click()
    expect(page.get_by_text("现为“进行中”")).to_be_visible(timeout=60_000)
    (made,) = rounds.listed(folder)
    assert made["state"] == "running"
    _go(page, "暗访员校准")
    expect(page.get_by_text("校准").first).to_be_visible()
    expect(page.get_by_role("link", name="上传")).to_have_count(0)
