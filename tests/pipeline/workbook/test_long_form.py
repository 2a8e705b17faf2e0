"""The melted cells of a chunk, against the sheets read one cell after the other."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.workbook.long_form import LongForm
from pipeline.workbook.sheet import Block, Sheet

Cell = tuple[int, int, int, int, str, str]  # file, position, row, column, text, flag
_TEXTS = st.sampled_from([None, "", " ", "a", "b", "支行", "0.5"])


@st.composite
def _sheets(draw: st.DrawFn) -> list[Sheet]:
    sheets = []
    for position in range(draw(st.integers(0, 4))):
        height, width = draw(st.integers(0, 4)), draw(st.integers(1, 4))
        texts = [[draw(_TEXTS) for _ in range(height)] for _ in range(width)]
        columns = [pa.array(column, pa.string()) for column in texts]
        mark = (draw(st.integers(1, 5)), draw(st.integers(1, 9)), "long", draw(_TEXTS))
        block = Block(columns, draw(st.sampled_from([1, 2, 16380])), [mark])
        loose = [(7, 9, "=A1", "uncached")] * draw(st.integers(0, 1))
        has_block = draw(st.booleans())
        sheets.append(Sheet("s", position, block=block if has_block else None, cells=loose))
    return sheets


def _one_by_one(file: int, sheet: Sheet) -> tuple[list[Cell], list[Cell]]:
    """Cells of the block, row by row, and the others."""
    loose = [(file, sheet.position, *cell) for cell in sheet.cells]
    if not sheet.block:
        return [], loose
    first = sheet.block.first_col
    marks = {(row, col): (text, flag) for row, col, flag, text in sheet.block.marks}
    found = []
    for row, texts in enumerate(zip(*(c.to_pylist() for c in sheet.block.columns), strict=True), 1):
        for col, read in enumerate(texts, first):
            text, flag = marks.get((row, col), (read, ""))
            text = read if text is None else text
            if text is not None and text.strip():
                found.append((file, sheet.position, row, col, text, flag))
    return found, loose


@settings(max_examples=60, deadline=None)
@given(st.lists(_sheets(), max_size=3))
def test_cells_come_in_reading_order_at_their_own_addresses(files: list[list[Sheet]]) -> None:
    form, blocks, loose = LongForm(), [], []
    for file, sheets in enumerate(files):
        for sheet in sheets:
            form.add(file, sheet)
            inside, outside = _one_by_one(file, sheet)
            blocks += inside
            loose += outside
    places, words = form.tables()
    texts, flags = words["text"].to_pylist(), words["flag"].to_pylist()
    columns = (places[name].to_pylist() for name in ("file", "position", "row", "col", "word"))
    told = [(*place, texts[word], flags[word]) for *place, word in zip(*columns, strict=True)]
    assert told == blocks + loose


def test_a_column_too_far_for_its_number_is_an_error_and_no_other_column() -> None:
    form = LongForm()
    form.add(0, Sheet("s", 0, block=Block([pa.array(["a"]), pa.array(["b"])], 65_535, [])))
    with pytest.raises(pa.ArrowInvalid):
        form.tables()
