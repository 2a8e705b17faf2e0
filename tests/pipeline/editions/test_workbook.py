"""An edition goes to Excel and comes back whole; what a clerk gets wrong is told at its cell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from books import COVERT, book, cell_of, second
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from audits.scorecard import Edition, load_editions
from audits.scoring_examples import examples
from pipeline.editions.reading import edition_in, read_edition
from pipeline.editions.writing import write_edition
from pipeline.workbook import read as read_workbooks
from pipeline.workbook.cells import CELL_SCHEMA, ReadBatch

SHIPPED = load_editions()


def _odd() -> Edition:
    """Every kind of item, effect, veto and condition, and a section that starts full."""
    kinds = {e.id: e.edition.items for e in examples()}
    bank = COVERT.model_copy(update={"items": kinds["deduct_kinds"], "bridge": ()})
    section = next(e.edition.sections for e in examples() if e.id == "deduct_kinds")
    return bank.model_copy(update={"id": "odd-1", "sections": section})


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("edition", [*SHIPPED.values(), second(), _odd()], ids=lambda e: e.id)
def test_it_comes_back_as_it_went(tmp_path: Path, edition: Edition, lang: str) -> None:
    others = {} if edition.former is None else SHIPPED
    read = read_edition(write_edition(edition, tmp_path / "a.xlsx", lang), others)
    assert read.findings == []
    assert read.edition == edition


def test_headers_carry_notes_and_choices_are_drop_downs(tmp_path: Path) -> None:
    opened = openpyxl.load_workbook(book(tmp_path / "a.xlsx", COVERT))
    page = opened["考核项"]
    assert all(c.comment and c.comment.text for c in page[1])
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in page.data_validations.dataValidation}
    by_header = {c.value: lists.get(f"{c.column_letter}2", "") for c in page[1]}
    assert by_header["题型"] == '"是否,等级,计数,计时"'
    assert "大堂经理" in by_header["岗位"] and "板块" in by_header["板块编号"]


# what a clerk writes -> the cell, the rule, and a word of the cure
WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"版本!B1": "2号"}, "版本!B1", "edition.edition_id", "字母开头"),
    ({"版本!B2": "暗查"}, "版本!B2", "edition.choice", "暗访"),
    ({"版本!B5": "明年"}, "版本!B5", "edition.date", "2026-10-01"),
    ({"版本!B5": "2025-01-01"}, "版本!B5", "edition.former_date", "covert-1"),
    ({"版本!B6": "covert-9"}, "版本!B6", "edition.former_unknown", "edition list"),
    ({"版本!B6": "open-1"}, "版本!B6", "edition.former_instrument", "另一种检查"),
    ({"版本!B6": "covert-2"}, "版本!B6", "edition.former_circle", "环"),
    ({"版本!B6": None}, "对照!A2", "edition.former_missing", "上一版"),
    ({"版本!B7": 7}, "版本!B7", "edition.minimum", "0.7"),
    ({"板块!D2": 11}, "版本!B1", "edition.total", "101"),
    ({"板块!D2": 11}, "板块!D2", "edition.section_sum", "11"),
    ({"板块!A3": "ENV"}, "板块!A3", "edition.double", "重复"),
    ({"板块!A3": "CH 1"}, "板块!A3", "edition.section_id", "字母"),
    ({"考核项!A3": "ENV01"}, "考核项!A3", "edition.double", "重复"),
    ({"考核项!A3": "环境2"}, "考核项!A3", "edition.item_id", "字母"),
    ({"考核项!A3": "MM01"}, "考核项!A3", "edition.reused", "open-1"),
    ({"考核项!B3": "XX"}, "考核项!B3", "edition.no_section", "板块"),
    ({"考核项!C3": " "}, "考核项!C3", "edition.required", "补填"),
    ({"考核项!E3": "百分"}, "考核项!E3", "edition.choice", "是否"),
    ({"考核项!G3": "一分"}, "考核项!G3", "edition.number", "不小于 0"),
    ({"考核项!G3": "=1+1"}, "考核项!G3", "edition.formula", "公式"),
    ({"考核项!G3": 0}, "考核项!G3", "edition.points", "正"),
    ({"考核项!G3": 1.0005}, "考核项!G3", "edition.decimals", "三位"),
    ({"考核项!H3": None}, "考核项!H3", "edition.levels", "最高级"),
    ({"考核项!I3": 3}, "考核项!I3", "edition.target_idle", "清空"),
    ({"考核项!M4": "月球"}, "考核项!M4", "edition.choice", "咨询服务区"),
    ({"考核项!L4": "经理"}, "考核项!L4", "edition.choice", "大堂经理"),
    ({"考核项!O4": None}, "考核项!O4", "edition.na_words", "不适用"),
    ({"考核项!Q4": "ENV99=是"}, "考核项!Q4", "edition.no_such_field", "ENV99"),
    ({"考核项!Q4": "ENV13=是"}, "考核项!Q4", "edition.later", "前面"),
    ({"考核项!Q4": "ENV01=5"}, "考核项!Q4", "edition.no_such_answer", "5"),
    ({"考核项!Q4": "客户角色=猫"}, "考核项!Q4", "edition.no_such_value", "普通客户"),
    ({"考核项!Q4": "随便"}, "考核项!Q4", "edition.condition", "编号=结果"),
    ({"考核项!Q4": "ENV04=是", "考核项!Q5": "ENV03=是"}, "考核项!Q4", "edition.circle", "成环"),
    ({"考核项!R3": "封顶"}, "考核项!F3", "edition.veto_earns", "扣分"),
    ({"对照!B2": "拆分"}, "对照!B2", "edition.bridge_many", "拆分"),
    ({"对照!B2": "停用"}, "对照!B2", "edition.bridge_dropped", "停用"),
    ({"对照!C2": "ENV99"}, "对照!C2", "edition.bridge_unknown", "ENV99"),
    ({"对照!C2": "ENV02"}, "对照!C2", "edition.bridge_renamed", "保留编号"),
    ({"对照!A2": "OLD1"}, "对照!A2", "edition.bridge_stranger", "OLD1"),
    ({"对照!A2": "OLD1"}, "版本!B6", "edition.bridge_incomplete", "ENV01"),
    ({"对照!A3": "ENV01"}, "对照!A3", "edition.bridge_double", "合并"),
    ({"考核项!C2": "厅里干净"}, "对照!B2", "edition.bridge_changed", "改写"),
    ({"考核项!A1": "代号"}, "None", "edition.column_missing", "考核项编号"),
    ({"考核项!V1": "备注"}, "考核项!V1", "edition.column_unknown", "删去"),
    ({"考核项!T1": "分值"}, "考核项!T1", "edition.column_twice", "两次"),
]  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> ReadBatch:
    """covert-2 as exported and read by the real reader."""
    return read_workbooks([book(tmp_path_factory.mktemp("exported") / "a.xlsx", second())])


def edited(batch: ReadBatch, changes: dict[str, Any]) -> ReadBatch:
    """The same with other texts in some cells; None empties a cell, "=…" is without a result."""
    cells = {(r["sheet"], r["row"], r["col"]): r for r in batch.cells.to_dicts()}
    for place, value in changes.items():
        sheet, _, cell = place.partition("!")
        column, row = coordinate_from_string(cell)
        at = (sheet, row, column_index_from_string(column))
        cells.pop(at, None)
        if value is not None:
            flag = "uncached" if str(value).startswith("=") else ""
            cells[at] = dict(zip(CELL_SCHEMA, (0, *at, str(value), flag), strict=True))
    return batch.with_cells(pl.DataFrame(list(cells.values()), schema=CELL_SCHEMA))


@pytest.mark.parametrize(
    ("changes", "where", "rule", "said"), WRONG, ids=[f"{w[2]}-{n}" for n, w in enumerate(WRONG)]
)
def test_what_is_wrong_is_told_at_its_cell(
    exported: ReadBatch, changes: dict[str, Any], where: str, rule: str, said: str
) -> None:
    read = edition_in(edited(exported, changes), "a.xlsx", SHIPPED)
    told = {(f"{f.sheet}!{f.cell}" if f.cell else "None", f.rule): f for f in read.findings}
    assert (where, rule) in told, [(f.sheet, f.cell, f.rule, f.zh) for f in read.findings]
    finding = told[where, rule]
    assert said in finding.zh and finding.en
    assert read.sound == (finding.severity == "warning")


def test_every_sentence_of_the_checks_is_met() -> None:
    from pipeline.editions.rules import CHECKED

    met = {rule.removeprefix("edition.") for _, _, rule, _ in WRONG}
    elsewhere = {  # test_more_of_the_checks below, and tests/audits
        "wording", "cap", "too_fine", "base", "section_empty", "no_base", "id_of_section", "target",
        "target_whole", "levels_idle", "unknown_name", "other_scope", "section_reused",
    }  # fmt: skip
    assert met & set(CHECKED) == set(CHECKED) - elsewhere


def test_more_of_the_checks(tmp_path: Path) -> None:
    bare = second()
    path = book(tmp_path / "a.xlsx", bare)
    hall03, ref04 = (cell_of(path, "考核项", "满分标准", i) for i in ("HALL03", "REF04"))
    changes = {
        "版本!B8": 101,  # cap
        "板块!E2": 1.0005,  # base
        hall03: None,  # target of minutes
        ref04: 2,  # target of a yes/no
        cell_of(path, "考核项", "适用条件", "REF04"): "STEP4A=是",  # a counter's item
        cell_of(path, "考核项", "最高级", "REF04"): 2,
    }
    read = read_edition(book(path, bare, changes), SHIPPED)
    assert {f.rule.removeprefix("edition.") for f in read.findings} >= {
        "cap", "base", "target", "target_idle", "other_scope", "levels_idle",
    }  # fmt: skip


def test_a_section_of_another_scorecard_is_not_taken_over(tmp_path: Path) -> None:
    whole = {"points": Decimal(100), "base": Decimal(100)}
    section = COVERT.sections[0].model_copy(update=whole)
    items = tuple(i.model_copy(update={"section": "ENV"}) for i in _odd().items)
    stranger = _odd().model_copy(update={"sections": (section,), "items": items})
    read = read_edition(book(tmp_path / "a.xlsx", stranger), SHIPPED)
    assert [(f.rule, f.sheet, f.cell) for f in read.findings] == [
        ("edition.section_reused", "板块", "A2")
    ]


def test_a_dropped_item_leaves_its_id_taken(tmp_path: Path) -> None:
    """covert-3 may not give an id that covert-2 dropped to something new."""
    from audits.bridges import next_edition
    from audits.scorecard import Bridge

    new = COVERT.item("ENV08").model_copy(update={"id": "ENV20", "zh": "折页", "en": "Leaflets"})
    items = (*(i for i in COVERT.items if i.id != "ENV08"), new)
    bridge = tuple(b for b in second().bridge if b.former != "ENV08")
    middle = second(items=items, bridge=(*bridge, Bridge(former="ENV08", relation="dropped")))
    others = SHIPPED | {"covert-2": middle}
    third = next_edition(middle, "covert-3").model_copy(update={"valid_from": date(2027, 1, 1)})
    assert read_edition(book(tmp_path / "b.xlsx", third), others).findings == []
    back = tuple(i.model_copy(update={"id": "ENV08"}) if i.id == "ENV20" else i for i in items)
    bridge = tuple(
        b.model_copy(update={"items": ("ENV08",), "relation": "reworded"})
        if b.former == "ENV20" else b for b in third.bridge
    )  # fmt: skip
    wrong = third.model_copy(update={"items": back, "bridge": bridge})
    (told,) = read_edition(book(tmp_path / "c.xlsx", wrong), others).findings
    assert (told.rule, told.value) == ("edition.reused", "ENV08")


def test_other_files_are_told_as_what_they_are(tmp_path: Path) -> None:
    empty = openpyxl.Workbook()
    empty.save(tmp_path / "b.xlsx")
    (tmp_path / "c.xlsx").write_bytes(b"no workbook")
    read = read_edition(tmp_path / "b.xlsx", SHIPPED)
    assert {f.rule for f in read.findings} == {"edition.sheet_missing"} and not read.sound
    broken = read_edition(tmp_path / "c.xlsx", SHIPPED)
    assert broken.findings and not broken.sound and broken.edition is None
