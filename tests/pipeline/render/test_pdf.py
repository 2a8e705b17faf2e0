"""PDF files read by another library than the one that wrote them."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest

from pipeline.render import pdf, totals, word
from pipeline.render.pdf_reading import read
from pipeline.render.strips import check_strips
from pipeline.reports.blocks import (
    Appendix,
    Document,
    Heading,
    Note,
    Sentence,
    Strip,
    StripCell,
    Table,
    TableColumn,
)
from tests.pipeline.render.documents import COLUMNS, ROWS, document, league, one_pager


def _texts(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as opened:
        return [page.get_textpage().get_text_range() for page in opened]


def _squeezed(path: Path) -> str:
    return "".join("".join(_texts(path)).split())


def test_every_row_is_there_and_missing_is_a_dash(tmp_path: Path) -> None:
    path = pdf.render(document(), tmp_path / "a.pdf")
    assert pdf.read_tables(path) == [
        [
            ["名次", "网点", "得分", "占比", "应报日"],
            ["1", "=1+1 网点", "91.3", "87.5%", "2026-10-14"],
            ["—", "@松涛", "—", "—", "—"],
        ]
    ]
    said = _squeezed(path)
    assert "一、总体" in said and "应有2行，实有2行" in said and "附件：口径" in said


@pytest.mark.parametrize(
    "name",
    [
        "#panic()",
        "*x* _y_ $z$",
        "= 标题 <a> @b \\ #{1+1}",
        '"]) #read("/etc/hosts")',
        "``` // /* ~ --- '",
        "{{x}} \\u{41}",
    ],
)
def test_text_is_never_taken_for_markup(tmp_path: Path, name: str) -> None:
    rows = [{**ROWS[0], "name": name}, ROWS[1]]
    told = replace(document(rows), title=f"关于{name}", subtitle=name)
    path = pdf.render(told, tmp_path / "a.pdf")
    assert pdf.read_tables(path)[0][1][1] == " ".join(name.split())
    assert "".join(name.split()) in _squeezed(path)


@pytest.mark.parametrize("made", [pdf, word])
@pytest.mark.parametrize(
    "name",
    [
        "a\u202eb\u200b零\u00ad宽",
        "nul\x00\x07\ufffe\udc80",
        "葛\U000e0100e\u0301 ﬁ",
        "网" * 90,
        "x" * 200,
    ],
)
def test_any_text_is_set_and_read_back(made: ModuleType, name: str, tmp_path: Path) -> None:
    """What no line can bear is left out; the rest is there, in a title, a cell and a strip."""
    told = document([{**ROWS[0], "name": name}, ROWS[1]])
    strip = Strip(name[:20], (StripCell(name[:20], name[:8], format="text"),))
    blocks = (Heading(name, 3), Note(f"{name}：{name}"), strip, Strip("空", ()), *told.blocks)
    made.render(replace(told, title=f"关于{name}", blocks=blocks), tmp_path / "a")


def test_a_character_that_no_font_has_is_marked_and_told(tmp_path: Path) -> None:
    path = pdf.render(document([{**ROWS[0], "name": "王𠱁😀"}, ROWS[1]]), tmp_path / "a.pdf")
    assert pdf.read_tables(path)[0][1][1] == "王〓〓"
    assert "U+20C41" in _squeezed(path) and "U+1F600" in _squeezed(path)


def test_a_league_of_many_pages_is_complete_and_headed(tmp_path: Path) -> None:
    path = pdf.render(league(300), tmp_path / "a.pdf")
    (table,) = pdf.read_tables(path)
    assert [row[1] for row in table[1:]] == [f"第{i:04}号网点" for i in range(300)]
    pages = _texts(path)
    headed = sum("所属二级分行" in "".join(page.split()) for page in pages)
    assert headed >= len(pages) - 1 > 3  # but the page of the signature


def test_a_changed_digit_and_a_swapped_row_are_seen(tmp_path: Path) -> None:
    path = pdf.render(document(), tmp_path / "a.pdf")
    for rows in ([{**ROWS[0], "score": 91.4}, ROWS[1]], ROWS[::-1]):
        with pytest.raises(totals.ControlTotalError, match="名次表"):
            totals.check_read_back(document(rows), pdf.read_tables(path))


@pytest.mark.parametrize("made", [pdf, word])
def test_a_changed_value_of_a_strip_is_seen(made: ModuleType, tmp_path: Path) -> None:
    """A page is made, and checked against what the next revision says of one step."""
    told = one_pager(3)
    path = made.render(told, tmp_path / "a")
    strip = told.blocks[0]
    assert isinstance(strip, Strip)
    cells = (strip.cells[0], replace(strip.cells[1], value=0.56), *strip.cells[2:])
    changed = replace(told, blocks=(replace(strip, cells=cells), *told.blocks[1:]))
    said = read(path).text if made is pdf else word._read(path)[1]
    with pytest.raises(totals.ControlTotalError, match="56%"):
        check_strips(changed, path, said)
    assert not path.exists()


def test_the_same_document_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    here = hashlib.sha256(pdf.typeset(document())).hexdigest()
    code = (
        "import hashlib; from pipeline.render import pdf;"
        "from tests.pipeline.render.documents import document;"
        "print(hashlib.sha256(pdf.typeset(document())).hexdigest())"
    )
    root = Path(__file__).parents[3]
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Kiritimati", "PYTHONPATH": str(root)}
    there = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=root, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_one_page_is_one_page_and_shrinks(tmp_path: Path) -> None:
    for lines, scale in ((3, 1.0), (30, None)):
        told = one_pager(lines)
        blob, got = pdf.fitted(told)
        assert pdf.page_count(blob) == 1
        assert got == scale if scale else got < 1.0
        pdf.render(told, tmp_path / "a.pdf")


def test_a_strip_is_not_torn_by_the_end_of_a_page(tmp_path: Path) -> None:
    """Torn, its labels end one page and its values begin the next, which reading back refuses."""
    strip = one_pager(3).blocks[0]
    assert isinstance(strip, Strip)
    pages = set()
    for lines in range(14, 20):  # the strip at the foot of the first page, and past it
        blocks = (*[Sentence("句。")] * lines, strip)
        path = pdf.render(replace(document(), blocks=blocks), tmp_path / "a.pdf")
        texts = ["".join(text.split()) for text in _texts(path)]
        pages.add(next(i for i, text in enumerate(texts) if "步骤050%√" in text))
    assert pages == {0, 1}


def test_what_does_not_go_onto_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pdf.PageError, match="一页放不下"):
        pdf.render(one_pager(200), tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_a_page_too_many_is_seen_in_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was thought of it when it was set."""
    monkeypatch.setattr(pdf, "overflow", lambda blob: 0.0)
    long = replace(document(), layout="onepage", blocks=(Sentence("一句话。" * 900),))
    with pytest.raises(pdf.PageError):
        pdf.render(long, tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_pages_have_the_margins_and_pitch_of_the_standard(tmp_path: Path) -> None:
    """GB/T 9704-2012, 5.2: 37 mm above, 28 mm left, 156 mm wide; 22 lines of 28 characters."""
    told = replace(document(), blocks=(Sentence("国" * 28 * 60),), subtitle="")
    path = pdf.render(told, tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(path) as opened:
        page = opened[1].get_textpage()
        body = [page.get_charbox(i) for i, c in enumerate(page.get_text_range()) if c == "国"]
    lines = sorted({round(box[1], 1) for box in body}, reverse=True)
    first = [box for box in body if abs(box[1] - lines[1]) < 0.1]
    mm = 72 / 25.4
    assert len(lines) == 22 and len(first) == 28
    assert min(b[0] for b in first) == pytest.approx(28 * mm, abs=3)
    assert 297 * mm - max(b[3] for b in body) == pytest.approx(37 * mm, abs=4)
    assert max(b[2] for b in first) == pytest.approx((28 + 156) * mm, abs=3)


def test_outline_tags_and_metadata(tmp_path: Path) -> None:
    path = pdf.render(document(), tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(path) as opened:
        outline = [item.get_title() for item in opened.get_toc()]
        assert opened.is_tagged()
        assert opened.get_metadata_value("Title") == "关于样例的通报"
        assert opened.get_metadata_value("CreationDate").startswith("D:20261009")
    assert [entry.split("、")[0] for entry in outline] == ["一", "附件 口径"]


@pytest.mark.parametrize("count", [12, 24])  # the second is too wide for any page: numbers break
def test_a_table_that_is_too_wide_gets_a_page_that_lies(tmp_path: Path, count: int) -> None:
    columns = tuple(TableColumn(f"c{i}", f"指标{i}", "money", 2) for i in range(count))
    rows = [{f"c{i}": 1234567.891 * (i + 1) for i in range(count)} for _ in range(3)]
    blocks = (Appendix("宽表", (Table("宽表", columns, rows, 3), Note("完"))),)
    path = pdf.render(replace(document(), blocks=blocks), tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(path) as opened:
        sizes = [tuple(map(round, page.get_size())) for page in opened]
    assert (842, 595) in sizes and sizes[0] == (595, 842)
    assert len(pdf.read_tables(path)[0]) == 4


def test_numbers_stand_on_one_line(tmp_path: Path) -> None:
    """Every cell of a column of figures is drawn as one piece of text, inside its page."""
    path = pdf.render(league(60), tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(path) as opened:
        for page in opened:
            lines = page.get_textpage().get_text_range().split()
            assert not [t for t in lines if t in ("%", ".") or t.startswith((",", ".", "%"))]


def _official(**more: str) -> Document:
    return replace(document(), blocks=(Heading("总体"), Sentence("一句话。")), **more)


def test_red_head_number_signer_and_imprint(tmp_path: Path) -> None:
    more = {
        "red_head": "明察省分行文件", "number": "明银发〔2026〕12号", "signer": "张三",
        "copies_to": "各部门", "printed_by": "省行办公室", "printed_on": "2026年10月9日",
    }  # fmt: skip
    path = pdf.render(_official(**more), tmp_path / "a.pdf")
    said = _squeezed(path)
    order = ("明察省分行文件", "明银发〔2026〕12号", "签发人：张三", "关于样例的通报")
    order += ("省行2026年10月9日", "抄送：各部门。", "2026年10月9日印发")
    places = [said.index(t) for t in order]
    assert places == sorted(places)


def test_columns_of_the_sample_are_those_of_the_test() -> None:
    assert [c.id for c in COLUMNS] == ["rank", "name", "score", "share", "due"]


def _rows_of_pages(blob: bytes) -> list[tuple[int, bool]]:
    """Of each page the rows of the league on it, and whether its note is there."""
    opened = pypdfium2.PdfDocument(blob)
    try:
        texts = ["".join(page.get_textpage().get_text_range().split()) for page in opened]
        return [(len(re.findall(r"第\d{4}号网点", text)), "应有" in text) for text in texts]
    finally:
        opened.close()


def test_no_row_of_a_long_table_stands_alone_at_either_end() -> None:
    """Whatever stands above it: three rows at least before a page ends, and after it began, and
    with the last of them the note."""
    torn = 0
    for above in range(0, 22, 3):
        for rows in (20, 29):
            blocks = (*(Sentence("一句。") for _ in range(above)), league(rows).blocks[1])
            blob = pdf.typeset(replace(document(), blocks=(*blocks, Sentence("末句。" * 90))))
            shown = _rows_of_pages(blob)
            held = [n for n, _ in shown if n]
            assert sum(held) == rows
            assert min(held) >= 3, (above, rows, shown)
            assert all(n >= 3 for n, noted in shown if noted), (above, rows, shown)
            torn += len(held) > 1
    assert torn > 3


def test_a_signature_never_stands_alone() -> None:
    """What stands before it goes with it: a paragraph, a note, a short table."""
    for last in (
        Sentence("末句。" * 40),
        Note("末注。"),
        replace(document().blocks[3], title="末表"),
    ):
        for above in range(13, 22):
            blocks = (*(Sentence("一句。") for _ in range(above)), last)
            opened = pypdfium2.PdfDocument(pdf.typeset(replace(document(), blocks=blocks)))
            texts = ["".join(page.get_textpage().get_text_range().split()) for page in opened]
            opened.close()
            (signed,) = [t for t in texts if "2026年10月9日" in t]
            assert "末" in signed or "一句" in signed, (type(last).__name__, above)
