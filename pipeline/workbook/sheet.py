"""One sheet as the reading child holds it, before its cells go into the long form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def letters(col: int) -> str:
    """As `cells.letter`, which must not be imported here: the child goes without polars."""
    name = ""
    while col:
        col, rest = divmod(col - 1, 26)
        name = chr(65 + rest) + name
    return name


def address(row: int, col: int) -> str:
    """A1 form."""
    return f"{letters(col)}{row}"


@dataclass
class Block:
    """Arrow string columns of equal length; `columns[0][0]` is row 1 of column `first_col`.

    `marks` are (row, col, flag, exact text or None): what the fast reader could not see.
    """

    columns: list[Any]
    first_col: int
    marks: list[tuple[int, int, str, str | None]]


@dataclass
class Sheet:
    """A sheet with its cells either as a block or as a list of (row, col, text, flag)."""

    name: str
    position: int
    visible: bool = True
    date1904: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    hidden_cols: list[int] = field(default_factory=list)
    merged: list[list[int]] = field(default_factory=list)
    block: Block | None = None
    cells: list[tuple[int, int, str, str]] = field(default_factory=list)

    def last(self) -> tuple[int, int]:
        """The last row and the last column that it reaches; (0, 0) if it is empty."""
        ends = [(row, col) for row, col, _, _ in self.cells] or [(0, 0)]
        if self.block and self.block.columns:
            height, width = len(self.block.columns[0]), len(self.block.columns)
            ends.append((height, self.block.first_col + width - 1))
        return max(row for row, _ in ends), max(col for _, col in ends)

    def facts(self) -> dict[str, Any]:
        """The row of SHEET_SCHEMA without the file."""
        return {
            "sheet": self.name,
            "position": self.position,
            "visible": self.visible,
            "date1904": self.date1904,
            "hidden_rows": self.hidden_rows,
            "hidden_cols": self.hidden_cols,
            "merged": self.merged,
        }
