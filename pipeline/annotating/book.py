"""The workbook part: its sheets, and our page put in front of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

from pipeline.annotating.package import OFFICE, Package, Relations, Unmarkable, place, tag
from pipeline.annotating.words import HEADERS, SHEET

_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_PLAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


@dataclass(frozen=True)
class SheetPart:
    """A sheet's name and its part."""

    name: str
    part: str
    element: Any


class Book:
    """The workbook of a package. Unmarkable if it is not ordinary (transitional) SpreadsheetML."""

    def __init__(self, package: Package) -> None:
        self.package = package
        found = Relations(package, "").found("officeDocument")
        if len(found) != 1:
            raise Unmarkable("no workbook")
        self.part = package.name(next(iter(found.values())))
        self.root = package.edit(self.part)
        self.list = self.root.find(tag("sheets"))
        if self.root.tag != tag("workbook") or self.list is None:
            raise Unmarkable("no ordinary workbook")
        self.relations = Relations(package, self.part)

    def sheets(self) -> list[SheetPart]:
        """Worksheets (no chart sheets) in their order."""
        parts = self.relations.found("worksheet")
        return [
            SheetPart(element.get("name", ""), part, element)
            for element in self.list.iterchildren(tag("sheet"))
            if (part := parts.get(element.get(f"{{{OFFICE}}}id"))) is not None
        ]

    @property
    def macros(self) -> bool:
        return "macroEnabled" in self.package.declared(self.part)

    def as_document(self) -> None:
        """A template (.xltx) comes back as a workbook: its ending would not be believed."""
        self.package.declare(self.part, _MACROS if self.macros else _PLAIN)

    def remove_lists(self) -> None:
        """Takes away the findings sheet of an earlier return."""
        for sheet in self.sheets():
            if self._is_list(sheet):
                self.remove_sheet(sheet)

    def _is_list(self, sheet: SheetPart) -> bool:
        if not sheet.name.startswith(SHEET):
            return False
        return (
            sheet.name == SHEET
            or HEADERS[4].encode() in self.package.parts[self.package.name(sheet.part)]
        )

    def remove_sheet(self, sheet: SheetPart) -> None:
        """Takes a sheet away, with the names that belong to it."""
        index = list(self.list.iterchildren(tag("sheet"))).index(sheet.element)
        for name in list(self.root.iter(tag("definedName"))):
            if name.get("localSheetId") == str(index):
                name.getparent().remove(name)
        self._shift(lambda n: n - (n > index))
        self.relations.drop(sheet.element.get(f"{{{OFFICE}}}id"))
        self.list.remove(sheet.element)
        self.package.drop(sheet.part)

    def _shift(self, to: Any) -> None:
        for name in self.root.iter(tag("definedName")):
            if (local := name.get("localSheetId")) is not None:
                name.set("localSheetId", str(to(int(local))))

    def put_first(self, xml: bytes) -> None:
        """Puts our page in front and opens the workbook at it."""
        part = self.package.free("xl/worksheets/mingcha{}.xml")
        self.package.put(part, xml, _CONTENT_TYPE)
        sheets = list(self.list.iterchildren(tag("sheet")))
        number = max((int(s.get("sheetId", 0)) for s in sheets), default=0) + 1
        element = etree.Element(tag("sheet"), name=self._free_name(), sheetId=str(number))
        element.set(f"{{{OFFICE}}}id", self.relations.add("worksheet", part))
        self.list.insert(0, element)
        self._shift(lambda n: n + 1)
        self._open_at_first()

    def _free_name(self) -> str:
        used = {s.get("name", "").lower() for s in self.list.iterchildren(tag("sheet"))}
        name, number = SHEET, 2
        while name.lower() in used:
            name, number = f"{SHEET} ({number})", number + 1
        return name

    def _open_at_first(self) -> None:
        for view in self.root.iter(tag("workbookView")):
            view.set("activeTab", "0")
            view.attrib.pop("firstSheet", None)
        if self.root.find(tag("bookViews")) is None:
            views = etree.Element(tag("bookViews"))
            etree.SubElement(views, tag("workbookView"), activeTab="0")
            place(self.root, views, ("sheets",))
