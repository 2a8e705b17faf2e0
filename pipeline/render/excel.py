"""Blocks to Excel: one sheet per table, native charts, a sheet of text. No live formula."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from pipeline.render import theme
from pipeline.render.totals import ControlTotalError, check_rows, tables
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Heading,
    Note,
    Sentence,
    Table,
)

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_FIRST = 3  # rows above the data: title, note, header


def sheet_names(titles: list[str]) -> list[str]:
    """Unique sheet names of at most 31 characters that Excel accepts."""
    names: list[str] = []
    for title in titles:
        base = _FORBIDDEN.sub(" ", title)[:28]
        name, n = base, 1
        while name in names:
            n += 1
            name = f"{base}{n}"
        names.append(name)
    return names


def _flat(blocks: tuple[Block, ...]) -> list[Block]:
    out: list[Block] = []
    for block in blocks:
        out.extend(
            (Heading(block.title), *_flat(block.blocks))
            if isinstance(block, Appendix)
            else (block,)
        )
    return out


class ExcelWriter:
    """Writes one workbook."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        # Never a formula, never a link: names come from outside (robustness §1).
        self.book = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False}
        )
        day = datetime.fromisoformat(document.meta["date"])
        self.book.set_properties(
            {"title": document.title, "author": document.issuer, "created": day}
        )
        self.formats: dict[Any, Any] = {}

    def format(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {"font_name": "宋体", "valign": "vcenter", **look}
            )
        return self.formats[key]

    def text_sheet(self, name: str) -> None:
        """All sentences and notes, in order, on the first sheet."""
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, 0, 110)
        sheet.write_string(0, 0, self.document.title, self.format(bold=True, font_size=16))
        sheet.write_string(1, 0, self.document.subtitle, self.format(font_color=theme.MUTED))
        row = 3
        for block in _flat(self.document.blocks):
            match block:
                case Heading():
                    sheet.write_string(row, 0, block.text, self.format(bold=True, font_size=12))
                case Sentence() | Note():
                    sheet.write_string(row, 0, block.text, self.format(text_wrap=True))
                case Chart():
                    sheet.write_string(
                        row, 0, f"{block.title}：{block.says}", self.format(text_wrap=True)
                    )
                case _:
                    continue
            row += 1

    def table_sheet(self, name: str, table: Table) -> None:
        """A table with frozen header, filter and number formats."""
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, table.title, self.format(bold=True, font_size=14))
        sheet.write_string(1, 0, table.note, self.format(font_color=theme.MUTED))
        head = self.format(bold=True, bg_color=theme.HEADER_FILL, border=1, text_wrap=True)
        for j, column in enumerate(table.columns):
            sheet.write_string(_FIRST - 1, j, column.title, head)
            sheet.set_column(j, j, 10 + 6 * column.width)
            form = self.format(
                num_format=theme.excel_format(column.format, column.digits), border=1
            )
            for i, row in enumerate(table.rows):
                value = theme.excel_value(row.get(column.id), column.format)
                self._cell(sheet, _FIRST + i, j, value, column.format, form)
        sheet.freeze_panes(_FIRST, min(2, len(table.columns)))
        last = max(_FIRST, _FIRST + len(table.rows) - 1)
        sheet.autofilter(_FIRST - 1, 0, last, len(table.columns) - 1)
        sheet.repeat_rows(_FIRST - 1)
        sheet.fit_to_pages(1, 0)

    @staticmethod
    def _cell(sheet: Any, row: int, col: int, value: Any, format: str, form: Any) -> None:
        if value is None:
            sheet.write_blank(row, col, None, form)
        elif isinstance(value, date):
            sheet.write_datetime(row, col, datetime(value.year, value.month, value.day), form)
        elif format != "text" and isinstance(value, int | float):
            sheet.write_number(row, col, value, form)
        else:
            sheet.write_string(row, col, str(value), form)

    def chart_sheet(self, name: str, chart: Chart) -> None:
        """The chart as a native Excel chart above its data."""
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, chart.title, self.format(bold=True, font_size=14))
        sheet.write_string(1, 0, chart.says, self.format(font_color=theme.MUTED))
        form = self.format(num_format=theme.excel_format(chart.format))
        native = self.book.add_chart({"type": "line" if chart.kind == "line" else "column"})
        for i, category in enumerate(chart.categories):
            sheet.write_string(_FIRST + i, 0, str(category))
        last = _FIRST + len(chart.categories) - 1
        for j, series in enumerate(chart.series, start=1):
            sheet.write_string(_FIRST - 1, j, series.name)
            for i, value in enumerate(series.values):
                if value is not None:
                    sheet.write_number(_FIRST + i, j, value, form)
            native.add_series(
                {
                    "name": [name, _FIRST - 1, j],
                    "categories": [name, _FIRST, 0, last, 0],
                    "values": [name, _FIRST, j, last, j],
                    "line" if chart.kind == "line" else "fill": {
                        "color": theme.SERIES_COLOURS[(j - 1) % len(theme.SERIES_COLOURS)]
                    },
                }
            )
        native.set_title({"name": chart.title, "name_font": {"size": 12}})
        native.set_y_axis({"num_format": theme.excel_format(chart.format, 0), "name": chart.unit})
        native.set_size({"width": 760, "height": 360})
        sheet.set_column(0, 0, 16)
        sheet.insert_chart(1, len(chart.series) + 2, native)


def read_back(document: Document, path: Path, names: list[str]) -> None:
    """Compare every cell of every table sheet with what was to be written."""
    book = openpyxl.load_workbook(path)
    for name, table in zip(names, tables(document), strict=True):
        sheet = book[name]
        if sheet.max_row - _FIRST != len(table.rows):
            raise ControlTotalError(document, table.title, "", "")
        for i, row in enumerate(table.rows):
            for j, column in enumerate(table.columns):
                got = sheet.cell(_FIRST + i + 1, j + 1).value
                if not _same(got, theme.excel_value(row.get(column.id), column.format)):
                    raise ControlTotalError(document, table.title, "", "")


def _same(got: Any, want: Any) -> bool:
    if isinstance(got, datetime) and isinstance(want, date):
        return got.date() == want
    if isinstance(want, int | float) and isinstance(got, int | float):
        return abs(got - want) <= 1e-9 * max(1.0, abs(want))
    return got == want or (want in (None, "") and got is None) or str(want) == str(got)


def write(document: Document, path: Path) -> None:
    """Write `document` as .xlsx."""
    writer = ExcelWriter(document, path)
    flat = _flat(document.blocks)
    parts = [b for b in flat if isinstance(b, Table | Chart)]
    text = "正文" if document.language == "zh" else "Text"
    names = sheet_names([text, *(p.title for p in parts)])
    writer.text_sheet(names[0])
    for name, part in zip(names[1:], parts, strict=True):
        if isinstance(part, Table):
            writer.table_sheet(name, part)
        else:
            writer.chart_sheet(name, part)
    writer.book.close()


def render(document: Document, path: Path) -> Path:
    """Write `document` as .xlsx, read it back and compare. ControlTotalError on any difference."""
    check_rows(document)
    write(document, path)
    parts = [b for b in _flat(document.blocks) if isinstance(b, Table | Chart)]
    text = "正文" if document.language == "zh" else "Text"
    names = sheet_names([text, *(p.title for p in parts)])
    table_names = [n for n, p in zip(names[1:], parts, strict=True) if isinstance(p, Table)]
    read_back(document, path, table_names)
    return path
