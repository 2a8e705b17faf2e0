"""From a failing row back to file, sheet and cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.parsing.rules import (
    MISSING_COLUMN,
    MISSING_HEAD,
    MONTH_UNKNOWN,
    TARGET_UNIT,
    TARGET_UNIT_TWICE,
)
from pipeline.validation.checks import Check, plain
from pipeline.validation.rules import MANDATORY

_NO_COLUMN = (MISSING_COLUMN.id, MISSING_HEAD.id, MONTH_UNKNOWN.id)
_NO_TARGET = (TARGET_UNIT.id, TARGET_UNIT_TWICE.id)
_NO_MAP = pl.DataFrame(
    schema={
        "file": pl.UInt32,
        "sheet": pl.String,
        "column": pl.String,
        "letter": pl.String,
        "row": pl.Int64,
    }
)
# (sheet, column id) of a file: letter of the column, row of a head field
_Letters = dict[tuple[str, str], tuple[str, int | None]]


class Places:
    """Knows the cell of every column, and where an earlier step has already found an error."""

    def __init__(self, column_map: pl.DataFrame, earlier: Sequence[Finding]) -> None:
        known = _NO_MAP if column_map.is_empty() else column_map.select(_NO_MAP.columns)
        self._map = known.sort("file", maintain_order=True)
        self._letters: dict[int, _Letters] = {}  # of the files that were asked for
        errors = (f for f in earlier if f.severity == "error" and f.cell)
        self._wrong = {(f.file, f.sheet, f.cell) for f in errors}
        self._headless = {(f.file, f.sheet) for f in earlier if f.rule in _NO_COLUMN}
        self._unread = {(f.file, f.sheet, f.row) for f in earlier if f.rule in _NO_TARGET}

    def finding(self, check: Check, row: Mapping[str, Any], **more: Any) -> Finding | None:
        """The finding of `check` on `row`; None where the cell is known to be wrong already, and
        where it is blank for a reason that is told: a missing column, a unit that does not suit."""
        if check.rule is MANDATORY and self._explained(check.column, row):
            return None
        words = {"value": plain(row.get(check.shown))} | dict(check.words)
        return self.at(check.rule, check.column, row, **(words | check.of_row(row) | more))

    def _of_file(self, file: int) -> _Letters:
        if file not in self._letters:
            place = self._map["file"]
            first, last = (int(place.search_sorted(file, side=s)) for s in ("left", "right"))
            rows = self._map.slice(first, last - first).iter_rows()
            self._letters[file] = {(s, c): (letter, n) for _, s, c, letter, n in rows}
        return self._letters[file]

    def _explained(self, column: str, row: Mapping[str, Any]) -> bool:
        place = (row["file"], row["sheet"])
        if (row["sheet"], column) not in self._of_file(row["file"]):
            return place in self._headless
        return column == "target" and (*place, row["row"]) in self._unread

    def at(
        self, rule: Rule, column: str, row: Mapping[str, Any], /, **words: Any
    ) -> Finding | None:
        """The finding of `rule` at `column` of `row` (file, sheet, row; cell of an answer).

        None where the cell is known to be wrong already.
        """
        cell = self._cell(column, row)
        if cell is not None and (row["file"], row["sheet"], cell) in self._wrong:
            return None
        value = words.pop("value", None) or None
        number = None if row["row"] is None else int(row["row"])
        return rule.at(int(row["file"]), row["sheet"], cell, number, value, **words)

    def _cell(self, column: str, row: Mapping[str, Any]) -> str | None:
        letters = self._of_file(row["file"])
        letter, own_row = letters.get((row["sheet"], column), (None, None))
        # an answer knows its own cell; what is wrong with its item lies at the item
        if row.get("cell") and (letter is None or column == "answer"):
            return str(row["cell"])
        # a head field, or a month in the title, stands in a row of its own
        number = row["row"] if own_row is None else own_row
        return None if letter is None or number is None else f"{letter}{number}"
