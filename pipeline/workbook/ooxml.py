"""`.xlsx` and `.xlsm`: structure and facts from the package, values through fastexcel."""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pipeline.workbook import facts as fast
from pipeline.workbook.excerpts import excerpt
from pipeline.workbook.facts import Facts, Mark
from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.package import Package, repacked
from pipeline.workbook.sheet import Block, Sheet, address
from pipeline.workbook.slow_facts import scan_slowly
from pipeline.workbook.styles import Styles, read_styles
from pipeline.workbook.together import Steps

_ADDRESS = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_UNIQUE_COUNT = re.compile(rb"\buniqueCount\s*=\s*[\"']\s*\+?([0-9]+)")


@dataclass(frozen=True)
class SheetPart:
    """A worksheet as the workbook part names it."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True)
class Book:
    """The workbook part: worksheets in order (chart sheets left out) and the date system."""

    sheets: list[SheetPart]
    date1904: bool


def read_book(parts: dict[str, bytes], workbook: str) -> Book:
    """Structure of the workbook part called `workbook`. ET is safe: no DOCTYPE got this far."""
    sheets, date1904 = _structure(parts[workbook])
    links = targets(parts, workbook)
    named = [(name, visible, *links.get(link, ("", ""))) for name, link, visible in sheets]
    return Book(
        [
            SheetPart(name, part, visible)
            for name, visible, part, kind in named
            if kind == "worksheet" and part in parts
        ],
        date1904,
    )


@lru_cache(maxsize=32)
def _structure(xml: bytes) -> tuple[list[tuple[str, str, bool]], bool]:
    root = ET.fromstring(xml)
    sheets = []
    for element in root.iterfind("{*}sheets/{*}sheet"):
        link = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
        visible = element.get("state", "visible") == "visible"
        sheets.append((element.get("name", ""), link, visible))
    properties = root.find("{*}workbookPr")
    date1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
    return sheets, date1904


def targets(parts: dict[str, bytes], workbook: str) -> dict[str, tuple[str, str]]:
    """Relations of the workbook part: id -> (part, kind)."""
    folder, name = posixpath.split(workbook)
    return _relations(parts.get(f"{folder}/_rels/{name}.rels".lstrip("/"), b""), folder)


@lru_cache(maxsize=32)
def _relations(xml: bytes, folder: str) -> dict[str, tuple[str, str]]:
    found = {}
    for element in ET.fromstring(xml) if xml else ():
        target = element.get("Target", "")
        path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
        kind = element.get("Type", "").rpartition("/")[2]
        found[element.get("Id", "")] = (posixpath.normpath(path), kind)
    return found


def workbook_part(parts: dict[str, bytes]) -> str | None:
    """The name of the workbook part, from the package's relations."""
    for path, kind in _relations(parts.get("_rels/.rels", b""), "").values():
        if kind == "officeDocument":
            return path
    return None


def notices(parts: dict[str, bytes], names: list[str]) -> list[str]:
    """Rules for what a workbook carries besides data: macros, links to files, DDE."""
    found = []
    if any(n.lower().endswith("vbaproject.bin") or "/macrosheets/" in n.lower() for n in names):
        found.append("has_macros")
    links = [parts.get(n, b"") for n in names if "/externallinks/" in n.lower()]
    if any(b"ddeLink" in link for link in links):
        found.append("has_dde")
    elif links:
        found.append("has_external_links")
    return found


def read_ooxml(package: Package, workbook: str, limits: Limits) -> Steps[list[Sheet]]:
    """All worksheets of an OOXML workbook, each verified to stand at its true addresses."""
    parts, held = package.parts, sum(map(len, package.parts.values()))
    try:
        book = read_book(parts, workbook)
        styles = read_styles(parts.get(_beside(parts, workbook, "styles", "styles.xml"), b""))
        _refuse_other_texts(parts, workbook)
        styles = replace(styles, date1904=book.date1904)
    except (ET.ParseError, KeyError, ValueError) as error:
        raise Refused("file_corrupt") from error
    refuse_sheets(book, limits)
    refuse_false_count(parts)
    known = [_facts(sheet, parts[sheet.part], styles, limits) for sheet in book.sheets]
    yield held
    reader = _reader(package, workbook) if any(f.hulls for f in known) else None
    yield held
    return [
        _sheet(reader, position, sheet, book, facts, parts[sheet.part])
        for position, (sheet, facts) in enumerate(zip(book.sheets, known, strict=True))
    ]


def _beside(parts: dict[str, bytes], workbook: str, kind: str, usual: str) -> str:
    """The part that the workbook's relations name for this; where they name none, the usual one."""
    named = (part for part, own in targets(parts, workbook).values() if own == kind)
    return next(named, posixpath.join(posixpath.dirname(workbook), usual))


def _refuse_other_texts(parts: dict[str, bytes], workbook: str) -> None:
    """The fast reader takes shared texts from the usual part, whatever the relations say."""
    named = _beside(parts, workbook, "sharedStrings", "sharedStrings.xml")
    if named.lower() != "xl/sharedstrings.xml" and any(
        name.lower() == "xl/sharedstrings.xml" for name in parts
    ):
        raise Refused("file_corrupt")


