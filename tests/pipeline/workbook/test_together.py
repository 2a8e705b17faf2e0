"""Small files go step by step together; what is large goes alone, and each answers for itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

from pipeline.workbook import Limits, read
from pipeline.workbook.together import Steps, at_once, in_turn
from tests.pipeline.workbook.test_hostile import CASES, plain_xlsx


def reading(name: str, held: list[int], told: list[str]) -> Iterator[int]:
    for step, size in enumerate(held):
        told.append(f"{name}{step}")
        yield size
    told.append(f"{name} end")


def test_each_step_of_all_comes_before_the_next_one() -> None:
    told: list[str] = []
    touched: list[int] = []
    in_turn([(7, reading("a", [1, 1], told)), (8, reading("b", [1], told))], touched.append)
    assert told == ["a0", "b0", "a1", "b end", "a end"]
    assert touched == [7, 8, 7, 8, 7]


def test_what_is_large_goes_to_its_end_at_once() -> None:
    told: list[str] = []
    several = [(n, reading(str(n), [1, 1 << 20, 1 << 20], told)) for n in (1, 2)]
    in_turn(several, lambda number: None)
    assert told == ["10", "20", "11", "12", "1 end", "21", "22", "2 end"]


def test_steps_taken_at_once_give_the_same() -> None:
    def steps() -> Steps[str]:
        yield 1
        yield 1 << 30
        return "found"

    assert at_once(steps()) == "found"


def test_hostile_files_among_good_ones_cost_nobody_else(tmp_path: Path) -> None:
    """All of them in few chunks, so that they wait for each other between their steps."""
    paths, expected = [], []
    for number, (name, rule, make) in enumerate(CASES):
        (folder := tmp_path / str(number)).mkdir()
        make(folder / name)
        paths += [folder / name, plain_xlsx(folder / "good.xlsx")]
        expected.append((2 * number, rule))
    batch = read(paths)
    assert [(f.file, f.rule) for f in batch.findings] == expected
    assert batch.cells["file"].to_list() == [2 * n + 1 for n in range(len(CASES))]
    assert set(batch.cells["text"]) == {"甲"}


def test_none_is_told_as_too_large_for_what_all_of_them_hold(tmp_path: Path) -> None:
    """Forty sheets with a cell far away: one takes some 10 MB, all of them more than they may."""
    for number in range(40):
        book = xlsxwriter.Workbook(tmp_path / f"{number:02}.xlsx")
        sheet = book.add_worksheet()
        sheet.write(999, 0, "甲")
        sheet.write(999, 1999, "乙")
        book.close()
    batch = read(sorted(tmp_path.iterdir()), limits=Limits(resident_bytes=250 << 20))
    assert batch.findings == []
    assert len(batch.cells) == 80
