"""Facts of a sheet written in an unusual way, by a real XML parser: slower, same answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

from pipeline.workbook.facts import COLUMNS, ROWS, Facts, judge, number_of
from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.styles import Styles

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")


@dataclass
class _Hull:
    left: int = 1 << 20
    right: int = 0
    bottom: int = 0

    def take(self, row: int, col: int) -> None:
        self.left, self.right = min(self.left, col), max(self.right, col)
        self.bottom = max(self.bottom, row)


class _Scanner:
    def __init__(self, styles: Styles, limits: Limits) -> None:
        self.styles, self.limits = styles, limits
        self.facts = Facts()
        self.seen: set[tuple[int, int]] = set()
        self.row = self.line = self.col = 0  # line: the number of the row element
        self.kind, self.style, self.valued = "n", 0, False
        self.formula: list[str] | None = None
        self.value: list[str] = []
        self.sink: list[str] | None = None
        self.own_text = False
        self.hulls = [_Hull(), _Hull()]  # of cells with a value element; with something in it

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._row(attributes)
            case "c":
                self._cell(attributes)
            case "f":
                self.formula = self.sink = []
            case "v":
                self.sink, self.valued = self.value, True
            case "is":
                self.valued = self.own_text = True
            case "col" if attributes.get("hidden") in ("1", "true"):
                first, last = int(attributes.get("min", 1)), int(attributes.get("max", 1))
                self.facts.hidden_cols += list(range(first, min(last, first + 255, 16384) + 1))
            case "mergeCell":
                self._merge(attributes.get("ref", ""))

    def _row(self, attributes: dict[str, str]) -> None:
        self.row = self.line = int(attributes.get("r", self.row + 1))
        # no program writes another, and the fast reader would set aside memory for it
        if not 1 <= self.line <= ROWS:
            raise Refused("file_corrupt")
        self.col = 0
        if attributes.get("hidden") in ("1", "true"):
            self.facts.hidden_rows.append(self.row)

    def _cell(self, attributes: dict[str, str]) -> None:
        self.col, self.row = self.col + 1, self.line  # a cell without address stands in its row
        if "r" in attributes:
            found = _REFERENCE.match(attributes["r"])
            self.col, self.row = (number_of(found[1]), int(found[2])) if found else (0, 0)
        if not (1 <= self.col <= COLUMNS and 1 <= self.row <= ROWS):
            raise Refused("file_corrupt")
        self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", 0))
        self.formula, self.value, self.valued, self.own_text = None, [], False, False

    def _merge(self, reference: str) -> None:
        corners = [_REFERENCE.match(part) for part in reference.split(":")]
        if len(corners) == 2 and corners[0] and corners[1]:
            (c1, r1), (c2, r2) = corners[0].groups(), corners[1].groups()
            self.facts.merged.append([int(r1), number_of(c1), int(r2), number_of(c2)])

    def text(self, data: str) -> None:
        if self.sink is not None:
            self.sink.append(data)

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in ("v", "f"):
            self.sink = None
        elif local == "c":
            self._close_cell()

    def _close_cell(self) -> None:
        self.facts.cells += 1
        if self.facts.cells > self.limits.cells:
            raise Refused("sheet_extent", last="?", count=self.facts.cells)
        place = (self.row, self.col)
        if place in self.seen:
            self.facts.duplicates.append(place)
        self.seen.add(place)
        formula = None if self.formula is None else "=" + "".join(self.formula)
        mark = judge(self.kind, self.style, formula, "".join(self.value), self.styles)
        if mark:
            self.facts.marks.append((*place, *mark))
        if self.valued:
            self.hulls[0].take(self.row, self.col)
        if self.own_text or "".join(self.value):
            self.hulls[1].take(self.row, self.col)


def scan_slowly(xml: bytes, styles: Styles, limits: Limits) -> Facts:
    """Facts of any well-formed sheet; its hull counts written cells only."""
    scanner = _Scanner(styles, limits)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = scanner.start
    parser.EndElementHandler = scanner.end
    parser.CharacterDataHandler = scanner.text
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise Refused("file_corrupt") from error
    scanner.facts.hulls = [(h.left, h.right, h.bottom) for h in scanner.hulls if h.right]
    scanner.facts.rows = scanner.hulls[0].bottom
    return scanner.facts
