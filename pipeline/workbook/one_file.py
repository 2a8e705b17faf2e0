"""One untrusted file to sheets: pre-check, then the reader of its true type."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.workbook.content import kind_of
from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.package import Directory, Package, open_package, unpack, xml_parts
from pipeline.workbook.sheet import Sheet
from pipeline.workbook.together import Steps, at_once

SPREADSHEETS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".et", ".ods", ".csv", ".tsv")

_MANIFEST = "META-INF/manifest.xml"


@dataclass
class Contents:
    """What a file holds: its true format, sheets, and rules it is told under (macros …)."""

    format: str
    sheets: list[Sheet] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_one(data: bytes, name: str, limits: Limits) -> Contents:
    """Sheets of one file, or :class:`Refused`. A zip of workbooks gives format `archive`."""
    return at_once(in_steps(data, name, limits))


def in_steps(data: bytes, name: str, limits: Limits) -> Steps[Contents]:
    """As :func:`read_one`, step by step."""
    kind = kind_of(data, name)
    if kind == "text":
        return Contents("csv", *_read_text(data, name, limits))
    if kind == "ole":
        from pipeline.workbook.xls import read_xls

        sheets, notices = read_xls(data, name, limits)
        return Contents("xls", sheets, notices)
    return (yield from _read_package(data, name, limits))


def _read_text(data: bytes, name: str, limits: Limits) -> tuple[list[Sheet], list[str]]:
    """A table of text under whatever name; other text is told as what it is."""
    from pipeline.workbook.delimited import read_delimited

    try:
        return read_delimited(data, name, limits)
    except Refused as refused:
        if refused.rule != "csv_delimiter" or name.lower().endswith((".csv", ".tsv")):
            raise
        raise Refused("file_text") from refused


def _read_package(data: bytes, name: str, limits: Limits) -> Steps[Contents]:
    directory = open_package(data, limits)
    if "content.xml" in directory and ("mimetype" in directory or _MANIFEST in directory):
        return _read_open_document(data, directory, limits)
    if "[Content_Types].xml" not in directory:
        holds = any(entry.lower().endswith(SPREADSHEETS) for entry in directory)
        if name.lower().endswith(SPREADSHEETS) and not holds:
            raise Refused("file_corrupt")  # a workbook that lost its parts, no archive of any
        return Contents("archive")
    parts = xml_parts(data, directory, limits)
    yield sum(map(len, parts.values()))
    from pipeline.workbook.ooxml import notices, read_ooxml, workbook_part

    workbook = workbook_part(parts)
    if workbook is None or workbook not in parts:
        raise Refused("file_corrupt")
    if workbook.endswith(".bin"):
        from pipeline.workbook.xlsb import read_xlsb

        sheets = read_xlsb(parts, workbook, limits)
        return Contents("xlsb", sheets, notices(parts, list(directory)))
    if not workbook.startswith("xl/") and b"<sheets" not in parts[workbook]:
        raise Refused("file_not_workbook", what_zh="Word 或 PowerPoint 文档",
                      what_en="a Word or PowerPoint document")  # fmt: skip
    sheets = yield from read_ooxml(Package(data, directory, parts), workbook, limits)
    return Contents("xlsx", sheets, notices(parts, list(directory)))


def _read_open_document(data: bytes, directory: Directory, limits: Limits) -> Contents:
    from pipeline.workbook.ods import read_ods

    kind = directory.get("mimetype")
    if kind and b"spreadsheet" not in unpack(data, kind, 200):
        raise Refused("file_not_workbook", what_zh="OpenDocument 文档（非表格）",
                      what_en="an OpenDocument file other than a spreadsheet")  # fmt: skip
    manifest = directory.get(_MANIFEST)
    if manifest and b"encryption-data" in unpack(data, manifest, 1 << 20):
        raise Refused("file_encrypted")
    parts = xml_parts(data, directory, limits)
    return Contents("ods", read_ods(parts["content.xml"], limits))
