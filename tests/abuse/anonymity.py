"""Searches everything below a folder for shoppers' ids and names, whatever it is packed in.

File names, raw bytes (UTF-8, UTF-16, GBK), members of zips (and so of .xlsx and .docx) to any
depth, text of XML without its tags, escaped text, gzip and PDF streams, values and metadata of
Parquet. It knows nothing of how Mingcha writes its files.
"""

from __future__ import annotations

import contextlib
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gbk")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^<>]*>")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f]{4,})>")
_DEEPEST = 6


@dataclass(frozen=True)
class Hit:
    """`secret` was found in `where`: the path, and the members it is packed in."""

    where: str
    secret: str


class Search:
    """Looks for `ids` (as whole words, in either case) and `names` (with blanks between too)."""

    def __init__(self, ids: Sequence[str], names: Sequence[str]) -> None:
        self.ids = [(i, re.compile(rf"(?<![0-9A-Za-z]){re.escape(i)}(?![0-9A-Za-z])", re.I))
                    for i in ids]  # fmt: skip
        self.names = [(n, re.compile(r"\s*".join(map(re.escape, n)))) for n in names]
        self.looked_at: set[str] = set()

    def below(self, root: Path, skip: Callable[[Path], bool] = lambda path: False) -> list[Hit]:
        """Every hit below `root`; `skip` is asked with paths relative to it."""
        found: list[Hit] = []
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if skip(inside):
                continue
            found += self._text(f"name of {inside}", str(inside))
            if path.is_file():
                found += self.data(str(inside), path.read_bytes())
        return found

    def data(self, where: str, data: bytes, depth: int = 0) -> list[Hit]:
        """Every hit in some bytes."""
        self.looked_at.add(where)
        if depth > _DEEPEST:
            raise ValueError(f"{where}: packed too deep to look")
        if zipfile.is_zipfile(io.BytesIO(data)):
            return self._zip(where, data, depth)
        if data[:4] == b"PAR1":
            return self._parquet(where, data)
        if data[:2] == b"\x1f\x8b":
            return self.data(f"{where}: gzip", gzip.decompress(data), depth + 1)
        found = self._plain(where, data)
        if data[:5] == b"%PDF-":
            for number, body in enumerate(_pdf_streams(data)):
                found += self._plain(f"{where}: stream {number}", body)
        return found

    def _zip(self, where: str, data: bytes, depth: int) -> list[Hit]:
        found: list[Hit] = []
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            found += self._plain(f"{where}: comment", box.comment)
            for member in box.infolist():
                inner = f"{where}: {member.filename}"
                found += self._text(f"name of {inner}", member.filename)
                found += self._plain(f"{inner}: comment", member.comment + member.extra)
                found += self.data(inner, box.read(member), depth + 1)
        return found

    def _parquet(self, where: str, data: bytes) -> list[Hit]:
        file = pq.ParquetFile(io.BytesIO(data))
        found = self._plain(f"{where}: metadata", repr(file.schema_arrow.metadata).encode())
        found += self._text(f"{where}: columns", " ".join(file.schema_arrow.names))
        # One column at a time, each value once: as values, not as bytes that are compressed.
        table = file.read()
        for name, column in zip(table.column_names, table.columns, strict=True):
            values = "\n".join(sorted({str(v) for v in _flat(column) if v is not None}))
            found += self._text(f"{where}: {name}", values)
        return found

    def _plain(self, where: str, data: bytes) -> list[Hit]:
        found: list[Hit] = []
        for encoding in ENCODINGS:
            # UTF-16 may begin at an odd byte of a binary file
            for start in (0, 1) if encoding.startswith("utf-16") else (0,):
                text = data[start:].decode(encoding, "ignore")
                found += self._text(where, text, names_only=encoding.startswith("utf-16"))
        return found

    def _text(self, where: str, text: str, names_only: bool = False) -> list[Hit]:
        readings = {text}
        if "\\u" in text:
            readings.add(_ESCAPED.sub(lambda m: chr(int(m[1], 16)), text))
        if "&" in text or "<" in text:
            readings.add(html.unescape(_TAG.sub("", text)))
        wanted = self.names if names_only else [*self.ids, *self.names]
        return [Hit(where, s) for s, p in wanted if any(p.search(r) for r in readings)]


def _flat(column: pa.ChunkedArray) -> Iterator[object]:
    for value in column.to_pylist():
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _pdf_streams(data: bytes) -> Iterator[bytes]:
    """The streams of a PDF, inflated where they are deflated, hexadecimal text written out."""
    for match in _STREAM.finditer(data):
        body = match[1]
        with contextlib.suppress(zlib.error):
            body = zlib.decompressobj().decompress(body)
        yield body
        yield b" ".join(bytes.fromhex(_even(m[1])) for m in _HEX.finditer(body))


def _even(digits: bytes) -> str:
    return digits.decode()[: len(digits) // 2 * 2]
