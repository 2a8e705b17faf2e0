"""Zip packages: capped, unpacked by hand (zipfile costs 3x as much per part), no entities."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from functools import lru_cache
from typing import NamedTuple

from pipeline.workbook.limits import Limits, Refused

_BLANK, _ROOT = re.compile(rb"\s+"), re.compile(rb"<[A-Za-z_]")
_FRONT = ((b"<?", b"?>"), (b"<!--", b"-->"))  # what may stand in front of a root element
_ENCRYPTED, _STORED, _DEFLATED = 0x1, 0, 8
_OWN = ("xl/worksheets/sheet", "xl/sharedStrings")
_COMMON, _COMMON_UNPACKED = 8 << 10, 256 << 10  # bytes of a part that is kept in mind
_READ = (".xml", ".rels", ".vml", ".bin")
_REPACKED = 8 << 20  # bytes that may be held a second time


class Entry(NamedTuple):
    """One entry of the central directory."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


class Directory(dict[str, Entry]):
    """Entries by name. `plain`: one disk, nothing in front, behind or between the entries of the
    directory, and no extra fields in it: nothing that one reader heeds and another does not."""

    plain = False


class Package(NamedTuple):
    """A package: its bytes, its directory, and its XML as unpacked and inspected."""

    data: bytes
    directory: Directory
    parts: dict[str, bytes]


_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_PLAIN = (20, 0, 0, 0, 33)  # version 2.0, no flags, stored, at midnight of the first day there is
_END = struct.Struct("<4s4H2LH")


def open_package(data: bytes, limits: Limits) -> Directory:
    """The directory of a zip by entry name; refuses damage, encryption, too many entries."""
    entries, plain = _directory(data, limits)
    if any(entry.flags & _ENCRYPTED for entry in entries):
        raise Refused("file_encrypted")
    directory = Directory((entry.name, entry) for entry in entries)
    if len(directory) != len(entries):
        raise Refused("file_corrupt")  # two parts of one name: which is meant is unknown
    directory.plain = plain
    return directory


