"""What somebody new to the command line stumbled over, through the real entry points."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from test_publish_ingested import OUTLETS, monthly, register
from test_record_commands import mingcha

from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.rebuild import rebuild


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of three branches, of which one has sent September, with a column of its own."""
    files = tmp_path_factory.mktemp("newcomer")
    path = monthly(files / "9月.xlsx", {})
    book = openpyxl.load_workbook(path)
    sheet = book["数据"]
    wide = sheet.max_column + 1
    sheet.cell(2, wide, "支行备注")
    for row in range(sheet.max_row, 2, -1):
        if sheet.cell(row, 1).value != OUTLETS[0]:
            sheet.delete_rows(row)
    book.save(path)
    data = files / "data"
    shown = mingcha(data, "ingest", str(register(files / "名册.xlsx")), str(path))
    (files / "ingest.txt").write_text(shown.output, "utf-8")
    return data


def test_ingest_names_what_correct_asks_for(root: Path) -> None:
    shown = (root.parent / "ingest.txt").read_text("utf-8")
    told = [line.split("编号 ")[1][:8] for line in shown.splitlines() if "编号 " in line]
    assert len(told) == 2  # the register too, which was accepted without a word
    corrected = mingcha(
        root, "correct", told[0], "--cell", "A1", "--old", "no such text", "--new", "x",
        "--reason", "r",
    )  # fmt: skip
    assert "没有编号" not in corrected.output  # the upload was found; the cell says otherwise


def test_status_and_page_mean_the_same(root: Path) -> None:
    shown = mingcha(root, "status", "--period", "2026-09")
    assert shown.exit_code == 0
    assert "按时报送" in shown.output and "已报 " not in shown.output


def test_publishing_a_month_of_few_is_told(root: Path) -> None:
    shown = mingcha(root, "publish", "--period", "2026-09")
    assert "应报 3 个网点，只有 1 个已报" in shown.output
    english = mingcha(root, "--lang", "en", "publish", "--period", "2026-09")
    assert "of 3 branches due in the last month only 1 have reported" in english.output


def test_a_header_not_needed_is_not_told_again(root: Path) -> None:
    told = (root.parent / "ingest.txt").read_text("utf-8")
    assert "支行备注" in told
    assert mingcha(root, "spelling", "ignore", "performance", "支行备注").exit_code == 0
    path = root.parent / "9月.xlsx"
    book = openpyxl.load_workbook(path)
    book["数据"].cell(3, 4, 13)
    book.save(path)
    findings = [f for e in ingest(DataFolder(root), [path]).files for f in e.findings]
    assert not [f for f in findings if f["rule"] == "unknown_column"]


def test_rebuild_says_how_far_it_is(root: Path) -> None:
    moved: list[tuple[str, int, int]] = []
    done = rebuild(DataFolder(root), lambda *step: moved.append(step))
    assert done.problems == []
    assert moved and {step for step, _, _ in moved} == {"rebuild"}
    assert [n for _, n, _ in moved] == sorted(n for _, n, _ in moved)
    assert all(total == done.uploads for _, _, total in moved)
