"""Hostile files through the real entry point: each a sentence in both languages, nothing falls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

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


FILES: dict[str, Callable[[Path], object]] = {
    "empty.xlsx": raw(b""),
    "page.xls": raw("<html><table><tr><td>网点代码</td></tr></table></html>".encode()),
    "far.xlsx": far_cell,
    "truncated.xlsx": truncated,
    "encrypted.xlsx": raw(OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(999)),
    "picture.xlsx": raw(PNG),
    "climbing.zip": climbing,
    "up..%2f..%2fetc%2fpasswd.xlsx": prose,
    "up\\..\\..\\windows.xlsx": prose,
    f"{'长' * 60}-{'n' * 55}.xlsx": prose,  # 240 bytes; a file name holds 255
    f"invoice{RIGHT_TO_LEFT}xslx.xlsx": prose,
    "=cmd|' -C calc'!A0.xlsx": prose,
    "-rf.xlsx": prose,
}


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess]:
    """All of FILES given to `mingcha ingest` in one go, as a folder."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "in").mkdir()
    for name, make in FILES.items():
        make(root / "in" / name)
    command = [sys.executable, "-m", "pipeline", "--data", "data", "ingest", "in", "--json"]
    environment = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=300
    )
    return root, done


def test_it_ends_by_itself_and_says_that_some_was_refused(
    ingested: tuple[Path, subprocess.CompletedProcess],
) -> None:
    _, done = ingested
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.strip() == ""


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
