"""Rendered files are read with another library and compared with the blocks."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from pipeline.render import renderers, totals
from pipeline.render.word import chinese_number, read_tables
from tests.pipeline.render.documents import ROWS, document


def test_word_shows_every_row_and_says_missing_as_a_dash(tmp_path: Path) -> None:
    path = renderers()["docx"](document(), tmp_path / "a.docx")
    assert read_tables(path) == [
        [
            ["名次", "网点", "得分", "占比", "应报日"],
            ["1", "=1+1 网点", "91.3", "87.5%", "2026-10-14"],
            ["—", "@松涛", "—", "—", "—"],
        ]
    ]
    texts = [p.text for p in docx.Document(str(path)).paragraphs]
    assert "一、总体" in texts
    assert any(t.startswith("应有2行，实有2行") and t.endswith("说明") for t in texts)


def test_word_repeats_the_header_row_and_embeds_the_chart(tmp_path: Path) -> None:
    path = renderers()["docx"](document(), tmp_path / "a.docx")
    xml = zipfile.ZipFile(path).read("word/document.xml").decode()
    assert xml.count("<w:tblHeader/>") == 1
    assert [n for n in zipfile.ZipFile(path).namelist() if n.startswith("word/media/")]


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_the_same_document_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    made = [renderers()[ending](document(), tmp_path / f"{i}.{ending}") for i in (1, 2)]
    first, second = (hashlib.sha256(p.read_bytes()).hexdigest() for p in made)
    assert first == second


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_a_lost_row_stops_the_document(tmp_path: Path, ending: str) -> None:
    with pytest.raises(totals.ControlTotalError, match="1 rows, should be 2"):
        renderers()[ending](document(ROWS[:1]), tmp_path / f"a.{ending}")


def test_a_changed_digit_is_seen_when_read_back(tmp_path: Path) -> None:
    path = renderers()["docx"](document(), tmp_path / "a.docx")
    changed = [{**ROWS[0], "score": 91.4}, ROWS[1]]
    with pytest.raises(totals.ControlTotalError, match="row 1"):
        totals.check_read_back(document(changed), read_tables(path))


def test_a_swapped_row_is_seen_when_read_back(tmp_path: Path) -> None:
    path = renderers()["docx"](document(), tmp_path / "a.docx")
    with pytest.raises(totals.ControlTotalError, match="名次表"):
        totals.check_read_back(document(ROWS[::-1]), read_tables(path))


def test_english_keeps_to_english(tmp_path: Path) -> None:
    path = renderers()["docx"](replace(document(), language="en"), tmp_path / "a.docx")
    assert "1. 总体" in [p.text for p in docx.Document(str(path)).paragraphs]


@pytest.mark.parametrize(
    ("n", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五")]
)
def test_chinese_numerals(n: int, text: str) -> None:
    assert chinese_number(n) == text
