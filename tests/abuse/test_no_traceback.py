"""Hostile files through the real entry point: each a sentence in both languages, nothing falls."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import xlsxwriter

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
RIGHT_TO_LEFT = "\u202e"


def raw(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def far_cell(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("S").write("A1", "网点代码")
    book.worksheets()[0].write("XFD1048576", 1)
    book.close()


def prose(path: Path) -> None:
    """A good workbook that is no report of ours."""
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("S").write("A1", f"会议纪要 {path.name}")
    book.close()


def truncated(path: Path) -> None:
    prose(path)
    path.write_bytes(path.read_bytes()[:-300])


def climbing(path: Path) -> None:
    """A zip with a member that wants to be written elsewhere."""
    book = path.with_suffix(".tmp")
    prose(book)
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.write(book, "../../../escaped.xlsx")
    book.unlink()


def with_part(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A good workbook with one part changed, or added."""

    def make(path: Path) -> None:
        base = path.with_suffix(".tmp")
        prose(base)
        with zipfile.ZipFile(base) as old, zipfile.ZipFile(path, "w", 8) as new:
            names = old.namelist()
            for part in names:
                body = old.read(part)
                new.writestr(part, change(body) if part.endswith(name) else body)
            if not any(part.endswith(name) for part in names):
                new.writestr(name, change(b""))
        base.unlink()

    return make


def swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda xml: xml.replace(old, new, 1)


def bundled(*members: tuple[str, bytes]) -> Callable[[Path], None]:
    """A zip with members of these names; a name may be anything."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", 8) as bundle:
            for name, body in members:
                bundle.writestr(name, body)

    return make


def chasing_its_tail() -> bytes:
    """An OLE file of which the directory's chain of sectors leads back to itself."""
    head = bytearray(512)
    head[:8] = OLE
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIII", head, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<I", head, 76, 0)
    fat = struct.pack("<128I", 0xFFFFFFFD, 1, *[0xFFFFFFFF] * 126)
    entry = "Workbook".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 18, 2, 1)
    return bytes(head) + fat + entry.ljust(128, b"\0") * 4


