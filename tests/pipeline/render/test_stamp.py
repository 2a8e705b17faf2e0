"""The copy of a document: it says whose it is on every page, and nothing else of it has changed."""

from __future__ import annotations

import zlib
from pathlib import Path
from re import DOTALL, finditer

import pypdfium2
import pytest
import typst

from pipeline.render.pdf import STANDARDS
from pipeline.render.pdf_reading import read
from pipeline.render.stamp import stamped

WHOSE = "李东 lidong 2026-11-26 09:30"
SOURCE = b"""#set document(title: "t", date: datetime(year: 2026, month: 1, day: 2))
= One
#table(columns: 2, table.header([a], [b]), [left], [right])
#pagebreak()
#set page(flipped: true)
= Two"""


@pytest.fixture(scope="module")
def plain() -> bytes:
    """Two pages of different size, with a table, in the profile of our documents."""
    blob: bytes = typst.compile(SOURCE, pdf_standards=STANDARDS)
    return blob


def _texts(blob: bytes) -> list[str]:
    with pypdfium2.PdfDocument(blob) as opened:
        return [page.get_textpage().get_text_range() for page in opened]


def test_every_page_says_whose_copy_it_is(plain: bytes) -> None:
    before, after = _texts(plain), _texts(stamped(plain, WHOSE))
    assert len(before) == len(after) == 2
    for old, new in zip(before, after, strict=True):
        assert WHOSE in new and WHOSE not in old
        assert new.startswith(old.strip()[:3])


def test_it_can_be_seen_and_what_is_below_can_be_read(plain: bytes) -> None:
    def ink(blob: bytes) -> list[int]:
        with pypdfium2.PdfDocument(blob) as opened:
            return [int((255 - page.render(grayscale=True).to_numpy().astype(int)).sum())
                    for page in opened]  # fmt: skip

    for old, new in zip(ink(plain), ink(stamped(plain, WHOSE)), strict=True):
        assert new > old + 1000
    with pypdfium2.PdfDocument(stamped(plain, WHOSE)) as opened:
        darkest = opened[1].render(grayscale=True).to_numpy()[200:].min()
    assert 150 < darkest < 250  # faint: the line alone stands there


def test_tags_tables_profile_and_metadata_go_along(plain: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(plain)
    (tmp_path / "b.pdf").write_bytes(made := stamped(plain, WHOSE))
    assert read(tmp_path / "a.pdf").tables == read(tmp_path / "b.pdf").tables != []
    for part in (b"/StructTreeRoot", b"/OutputIntents", b"<pdfaid:part>2</pdfaid:part>", b"/Lang"):
        assert part in plain and part in made


def test_the_line_is_an_artifact_for_whoever_listens(plain: bytes) -> None:
    streams = finditer(rb"stream\r?\n(.*?)\r?\nendstream", stamped(plain, WHOSE), DOTALL)
    drawn = []
    for found in streams:
        try:
            drawn.append(zlib.decompress(found[1]))
        except zlib.error:
            drawn.append(found[1])
    assert len([d for d in drawn if b"/Artifact BMC" in d and b" Do" in d]) == 2


def test_what_is_no_pdf_is_not_given_out() -> None:
    with pytest.raises(ValueError):
        stamped(b"%PDF-1.7", WHOSE)
