"""Cells as read: what a person may call them, and what a corrected one says."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.correcting.cells import place_of, replaced, same, text_at
from tests.pipeline.reading import batch_of


@pytest.mark.parametrize(
    ("cell", "place"),
    [("A1", (1, 1)), ("Z9", (9, 26)), ("AA10", (10, 27)), ("XFD1048576", (1048576, 16384))],
)
def test_a_cell_has_a_row_and_a_column(cell: str, place: tuple[int, int]) -> None:
    assert place_of(cell) == place


@pytest.mark.parametrize("cell", ["", "A0", "1A", "A", "7", "a1", "A1:B2", "AAAA1", "Ａ1", "A01"])
def test_what_is_no_cell(cell: str) -> None:
    assert place_of(cell) is None


@pytest.mark.parametrize(
    ("text", "flag", "said"),
    [
        ("900", "", "900"),
        ("900", "", "９００"),
        ("1234567.5", "", "1,234,567.50"),
        ("0.85", "percent", "85%"),
        ("0.85", "percent", "0.85"),
        ("2026-09-01T00:00:00", "date", "2026-09-01"),
        ("2026-09-01", "date", "2026/9/1"),
        (" 云安 东门", "", "云安东门"),
        ("", "", " "),
        ("#DIV/0!", "error", "#DIV/0!"),
    ],
)
def test_the_same_said_otherwise(text: str, flag: str, said: str) -> None:
    assert same(text, flag, said)


@pytest.mark.parametrize(
    ("text", "flag", "said"),
    [
        ("900", "", "901"),
        ("0123", "", "124"),
        ("0123", "", "123"),
        ("123", "", "0123"),
        ("0.85", "", "85%"),
        ("0.85", "percent", "0.85%"),
        ("2026-09-01T10:30:00", "date", "2026-09-01"),
        ("2026-09-01", "date", "2026-09-02"),
        ("900", "", ""),
        ("", "", "0"),
        ("云安东门", "", "云安西桥"),
        ("nan", "", "NaN-"),
    ],
)
def test_something_else(text: str, flag: str, said: str) -> None:
    assert not same(text, flag, said)


GRID = [["代码", "数"], ["01", ("#REF!", "error")], ["02", ("0.5", "percent")], ["03", None]]


def test_only_the_named_cells_of_the_named_file_change() -> None:
    batch = batch_of({"一": GRID, "二": GRID}, {"一": GRID})
    entries = [
        {"sheet": "一", "cell": "B2", "new": "7"},
        {"sheet": "二", "cell": "B4", "new": "9"},
        {"sheet": "二", "cell": "A3", "new": ""},
    ]
    changed = replaced(batch, {0: entries})
    # cell by cell, by hand: (file, sheet, cell) -> text
    assert text_at(changed, 0, "一", "B2") == ("7", "")  # the error is gone with its flag
    assert text_at(changed, 0, "二", "B2") == ("#REF!", "error")
    assert text_at(changed, 1, "一", "B2") == ("#REF!", "error")
    assert text_at(changed, 0, "二", "B4") == ("9", "")  # was blank
    assert text_at(changed, 0, "二", "A3") == ("", "")  # is blank now
    assert changed.cells.height == batch.cells.height + 1 - 1
    assert changed.cells.schema == batch.cells.schema
    # in reading order, as every reader gives them
    order = changed.cells.with_columns(
        position=pl.col("sheet").replace_strict({"一": 0, "二": 1}, return_dtype=pl.Int32)
    )
    assert order.equals(order.sort("file", "position", "row", "col"))
    assert text_at(batch, 0, "一", "B2") == ("#REF!", "error")  # what was read is untouched


@pytest.mark.parametrize(("new", "flag"), [("0.6", "percent"), ("60%", ""), ("无", "")])
def test_a_number_in_a_percentage_cell_stays_one(new: str, flag: str) -> None:
    changed = replaced(batch_of(GRID), {0: [{"sheet": "Sheet1", "cell": "B3", "new": new}]})
    assert text_at(changed, 0, "Sheet1", "B3") == (new, flag)


def test_nothing_to_correct_changes_nothing() -> None:
    batch = batch_of(GRID)
    assert replaced(batch, {}) is batch
    assert replaced(batch, {0: []}) is batch
