"""Workbooks of editions for the tests: exported, then edited as a clerk would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

from audits.bridges import next_edition
from audits.scorecard import Edition, load_editions
from pipeline.editions.writing import write_edition

COVERT = load_editions()["covert-1"]


def second(**fields: Any) -> Edition:
    """covert-2, made from covert-1 as `export --next` does, valid from the next year."""
    from datetime import date

    made = next_edition(COVERT, "covert-2")
    return made.model_copy(update={"valid_from": date(2026, 1, 1)} | fields)


def book(path: Path, edition: Edition, changes: Mapping[str, Any] = {}) -> Path:
    """The workbook of `edition` with cells changed: `{"考核项!D3": "…"}`."""
    write_edition(edition, path)
    if changes:
        opened = openpyxl.load_workbook(path)
        for place, value in changes.items():
            sheet, _, cell = place.partition("!")
            opened[sheet][cell] = value
        opened.save(path)
    return path


def cell_of(path: Path, sheet: str, header: str, row_of: str) -> str:
    """Address of the cell under `header` in the row whose first cell says `row_of`."""
    page = openpyxl.load_workbook(path)[sheet]
    column = next(c.column_letter for c in page[1] if c.value == header)
    row = next(r for r in range(2, page.max_row + 1) if page.cell(r, 1).value == row_of)
    return f"{sheet}!{column}{row}"
