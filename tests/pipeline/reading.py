"""A reader for these tests alone: openpyxl cells to the frames of `pipeline.workbook.cells`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.workbook.cells import (
    CELL_SCHEMA,
    PLACE_SCHEMA,
    SHEET_SCHEMA,
    WORD_SCHEMA,
    ReadBatch,
    ReceivedFile,
)


def _typed(cell: Any) -> tuple[str, str]:
    value = cell.value
    if isinstance(value, bool):
        return str(value), ""
    if isinstance(value, datetime):
        return value.isoformat(), "date"
    if isinstance(value, date):
        return value.isoformat(), "date"
    if isinstance(value, time):
        return value.isoformat(), "date"
    if isinstance(value, str) and value.startswith("="):
        return value, "uncached"
    if isinstance(value, str) and cell.data_type == "e":
        return value, "error"
    if isinstance(value, int | float):
        if len(str(value).replace(".", "").strip("0")) > 15:
            return str(value), "long"
        return str(value), "percent" if "%" in cell.number_format else ""
    return str(value), ""


def _cells(index: int, sheet: Worksheet) -> Iterable[tuple[Any, ...]]:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None and str(cell.value) != "":
                yield (index, sheet.title, cell.row, cell.column, *_typed(cell))


def _facts(index: int, position: int, sheet: Worksheet) -> tuple[Any, ...]:
    rows = [n for n, d in sheet.row_dimensions.items() if d.hidden]
    cols = [
        openpyxl.utils.column_index_from_string(n)
        for n, d in sheet.column_dimensions.items()
        if d.hidden
    ]
    merged = [[m.min_row, m.min_col, m.max_row, m.max_col] for m in sheet.merged_cells.ranges]
    visible = sheet.sheet_state == "visible"
    return (index, sheet.title, position, visible, False, rows, cols, merged)


def read(paths: Sequence[Path]) -> ReadBatch:
    """Reads small trusted workbooks made by a test."""
    files, cells, sheets = [], [], []
    for index, path in enumerate(paths):
        body = path.read_bytes()
        files.append(
            ReceivedFile(index, path, path.name, hashlib.sha256(body).hexdigest(), len(body))
        )
        book = openpyxl.load_workbook(path)
        for position, sheet in enumerate(book.worksheets):
            cells += list(_cells(index, sheet))
            sheets.append(_facts(index, position, sheet))
    return _batch(files, cells, sheets)


def _batch(files: list[ReceivedFile], cells: list[Any], sheets: list[Any]) -> ReadBatch:
    nothing = pl.DataFrame(schema=PLACE_SCHEMA), pl.DataFrame(schema=WORD_SCHEMA)
    batch = ReadBatch(files, *nothing, pl.DataFrame(sheets, schema=SHEET_SCHEMA, orient="row"))
    return batch.with_cells(pl.DataFrame(cells, schema=CELL_SCHEMA, orient="row"))


Grid = Sequence[Sequence[object]]


def batch_of(*grids: Grid | dict[str, Grid], hidden: Sequence[str] = ()) -> ReadBatch:
    """A batch with one file per grid (or per dict of sheet name -> grid); cells are texts.

    A cell may be `(text, flag)`; None is a blank cell. `hidden` names sheets that are hidden.
    """
    files, cells, sheets = [], [], []
    for index, given in enumerate(grids):
        name = f"{index}.xlsx"
        files.append(ReceivedFile(index, Path(name), name, f"{index:064x}", 0))
        pages = given if isinstance(given, dict) else {"Sheet1": given}
        for position, (sheet, grid) in enumerate(pages.items()):
            sheets.append((index, sheet, position, sheet not in hidden, False, [], [], []))
            for r, row in enumerate(grid, start=1):
                for c, value in enumerate(row, start=1):
                    if value is None:
                        continue
                    text, flag = value if isinstance(value, tuple) else (str(value), "")
                    cells.append((index, sheet, r, c, text, flag))
    return _batch(files, cells, sheets)
