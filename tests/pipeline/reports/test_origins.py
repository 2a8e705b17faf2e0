"""The annexes of a workbook: every figure of the text, and places that `explain` knows as well."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.explain import explain
from pipeline.folders import DataFolder
from pipeline.publication import Publication, open_publication
from pipeline.reports import origins
from pipeline.reports.blocks import (
    Chart,
    Document,
    Evidence,
    Reckoned,
    Sentence,
    Strip,
    StripCell,
    Table,
    TableColumn,
)
from pipeline.reports.circular import circular
from pipeline.worker import warming
from pipeline.worker.tasks import Order, perform


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    place = tmp_path_factory.mktemp("office")
    sheets = [str(p) for p in warming._sheets(place / "sheets")]
    data = DataFolder(place / "data")
    perform(data, Order("ingest", {"paths": sheets}), lambda *_: None)
    request = {"period": "2026-09", "stage": "preview", "cascade": False}
    perform(data, Order("publish", request), lambda *_: None)
    found = open_publication(data, "2026-09")
    assert found is not None
    return found


def annexed(publication: Publication, cells: bool = True) -> dict[str, Table]:
    document = origins.with_annexes(publication, circular(publication), cells)
    return {table.id: table for table in document.annexes}


def evidence(document: Document) -> set[tuple[str, str, str]]:
    told = [e for b in document.blocks if isinstance(b, Sentence | Chart) for e in b.evidence]
    for block in document.blocks:
        if isinstance(block, Table):
            told += [e for r in block.rows for e in r.get("evidence", {}).values()]
        elif isinstance(block, Strip):
            told += [c.evidence for c in block.cells if c.evidence]
    return {(e.metric, e.scope, e.period) for e in told if isinstance(e, Evidence)}


def test_every_figure_of_the_text_has_its_place(publication: Publication) -> None:
    rows = annexed(publication)["provenance"].rows
    assert {(r["metric"], r["scope"], r["period"]) for r in rows} == evidence(circular(publication))


def test_the_cells_are_among_those_that_explain_finds(publication: Publication) -> None:
    """`explain` goes over all branches; here the marts of a few were made."""
    placed = [r for r in annexed(publication)["provenance"].rows if "cell" in r]
    assert len({r["metric"] for r in placed}) >= 5
    known: dict[tuple[str, str, str], set[Any]] = {}
    for row in placed:
        key = (row["metric"], row["scope"], row["period"])
        if key not in known:
            told = explain(publication, *key)
            known[key] = {
                (c["column"], c["sha256"][:16], c["sheet"], c["cell"])
                for part in told["components"]
                for r in part["rows"]
                for c in r["cells"]
            }
        assert (row["column"], row["sha256"], row["sheet"], row["cell"]) in known[key]


def test_places_only_never_what_stands_there(publication: Publication) -> None:
    columns = [c.id for c in annexed(publication)["provenance"].columns]
    assert "fact" not in columns
    assert columns[-3:] == ["sha256", "sheet", "cell"]


def test_a_document_of_a_branch_names_no_cell(publication: Publication) -> None:
    """The average of the province rests on other branches' sheets."""
    table = annexed(publication, cells=False)["provenance"]
    assert not {"sha256", "sheet", "cell"} & {c.id for c in table.columns}
    assert not any("cell" in row for row in table.rows)


def test_definitions_where_there_is_no_dictionary(publication: Publication) -> None:
    assert "definitions" not in annexed(publication)  # the circular has its dictionary
    told = Evidence("adherence", "37", "2026-09", 0.5)
    strip = Strip("七步", (StripCell("执行", 0.5, evidence=told),))
    page = Document(
        "onepager", "一页三改", "", "省行", "2026年10月9日", "2026-09", 1, "zh",
        (strip,), meta={"date": "2026-10-09"},
    )  # fmt: skip
    definitions, provenance = origins.with_annexes(publication, page, cells=False).annexes
    assert [r["metric"] for r in definitions.rows] == ["adherence"]
    assert definitions.rows[0]["name"] == "流程执行率"
    assert definitions.rows[0]["formula"]
    assert [r["value"] for r in provenance.rows] == [0.5]


def test_a_text_without_figures_has_no_annexes(publication: Publication) -> None:
    page = Document(
        "letter", "督办函", "", "省行", "2026年10月9日", "2026-09", 1, "zh",
        (Sentence("请于三日内回复。"),), meta={"date": "2026-10-09"},
    )  # fmt: skip
    assert origins.with_annexes(publication, page) == page


def test_both_languages_say_the_same_things() -> None:
    zh, en = origins.WORDS["zh"], origins.WORDS["en"]
    assert set(zh) == set(en)
    assert not [k for k, text in en.items() if any("\u4e00" <= c <= "\u9fff" for c in text)]


def test_the_first_branches_of_each_kind_are_looked_at() -> None:
    known = {
        "visit": pl.Series(["b6", "b7", "b8", "b9", "x"]),
        "appeal": pl.Series(["b9"]),
        "plan": pl.Series([], dtype=pl.String),
    }
    inside = ["b6", "b7", "b8", "b9"]
    assert origins._first_of_each(known, inside) == ["b6", "b7", "b8", "b9"]


def test_figures_worked_out_come_with_their_query(publication: Publication) -> None:
    told = Reckoned(2, "SELECT count(*) FROM scope WHERE level = 'branch'")
    columns = (TableColumn("scope", "网点"),)
    rows = [{"scope": "3701", "evidence": {"scope": Evidence("adherence", "3701", "2026-09", 0.5)}}]
    table = Table("名单", columns, rows, 1, query="SELECT scope FROM scope")
    page = Document(
        "express", "快报", "", "省行", "2026年10月9日", "2026-09", 1, "zh",
        (Sentence("共2家。", (), (told, told)), table), meta={"date": "2026-10-09"},
    )  # fmt: skip
    annexes = {t.id: t for t in origins.with_annexes(publication, page).annexes}
    assert [(r["what"], r["value"], r["query"]) for r in annexes["reckoned"].rows] == [
        ("文中数字", 2, told.query),
        ("名单", 1, "SELECT scope FROM scope"),
    ]
    assert {r["scope"] for r in annexes["provenance"].rows} == {"3701"}
