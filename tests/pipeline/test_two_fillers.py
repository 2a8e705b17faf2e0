"""The office's template and the branch's, filled in, taken, published and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hand_facts import REGISTER

from pipeline.explain import explain
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.publication import open_publication
from pipeline.publish import PublishReport, publish
from pipeline.rebuild import rebuild
from pipeline.sheets import kinds
from pipeline.sheets.declaration import Filler
from pipeline.template import write_template
from pipeline.warehouse.store import Warehouse

KIND = kinds()["performance"]
ZH = {c.id: c.zh for c in KIND.columns}
OUTLETS = [n["branch_code"] for n in REGISTER if n["level"] == "网点"]
FIRST = OUTLETS[0]
OFFICE = {"warned": 50, "income": 1234567.25, "fee_income": 300000.5}
BRANCH = {"retained": 20, "served": 500, "spoken": 300}


def filled(path: Path, filler: Filler, values: dict[str, Any]) -> Path:
    """The real template of one side with a row for each branch; other cells stay blank."""
    write_template(KIND, path, filler)
    book = openpyxl.load_workbook(path)
    sheet = book[KIND.zh]
    headers = {str(c.value).split("（")[0]: c.column for c in sheet[4] if c.value}
    for row, code in enumerate(OUTLETS, start=5):
        known = {"branch_code": code, "branch_name": f"机构{code}", "month": "2026-09"}
        for id, value in (known | values).items():
            sheet.cell(row, headers[ZH[id]], value)
    book.save(path)
    return path


def register(path: Path) -> Path:
    columns = kinds()["branches"].columns
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([c.zh for c in columns])
    for node in REGISTER:
        sheet.append([node.get(c.id) for c in columns])
    book.save(path)
    return path


def take(folder: DataFolder, path: Path) -> dict[str, Any]:
    (told,) = ingest(folder, [path]).to_json()["files"]
    assert told["status"] in ("accepted", "warned"), told
    return dict(told)


Story = tuple[DataFolder, list[dict[str, Any]], list[PublishReport]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The office, then the branches, then the office again with other income."""
    root = tmp_path_factory.mktemp("fillers")
    folder = DataFolder(root / "data")
    take(folder, register(root / "机构台账.xlsx"))
    sheets = [
        filled(root / "系统取数.xlsx", "office", OFFICE),
        filled(root / "网点填报.xlsx", "branch", BRANCH),
        filled(root / "系统取数-更正.xlsx", "office", OFFICE | {"income": 7654321.75}),
    ]
    told, published = [], []
    for sheet in sheets:
        told.append(take(folder, sheet))
        published.append(publish(folder, "2026-09"))
    return folder, told, published


def cells(folder: DataFolder, revision: int, metric: str) -> dict[str, tuple[str, str, Any]]:
    """{column: (file, cell, original value)} behind the first branch's value."""
    publication = open_publication(folder, "2026-09", revision)
    assert publication is not None
    found = explain(publication, metric, FIRST, "2026-09", folder=folder)
    rows = [r for p in found["components"] for r in p["rows"]]
    return {
        c["column"]: (c["file"], c["cell"], c["value"])
        for row in rows
        for c in row["cells"]
        if c["column"] in OFFICE | BRANCH
    }


def test_the_declared_fillers_are_as_this_test_takes_them() -> None:
    assert {KIND.column(c).filler for c in OFFICE} == {"office"}
    assert {KIND.column(c).filler for c in BRANCH} == {"branch"}


def test_both_templates_are_performance_sheets(story: Story) -> None:
    _, told, _ = story
    assert [(t["kind"], t["period"], t["rows"]) for t in told] == [
        ("performance", "2026-09", 3)
    ] * 3


def test_neither_wipes_the_other(story: Story) -> None:
    folder, *_ = story
    with Warehouse.open(folder, read_only=True) as warehouse:
        live = warehouse.live("performance")
    assert live.height == 3
    row = live.select("warned", "income", "retained", "spoken").cast(str).row(0)
    assert row == ("50", "7654321.75", "20", "300")


def test_each_column_is_explained_by_its_own_file(story: Story, tmp_path: Path) -> None:
    folder, *_ = story
    sides: dict[Filler, list[str]] = {
        filler: [str(c.value).split("（")[0] for c in openpyxl.load_workbook(made)[KIND.zh][4]]
        for filler in ("office", "branch")
        if (made := filled(tmp_path / f"{filler}.xlsx", filler, {}))
    }

    def where(filler: Filler, column: str) -> str:
        letter = openpyxl.utils.get_column_letter(sides[filler].index(ZH[column]) + 1)
        return f"{letter}5"

    for revision, office in ((2, "系统取数.xlsx"), (3, "系统取数-更正.xlsx")):
        assert cells(folder, revision, "retention") == {
            "warned": (office, where("office", "warned"), 50),
            "retained": ("网点填报.xlsx", where("branch", "retained"), 20),
        }


def test_a_restatement_names_the_sheet_that_made_it(story: Story) -> None:
    _, _, published = story
    branch = {(e["branch_code"], e["column"], e["new"]) for e in published[1].restatements}
    assert {(FIRST, "spoken", "300"), (FIRST, "retained", "20")} <= branch
    assert not {c for _, c, _ in branch} & set(OFFICE)
    office = published[2].restatements
    assert {(e["branch_code"], e["column"]) for e in office} == {(b, "income") for b in OUTLETS}
    assert len({e["sha256"] for e in office}) == 1
    (first,) = [e for e in office if e["branch_code"] == FIRST]
    assert first["former"]["cell"] == first["cell"]  # the same cell of the office's two sheets
    assert first["former"]["sha256"] != first["sha256"]


def test_provenance_belongs_to_the_content(story: Story) -> None:
    folder, _, published = story
    assert len({p.content_hash for p in published}) == 3
    assert publish(folder, "2026-09").content_hash == published[2].content_hash
    newest = open_publication(folder, "2026-09", 3)
    assert newest is not None
    elsewhere = newest.facts("performance_elsewhere")
    assert elsewhere["branch_code"].to_list() == OUTLETS
    assert set(BRANCH) <= set(elsewhere["columns"][0].split(","))
    assert set(elsewhere["sha256"]) <= set(newest.table("source")["sha256"])


def test_a_rebuilt_warehouse_merges_alike(story: Story) -> None:
    folder, *_ = story
    with Warehouse.open(folder, read_only=True) as warehouse:
        before = warehouse.live("performance"), warehouse.elsewhere()
    assert rebuild(folder).problems == []
    with Warehouse.open(folder, read_only=True) as warehouse:
        assert warehouse.live("performance").equals(before[0])
        assert warehouse.elsewhere().equals(before[1])
