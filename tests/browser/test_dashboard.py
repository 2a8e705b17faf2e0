"""The pages in a real Chromium: rows, not only titles."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect

Opened = Callable[..., Page]


def _cells(page: Page, rows: int, title: str) -> list[str]:
    """The text of the first `rows` cells under a header of the first grid on the page."""
    grid = page.locator('[data-testid="stDataFrame"]').first
    header = grid.locator('[role="columnheader"]', has_text=re.compile(f"^{title}$"))
    header.wait_for(state="attached")
    at = header.get_attribute("aria-colindex")
    assert at is not None
    # The cells count the box of the row, the headers do not.
    found = [grid.locator(f'[data-testid="glide-cell-{at}-{r}"]') for r in range(rows)]
    return [f.inner_text() for f in found]


def test_health(address: str) -> None:
    with urllib.request.urlopen(f"{address}/healthz") as answer:
        told = json.load(answer)
        assert told.pop("worker") in ("absent", "starting", "ready")
        assert told == {"status": "ok", "publications": 1}
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_league_table_has_its_rows(opened: Opened, address: str, province: ModuleType) -> None:
    page = opened(f"{address}/league")
    names = _cells(page, 12, "网点")
    assert names == [f"{province.NAMES[c]}网点" for c in province.BRANCHES]
    assert _cells(page, 10, "名次") == [str(i) for i in range(1, 11)]
    assert _cells(page, 12, "状态")[-2:] == ["样本不足", "未暗访"]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_the_first_rows_are_seen_without_scrolling(
    opened: Opened, address: str, width: int, height: int
) -> None:
    page = opened(f"{address}/league", width, height)
    grid = page.locator('[data-testid="stDataFrame"]').first
    box = grid.bounding_box()
    assert box is not None
    assert box["y"] + 3 * 35 < height  # header and two rows
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_search_leaves_the_matching_rows(opened: Opened, address: str) -> None:
    page = opened(f"{address}/league")
    page.get_by_placeholder("按网点名称、代码或二级分行查找").fill("枫桥")
    page.keyboard.press("Enter")
    grid = page.locator('[data-testid="stDataFrame"]').first
    # the whole table may be drawn once more before the search has come through
    name = grid.locator('[role="gridcell"]', has_text="枫桥网点")
    expect(name).to_have_count(1)
    expect(grid.locator('[data-testid="glide-cell-2-1"]')).to_have_count(0)
    expect(grid.locator('[data-testid="glide-cell-1-1"]')).to_have_count(0)
    assert _cells(page, 1, "网点") == ["枫桥网点"]


def test_a_deep_link_opens_branch_and_language(
    opened: Opened, address: str, province: ModuleType
) -> None:
    page = opened(f"{address}/branch?scope={province.BRANCHES[1]}&lang=en")
    tiles = page.locator('[data-testid="stMetricValue"]')
    expect(tiles.nth(0)).to_have_text("92.0")
    expect(tiles.nth(3)).to_have_text("2 / 10")
    expect(page.locator('[data-testid="stHeading"]').first).to_have_text("Branch")
    expect(page.get_by_text("Smiles at the customer").first).to_be_visible()
    assert "lang=en" in page.url and "period=2026-09" in page.url


def test_the_language_lasts_from_page_to_page(opened: Opened, address: str) -> None:
    page = opened(f"{address}/league")
    page.get_by_role("radio", name="English").or_(
        page.get_by_role("button", name="English")
    ).first.click()
    expect(page.locator('[data-testid="stHeading"]').first).to_have_text("League table")
    page.get_by_role("link", name="Completeness").click()
    expect(page.locator('[data-testid="stHeading"]').first).to_have_text("Completeness")
    assert "lang=en" in page.url


def test_a_ticked_row_opens_its_branch(opened: Opened, address: str, province: ModuleType) -> None:
    page = opened(f"{address}/league")
    grid = page.locator('[data-testid="stDataFrame"]').first
    grid.locator('[data-testid="glide-cell-2-0"]').wait_for(state="attached")
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 35 + 35 + 17)  # the second row's box
    expect(page.locator('[data-testid="stHeading"]').first).to_have_text("网点")
    expect(page.locator('[data-testid="stMetricValue"]').first).to_have_text("92.0")
    assert f"scope={province.BRANCHES[1]}" in page.url


def test_the_chart_is_drawn(opened: Opened, address: str, province: ModuleType) -> None:
    page = opened(f"{address}/branch?scope={province.BRANCHES[0]}")
    chart = page.locator('[data-testid="stVegaLiteChart"]').first
    chart.scroll_into_view_if_needed()
    expect(chart.locator("canvas, svg").first).to_be_visible()


def test_a_wrong_type_is_refused_by_the_server_in_words(
    opened: Opened, address: str, tmp_path: Path
) -> None:
    bad = tmp_path / "notes<b>.exe"
    bad.write_bytes(b"MZ")
    page = opened(f"{address}/upload")
    page.locator('input[type="file"]').set_input_files(str(bad))
    expect(page.get_by_text("不支持这种文件")).to_be_visible()
    expect(page.get_by_role("button", name="开始校验并入库")).to_have_count(0)


def test_a_strange_sheet_comes_back_with_its_sentence_from_the_worker(
    opened: Opened, address: str, data: Path, tmp_path: Path
) -> None:
    strange = tmp_path / "怪表.csv"
    strange.write_text("甲,乙\n1,2\n", "utf-8")
    page = opened(f"{address}/upload")
    page.locator('input[type="file"]').set_input_files(str(strange))
    page.get_by_role("button", name="开始校验并入库（1 个文件）").click()
    card = page.locator(".st-key-upload_file_0")
    expect(card.get_by_text("已退回", exact=True)).to_be_visible(timeout=120_000)
    expect(card.get_by_text("怪表.csv")).to_be_visible()
    expect(page.get_by_role("button", name="取消")).to_have_count(0)
    assert list((data / "spool").iterdir()) == []


def test_the_upload_box_speaks_the_language(opened: Opened, address: str) -> None:
    page = opened(f"{address}/upload")
    box = page.locator('[data-testid="stFileUploaderDropzone"]')
    expect(box).to_be_visible()
    for words in ("选择文件", "把文件拖到这里"):  # the style sheet may come after the box
        page.wait_for_function(
            """words => [...document.querySelectorAll(
                  '[data-testid=stFileUploaderDropzone] button p,'
                + '[data-testid=stFileUploaderDropzoneInstructions]')]
                .some(e => getComputedStyle(e, '::after').content.includes(words))""",
            arg=words,
        )
