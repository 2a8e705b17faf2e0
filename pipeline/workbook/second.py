"""The second engine of each format, for comparing with what the first one read.

    .xlsx .xlsm   first fastexcel (calamine)             second openpyxl
    .xls          first xlrd                             second fastexcel (calamine)
    .xlsb .ods    first our own walk over the records    second fastexcel (calamine)

Text files have no second engine: their cells are what is written. Runs in the reading child, on
files that the first engine took, so the pre-check has been passed.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

from pipeline.workbook.content import kind_of
from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.one_file import Contents
from pipeline.workbook.ooxml import load, open_reader, workbook_part
from pipeline.workbook.package import open_package, xml_parts
from pipeline.workbook.serials import plain
from pipeline.workbook.sheet import Block, Sheet

NOT_COMPARED = "not_compared"
# The begin of a chart inside a `.xls` sheet (BIFF 8 and 5): calamine takes the chart's numbers for
# cells of the sheet.
_CHARTS = (b"\x09\x08\x10\x00\x00\x06\x20\x00", b"\x09\x08\x08\x00\x00\x05\x20\x00")
# Strict OOXML has names of its own; openpyxl finds no cell under them and says nothing.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main",
     b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships",
     b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
)  # fmt: skip


def read_second(data: bytes, name: str, limits: Limits) -> Contents:
    """As :func:`~pipeline.workbook.one_file.read_one`, by the other engine."""
    kind = kind_of(data, name)
    if kind == "text":
        return Contents("csv", notices=[NOT_COMPARED])
    if kind == "ole" and any(chart in data for chart in _CHARTS):
        return Contents("xls", notices=[NOT_COMPARED])
    if kind == "ole":
        return Contents("xls", _by_calamine(data))
    directory = open_package(data, limits)
    if "mimetype" in directory and "content.xml" in directory:
        return Contents("ods", _by_calamine(data))
    parts = xml_parts(data, directory, limits)
    workbook = workbook_part(parts)
    if workbook is None:
        raise Refused("file_corrupt")
    if workbook.endswith(".bin"):
        return Contents("xlsb", _by_calamine(data))
    if any(_STRICT[0][0] in part for part in (parts[workbook][:4096],)):
        data = _transitional(data, limits)
    return Contents("xlsx", _by_openpyxl(data))


def _by_calamine(data: bytes) -> list[Sheet]:
    """It drops empty columns on the left and does not say how many: columns count from 1 here."""
    reader = open_reader(data)
    sheets = []
    for position, name in enumerate(reader.sheet_names):
        sheet, batch = Sheet(name, position), load(reader, name)
        if batch is not None:
            sheet.block = Block(batch.columns, 1, [])
        sheets.append(sheet)
    return sheets


def _transitional(data: bytes, limits: Limits) -> bytes:
    import zipfile

    parts = xml_parts(data, open_package(data, limits), limits)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, body in parts.items():
            for strict, usual in _STRICT:
                body = body.replace(strict, usual)
            package.writestr(name, body)
    return target.getvalue()


def _by_openpyxl(data: bytes) -> list[Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True,
                                  keep_links=False)  # fmt: skip
    sheets = []
    for position, raw in enumerate(book.worksheets):
        sheet = Sheet(raw.title, position)
        for row, cells in _rows(raw):
            for cell in cells:
                if said := _said(cell["value"], cell["data_type"]):
                    sheet.cells.append((row, cell["column"], *said))
        sheets.append(sheet)
    return sheets


def _rows(sheet: Any) -> Any:
    """The parser beneath `iter_rows`, which would fill up every gap: a blank format in the last
    row of the sheet would cost a million rows."""
    from openpyxl.worksheet._reader import WorkSheetParser

    book = sheet.parent
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source, sheet._shared_strings, data_only=True, epoch=book.epoch,
            date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
        )  # fmt: skip
        yield from parser.parse()


def _said(value: Any, kind: str) -> tuple[str, str] | None:
    match value:
        case None | "":
            return None
        case bool():
            return ("true" if value else "false"), ""
        case datetime() | date() | time():
            return _moment(value), "date"
        case timedelta():
            seconds = round(value.total_seconds())
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}", "date"
        case int() | float():
            return plain(float(value)), ""
        case _:
            return str(value), "error" if kind == "e" else ""


def _moment(value: date | datetime | time) -> str:
    if isinstance(value, datetime):
        value += timedelta(microseconds=500_000)  # to the nearest second, as in `serial_date`
        day, clock = value.strftime("%Y-%m-%d"), value.strftime("%H:%M:%S")
        return day if clock == "00:00:00" else f"{day} {clock}"
    return value.isoformat()[:10] if isinstance(value, date) else value.isoformat()[:8]


__all__ = ["NOT_COMPARED", "read_second"]
