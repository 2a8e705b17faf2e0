"""Errors come first, rows in order, and two hundred lost zeros are one sentence."""

from __future__ import annotations

from pipeline.findings import Finding
from pipeline.parsing.rules import CODE_RESTORED
from pipeline.validation.rules import JUMP, MANDATORY
from pipeline.validation.telling import by_file


def restored(row: int, file: int = 0, sheet: str = "表") -> Finding:
    return CODE_RESTORED.at(file, sheet, f"A{row}", row, f"{row}", restored=f"0{row}")


def blank(cell: str, row: int) -> Finding:
    return MANDATORY.at(0, "表", cell, row, column="月份", column_en="Month")


def jump(cell: str, row: int) -> Finding:
    return JUMP.at(0, "表", cell, row, "9", column="在岗", column_en="Staff", other="1")


def test_errors_first_then_by_row_and_column() -> None:
    given = [jump("D2", 2), blank("AA10", 10), blank("C10", 10), blank("C9", 9), jump("B3", 3)]
    told = by_file([*given, given[0]])
    assert [f.cell for f in told[0]] == ["C9", "C10", "AA10", "D2", "B3"]


def test_up_to_five_are_told_one_by_one() -> None:
    told = by_file(restored(n) for n in range(2, 7))[0]
    assert [f.cell for f in told] == ["A2", "A3", "A4", "A5", "A6"]


def test_more_are_told_once_per_file_and_sheet() -> None:
    many = [restored(n) for n in range(2, 202)] + [restored(n, file=1) for n in range(2, 5)]
    told = by_file([*many, blank("C9", 9)])
    assert [(f.rule, f.cell) for f in told[0]] == [("mandatory", "C9"), ("codes_restored", "A2")]
    one = told[0][1]
    assert one.severity == "warning" and "200" in one.zh and "200" in one.en
    assert "A2、A3、A4、A5、A6、…" in one.zh and "A7" not in one.zh
    assert len(told[1]) == 3
