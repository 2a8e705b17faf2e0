"""Judging whole workbooks: what each is worth, and what `--strict` makes of warnings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipeline.folders import DataFolder
from pipeline.judging import Judged, Read, judge, read_and_parse
from pipeline.office import Office, shoppers
from pipeline.sheets import kinds
from pipeline.warehouse.store import Warehouse

NODES = (
    ("37", "全省", "省行", None),
    ("3701", "甲州", "二级分行", "37"),
    ("0137010101", "东门", "网点", "3701"),
    ("0137010102", "西桥", "网点", "3701"),
)
EAST, WEST = "0137010101", "0137010102"
MONTHLY = ("branch_code", "month", "staff", "trained", "exam_passed", "served", "identified")
PLAN = ("plan_id", "round", "branch_code", "planned_date", "shopper_id", "outcome")


def book(path: Path, kind: str, columns: tuple[str, ...], *rows: tuple[object, ...]) -> Path:
    """A workbook with the headers in row 1 and the rows under them."""
    declared = kinds()[kind]
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("报表")
        for n, row in enumerate([tuple(declared.column(c).zh for c in columns), *rows]):
            sheet.write_row(n, 0, row)
    return path


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """A register and sheets that are sound, doubtful, wrong in a row, and only remarked upon."""
    box = tmp_path_factory.mktemp("sent")
    head = ("branch_code", "branch_name", "level", "parent_code")
    sound, other = (EAST, "2026-08", 9, 8, 7, 90, 30), (WEST, "2026-08", 8, 8, 8, 80, 20)
    plan = ("1", "2026Q3", EAST, "2026-09-03", "S01", "已完成")
    return read_and_parse([
        book(box / "1台账.xlsx", "branches", head, *NODES),
        book(box / "2好.xlsx", "performance", MONTHLY, sound, other),
        book(box / "3疑.xlsx", "performance", MONTHLY,
             (EAST, "2026-09", 9, 5, 7, 90, 30), (WEST, "2026-09", 8, 8, 8, 80, 20)),
        book(box / "4错.xlsx", "performance", MONTHLY,
             (EAST, "2026-10", 9, 9, 10, 90, 30), (WEST, "2026-10", 8, 8, 8, 80, 20)),
        book(box / "5计划.xlsx", "plans", PLAN, plan, ("2", "2026Q9", *plan[2:]),
             ("3", *plan[1:4], "S02", "已完成"), ("4", *plan[1:4], "S77", "已完成")),
        book(box / "6又一台账.xlsx", "branches", head, *NODES, ("99", "另一省", "省行", None)),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def judged(read: Read, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Judged]]:
    """By `strict`. The office knows two shoppers; the second works at 东门."""
    folder = DataFolder(tmp_path_factory.mktemp("office"))
    source = {"upload_id": "a:1", "seq": 1, "sheet": "s", "row": 2, "name": "某甲"}
    listed = [source | {"shopper_id": "S01", "home_branch": WEST},
              source | {"shopper_id": "S02", "home_branch": EAST}]  # fmt: skip
    with Warehouse(folder) as warehouse, Office.open(folder) as office:
        with office.transaction() as connection:
            shoppers.store(connection, pl.DataFrame(listed))
        yield {s: judge(read, warehouse, s, office.connection) for s in (False, True)}


def statuses(judged: Judged) -> dict[str, str]:
    return {f.name[0]: judged.verdicts[f.index].status for f in judged.files}


def found(judged: Judged, number: int) -> list[tuple[str, str | None]]:
    return [(f.rule, f.cell) for f in judged.verdicts[number - 1].findings]


def test_each_workbook_gets_what_it_deserves(judged: dict[bool, Judged]) -> None:
    assert statuses(judged[False]) == {
        "1": "accepted", "2": "accepted", "3": "warned", "4": "partial", "5": "partial",
        "6": "refused",
    }  # fmt: skip
    assert found(judged[False], 3) == [("comparison_doubt", "E2")]
    # more passed (10) than staff (9) and than trained (9): the impossible, then the doubtful
    assert found(judged[False], 4) == [("comparison", "E2"), ("comparison_doubt", "E2")]


def test_strict_refuses_whatever_is_not_clean(judged: dict[bool, Judged]) -> None:
    assert statuses(judged[True]) == {
        "1": "accepted", "2": "accepted", "3": "refused", "4": "refused", "5": "refused",
        "6": "refused",
    }  # fmt: skip


def test_strict_says_the_same_sentences(judged: dict[bool, Judged]) -> None:
    for index, verdict in judged[False].verdicts.items():
        assert judged[True].verdicts[index].findings == verdict.findings
        assert judged[True].verdicts[index].period == verdict.period


def test_of_a_refused_workbook_nothing_is_taken(judged: dict[bool, Judged]) -> None:
    months = {s: sorted(j.facts["performance"]["month"].unique()) for s, j in judged.items()}
    assert months == {False: ["2026-08", "2026-09", "2026-10"], True: ["2026-08"]}
    assert judged[True].facts["planned_visit"].is_empty()
    assert judged[True].facts["quarantine"].is_empty() and judged[True].dropped == {}
    assert [judged[True].verdicts[n].rows for n in range(6)] == [4, 2, 0, 0, 0, 0]
    assert judged[False].facts["quarantine"].height == 2  # 东门 in October, and plan 2


def test_a_round_that_is_none_and_shoppers_against_the_list(judged: dict[bool, Judged]) -> None:
    assert found(judged[False], 5) == [
        ("pattern", "B3"), ("own_branch", "E4"), ("unknown_shopper", "E5"),
    ]  # fmt: skip


def test_a_second_register_of_the_same_command_is_judged_over_the_first(
    judged: dict[bool, Judged],
) -> None:
    # 37 of this newer sheet and 99; the first register's 37 is the same node
    assert found(judged[False], 6) == [("register_two_roots", f"C{n}") for n in (2, 6)]
