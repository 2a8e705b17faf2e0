"""The parts of an OOXML package: read whole, changed in place, written again."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import Any

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_TYPES_PART = "[Content_Types].xml"
_PACKED = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf")  # deflating these again gains nothing
_LEVEL = 3
_MARK, _WIDE = b"\xef\xbb\xbf", b"\0"  # of UTF-8, and what letters of UTF-16 are made of
_SELECTED = re.compile(rb"""\stabSelected\s*=\s*("[^"]*"|'[^']*')""")


class Unmarkable(Exception):
    """A package that cannot be patched; its cells can still be written anew."""


def tag(name: str) -> str:
    """The name of an element of SpreadsheetML."""
    return f"{{{MAIN}}}{name}"


def parse(data: bytes) -> Any:
    """An element tree; entities are not resolved and nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unmarkable(str(error)) from error


def place(root: Any, element: Any, before: tuple[str, ...]) -> None:
    """Puts `element` into `root` ahead of the first child called one of `before`."""
    for index, child in enumerate(root):
        if isinstance(child.tag, str) and etree.QName(child).localname in before:
            root.insert(index, element)
            return
    root.append(element)


class Package:
    """Parts by name. A part that was :meth:`edit`-ed is written back from its tree."""

    def __init__(self, data: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as box:
                self.parts = {i.filename: box.read(i) for i in box.infolist() if not i.is_dir()}
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise Unmarkable(str(error)) from error
        self._trees: dict[str, Any] = {}
        self._edited: set[str] = set()
        # Part names are compared without case (OPC).
        self._names = {name.lower(): name for name in self.parts}

    def name(self, part: str) -> str:
        """The part's name as it stands in the package."""
        return self._names.get(part.lower(), part)

    def has(self, part: str) -> bool:
        return part.lower() in self._names

    def tree(self, part: str) -> Any:
        """The root element of a part. Unmarkable if it is missing or no XML."""
        name = self.name(part)
        if name not in self._trees:
            if name not in self.parts:
                raise Unmarkable(f"no part {part}")
            self._trees[name] = parse(self.parts[name])
        return self._trees[name]

    def edit(self, part: str) -> Any:
        """As :meth:`tree`, and what is changed in it is written. Others keep their bytes."""
        self._edited.add(self.name(part))
        return self.tree(part)

    def unselected(self, part: str) -> bool:
        """Takes a sheet out of the selection without a tree; whether its text can be told to."""
        name = self.name(part)
        text = self.parts.get(name, b"")
        if (
            name in self._trees
            or not text.removeprefix(_MARK).startswith(b"<")
            or _WIDE in text[:8]
        ):
            return False
        head, data, rest = text.partition(b"sheetData")
        self.parts[name] = _SELECTED.sub(b"", head) + data + rest
        return bool(data)

    def put(self, part: str, data: bytes, content_type: str | None = None) -> None:
        """Adds or replaces a part, and declares its type if one is given."""
        name = self.name(part)
        self._forget(name)
        self.parts[name] = data
        self._names[name.lower()] = name
        if content_type:
            self.declare(name, content_type)

    def drop(self, part: str) -> None:
        """Removes a part with its relations and its declared type."""
        name = self.name(part)
        for gone in (name, self.name(relations_of(name))):
            self.parts.pop(gone, None)
            self._forget(gone)
            self._names.pop(gone.lower(), None)
        for override in self._overrides(name):
            override.getparent().remove(override)

    def _forget(self, name: str) -> None:
        self._trees.pop(name, None)
        self._edited.discard(name)

    def _overrides(self, part: str) -> list[Any]:
        wanted = f"/{part}".lower()
        found = self.edit(_TYPES_PART).iter(f"{{{_TYPES}}}Override")
        return [o for o in found if o.get("PartName", "").lower() == wanted]

    def declare(self, part: str, content_type: str) -> None:
        """States the content type of one part."""
        present = self._overrides(part)
        if present:
            present[0].set("ContentType", content_type)
            return
        root = self.tree(_TYPES_PART)
        override = etree.SubElement(root, f"{{{_TYPES}}}Override")
        override.set("PartName", f"/{part}")
        override.set("ContentType", content_type)

    def declared(self, part: str) -> str:
        """The stated content type of a part; "" if only its ending says it."""
        present = self._overrides(part)
        return str(present[0].get("ContentType", "")) if present else ""

    def declare_ending(self, ending: str, content_type: str) -> None:
        """States the content type of all parts of an ending, unless it is stated already."""
        root = self.tree(_TYPES_PART)
        if any(d.get("Extension", "").lower() == ending for d in root.iter(f"{{{_TYPES}}}Default")):
            return
        default = etree.Element(f"{{{_TYPES}}}Default")
        default.set("Extension", ending)
        default.set("ContentType", content_type)
        root.insert(0, default)

    def free(self, pattern: str) -> str:
        """The first unused part name of a pattern with one {}."""
        number = 1
        while self.has(pattern.format(number)):
            number += 1
        return pattern.format(number)

    def save(self) -> bytes:
        """The whole package as a zip; the same parts give the same bytes."""
        for name in self._edited:
            self.parts[name] = etree.tostring(
                self._trees[name], encoding="UTF-8", xml_declaration=True, standalone=True
            )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as box:
            for name in sorted(self.parts, key=lambda n: n != _TYPES_PART):
                info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                stored = name.lower().endswith(_PACKED)
                info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                box.writestr(info, self.parts[name], compresslevel=_LEVEL)
        return out.getvalue()


def relations_of(part: str) -> str:
    """Where the relations of a part lie."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


class Relations:
    """The relations of one part ("" = of the package)."""

    def __init__(self, package: Package, part: str) -> None:
        self.package, self.part = package, part
        self.where = relations_of(part)
        if package.has(self.where):
            self.root = package.tree(self.where)
        else:
            self.root = etree.Element(f"{{{_RELATIONS}}}Relationships", nsmap={None: _RELATIONS})

    def found(self, kind: str) -> dict[str, str]:
        """{id: part} of the internal relations of a kind (the last word of its address)."""
        return {
            r.get("Id"): self._target(r.get("Target", ""))
            for r in self.root.iter(f"{{{_RELATIONS}}}Relationship")
            if r.get("Type", "").rpartition("/")[2] == kind and r.get("TargetMode") != "External"
        }

    def _target(self, target: str) -> str:
        folder = posixpath.dirname(self.part)
        full = target if target.startswith("/") else posixpath.join("/", folder, target)
        return posixpath.normpath(full).lstrip("/")

    def add(self, kind: str, part: str) -> str:
        """Relates to `part`; the new id."""
        self._keep()
        used = {r.get("Id") for r in self.root}
        number = len(used) + 1
        while f"rId{number}" in used:
            number += 1
        relation = etree.SubElement(self.root, f"{{{_RELATIONS}}}Relationship")
        relation.set("Id", f"rId{number}")
        relation.set("Type", f"{OFFICE}/{kind}")
        relation.set("Target", f"/{part}")
        return f"rId{number}"

    def _keep(self) -> None:
        """A part without relations gets its own part for them only when there is one."""
        if not self.package.has(self.where):
            self.package.put(self.where, etree.tostring(self.root))
        self.root = self.package.edit(self.where)

    def drop(self, id: str) -> None:
        """Takes a relation away."""
        self._keep()
        for relation in list(self.root):
            if relation.get("Id") == id:
                self.root.remove(relation)
