"""From a failing row back to file, sheet and cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.validation.checks import Check, plain


class Places:
    """Knows the cell of every column, and where an earlier step has already found an error."""

    def __init__(self, column_map: pl.DataFrame, earlier: Sequence[Finding]) -> None:
        self._letters: dict[tuple[int, str, str], tuple[str, int | None]] = {}
        if not column_map.is_empty():
            wanted = column_map.select("file", "sheet", "column", "letter", "row")
            for file, sheet, column, letter, row in wanted.iter_rows():
                self._letters[(file, sheet, column)] = (letter, row)
        errors = (f for f in earlier if f.severity == "error" and f.cell)
        self._wrong = {(f.file, f.sheet, f.cell) for f in errors}

    def finding(self, check: Check, row: Mapping[str, Any], **more: Any) -> Finding | None:
        """The finding of `check` on `row`; None where the cell is known to be wrong already."""
        words = {"value": plain(row.get(check.shown))} | dict(check.words)
        return self.at(check.rule, check.column, row, **(words | check.of_row(row) | more))

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
        letter, own_row = self._letters.get((row["file"], row["sheet"], column), (None, None))
        # an answer knows its own cell; what is wrong with its item lies at the item
        if row.get("cell") and (letter is None or column == "answer"):
            return str(row["cell"])
        # a head field, or a month in the title, stands in a row of its own
        number = row["row"] if own_row is None else own_row
        return None if letter is None or number is None else f"{letter}{number}"