BOMB = b"\0" * (20 << 20)
CELLS = b'<row r="1">' + b"".join(b'<c r="%c1"><v>1</v></c>' % c for c in range(65, 86)) + b"</row>"
FILES: dict[str, Callable[[Path], object]] = {
    "empty.xlsx": raw(b""),
    "page.xls": raw("<html><table><tr><td>网点代码</td></tr></table></html>".encode()),
    "far.xlsx": far_cell,
    "truncated.xlsx": truncated,
    "encrypted.xlsx": raw(OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(999)),
    "picture.xlsx": raw(PNG),
    "external.xlsx": with_part(
        "sheet1.xml",
        swapped(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'),
    ),
    "laughs.xlsx": with_part(
        "sharedStrings.xml",
        swapped(b"<sst", b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><sst'),
    ),
    "strings.xlsx": with_part("sharedStrings.xml", swapped(b"<t>", b"<t>" + b"a" * (310 << 20))),
    "rows.xlsx": with_part("sheet1.xml", swapped(b"<sheetData>", b"<sheetData>" + CELLS * 200_000)),
    "count.xlsx": with_part(
        "sharedStrings.xml", swapped(b'uniqueCount="1"', b'uniqueCount="2147483648"')
    ),
    "twice.xlsx": with_part("sheet1.xml", swapped(b"</row>", b'<c r="A1"><v>9</v></c></row>')),
    "lying.xlsx": with_part("sheet1.xml", swapped(b'<dimension ref="A1"', b'<dimension ref="Z9"')),
    "macro.xlsm": with_part("xl/vbaProject.bin", lambda _: b"\0"),
    "dde.xlsx": with_part(
        "xl/externalLinks/externalLink1.xml",
        lambda _: b'<externalLink><ddeLink ddeService="cmd" ddeTopic="x"/></externalLink>',
    ),
    "strict.xlsx": with_part(
        "sheet1.xml",
        swapped(
            b"schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"purl.oclc.org/ooxml/spreadsheetml/main",
        ),
    ),
    "loop.xls": raw(chasing_its_tail()),
    "words.xlsx": raw("今天开会\n讨论三件事\n散会".encode()),
    "wps.et": raw(OLE + bytes(504) + "Workbook".encode("utf-16-le") + bytes(999)),
    "scrambled.xlsx": raw(b"%TSD-Header-###%" + bytes(range(256)) * 9),
    "polyglot.xlsx": raw(b"%PDF-1.4\n" + bytes(range(256)) + b"PK\x03\x04" + bytes(99)),
    "bomb.zip": bundled(*[(f"{n}.xlsx", BOMB) for n in range(60)]),
    "nested.zip": bundled(("inner.zip", b"PK\x03\x04")),
    "nul.zip": bundled(("a\u202e../../b.xlsx", b"x,y\n1,2\n")),
    "climbing.zip": climbing,
    "up..%2f..%2fetc%2fpasswd.xlsx": prose,
    "up\\..\\..\\windows.xlsx": prose,
    f"{'长' * 60}-{'n' * 55}.xlsx": prose,  # 240 bytes; a file name holds 255
    f"invoice{RIGHT_TO_LEFT}xslx.xlsx": prose,
    "=cmd|' -C calc'!A0.xlsx": prose,
    "-rf.xlsx": prose,
}


PEAKS: dict[int, int] = {}  # resident bytes by process


class Watch(threading.Thread):
    """The largest memory of every process that this one has started, looked at often."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stop, self.peaks = threading.Event(), dict[int, int]()

    def run(self) -> None:
        while not self.stop.wait(0.05):
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    size = process.memory_info().rss
                    self.peaks[process.pid] = max(size, self.peaks.get(process.pid, 0))


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess]:
    """All of FILES given to `mingcha ingest` in one go, as a folder."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "in").mkdir()
    for name, make in FILES.items():
        make(root / "in" / name)
    command = [sys.executable, "-m", "pipeline", "--data", "data", "ingest", "in", "--json"]
    environment = os.environ | {"PYTHONUTF8": "1"}
    watch = Watch()
    watch.start()
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=300
    )
    watch.stop.set()
    watch.join()
    PEAKS.update(watch.peaks)
    return root, done


def test_it_ends_by_itself_and_says_that_some_was_refused(
    ingested: tuple[Path, subprocess.CompletedProcess],
) -> None:
    _, done = ingested
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.strip() == ""


def test_no_process_takes_more_than_a_gigabyte(
    ingested: tuple[Path, subprocess.CompletedProcess],
) -> None:
    assert len(PEAKS) >= 2  # the command and at least one reading child
    assert max(PEAKS.values()) < 1 << 30, PEAKS


SAID = {
    "external.xlsx": "file_entities", "laughs.xlsx": "file_entities",
    "strings.xlsx": "file_unpacked", "rows.xlsx": "sheet_extent", "count.xlsx": "file_corrupt",
    "twice.xlsx": "sheet_duplicate_cells", "far.xlsx": "sheet_extent", "empty.xlsx": "file_empty",
    "page.xls": "file_html", "truncated.xlsx": "file_corrupt", "encrypted.xlsx": "file_encrypted",
    "picture.xlsx": "file_not_workbook", "macro.xlsm": "has_macros", "dde.xlsx": "has_dde",
    "loop.xls": "file_corrupt", "words.xlsx": "file_text", "wps.et": "file_et",
    "scrambled.xlsx": "file_scrambled", "polyglot.xlsx": "file_not_workbook",
    "nested.zip": "archive_nested",
}  # fmt: skip


@pytest.mark.parametrize(("name", "rule"), SAID.items(), ids=SAID)
def test_each_is_told_as_what_it_is(
    ingested: tuple[Path, subprocess.CompletedProcess], name: str, rule: str
) -> None:
    _, done = ingested
    (entry,) = (f for f in json.loads(done.stdout)["files"] if Path(f["file"]).name == name)
    assert rule in {finding["rule"] for finding in entry["findings"]}, entry


def test_every_file_ends_with_a_finding_in_both_languages(
    ingested: tuple[Path, subprocess.CompletedProcess],
) -> None:
    _, done = ingested
    entries = {Path(f["file"]).as_posix(): f for f in json.loads(done.stdout)["files"]}
    for name in FILES:
        met = [f for path, f in entries.items() if f"in/{name}" in path]
        assert met, f"nothing is said of {name!r}"
        for entry in met:
            assert entry["status"] == "refused", entry
            assert entry["findings"], entry
            for finding in entry["findings"]:
                assert len(finding["zh"]) > 5 and len(finding["en"]) > 10, entry


def test_nothing_is_written_outside_the_data_folder(
    ingested: tuple[Path, subprocess.CompletedProcess],
) -> None:
    root, _ = ingested
    assert {p.name for p in root.iterdir()} == {"in", "data"}
    assert {p.name for p in (root / "in").iterdir()} == set(FILES)
    escaped = list(root.parent.rglob("escaped*"))
    assert all(p.is_relative_to(root / "data" / "returned") for p in escaped), escaped


def test_the_stores_are_whole_afterwards(
    ingested: tuple[Path, subprocess.CompletedProcess],
) -> None:
    root, _ = ingested
    command = [sys.executable, "-m", "pipeline", "--data", "data", "verify"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
