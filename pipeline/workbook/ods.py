"""`.ods`: read by an XML parser, since repeats, percentages and errors must be seen at addresses.

Repeated blank cells and rows (LibreOffice writes a million of them) cost nothing here.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.serials import plain
from pipeline.workbook.sheet import Sheet, address

_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_ERROR = re.compile(r"(#[A-Z0-9/]+[!?]?|Err:\d+)\Z")
_REPEAT_COLS, _REPEAT_ROWS = "table:number-columns-repeated", "table:number-rows-repeated"


class _Reader:
    def __init__(self, limits: Limits) -> None:
        self.limits, self.total = limits, 0
        self.sheets: list[Sheet] = []
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.row = self.col = self.row_repeat = self.column = 0
        self.pending: list[tuple[int, int, str, str]] = []
        self.cell: dict[str, str] | None = None
        self.paragraphs: list[list[str]] = []
        self.depth = self.aside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("office:annotation", "draw:frame", "draw:g") and self.cell is not None:
            self.aside += 1
        match name:
            case "style:style":
                self.style = attributes.get("style:name", "")
            case "style:table-properties" if attributes.get("table:display") == "false":
                self.hidden_styles.add(self.style)
            case "table:table":
                self._open_sheet(attributes)
            case "table:table-column":
                self._column(attributes)
            case "table:table-row":
                self._open_row(attributes)
            case "table:table-cell" | "table:covered-table-cell":
                self.cell, self.paragraphs = attributes, []
            case _:
                self._start_text(name, attributes)

    def _start_text(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p" and not self.aside:
            self.paragraphs.append([])
        elif name == "text:s":
            self.text(" " * min(int(attributes.get("text:c", 1)), 1000))
        elif name in ("text:tab", "text:line-break"):
            self.text("\t" if name == "text:tab" else "\n")

    def _open_sheet(self, attributes: dict[str, str]) -> None:
        self.depth += 1
        if len(self.sheets) >= self.limits.sheets:
            raise Refused("file_sheets", count=len(self.sheets) + 1, limit=self.limits.sheets)
        visible = attributes.get("table:style-name", "") not in self.hidden_styles
        self.sheets.append(Sheet(attributes.get("table:name", ""), len(self.sheets), visible))
        self.row = self.column = 0

    def _column(self, attributes: dict[str, str]) -> None:
        repeat = int(attributes.get(_REPEAT_COLS, 1))
        if attributes.get("table:visibility") in ("collapse", "filter") and repeat < 1000:
            self.sheets[-1].hidden_cols += range(self.column + 1, self.column + repeat + 1)
        self.column += repeat

    def _open_row(self, attributes: dict[str, str]) -> None:
        self.row_repeat = int(attributes.get(_REPEAT_ROWS, 1))
        self.col, self.pending = 0, []
        if attributes.get("table:visibility") in ("collapse", "filter") and self.row_repeat < 10000:
            self.sheets[-1].hidden_rows += range(self.row + 1, self.row + self.row_repeat + 1)

    def text(self, data: str) -> None:
        if self.cell is not None and self.paragraphs and not self.aside:
            self.paragraphs[-1].append(data)

    def end(self, name: str) -> None:
        if name in ("office:annotation", "draw:frame", "draw:g") and self.aside:
            self.aside -= 1
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._close_cell()
        elif name == "table:table-row":
            self._close_row()

    def _close_cell(self) -> None:
        attributes, self.cell = self.cell or {}, None
        repeat = int(attributes.get(_REPEAT_COLS, 1))
        rows, cols = (int(attributes.get(f"table:number-{k}-spanned", 1)) for k in ("rows",
                      "columns"))  # fmt: skip
        if rows > 1 or cols > 1:
            top, left = self.row + 1, self.col + 1
            self.sheets[-1].merged.append([top, left, top + rows - 1, left + cols - 1])
        said = _value(attributes, "\n".join("".join(p) for p in self.paragraphs))
        if said:
            self._count(repeat)
            self.pending += [(0, self.col + i, *said) for i in range(1, repeat + 1)]
        self.col += repeat

    def _close_row(self) -> None:
        if self.pending:
            self._count(len(self.pending) * self.row_repeat)
            self.sheets[-1].cells += [
                (row, col, text, flag)
                for row in range(self.row + 1, self.row + self.row_repeat + 1)
                for _, col, text, flag in self.pending
            ]
        self.row += self.row_repeat

    def _count(self, more: int) -> None:
        self.total += more
        if self.total > self.limits.cells:
            last = address(self.row + self.row_repeat, max(self.col, 1))
            raise Refused("sheet_extent", self.sheets[-1].name, last=last, count=self.total)


def _value(attributes: dict[str, str], shown: str) -> tuple[str, str] | None:
    kind = attributes.get("office:value-type", "")
    raw = attributes.get("office:value", "")
    if kind in ("float", "currency", "percentage") and raw:
        number = float(raw)
        if "table:formula" in attributes and _ERROR.match(shown):
            return shown, "error"
        flag = "long" if abs(number) >= 1e15 else "percent" if kind == "percentage" else ""
        return plain(number), flag
    if kind == "date":
        day, _, time = attributes.get("office:date-value", "").partition("T")
        return (f"{day} {time[:8]}" if time and time[:8] != "00:00:00" else day), "date"
    if kind == "time" and (found := _DURATION.match(attributes.get("office:time-value", ""))):
        return f"{int(found[1]):02}:{int(found[2]):02}:{int(found[3]):02}", "date"
    if kind == "boolean":
        return attributes.get("office:boolean-value", ""), ""
    if "table:formula" in attributes and not kind:
        return attributes["table:formula"].removeprefix("of:"), "uncached"
    if "table:formula" in attributes and _ERROR.match(shown):
        return shown, "error"
    text = shown or attributes.get("office:string-value", "")
    return (text, "") if text else None


def read_ods(content: bytes, limits: Limits) -> list[Sheet]:
    """Sheets of `content.xml`."""
    reader = _Reader(limits)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, IndexError, OverflowError) as error:
        raise Refused("file_corrupt") from error
    return reader.sheets
