"""A template, filled in as a clerk would, reads back as what was written."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from audits.scorecard import load_editions
from pipeline.parse import parse
from pipeline.recognise import recognise
from pipeline.sheets import kinds
from pipeline.template import answer_choices, columns_for, write_template
from pipeline.workbook import read

VALUES = {
    "code": "0101", "text": "文字", "count": 3, "money": 1234.5, "number": 1.5, "rate": 0.5,
    "date": date(2026, 9, 1), "time": "09:35", "month": "2026-09", "year": 2026, "yes_no": "是",
}  # fmt: skip
READ = VALUES | {"money": Decimal("1234.50"), "time": time(9, 35), "yes_no": True}
LISTS = [k for k in kinds().values() if k.layout == "list"]


def fill(path: Path, header: str, values: dict[str, object]) -> None:
    """Writes one row under the header row whose first cell is `header`."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    row = next(r for r in range(1, 30) if page.cell(r, 1).value == header)
    for col in range(1, page.max_column + 1):
        name = str(page.cell(row, col).value).split("（")[0]
        if name in values:
            page.cell(row + 1, col).value = values[name]
    book.save(path)


@pytest.mark.parametrize("kind", LISTS, ids=lambda k: k.id)
def test_a_filled_list_reads_back(kind, tmp_path: Path) -> None:
    path = write_template(kind, tmp_path / "t.xlsx")
    columns = columns_for(kind, None)
    sent = {c.zh: c.choices[0] if c.choices else VALUES[c.type] for c in columns}
    sent |= {"单位": "人"} if kind.id == "targets" else {}
    fill(path, columns[0].zh, sent)
    batch = read([path])
    found = recognise(batch)
    assert [f for f in found.findings if f.severity != "info"] == []
    parsed = parse(batch, found)[kind.id]
    assert parsed.findings == []
    row = parsed.tables[kind.table].row(0, named=True)
    for c in columns:
        first = c.choices[0] if c.choices and c.type != "yes_no" else READ[c.type]
        expected = "人" if (kind.id, c.id) == ("targets", "unit") else first
        assert row[c.id] == expected, c.id


def test_branch_template_shows_only_what_the_branch_fills(tmp_path: Path) -> None:
    kind = kinds()["performance"]
    path = write_template(kind, tmp_path / "t.xlsx", "branch")
    page = openpyxl.load_workbook(path).worksheets[0]
    shown = [str(c.value).split("（")[0] for c in page[4] if c.value]
    assert "晨会次数" in shown and "储蓄存款余额" not in shown
    assert {c.value for c in page[3] if c.value} == {"网点填报"}
    whole = openpyxl.load_workbook(write_template(kind, tmp_path / "w.xlsx")).worksheets[0]
    assert [str(c.value).split("（")[0] for c in whole[4]] == [c.zh for c in kind.columns]
    assert {c.value for c in whole[3] if c.value} == {"网点填报", "系统取数"}


def test_headers_are_locked_data_is_open_and_explained(tmp_path: Path) -> None:
    page = openpyxl.load_workbook(
        write_template(kinds()["branches"], tmp_path / "t.xlsx")
    ).worksheets[0]
    assert page.protection.sheet
    assert page["A4"].protection.locked and not page["A5"].protection.locked
    assert page["A5"].number_format == "@"
    assert "保留前面的 0" in page["A4"].comment.text
    lists = [v.formula1 for v in page.data_validations.dataValidation if v.type == "list"]
    assert '"省行,二级分行,省行直管机构,支行,网点"' in lists


@pytest.mark.parametrize("edition", ["covert-1", "open-1"])
def test_a_filled_scorecard_reads_back(edition: str, tmp_path: Path) -> None:
    editions = load_editions()
    items = editions[edition].items
    path = write_template(kinds()["scorecard"], tmp_path / "s.xlsx", edition=editions[edition])
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    labels = {c.value: c for row in page.iter_rows(max_row=8) for c in row if c.value}
    head = {"网点代码": "0101", "网点名称": "甲", "轮次": "2026Q3", "暗访日期": "2026-09-15",
            "进入时间": "09:30", "离开时间": "10:05", "暗访员编号": "S07"}  # fmt: skip
    for name, value in head.items():
        page.cell(labels[name].row, labels[name].column + 1).value = value
    first = next(r for r in range(1, 30) if page.cell(r, 1).value == items[0].id)
    for row, item in enumerate(items, start=first):
        page.cell(row, 4 if item.scope == "visit" else 5).value = (answer_choices(item) or ("3",))[
            0
        ]
    book.save(path)
    batch = read([path])
    found = recognise(batch)
    assert [f for f in found.findings if f.severity != "info"] == []
    parsed = parse(batch, found)["scorecard"]
    assert parsed.findings == []
    assert parsed.tables["visit"]["edition"].to_list() == [edition]
    # the first choice is 是 of a yes/no item, level 0 of an ordinal one; 3 was given to the rest
    value = {"yes_no": 1.0, "ordinal": 0.0, "count": 3.0, "minutes": 3.0}
    got = parsed.tables["answer"].select("item_id", "encounter", "answer").rows()
    assert sorted(got) == sorted(
        (i.id, 0 if i.scope == "visit" else 1, value[i.kind]) for i in items
    )


def test_list_of_scorecards_template_is_recognised(tmp_path: Path) -> None:
    edition = load_editions()["covert-1"]
    path = write_template(kinds()["scorecards"], tmp_path / "l.xlsx", edition=edition)
    sent = {c.zh: VALUES[c.type] for c in kinds()["scorecards"].columns}
    sent |= {"版本": "covert-1", "客户角色": "普通客户", "次序": 0}
    fill(path, "网点代码", sent | {edition.items[0].id: "1"})
    found = recognise(read([path]))
    assert found.kinds == {0: "scorecards"}
    assert {i.id for i in edition.items} <= set(found.columns["column"])
    assert [f for f in found.findings if f.severity != "info"] == []


def test_command(tmp_path: Path) -> None:
    from pipeline.__main__ import load_commands

    def run(app: Any, arguments: list[str]) -> Any:
        return CliRunner().invoke(app, ["--data", str(tmp_path / "data"), *arguments])

    app = load_commands()
    good = run(app, ["template", "actions", "-o", str(tmp_path / "a.xlsx")])
    assert good.exit_code == 0 and (tmp_path / "a.xlsx").exists()
    assert run(app, ["template", "nothing", "-o", str(tmp_path / "b.xlsx")]).exit_code == 2
    lost = ["template", "scorecard", "--edition", "x", "-o", str(tmp_path / "c.xlsx")]
    assert run(app, lost).exit_code == 2
    assert run(app, ["template", "actions", "-o", str(tmp_path / "no/d.xlsx")]).exit_code == 4
