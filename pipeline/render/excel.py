"""Blocks to Excel: a sheet of text, one sheet per table with its control totals, native charts,
definitions and provenance. No live formula, no link to the outside."""

from __future__ import annotations

import io
import math
import unicodedata
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.utils.escape import unescape

from pipeline.render import theme
from pipeline.render.excel_charts import add_chart
from pipeline.render.grids import Grid, as_held, flat, grids_of, held
from pipeline.render.totals import checked, control_line
from pipeline.reports.blocks import (
    Chart,
    Document,
    Heading,
    Note,
    Sentence,
    Strip,
    Table,
    TableColumn,
)

FIRST = 4  # rows above the data: title, control total, note, header
_FONT = "宋体"
_A4 = 9
_LINE, _PAGE = 16.0, 84.0  # points of a line; characters across the sheet of text
_WIDEST, _NARROWEST, _SAMPLE = 46.0, 7.0, 300  # characters; rows looked at for a width
# Text that Excel, or a CSV made from the sheet, could take for a formula (robustness §1).
_LIVE = "=+-@\t\r＝＋－＠"


class ExcelWriter:
    """Writes one workbook. A class, because cell formats belong to a book and are shared."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.zh = document.language == "zh"
        # Names come from outside: a text is never turned into a formula, a number or a link.
        options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        self.book = xlsxwriter.Workbook(str(path), options)
        day = datetime.fromisoformat(document.meta["date"])
        self.book.set_properties(
            {"title": document.title, "author": document.issuer, "created": day}
        )
        self.formats: dict[Any, Any] = {}

    def format(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            base = {"font_name": _FONT, "font_size": 10.5, "valign": "vcenter"}
            self.formats[key] = self.book.add_format(base | look)
        return self.formats[key]

    def text_sheet(self, name: str, grids: list[Grid]) -> None:
        """All sentences and notes in order; where a table stands, the way to its sheet."""
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, 0, _PAGE)
        self.string(sheet, 0, 0, self.document.title, bold=True, font_size=16, text_wrap=True)
        self.string(sheet, 1, 0, self.document.subtitle, font_color=f"#{theme.MUTED}")
        row = 3
        waiting = iter(grids)
        for block in flat(self.document.blocks):
            if isinstance(block, Table | Chart | Strip):
                self.way(sheet, row, next(waiting))
            else:
                self.text(sheet, row, block)
            row += 1
        for grid in waiting:  # the annexes
            self.way(sheet, row, grid)
            row += 1
        self.string(sheet, row + 1, 0, f"{self.document.issuer}  {self.document.date}")
        # LibreOffice breaks lines a little past the edge: they need paper to be seen on.
        sheet.set_column(1, 1, 7)
        sheet.print_area(0, 0, row + 1, 1)
        self.printed(sheet, landscape=False)

    def text(self, sheet: Any, row: int, block: Any) -> None:
        sheet.set_row(row, _LINE * _lines(block.text, _PAGE))
        match block:
            case Heading():
                size = {1: 13, 2: 12}.get(block.level, 11)
                sheet.set_row(row, (_LINE + 8) * _lines(block.text, 0.8 * _PAGE))
                self.string(sheet, row, 0, block.text, bold=True, font_size=size, text_wrap=True)
            case Sentence():
                self.string(sheet, row, 0, block.text, text_wrap=True)
            case Note():
                self.string(sheet, row, 0, block.text, text_wrap=True,
                            font_color=f"#{theme.MUTED}")  # fmt: skip

    def way(self, sheet: Any, row: int, grid: Grid) -> None:
        """A link inside the workbook; a chart's sentence stands with it."""
        colon = "：" if self.zh else ": "
        says = f"{colon}{grid.block.says}" if isinstance(grid.block, Chart) else ""
        look = self.format(font_color="#1F4E79", underline=1, text_wrap=True)
        to = grid.name.replace("'", "''")
        shown = f"→ {grid.table.title}{says}"
        sheet.set_row(row, _LINE * _lines(shown, _PAGE))
        sheet.write_url(row, 0, f"internal:'{to}'!A1", look, shown)

    def grid_sheet(self, grid: Grid) -> None:
        """A table with its control total, frozen and repeated header, filter, formats, bars."""
        sheet, table = self.book.add_worksheet(grid.name), grid.table
        last = len(table.columns) - 1
        self.string(sheet, 0, 0, table.title, bold=True, font_size=14)
        self.string(sheet, 1, 0, control_line(table, self.document.language))
        self.string(sheet, 2, 0, table.note, font_color=f"#{theme.MUTED}")
        widths = [_width(column, table) for column in table.columns]
        for j, column in enumerate(table.columns):
            sheet.set_column(j, j, widths[j])
            self.column(sheet, j, column, table)
        self.heights(sheet, table, widths)
        sheet.freeze_panes(FIRST, min(_frozen(table), last))
        sheet.autofilter(FIRST - 1, 0, FIRST - 1 + max(1, len(table.rows)), last)
        sheet.repeat_rows(FIRST - 1)
        self.printed(sheet)
        if isinstance(grid.block, Chart):
            add_chart(self.book, sheet, grid, FIRST)

    def column(self, sheet: Any, j: int, column: TableColumn, table: Table) -> None:
        self.string(sheet, FIRST - 1, j, column.title, bold=True, border=1, text_wrap=True,
                    align="center", bg_color=f"#{theme.HEADER_FILL}")  # fmt: skip
        wrap = {} if theme.is_number(column.format) else {"text_wrap": True, "indent": 1}
        for i, row in enumerate(table.rows):
            given = row.get(column.id)
            number_format = theme.excel_format_of(given, column.format, column.digits)
            look = {"num_format": number_format, "border": 1, **wrap}
            value = theme.excel_value(given, column.format)
            self.cell(sheet, FIRST + i, j, value, number_format, look)
        self.bars(sheet, j, column, len(table.rows))

    @staticmethod
    def heights(sheet: Any, table: Table, widths: list[float]) -> None:
        """Rows that wrap are as high as they need: not every program works it out by itself."""
        heads = zip(table.columns, widths, strict=True)
        lines = max(_lines(c.title, w - 3) for c, w in heads)
        sheet.set_row(FIRST - 1, _LINE * lines + 3)
        wide = [(c, w) for c, w in zip(table.columns, widths, strict=True) if w == _WIDEST]
        for i, row in enumerate(table.rows):
            lines = max(
                (_lines(theme.shown(row.get(c.id), c.format), w - 2) for c, w in wide), default=1
            )
            if lines > 1:
                sheet.set_row(FIRST + i, _LINE * lines)

    def cell(
        self, sheet: Any, row: int, col: int, value: Any, number_format: str, look: dict[str, Any]
    ) -> None:
        """A number as a number, a day as a day, all else as text."""
        if value is None:
            sheet.write_blank(row, col, None, self.format(**look))
        elif isinstance(value, date):
            day = datetime(value.year, value.month, value.day)
            sheet.write_datetime(row, col, day, self.format(**look | {"num_format": "yyyy-mm-dd"}))
        elif isinstance(value, int | float) and number_format != "@":
            sheet.write_number(row, col, value, self.format(**look))
        else:
            self.string(sheet, row, col, str(value), **look | {"num_format": "@"})

    def string(self, sheet: Any, row: int, col: int, text: str, **look: Any) -> None:
        """Text, and marked as text where it begins like a formula."""
        marked = {"quote_prefix": True} if text[:1] and text[0] in _LIVE else {}
        sheet.write_string(row, col, text, self.format(**look, **marked))

    def bars(self, sheet: Any, j: int, column: TableColumn, rows: int) -> None:
        """Bars behind shares and scores; from 0, so that their lengths compare."""
        if rows < 2 or column.format not in ("percent", "points"):
            return
        top = 1 if column.format == "percent" else 100
        bar = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True,
               "bar_color": "#BBD3EA", "bar_border_color": "#8FB3D5", "min_type": "num",
               "max_type": "num", "min_value": 0, "max_value": top}  # fmt: skip
        sheet.conditional_format(FIRST, j, FIRST + rows - 1, j, bar)

    def printed(self, sheet: Any, landscape: bool = True) -> None:
        """As it goes onto paper: A4, one page wide, numbered."""
        sheet.set_paper(_A4)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.6)
        sheet.set_footer("&C&P / &N&R&A" if landscape else "&C&P / &N")


