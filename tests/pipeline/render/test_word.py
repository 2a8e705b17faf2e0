"""Word files against the schema, against LibreOffice, against themselves."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openxml_audit import OpenXmlValidator

from pipeline.render import pdf, word
from pipeline.reports.blocks import Appendix, Document, Heading, Note, Sentence, Table, TableColumn
from tests.pipeline.render.documents import document, league, long_circular, one_pager

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE = shutil.which("soffice")
OPTIONS = {
    "red_head": "明察省分行文件", "number": "明银发〔2026〕12号", "signer": "张三",
    "addressee": "各二级分行：", "copies_to": "各部门", "printed_by": "省行办公室",
    "printed_on": "2026年10月9日",
}  # fmt: skip


def _official() -> Document:
    many = (
        Heading("报送"),
        *(Sentence("各行要逐项对照整改，按月报送进展。" * 6) for _ in range(12)),
    )
    own = document()
    return replace(own, blocks=(*many, *own.blocks), **OPTIONS)


def _part(path: Path, name: str = "word/document.xml") -> ElementTree.Element:
    return ElementTree.fromstring(zipfile.ZipFile(path).read(name))


def _errors(path: Path) -> list[str]:
    return [str(error) for error in OpenXmlValidator().validate(path).errors]


@pytest.mark.parametrize(
    "made", [_official(), one_pager(5), league(20)], ids=["red", "one", "league"]
)
def test_the_file_is_valid_against_the_schema(tmp_path: Path, made: Document) -> None:
    path = word.render(made, tmp_path / "a.docx")
    assert _errors(path) == []


def test_the_validator_sees_elements_out_of_order(tmp_path: Path) -> None:
    """The check of the check: an alignment before its spacing is what Word may refuse."""
    path = word.render(document(), tmp_path / "a.docx")
    spoilt = tmp_path / "b.docx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                content = content.replace(b"<w:pPr>", b'<w:pPr><w:jc w:val="left"/>', 1)
            new.writestr(name, content)
    assert any("pPr" in error for error in _errors(spoilt))


def test_page_lines_and_indents_are_those_of_the_standard(tmp_path: Path) -> None:
    root = _part(word.render(_official(), tmp_path / "a.docx"))
    section = root.find(f".//{W}body/{W}sectPr")
    assert section is not None
    margins = section.find(f"{W}pgMar")
    assert margins is not None
    got = [
        round(int(margins.get(f"{W}{side}", "0")) / 56.693)
        for side in ("top", "bottom", "left", "right")
    ]
    assert got == [37, 35, 28, 26]
    grid = section.find(f"{W}docGrid")
    assert grid is not None and grid.get(f"{W}type") == "lines"
    assert 22 <= 225 / 25.4 * 1440 / int(grid.get(f"{W}linePitch", "0")) < 22.1
    indents = [i for i in root.iter(f"{W}ind") if i.get(f"{W}firstLineChars")]
    assert indents and all(
        i.get(f"{W}firstLine") and i.get(f"{W}firstLineChars") == "200" for i in indents
    )


def test_the_order_of_an_official_document(tmp_path: Path) -> None:
    root = _part(word.render(_official(), tmp_path / "a.docx"))
    said = "".join(t.text or "" for t in root.iter(f"{W}t"))
    order = ("明察省分行文件", "明银发〔2026〕12号", "签发人：张三", "关于样例的通报")
    order += ("各二级分行：", "一、报送", "附件：口径", "省行", "2026年10月9日")
    order += ("附件口径", "抄送：各部门。", "省行办公室")
    places, at = [], 0
    for text in order:
        at = said.index(text, at)
        places.append(at)
    assert places == sorted(places)


def test_headings_have_levels_pictures_have_words_and_pages_are_numbered_outside(
    tmp_path: Path,
) -> None:
    path = word.render(_official(), tmp_path / "a.docx")
    root = _part(path)
    assert {o.get(f"{W}val") for o in root.iter(f"{W}outlineLvl")} == {"0"}
    assert [e.get("descr") for e in root.iter() if e.tag.endswith("}docPr")] == [
        "趋势：由80%变为90%"
    ]
    assert _part(path, "word/settings.xml").find(f"{W}evenAndOddHeaders") is not None
    sides = {}
    for name in ("word/footer1.xml", "word/footer2.xml"):
        sides[name] = _part(path, name).find(f".//{W}jc").get(f"{W}val")  # type: ignore[union-attr]
    assert sorted(sides.values()) == ["left", "right"]


def test_a_league_of_a_thousand_rows_is_complete(tmp_path: Path) -> None:
    path = word.render(league(1000), tmp_path / "a.docx")
    rows = list(_part(path).iter(f"{W}tr"))
    assert len(rows) == 1001
    names = [
        "".join(t.text or "" for t in row.iter(f"{W}tc").__next__().iter(f"{W}t"))
        for row in rows[1:]
    ]
    assert names == [f"{i + 1:,}" for i in range(1000)]
    assert len([r for r in rows if r.find(f"{W}trPr/{W}tblHeader") is not None]) == 1


@pytest.mark.skipif(OFFICE is None, reason="needs LibreOffice (make browser installs it)")
def test_libreoffice_opens_it_and_has_the_pages_of_the_pdf(tmp_path: Path) -> None:
    many = tuple(TableColumn(f"c{i}", f"指标{i}", "money", 2) for i in range(12))
    wide = Table("宽表", many, [{f"c{i}": 1234567.891 for i in range(12)}] * 5, 5)
    lies = (Sentence("一句。"), wide, Appendix("宽表", (wide, Note("完"))), Appendix("乙", (wide,)))
    made = {
        "red": _official(),
        "one": one_pager(12),
        "league": league(150),
        "wide": replace(document(), blocks=lies),
        "long-zh": long_circular("zh"),
        "long-en": long_circular("en"),
    }
    for name, told in made.items():
        word.render(told, tmp_path / f"{name}.docx")
    files = [str(tmp_path / f"{name}.docx") for name in made]
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    subprocess.run(
        [str(OFFICE), home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    for name, told in made.items():
        there = pdf.page_count((tmp_path / f"{name}.pdf").read_bytes())
        here = pdf.page_count(pdf.typeset(told))
        assert abs(there - here) <= (0 if name == "one" else 1), (name, there, here)


def test_the_last_rows_of_a_long_table_hold_together_and_hold_the_note(tmp_path: Path) -> None:
    """And the first ones to the header: Word moves what is to be kept with the next."""
    root = _part(word.render(league(40), tmp_path / "a.docx"))
    rows = list(root.iter(f"{W}tr"))
    kept = [r.find(f".//{W}keepNext") is not None for r in rows]
    assert [i for i, k in enumerate(kept) if k] == [0, 1, 2, 38, 39, 40]


def test_the_same_document_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    here = hashlib.sha256(word.render(_official(), tmp_path / "a.docx").read_bytes()).hexdigest()
    code = (
        "import sys, hashlib; from pathlib import Path; from pipeline.render import word;"
        "from tests.pipeline.render.test_word import _official;"
        "p = word.render(_official(), Path(sys.argv[1]));"
        "print(hashlib.sha256(p.read_bytes()).hexdigest())"
    )
    root = Path(__file__).parents[3]
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Kiritimati", "PYTHONPATH": str(root)}
    there = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "b.docx")],
        env=env, cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout.strip() == here
