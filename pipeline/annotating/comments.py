"""Comments (批注) of one worksheet: their texts, and the boxes that show them (VML)."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from pipeline.annotating.grid import AFTER_NOTES, place_of
from pipeline.annotating.package import MAIN, OFFICE, Package, Relations, Unmarkable, place, tag
from pipeline.annotating.words import AUTHOR, SEPARATOR
from pipeline.workbook.sheet import letters

_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_V, _X = "{urn:schemas-microsoft-com:vml}", "{urn:schemas-microsoft-com:office:excel}"
_SHAPE_ID = re.compile(r"_x0000_s(\d+)")
_LONGEST = 30_000  # characters; Excel shows 32,767
_ROOT = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel">{}</xml>'
)
_LAYOUT = '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>'
_SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


class Comments:
    """The comments of a sheet part; :meth:`save` writes texts and boxes back."""

    def __init__(self, package: Package, part: str, sheet: Any) -> None:
        self.package, self.sheet = package, sheet
        self.relations = Relations(package, part)
        self.root = self._texts()
        self.list = self.root.find(tag("commentList"))
        if self.list is None:
            self.list = etree.SubElement(self.root, tag("commentList"))
        self.by_cell = {c.get("ref"): c for c in self.list.iter(tag("comment"))}
        self.vml_part, self.vml = self._boxes()

    def _texts(self) -> Any:
        found = self.relations.found("comments")
        if found:
            return self.package.edit(next(iter(found.values())))
        part = self.package.free("xl/comments{}.xml")
        empty = f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'
        self.package.put(part, empty.encode(), _CONTENT_TYPE)
        self.relations.add("comments", part)
        return self.package.edit(part)

    def _boxes(self) -> tuple[str, Any]:
        known = self.relations.found("vmlDrawing")
        element = self.sheet.find(tag("legacyDrawing"))
        if element is not None:
            part = known.get(element.get(f"{{{OFFICE}}}id"))
            if part is None or not self.package.has(part):
                raise Unmarkable("a drawing is missing")
            return part, _drawing(self.package.parts[self.package.name(part)])
        part = self.package.free("xl/drawings/vmlDrawing{}.vml")
        self.package.declare_ending("vml", _VML_TYPE)
        element = etree.Element(tag("legacyDrawing"))
        element.set(f"{{{OFFICE}}}id", self.relations.add("vmlDrawing", part))
        place(self.sheet, element, AFTER_NOTES)
        return part, _drawing(_ROOT.format(_LAYOUT).encode())

    def unmark(self) -> None:
        """Takes away what an earlier return said, and leaves what the sender said."""
        ours = {str(n) for n, a in enumerate(self._authors()) if a.text == AUTHOR}
        for ref, comment in list(self.by_cell.items()):
            if comment.get("authorId") in ours:
                self.list.remove(comment)
                del self.by_cell[ref]
                self._drop_box(ref)
            else:
                _cut(comment)

    def _authors(self) -> list[Any]:
        authors = self.root.find(tag("authors"))
        if authors is None:
            authors = etree.Element(tag("authors"))
            self.root.insert(0, authors)
        return list(authors.iter(tag("author")))

    def _drop_box(self, ref: str) -> None:
        row, col = place_of(ref) or (0, 0)
        wanted = [str(row - 1), str(col - 1)]
        for data in list(self.vml.iter(f"{_X}ClientData")):
            if [data.findtext(f"{_X}{n}") for n in ("Row", "Column")] == wanted:
                shape = data.getparent()
                shape.getparent().remove(shape)

    def say(self, row: int, col: int, text: str) -> None:
        """Comments one cell; under the sender's own comment if there is one."""
        ref = f"{letters(col)}{row}"
        text = text[:_LONGEST]
        present = self.by_cell.get(ref)
        if present is not None:
            body = present.find(tag("text"))
            if body is None:
                body = etree.SubElement(present, tag("text"))
            _run(body, f"\n{SEPARATOR}\n{text}")
            return
        comment = etree.SubElement(self.list, tag("comment"), ref=ref, authorId=self._author())
        _run(etree.SubElement(comment, tag("text")), text)
        self.by_cell[ref] = comment
        self._box(row, col)

    def _author(self) -> str:
        known = [a.text for a in self._authors()]
        if AUTHOR not in known:
            etree.SubElement(self.root.find(tag("authors")), tag("author")).text = AUTHOR
            known.append(AUTHOR)
        return str(known.index(AUTHOR))

    def _box(self, row: int, col: int) -> None:
        names = [shape.get("id", "") for shape in self.vml.iter(f"{_V}shape")]
        used = [int(found[1]) for name in names if (found := _SHAPE_ID.match(name))]
        made = _shape(max([1024, *used]) + 1, row - 1, col - 1)
        if not any(t.get("id") == "_x0000_t202" for t in self.vml.iter(f"{_V}shapetype")):
            made = _SHAPE_TYPE + made
        self.vml.extend(list(_drawing(_ROOT.format(made).encode())))

    def save(self) -> None:
        """Writes the boxes back."""
        self.package.put(self.vml_part, etree.tostring(self.vml, encoding="UTF-8"))


def _drawing(data: bytes) -> Any:
    """Drawings are XML after a fashion: Excel leaves <br> open in them."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True)
    root = etree.fromstring(data, parser)
    if root is None:
        raise Unmarkable("a drawing of an unknown form")
    return root


def _shape(number: int, row: int, col: int) -> str:
    anchor = f"{col + 1}, 15, {max(row - 1, 0)}, 10, {col + 5}, 15, {row + 7}, 4"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;'
        'margin-left:80pt;margin-top:5pt;width:260pt;height:110pt;z-index:1;visibility:hidden" '
        'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row}</x:Row><x:Column>{col}</x:Column></x:ClientData></v:shape>"
    )


def _run(body: Any, text: str) -> None:
    run = etree.SubElement(body, tag("r"))
    said = etree.SubElement(run, tag("t"))
    said.text = text
    said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _cut(comment: Any) -> None:
    """Empties everything from our separator on."""
    after = False
    for said in comment.iter(tag("t")):
        text = said.text or ""
        if after:
            said.text = ""
        elif SEPARATOR in text:
            said.text, after = text.partition(SEPARATOR)[0].rstrip("\n"), True
