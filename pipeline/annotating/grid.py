"""The cells of one worksheet part, found or made at their addresses."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from pipeline.annotating.package import place, tag
from pipeline.annotating.styles import Styles
from pipeline.workbook.sheet import letters

_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})\Z")
_AFTER_DATA = (
    "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
    "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects",
    "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
AFTER_NOTES = _AFTER_DATA[_AFTER_DATA.index("legacyDrawingHF") :]
_LAST_ROW, _LAST_COL = 1_048_576, 16_384


def place_of(address: str) -> tuple[int, int] | None:
    """(row, column) from 1 of an A1 address; None if it is none."""
    found = _ADDRESS.match(address.upper())
    if not found:
        return None
    col = 0
    for character in found[1]:
        col = col * 26 + ord(character) - 64
    row = int(found[2])
    return (row, col) if row <= _LAST_ROW and col <= _LAST_COL else None


class Grid:
    """Rows and cells of a worksheet; cells without an address get theirs."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self.root, self.styles = root, styles
        self.data = root.find(tag("sheetData"))
        if self.data is None:
            self.data = etree.Element(tag("sheetData"))
            place(root, self.data, _AFTER_DATA)
        self.rows = self._numbered(self.data, tag("row"), lambda text: int(text))
        self._cells: dict[int, dict[int, Any]] = {}
        merges = root.iter(tag("mergeCell"))
        self._merged = [m for merge in merges if (m := _range(merge.get("ref", "")))]

    def _numbered(self, parent: Any, wanted: str, number: Any) -> dict[int, Any]:
        found, last = {}, 0
        for child in parent.iterchildren(wanted):
            said = child.get("r")
            last = number(said) if said else last + 1
            found[last] = child
        return found

    def anchor(self, row: int, col: int) -> tuple[int, int]:
        """The place itself, or the first cell of the merged range that it lies in."""
        for top, left, bottom, right in self._merged:
            if top <= row <= bottom and left <= col <= right:
                return top, left
        return row, col

    def fill(self, row: int, col: int, severity: str) -> None:
        """Colours one cell; a blank one is made in the format of its row or column."""
        cell = self._cell(row, col)
        cell.set("s", str(self.styles.marked(int(cell.get("s", 0)), severity)))

    def fill_row(self, row: int, severity: str, but: set[tuple[int, int]]) -> None:
        """Colours the written cells of a row, except the places in `but`."""
        for col in self._of_row(row) if row in self.rows else ():
            if (row, col) not in but:
                self.fill(row, col, severity)

    def _of_row(self, row: int) -> dict[int, Any]:
        if row not in self._cells:
            number = lambda text: (place_of(text) or (0, 0))[1]  # noqa: E731
            self._cells[row] = self._numbered(self.rows[row], tag("c"), number)
            for col, cell in self._cells[row].items():
                cell.set("r", f"{letters(col)}{row}")
        return self._cells[row]

    def _cell(self, row: int, col: int) -> Any:
        if row not in self.rows:
            self._make_row(row)
        cells = self._of_row(row)
        if col not in cells:
            cell = etree.Element(tag("c"), r=f"{letters(col)}{row}")
            if style := self._style_of_blank(row, col):
                cell.set("s", style)
            later = [c for n, c in cells.items() if n > col]
            if later:
                later[0].addprevious(cell)
            else:
                self.rows[row].append(cell)
            self.rows[row].attrib.pop("spans", None)
            self._cells[row] = dict(sorted({**cells, col: cell}.items()))
        return self._cells[row][col]

    def _make_row(self, row: int) -> None:
        made = etree.Element(tag("row"), r=str(row))
        for number, element in self.rows.items():
            element.set("r", str(number))
        later = [element for number, element in self.rows.items() if number > row]
        if later:
            later[0].addprevious(made)
        else:
            self.data.append(made)
        self.rows = dict(sorted({**self.rows, row: made}.items()))

    def _style_of_blank(self, row: int, col: int) -> str | None:
        """Also whether it is locked hangs on this: a blank cell must stay open to be mended."""
        if self.rows[row].get("customFormat") in ("1", "true"):
            return str(self.rows[row].get("s", "0"))
        for column in self.root.iter(tag("col")):
            if int(column.get("min", 0)) <= col <= int(column.get("max", 0)):
                style = column.get("style")
                return str(style) if style else None
        return None


def _range(text: str) -> tuple[int, int, int, int] | None:
    first, _, last = text.partition(":")
    top, bottom = place_of(first), place_of(last or first)
    return (*top, *bottom) if top and bottom else None