def refuse_sheets(book: Book, limits: Limits) -> None:
    """Too many sheets, or two of one name, are refused."""
    if len(book.sheets) > limits.sheets:
        raise Refused("file_sheets", count=len(book.sheets), limit=limits.sheets)
    if len({sheet.name for sheet in book.sheets}) != len(book.sheets):
        raise Refused("file_corrupt")


def refuse_false_count(parts: dict[str, bytes]) -> None:
    """A number of shared texts that their bytes cannot hold: the fast reader would set aside
    memory for all of them and end the process. `<si/>` takes five bytes."""
    for name, xml in parts.items():
        if name.lower().endswith("sharedstrings.xml"):
            found = _UNIQUE_COUNT.search(xml, 0, 8192)
            if found and int(found[1]) > max(len(xml), 1_000_000):
                raise Refused("file_corrupt")


def _facts(sheet: SheetPart, xml: bytes, styles: Styles, limits: Limits) -> Facts:
    _refuse_too_many(sheet, xml, limits)
    looked_at = excerpt(xml)
    canonical = fast.is_canonical(looked_at)
    facts = fast.scan(xml, styles, looked_at) if canonical else scan_slowly(xml, styles, limits)
    if canonical and facts.hulls:
        if _cells(facts.hulls[0]) > limits.extent_cells // 10:
            facts.hulls.clear()  # blank formats far away are common and harmless: look closer
        if not facts.hulls:
            facts.hulls += list(fast.written_hulls(xml))[:1]
    for first, last, bottom in facts.hulls:
        if _cells((first, last, bottom)) > limits.extent_cells or facts.cells > limits.cells:
            raise Refused("sheet_extent", sheet.name, last=address(bottom, last),
                          count=_cells((first, last, bottom)))  # fmt: skip
    if facts.duplicates:
        raise Refused("sheet_duplicate_cells", sheet.name, row=facts.duplicates[0][0],
                      col=facts.duplicates[0][1])  # fmt: skip
    return facts


def _refuse_too_many(sheet: SheetPart, xml: bytes, limits: Limits) -> None:
    """Counted before they are looked at one by one, which takes seconds a million."""
    count = xml.count(b"<c ") if len(xml) > 3 * limits.cells else 0
    if count > limits.cells:
        last = _ADDRESS.match(xml, xml.rfind(b"<c "))
        raise Refused("sheet_extent", sheet.name, last=last[1].decode() if last else "?",
                      count=count)  # fmt: skip


def _cells(hull: tuple[int, int, int]) -> int:
    return hull[2] * (hull[1] - hull[0] + 1)


def _reader(package: Package, workbook: str) -> Any:
    """The fast reader on the inspected parts; on the package as it is if the workbook has a part
    that was not unpacked: it may want to open that one."""
    linked = targets(package.parts, workbook).values()
    own = repacked(package) if all(part in package.parts for part, _ in linked) else None
    return open_reader(own or package.data)


def open_reader(data: bytes) -> Any:
    """The fast reader on a workbook in memory."""
    import fastexcel

    try:
        return fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise Refused("file_corrupt") from error


def load(reader: Any, name: str) -> Any:
    """Arrow record batch of one sheet as text, from row 1, or None for a sheet without cells."""
    import fastexcel

    try:
        # eagerly: then the texts that cells share are not copied for each of them
        batch = reader.load_sheet_eager(name, header_row=None, skip_rows=0, dtypes="string")
        return batch if batch.num_columns else None
    except fastexcel.FastExcelError as error:
        raise Refused("file_corrupt") from error


def _sheet(
    reader: Any, position: int, part: SheetPart, book: Book, facts: Facts, xml: bytes
) -> Sheet:
    sheet = Sheet(
        part.name, position, part.visible, book.date1904,
        facts.hidden_rows, facts.hidden_cols, facts.merged,
    )  # fmt: skip
    if not facts.hulls:
        return sheet
    batch = load(reader, part.name)
    if batch is None:
        sheet.cells = _outside(facts.marks, part.name)
        return sheet
    first, width, height = _first_col(batch, facts, xml, part.name), batch.num_columns, len(batch)
    inside: list[Mark] = []
    outside: list[Mark] = []
    for mark in facts.marks:
        within = mark[0] <= height and 0 <= mark[1] - first < width
        (inside if within else outside).append(mark)
    sheet.block = Block(batch.columns, first, inside)
    sheet.cells = _outside(outside, part.name)
    return sheet


def _outside(marks: list[Mark], name: str) -> list[tuple[int, int, str, str]]:
    """Cells that the fast reader leaves out at the edges: formulas without a result."""
    if any(text is None for _, _, _, text in marks):
        raise Refused("sheet_unlocatable", name)
    return [(row, col, text or "", flag) for row, col, flag, text in marks]


def _first_col(batch: Any, facts: Facts, xml: bytes, name: str) -> int:
    """Where the reader's first column stands: it drops empty columns on the left in silence."""
    for first, last, bottom in _hulls(facts, xml):
        if last - first + 1 == batch.num_columns and bottom >= batch.num_rows:
            return first
    raise Refused("sheet_unlocatable", name)


def _hulls(facts: Facts, xml: bytes) -> Iterator[tuple[int, int, int]]:
    """Where the sheet may stand. Which cells hold a value is looked up only if it must be."""
    yield from facts.hulls
    yield from fast.written_hulls(xml)