def _frozen(table: Table) -> int:
    """Columns that stay in sight: up to the first that is text to be read, at most two."""
    for j, column in enumerate(table.columns[:2]):
        if column.format == "text":
            return j + 1
    return 0


def _wide(text: str) -> int:
    """Half-width characters that a line of text takes."""
    lines = text.splitlines() or [""]
    return max(len(t) if t.isascii() else sum(map(_halves, t)) for t in lines)


@lru_cache(maxsize=4096)
def _halves(c: str) -> int:
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a cell so many characters wide; words and 避头尾 cost a little."""
    return sum(max(1, math.ceil(_wide(line) * 1.08 / width)) for line in text.splitlines() or [""])


def _width(column: TableColumn, table: Table) -> float:
    """What its cells need, within limits; a long header wraps, a filter's button needs room."""
    cells = (
        _wide(theme.shown(row.get(column.id), column.format, column.digits))
        for row in table.rows[:_SAMPLE]
    )
    needed = max(max(cells, default=0), min(_wide(column.title), 12) + 3)
    return min(max(needed + 1, _NARROWEST), _WIDEST)


def write(document: Document, path: Path) -> None:
    """Write `document` as .xlsx."""
    text, grids = grids_of(document)
    writer = ExcelWriter(document, path)
    writer.text_sheet(text, grids)
    for grid in grids:
        writer.grid_sheet(grid)
    writer.book.close()


def read_tables(path: Path) -> list[list[list[str]]]:
    """Sheets × rows × cells as :func:`grids.held`, header included; not the sheet of text."""
    # From memory: openpyxl leaves the file of a damaged workbook open.
    blob = io.BytesIO(path.read_bytes())
    with warnings.catch_warnings():
        # It knows no bars of Excel 2010, the first that begin at 0, and says so of each sheet.
        warnings.filterwarnings("ignore", ".* extension is not supported", UserWarning)
        book = openpyxl.load_workbook(blob)
    return [list(_rows(sheet)) for sheet in book.worksheets[1:]]


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows(min_row=FIRST):
        # xlsxwriter writes control characters as _x000D_, which openpyxl hands on as they are.
        cells = (unescape(c.value) if isinstance(c.value, str) else c.value for c in row)
        yield [held(v, c.number_format) for v, c in zip(cells, row, strict=True)]


def _held(document: Document) -> list[tuple[Table, list[list[str]]]]:
    return [(grid.table, as_held(grid.table)) for grid in grids_of(document)[1]]


def render(document: Document, path: Path) -> Path:
    """Write `document` as .xlsx, read it back and compare. ControlTotalError on any difference."""
    return checked(document, path, write, read_tables, _held)
