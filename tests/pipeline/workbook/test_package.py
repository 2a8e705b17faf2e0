"""What the fast reader is given: the parts that were inspected, or the package as it came."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from pipeline.workbook import Limits, read
from pipeline.workbook.package import Package, open_package, repacked, xml_parts

_END = b"PK\x05\x06"


def book() -> bytes:
    blob = io.BytesIO()
    with xlsxwriter.Workbook(blob, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("S")
        sheet.write_row("B2", ["甲", 0.5, 20])
    return blob.getvalue()


def opened(data: bytes) -> Package:
    directory = open_package(data, Limits())
    return Package(data, directory, xml_parts(data, directory, Limits()))


def put(data: bytes, at: int, value: int) -> bytes:
    """Two bytes changed at a place in the last record, or before it."""
    place = data.rindex(_END) + at
    return data[:place] + value.to_bytes(2, "little") + data[place + 2 :]


def in_last_entry(data: bytes, at: int, value: int) -> bytes:
    return put(data, data.rindex(b"PK\x01\x02") - data.rindex(_END) + at, value)


def with_extra(extra: bytes) -> bytes:
    """The workbook with an extra field at its first part, or only the claim of one."""
    blob = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(blob, "w", 8) as new:
        for place, name in enumerate(old.namelist()):
            info = zipfile.ZipInfo(name)
            info.extra = b"" if place else extra
            new.writestr(info, old.read(name))
    return blob.getvalue()


def read_from(folder: Path, data: bytes) -> tuple[list[str], list[str]]:
    path = folder / "a.xlsx"
    path.write_bytes(data)
    batch = read([path])
    return [f.rule for f in batch.findings], batch.cells["text"].to_list()


def test_the_inspected_parts_are_a_sound_package_of_their_own() -> None:
    package = opened(book())
    given = repacked(package)
    assert given and package.directory.plain
    with zipfile.ZipFile(io.BytesIO(given)) as again, zipfile.ZipFile(io.BytesIO(book())) as old:
        assert again.testzip() is None
        assert again.namelist() == old.namelist()
        assert all(again.read(name) == old.read(name) for name in old.namelist())


UNUSUAL: list[tuple[str, Callable[[], bytes]]] = [
    ("more behind", lambda: book() + b"\0" * 30),
    ("in front", lambda: b"PK\x03\x04" + bytes(60) + book()),
    ("extra field", lambda: with_extra(b"UT\x05\0\x01" + bytes(4))),
]


@pytest.mark.parametrize("make", [make for _, make in UNUSUAL], ids=[name for name, _ in UNUSUAL])
def test_an_unusual_one_is_read_as_it_is(tmp_path: Path, make: Callable[[], bytes]) -> None:
    assert repacked(opened(make())) is None
    assert read_from(tmp_path, make()) == ([], ["甲", "0.5", "20"])


DAMAGED: list[tuple[str, Callable[[], bytes]]] = [
    ("comment beyond the end", lambda: put(book(), 20, 9)),
    ("entry beyond the end", lambda: in_last_entry(book(), 32, 999)),
    ("another disk", lambda: put(book(), 4, 1)),
    ("extra field cut off", lambda: with_extra(b"UT\x05\0\x01")),
]


@pytest.mark.parametrize("make", [make for _, make in DAMAGED], ids=[name for name, _ in DAMAGED])
def test_a_damaged_directory_is_refused(tmp_path: Path, make: Callable[[], bytes]) -> None:
    """The parts could be unpacked all the same."""
    with zipfile.ZipFile(io.BytesIO(book())) as sound:
        assert opened(book()).parts.keys() == set(sound.namelist())
    assert read_from(tmp_path, make()) == (["file_corrupt"], [])


def test_a_comment_is_no_damage(tmp_path: Path) -> None:
    data = put(book(), 20, 5) + b"hello"
    assert opened(data).directory.plain
    assert read_from(tmp_path, data)[0] == []