def _directory(data: bytes, limits: Limits) -> tuple[list[Entry], bool]:
    """Read by hand: zipfile takes a third of the time of reading a small workbook for it."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + _END.size > len(data):
        raise Refused("file_corrupt")
    _, disk, first_disk, here, count, size, at, comment = _END.unpack_from(data, end)
    if count == 0xFFFF or at == 0xFFFFFFFF or at + size != end:
        return _unusual(data, limits), False  # zip64, or something in front of the archive
    if count > limits.zip_entries:
        raise Refused("file_entries", count=count, limit=limits.zip_entries)
    entries, extras = [], end + _END.size + comment - len(data)
    for _ in range(count):
        if at + _CENTRAL.size > end or data[at : at + 4] != b"PK\x01\x02":
            raise Refused("file_corrupt")
        (_, _, _, flags, method, _, _, crc, packed, full, name, extra, note, _, _, _,
         offset) = _CENTRAL.unpack_from(data, at)  # fmt: skip
        raw = data[at + 46 : at + 46 + name]
        if 0xFFFFFFFF in (packed, full, offset):
            return _unusual(data, limits), False
        # most names are ASCII, and decoding those as cp437 takes as long as inflating a part
        coding = "ascii" if raw.isascii() else "utf-8" if flags & 0x800 else "cp437"
        text = raw.decode(coding, "replace")
        entries.append(Entry(text, flags, method, crc, packed, full, offset))
        at += 46 + name + extra + note
        extras |= extra
    return entries, at == end and not extras and (disk, first_disk, here) == (0, 0, count)


def _unusual(data: bytes, limits: Limits) -> list[Entry]:
    try:
        infos = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error,
            EOFError, OSError, IndexError) as error:  # fmt: skip
        raise Refused("file_corrupt") from error
    if len(infos) > limits.zip_entries:
        raise Refused("file_entries", count=len(infos), limit=limits.zip_entries)
    return [
        Entry(i.orig_filename, i.flag_bits, i.compress_type, i.CRC, i.compress_size, i.file_size,
              i.header_offset)
        for i in infos
    ]  # fmt: skip


def unpack(data: bytes, entry: Entry, budget: int) -> bytes:
    """The bytes of one entry, at most `budget`; the declared size is not trusted."""
    packed = _packed(data, entry)
    if len(packed) <= _COMMON and entry.size <= _COMMON_UNPACKED <= budget:
        read = _common if _may_be_common(entry.name) else _small
        return read(packed, entry.method, entry.crc)
    return _unpacked(packed, entry.method, entry.crc, budget)


def _may_be_common(name: str) -> bool:
    """Whether workbooks share such a part: what was written in them they do not."""
    return not name.startswith(_OWN)


def _small(packed: bytes, method: int, crc: int) -> bytes:
    try:
        return _unpacked(packed, method, crc, _COMMON_UNPACKED)
    except Refused as error:  # larger than it declares, or damaged
        raise Refused("file_corrupt") from error


# Workbooks of one template share their styles, theme and relations byte for byte, and unpacking
# those takes as long as reading the sheet.
_common = lru_cache(maxsize=64)(_small)


def _packed(data: bytes, entry: Entry) -> bytes:
    start = entry.offset
    if not 0 <= start <= len(data) - _LOCAL.size:
        raise Refused("file_corrupt")
    magic, *_, name, extra = _LOCAL.unpack_from(data, start)
    if magic != b"PK\x03\x04":
        raise Refused("file_corrupt")
    begin = start + _LOCAL.size + name + extra
    return data[begin : begin + entry.packed]


def _unpacked(packed: bytes, method: int, crc: int, budget: int) -> bytes:
    if method == _STORED:
        content = packed
    elif method == _DEFLATED:
        content = _inflate(packed, budget)
    else:
        raise Refused("file_corrupt")
    if len(content) > budget:
        raise Refused("file_unpacked", limit=budget >> 20)
    if zlib.crc32(content) != crc:
        raise Refused("file_corrupt")
    return content


def _inflate(packed: bytes, budget: int) -> bytes:
    stream = zlib.decompressobj(-15)
    try:
        content = stream.decompress(packed, budget + 1)
    except zlib.error as error:
        raise Refused("file_corrupt") from error
    if len(content) <= budget and not stream.eof:
        raise Refused("file_corrupt")
    return content


def xml_parts(data: bytes, directory: dict[str, Entry], limits: Limits) -> dict[str, bytes]:
    """All parts of a package that an XML reader may open, unpacked within the cap and inspected.

    Parts that are not XML (pictures, binaries) are left packed, but count by declared size; so is
    `customXml/`, which nobody opens here and where Power Query keeps UTF-16.
    """
    left, parts = limits.unpacked_bytes, {}
    for name, entry in directory.items():
        if _is_opened(name):
            xml = parts[name] = _within(data, entry, left, limits)
            left -= len(xml)
            if not name.lower().endswith(".bin"):
                _inspect(name, xml)
        else:
            left -= entry.size
        if left < 0:
            raise Refused("file_unpacked", limit=limits.unpacked_bytes >> 20)
    return parts


@lru_cache(maxsize=256)
def _is_opened(name: str) -> bool:
    lower = name.lower()
    return lower.endswith(_READ) and not lower.startswith("customxml/")


def repacked(package: Package) -> bytes | None:
    """The inspected parts of a package as one of its own, stored as they are: what a reader opens
    there is what was seen here, and it has nothing to inflate a second time. None if there is too
    much of it, a name in it is none of XML's own, or the package is not `plain`: then whether it
    is sound is for the reader to say too.
    """
    parts = package.parts
    if not package.directory.plain or sum(map(len, parts.values())) > _REPACKED:
        return None
    if not "".join(parts).isascii():
        return None
    pieces: list[bytes] = []
    central: list[bytes] = []
    at = 0
    for name, content in parts.items():
        raw, size, crc = name.encode("ascii"), len(content), package.directory[name].crc
        pieces += _LOCAL.pack(b"PK\x03\x04", *_PLAIN, crc, size, size, len(raw), 0), raw, content
        central += (_CENTRAL.pack(b"PK\x01\x02", 20, *_PLAIN, crc, size, size, len(raw),
                                  0, 0, 0, 0, 0, at), raw)  # fmt: skip
        at += _LOCAL.size + len(raw) + size
    count, size = len(parts), sum(map(len, central))
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, size, at, 0)
    return b"".join((*pieces, *central, end))


def _within(data: bytes, entry: Entry, left: int, limits: Limits) -> bytes:
    try:
        return unpack(data, entry, left)
    except Refused as refusal:
        if refusal.rule != "file_unpacked":
            raise
        raise Refused("file_unpacked", limit=limits.unpacked_bytes >> 20) from refusal


def _inspect(name: str, xml: bytes) -> None:
    if _may_be_common(name) and len(xml) <= _COMMON_UNPACKED:
        _inspect_common(xml)
    else:
        refuse_entities(xml)


@lru_cache(maxsize=64)
def _inspect_common(xml: bytes) -> None:
    refuse_entities(xml)  # what is refused raises, and is never remembered as sound


def refuse_entities(xml: bytes) -> None:
    """A DOCTYPE, an entity or an unusual encoding in front of the root element is refused."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in xml[:64]:
        raise Refused("file_corrupt")
    if not xml:
        return
    # one byte is found many times faster than two of which every tag has the first
    if b"!" in xml and (b"<!DOCTYPE" in xml or b"<!ENTITY" in xml):
        raise Refused("file_entities")
    if not _root_follows(xml.removeprefix(b"\xef\xbb\xbf")):
        raise Refused("file_corrupt")


def _root_follows(xml: bytes) -> bool:
    """Whether there are only blanks, instructions and comments in front of the root element. Not by
    one expression: possessive ones are wrong in Python 3.11.2, others are slow on many comments."""
    at = _past_blanks(xml, 0)
    while not _ROOT.match(xml, at):
        opening, closing = next((f for f in _FRONT if xml.startswith(f[0], at)), (b"", b""))
        end = xml.find(closing, at + len(opening)) if opening else -1
        if end < 0:
            return False
        at = _past_blanks(xml, end + len(closing))
    return True


def _past_blanks(xml: bytes, at: int) -> int:
    found = _BLANK.match(xml, at)
    return found.end() if found else at
