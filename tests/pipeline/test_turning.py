"""A scorecard that lies on its side, from the workbook to the facts and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from audits.scorecard import load_editions
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.parsing.turning import address
from pipeline.rebuild import rebuild
from pipeline.warehouse.store import Warehouse
from tests.pipeline.test_ingest import EAST, register

ITEMS = [i for i in load_editions()["covert-1"].items if i.kind == "yes_no" and not i.depends_on]
HEAD = {"网点代码": EAST[0], "网点名称": EAST[1], "轮次": "2026Q3", "版本": "covert-1",
        "暗访日期": "2026-09-10",
        "进入时间": "09:00", "离开时间": "10:00", "暗访员编号": "S1", "客户角色": "普通客户",
        "工会陪同": "否"}  # fmt: skip


def card(path: Path, turned: bool, answers: dict[str, Any]) -> dict[str, str]:
    """Every item of the edition answered; where each answer stands."""
    lines: list[list[Any]] = [[label, value] for label, value in HEAD.items()]
    lines += [["考核项编号", "考核内容", "分值", "检查结果", "不适用", "扣分原因"]]
    for item in load_editions()["covert-1"].items:
        lines.append([item.id, item.zh, None, answers.get(item.id, "1"), None, None])
    book = openpyxl.Workbook()
    cells = {}
    for r, line in enumerate(lines, 1):
        for c, value in enumerate(line, 1):
            cell = book.active.cell(c if turned else r, r if turned else c, value)
            if c == 4:
                cells[str(line[0])] = cell.coordinate
    book.save(path)
    return cells


@pytest.mark.parametrize(
    ("cell", "corner", "there"),
    [("C1", (1, 1), "A3"), ("B12", (10, 2), "D10"), ("B9", (10, 2), "B9"), ("A12", (10, 2), "A12")],
)
def test_addresses_are_exchanged_from_the_corner_on(
    cell: str, corner: tuple[int, int], there: str
) -> None:
    """By hand: from B10 on, two rows down becomes two columns to the right."""
    assert address(cell, corner) == there
    assert address(there, corner) == cell


def test_every_answer_points_at_its_own_cell(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    register(tmp_path / "register.xlsx")
    places = card(tmp_path / "card.xlsx", True, {ITEMS[0].id: "否"})
    report = ingest(folder, [tmp_path / "register.xlsx", tmp_path / "card.xlsx"])
    (told,) = [f for f in report.files if f.kind == "scorecard"]
    assert told.status in ("accepted", "warned"), told.findings
    assert "transposed_read" in {f["rule"] for f in told.findings}
    sheet = openpyxl.load_workbook(tmp_path / "card.xlsx").active
    with Warehouse.open(folder, read_only=True) as warehouse:
        answers = warehouse.live("answer")
        heads = warehouse.query("SELECT * FROM column_map WHERE \"column\" = 'branch_code'")
    said = {r["item_id"]: (r["cell"], r["answer"]) for r in answers.iter_rows(named=True)}
    assert said[ITEMS[0].id] == (places[ITEMS[0].id], 0.0)
    assert {i: places[i] for i in said} == {i: cell for i, (cell, _) in said.items()}
    located = heads.filter(pl.col("row").is_not_null())
    assert [sheet[f"{r['letter']}{r['row']}"].value for r in located.iter_rows(named=True)] == [
        EAST[0]
    ]
    before = answers.drop("upload_id").sort("item_id", "encounter")
    rebuild(folder)
    with Warehouse.open(folder, read_only=True) as warehouse:
        after = warehouse.live("answer").drop("upload_id").sort("item_id", "encounter")
    assert after.equals(before)


def test_what_is_wrong_is_told_at_the_cell_a_clerk_sees(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    register(tmp_path / "register.xlsx")
    places = card(tmp_path / "card.xlsx", True, {ITEMS[1].id: "大概吧"})
    report = ingest(folder, [tmp_path / "register.xlsx", tmp_path / "card.xlsx"])
    told = next(f for f in report.files if f.status == "refused")
    (wrong,) = [f for f in told.findings if f["severity"] == "error"]
    assert (wrong["cell"], wrong["value"]) == (places[ITEMS[1].id], "大概吧")
    assert places[ITEMS[1].id] in wrong["zh"]
    returned = openpyxl.load_workbook(folder.root / str(told.returned))
    marked = [s[wrong["cell"]] for s in returned.worksheets if s.title == wrong["sheet"]]
    assert marked[0].comment is not None
