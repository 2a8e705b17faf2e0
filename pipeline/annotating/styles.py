"""Fills and formats added to a workbook's styles; what a cell looked like before is kept."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import etree

from pipeline.annotating.package import Package, Relations, place, tag
from pipeline.annotating.words import FILLS

_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs",
    "tableStyles", "colors", "extLst",
)  # fmt: skip
_FIRST = {
    "fonts": "<font><sz val='11'/><name val='Calibri'/></font>",
    "fills": "<fill><patternFill patternType='none'/></fill>"
    "<fill><patternFill patternType='gray125'/></fill>",
    "borders": "<border><left/><right/><top/><bottom/><diagonal/></border>",
    "cellXfs": "<xf numFmtId='0' fontId='0' fillId='0' borderId='0'/>",
}
_COLOUR = ("rgb", "theme", "tint", "indexed", "auto")


def styles_of(package: Package, workbook: str) -> Styles:
    """The styles of a workbook, made if it has none."""
    relations = Relations(package, workbook)
    found = relations.found("styles")
    if not found:
        part = (
            "xl/styles.xml" if not package.has("xl/styles.xml") else package.free("xl/styles{}.xml")
        )
        package.put(part, f"<styleSheet xmlns='{tag('')[1:-1]}'/>".encode(), _CONTENT_TYPE)
        relations.add("styles", part)
        found = {"": part}
    return Styles(package.edit(next(iter(found.values()))))


class Styles:
    """The style sheet of one workbook."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.fonts, self.fills = self._list("fonts"), self._list("fills")
        self._list("borders")
        self.formats = self._list("cellXfs")
        self._known: dict[tuple[Any, ...], int] = {}

    def _list(self, name: str) -> Any:
        found = self.root.find(tag(name))
        if found is None:
            text = f"<{name} xmlns='{tag('')[1:-1]}'>{_FIRST[name]}</{name}>"
            found = etree.fromstring(text)
            place(self.root, found, _ORDER[_ORDER.index(name) + 1 :])
        return found

    def _add(self, where: Any, element: Any) -> int:
        where.append(element)
        count = sum(isinstance(child.tag, str) for child in where)
        where.set("count", str(count))
        return count - 1

    def unmark(self) -> None:
        """Gives cells that an earlier return filled their own fill again."""
        ours = set(FILLS.values())
        for pattern in self.fills.iter(tag("patternFill")):
            front, back = pattern.find(tag("fgColor")), pattern.find(tag("bgColor"))
            if (
                front is None
                or front.get("rgb") not in ours
                or pattern.get("patternType") != "solid"
            ):
                continue
            own = {k: v for k in _COLOUR if back is not None and (v := back.get(k)) is not None}
            if not own or own.get("indexed") == "64":
                pattern.set("patternType", "none")
                del pattern[:]
            else:
                front.attrib.clear()
                front.attrib.update(own)

    def marked(self, style: int, severity: str) -> int:
        """The format of a cell of format `style` with the fill of a severity; all else kept."""
        if (style, severity) not in self._known:
            formats = self.formats.findall(tag("xf"))
            base = formats[style] if style < len(formats) else formats[0]
            marked = deepcopy(base)
            marked.set("fillId", str(self._fill(int(base.get("fillId", 0)), severity)))
            marked.set("applyFill", "1")
            self._known[style, severity] = self._add(self.formats, marked)
        return self._known[style, severity]

    def _fill(self, former: int, severity: str) -> int:
        if ("fill", former, severity) not in self._known:
            fills = self.fills.findall(tag("fill"))
            pattern = fills[former].find(tag("patternFill")) if former < len(fills) else None
            fill = _solid(FILLS[severity], _own_colour(pattern))
            self._known["fill", former, severity] = self._add(self.fills, fill)
        return self._known["fill", former, severity]

    def plain(
        self, *, font: str = "", fill: str = "", wrap: bool = False, text: bool = False
    ) -> int:
        """A format of our own page: `font` is the inside of a font, `fill` a colour (ARGB)."""
        key = ("plain", font, fill, wrap, text)
        if key not in self._known:
            number = self._font(font) if font else 0
            painted = self._add(self.fills, _solid(fill, {"indexed": "64"})) if fill else 0
            quoted = " quotePrefix='1'" if text else ""
            lines = "<alignment vertical='top' wrapText='1'/>" if wrap else ""
            self._known[key] = self._add(self.formats, etree.fromstring(
                f"<xf xmlns='{tag('')[1:-1]}' numFmtId='0' fontId='{number}' fillId='{painted}' "
                f"borderId='0' applyFont='1' applyFill='1' applyAlignment='1'{quoted}>{lines}</xf>"
            ))  # fmt: skip
        return self._known[key]

    def _font(self, inside: str) -> int:
        return self._add(
            self.fonts, etree.fromstring(f"<font xmlns='{tag('')[1:-1]}'>{inside}</font>")
        )


def _own_colour(pattern: Any) -> dict[str, str]:
    """The colour of a solid fill. It is kept as ours' unseen background, to be brought back."""
    if pattern is None or pattern.get("patternType") != "solid":
        return {"indexed": "64"}
    front = pattern.find(tag("fgColor"))
    own = {k: v for k in _COLOUR if front is not None and (v := front.get(k)) is not None}
    return own or {"indexed": "64"}


def _solid(front: str, back: dict[str, str]) -> Any:
    fill = etree.Element(tag("fill"))
    pattern = etree.SubElement(fill, tag("patternFill"), patternType="solid")
    etree.SubElement(pattern, tag("fgColor"), rgb=front)
    etree.SubElement(pattern, tag("bgColor"), **back)
    return fill
