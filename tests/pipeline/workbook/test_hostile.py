"""Hostile and broken files: each a plain sentence, the others read, the process alive."""

from __future__ import annotations

import os
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from pipeline.workbook import Limits, read


def plain_xlsx(path: Path) -> Path:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("S").write("B2", "甲")
    book.close()
    return path


def with_part(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """A good workbook, with one part changed (or added)."""
    source = plain_xlsx(path.with_name("base.xlsx"))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", 8) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part.endswith(name) else old.read(part))
        if not any(part.endswith(name) for part in old.namelist()):
            new.writestr(name, change(b""))


def far_cell(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write("A1", 1)
    sheet.write("XFD1048576", 1)
    book.close()


def entity(path: Path) -> None:
    doctype = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<worksheet'
    with_part(path, "sheet1.xml", lambda xml: xml.replace(b"<worksheet", doctype, 1))


def laughs(path: Path) -> None:
    doctype = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n<sst'
    with_part(path, "sharedStrings.xml", lambda xml: xml.replace(b"<sst", doctype, 1))


def string_bomb(path: Path) -> None:
    bomb = b"<t>" + b"a" * (310 << 20)
    with_part(path, "sharedStrings.xml", lambda xml: xml.replace(b"<t>", bomb, 1))


def twice(path: Path) -> None:
    cell = b'<c r="B2"><v>9</v></c></row>'
    with_part(path, "sheet1.xml", lambda xml: xml.replace(b"</row>", cell, 1))


def cut(path: Path) -> None:
    path.write_bytes(plain_xlsx(path.with_name("b.xlsx")).read_bytes()[:-600])


def bit_rot(path: Path) -> None:
    data = bytearray(plain_xlsx(path.with_name("b.xlsx")).read_bytes())
    data[data.index(b"sheet1.xml") + 60] ^= 0xFF
    path.write_bytes(data)


def near_cells_in_a_far_row(path: Path) -> None:
    """The row is the 2,147,483,648th by its own number; one of its cells says nothing else."""
    row = b'<row r="2147483648"><c r="A1"><v>1</v></c><c><v>2</v></c></row></sheetData>'
    with_part(path, "sheet1.xml", lambda xml: xml.replace(b"</sheetData>", row, 1))


def short_stream_in_a_circle(path: Path) -> None:
    """An OLE file after [MS-CFB], in whose mini FAT the first sector follows itself."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<iiiiiiiii", 1, 1, 0, 4096, 2, 1, -2, 0, 0)
    fat = struct.pack("<iiii", -3, -2, -2, -2)

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBiii", len(text), kind, 1, -1, -1, child)
        return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<iii", first, size, 0)

    directory = entry("Root Entry", 5, 1, 3, 512) + entry("Workbook", 2, -1, 0, 100)
    parts = (head, fat, directory, struct.pack("<i", 0), b"")
    fill = (b"\xff", b"\xff", b"\0", b"\xff", b"\0")
    path.write_bytes(b"".join(p.ljust(512, f) for p, f in zip(parts, fill, strict=True)))


def ole(word: str) -> Callable[[Path], None]:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return lambda path: path.write_bytes(head + word.encode("utf-16-le") + bytes(1024))


def raw(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data)  # type: ignore[return-value]


def encrypted_zip(path: Path) -> None:
    data = plain_xlsx(path.with_name("b.xlsx")).read_bytes()
    at = data.index(b"PK\x01\x02") + 8
    path.write_bytes(data[:at] + b"\x01" + data[at + 1 :])


def nested(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("inner.zip", b"PK\x03\x04")


def word(path: Path) -> None:
    from docx import Document

    Document().save(str(path))


def false_count(path: Path) -> None:
    """Two thousand million shared texts, says the workbook: the fast reader would believe it."""
    with_part(
        path, "sharedStrings.xml",
        lambda xml: xml.replace(b'uniqueCount="1"', b'uniqueCount="2147483648"'),
    )  # fmt: skip


def nowhere(reference: bytes, before: bytes = b"") -> Callable[[Path], None]:
    """One more cell, at a place that no sheet has; `before`: makes the sheet an unusual one."""

    def make(path: Path) -> None:
        more = before + b'<c r="' + reference + b'"><v>7</v></c></row>'
        with_part(path, "sheet1.xml", lambda x: x.replace(b"</row>", more, 1))

    return make


def far_cell_in_a_near_row(path: Path) -> None:
    """The fast reader goes by the cell's own address."""
    cell = b'<c r="XFD1048576"><v>1</v></c></row>'
    with_part(path, "sheet1.xml", lambda xml: xml.replace(b"</row>", cell, 1))


def open_document(manifest: bytes, content: bytes = b"<x/>") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as bundle:
            bundle.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            bundle.writestr("META-INF/manifest.xml", manifest)
            bundle.writestr("content.xml", content)

    return make


def hollow(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("xl/media/image1.png", b"x")


def row_bomb(path: Path) -> None:
    """4.2 million cells in two megabytes."""
    line = b"".join(b'<c r="%c1"><v>1</v></c>' % letter for letter in b"ABCDEFGHIJKLMNOPQRSTU")
    rows = b"".join(b'<row r="1">' + line + b"</row>" for _ in range(200_000))
    with_part(path, "sheet1.xml", lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + rows, 1))


NOISE = random.Random(1).randbytes(20_000)
CASES: list[tuple[str, str, Callable[[Path], object]]] = [
    ("far.xlsx", "sheet_extent", far_cell),
    ("xxe.xlsx", "file_entities", entity),
    ("laughs.xlsx", "file_entities", laughs),
    ("bomb.xlsx", "file_unpacked", string_bomb),
    ("count.xlsx", "file_corrupt", false_count),
    ("near.xlsx", "sheet_extent", far_cell_in_a_near_row),
    ("rows.xlsx", "sheet_extent", row_bomb),
    ("locked.ods", "file_encrypted", open_document(b"<m:encryption-data/>", b"\x8a\xff\x00")),
    ("hollow.xlsx", "file_corrupt", hollow),
    ("prose.xlsx", "file_text", raw("今天开会\n讨论三件事\n散会".encode())),
    ("prose.xls", "file_text", raw(b"#!/bin/sh\necho hi\n")),
    ("table.slk", "file_not_workbook", raw(b'ID;PWXL;N;E\nC;Y1;X1;K"a"\nE\n')),
    ("twice.xlsx", "sheet_duplicate_cells", twice),
    ("twice-02.xlsx", "sheet_duplicate_cells", nowhere(b"B02")),
    ("cut.xlsx", "file_corrupt", cut),
    ("rot.xlsx", "file_corrupt", bit_rot),
    ("encrypted.xlsx", "file_encrypted", ole("EncryptedPackage")),
    ("encrypted-zip.xlsx", "file_encrypted", encrypted_zip),
    ("old.xls", "file_corrupt", ole("Workbook")),
    ("word.xls", "file_not_workbook", ole("WordDocument")),
    ("row.xlsx", "file_corrupt", near_cells_in_a_far_row),
    ("row-0.xlsx", "file_corrupt", nowhere(b"C0")),
    ("column-xfe.xlsx", "file_corrupt", nowhere(b"XFE1")),
    ("column-zzzz.xlsx", "file_corrupt", nowhere(b"ZZZZ1")),
    ("row-minus.xlsx", "file_corrupt", nowhere(b"C-1", b"\n")),
    ("row-0-slow.xlsx", "file_corrupt", nowhere(b"C0", b"\n")),
    ("circle.xls", "file_corrupt", short_stream_in_a_circle),
    ("wps.et", "file_et", ole("Workbook")),
    ("page.xls", "file_html", raw(b"<html><table><tr><td>1</td></tr></table></html>")),
    ("xml.xls", "file_xml2003", raw(b'<?xml version="1.0"?><?x progid="Excel.Sheet"?>')),
    ("zero.xlsx", "file_empty", raw(b"")),
    ("noise.xlsx", "file_scrambled", raw(NOISE)),
    ("tsd.xlsx", "file_scrambled", raw(b"%TSD-Header-###%" + NOISE)),
    ("picture.xlsx", "file_not_workbook", raw(b"\x89PNG\r\n\x1a\n" + NOISE)),
    ("prose.csv", "csv_delimiter", raw("一段话没有分隔\n再来一段\n第三段".encode())),
    ("mojibake.csv", "csv_encoding", raw(b"a,b\n" + bytes(range(0x81, 0xFF)) * 3)),
    ("nested.zip", "archive_nested", nested),
    ("letter.xlsx", "file_not_workbook", word),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rule", "make"), CASES, ids=[c[0] for c in CASES])
def test_refused_by_name_and_the_next_file_is_read(
    tmp_path: Path, name: str, rule: str, make: Callable[[Path], object]
) -> None:
    bad, good = tmp_path / name, plain_xlsx(tmp_path / "good.xlsx")
    make(bad)
    started = time.monotonic()
    batch = read([bad, good])
    assert time.monotonic() - started < 30
    (finding,) = batch.findings
    assert (finding.file, finding.rule, finding.reach) == (0, rule, "workbook")
    assert "{" not in finding.zh + finding.en
    assert batch.cells.select("file", "row", "col", "text").rows() == [(1, 2, 2, "甲")]
    assert [f.name for f in batch.files] == [name, "good.xlsx"]


def test_missing_file(tmp_path: Path) -> None:
    (finding,) = read([tmp_path / "nowhere.xlsx"]).findings
    assert finding.rule == "file_missing"


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    batch = read([tmp_path / "pipe.xlsx", tmp_path / "folder.xlsx"])
    assert [f.rule for f in batch.findings] == ["file_missing"] * 2
    assert all("不是文件" in f.zh and "not a file" in f.en for f in batch.findings)


def test_duplicate_cell_is_named(tmp_path: Path) -> None:
    twice(tmp_path / "t.xlsx")
    (finding,) = read([tmp_path / "t.xlsx"]).findings
    assert (finding.sheet, finding.cell) == ("S", "B2")
    assert "B2" in finding.zh


def test_a_lying_dimension_hides_nothing(tmp_path: Path) -> None:
    with_part(tmp_path / "lie.xlsx", "sheet1.xml", lambda x: x.replace(b'ref="B2"', b'ref="A1:A1"'))
    assert read([tmp_path / "lie.xlsx"]).cells["text"].to_list() == ["甲"]


def test_strict_ooxml_is_read(tmp_path: Path) -> None:
    source = plain_xlsx(tmp_path / "base.xlsx")
    swaps = (
        (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
         b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
         b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
    )  # fmt: skip
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "s.xlsx", "w") as new:
        for name in old.namelist():
            xml = old.read(name)
            for a, b in swaps:
                xml = xml.replace(a, b)
            new.writestr(name, xml)
    assert read([tmp_path / "s.xlsx"]).cells.select("row", "col", "text").rows() == [(2, 2, "甲")]


def test_macros_and_links_are_told_and_the_data_read(tmp_path: Path) -> None:
    with_part(tmp_path / "m.xlsm", "xl/vbaProject.bin", lambda _: b"\x00")
    with_part(
        tmp_path / "l.xlsx", "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>"
    )
    with_part(
        tmp_path / "d.xlsx", "xl/externalLinks/externalLink1.xml",
        lambda _: b'<externalLink><ddeLink ddeService="cmd" ddeTopic="x"/></externalLink>',
    )  # fmt: skip
    batch = read([tmp_path / n for n in ("m.xlsm", "l.xlsx", "d.xlsx")])
    assert [f.rule for f in batch.findings] == ["has_macros", "has_external_links", "has_dde"]
    assert batch.cells["text"].to_list() == ["甲"] * 3


def test_timeout_and_memory_cost_their_file_only(tmp_path: Path) -> None:
    heavy = tmp_path / "heavy.xlsx"
    book = xlsxwriter.Workbook(heavy, {"constant_memory": True})
    sheet = book.add_worksheet()
    for row in range(20_000):
        for col in range(40):
            sheet.write_number(row, col, row * 1.23456789123)
    book.close()
    good = plain_xlsx(tmp_path / "good.xlsx")
    slow = read([good, heavy, good], limits=Limits(wall_seconds=0.3))
    assert [(f.file, f.rule) for f in slow.findings] == [(1, "reader_timeout")]
    assert slow.cells["file"].to_list() == [0, 2]
    fat = read([good, heavy, good], limits=Limits(resident_bytes=150 << 20))
    assert [(f.file, f.rule) for f in fat.findings] == [(1, "reader_memory")]
    assert fat.files[1].size == heavy.stat().st_size


def test_a_killed_child_is_replaced(tmp_path: Path) -> None:
    from pipeline.workbook.pool import pool

    good = plain_xlsx(tmp_path / "good.xlsx")
    read([good])
    for child in pool().children:
        if child.process:
            os.kill(child.process.pid, 9)
            child.process.wait()
    assert read([good]).cells["text"].to_list() == ["甲"]


def test_a_table_of_text_is_read_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "export.xls").write_text("网点代码\t月份\n0012\t2026-09\n", "utf-8")
    batch = read([tmp_path / "export.xls"])
    assert batch.findings == []
    assert batch.cells["text"].to_list() == ["网点代码", "月份", "0012", "2026-09"]


def test_custom_parts_in_another_encoding_are_nobodys_business(tmp_path: Path) -> None:
    """Power Query keeps its queries as UTF-16."""
    body = '<?xml version="1.0" encoding="utf-16"?><DataMashup/>'.encode("utf-16")
    with_part(tmp_path / "q.xlsx", "customXml/item1.xml", lambda _: body)
    batch = read([tmp_path / "q.xlsx"])
    assert (batch.findings, batch.cells["text"].to_list()) == ([], ["甲"])
