"""Facts of a sheet by quick searches, against those of a real XML parser."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.workbook import read
from pipeline.workbook.excerpts import excerpt
from pipeline.workbook.facts import Facts, _silent, is_canonical, judge, scan
from pipeline.workbook.limits import Limits
from pipeline.workbook.slow_facts import scan_slowly
from pipeline.workbook.styles import Styles

STYLES = Styles(dates=frozenset({1, 12}), percents=frozenset({2}))
NUMBERS = ("1", "0.5", "-3", "007", "45975", "123456789012345", "2.25", "591156876.22")
COMMON = (
    '<c r="{at}"><v>{n}</v></c>',
    '<c r="{at}" s="3"><v>{n}</v></c>',
    '<c r="{at}" s="1"><v>{n}</v></c>',
    '<c r="{at}" s="2"><v>{n}</v></c>',
    '<c r="{at}" t="s"><v>17</v></c>',
    '<c r="{at}" s="12" t="s"><v>17</v></c>',
    '<c r="{at}" t="b"><v>1</v></c>',
    '<c r="{at}" s="3"/>',
)
LONG = (  # numbers that the reader would alter
    '<c r="{at}"><v>1234567890123456</v></c>',
    '<c r="{at}"><v>0.123456789</v></c>',
    '<c r="{at}"><v>1.5E-7</v></c>',
    '<c r="{at}" s="1" t="n"><v>45975.123456789</v></c>',
    '<c r="{at}" s="2"><v>-0.123456789</v></c>',
)
ODD = (
    *LONG,
    '<c r="{at}"><f>A1+1</f><v>{n}</v></c>',
    '<c r="{at}"><f>A1+1</f></c>',
    '<c r="{at}" t="e"><v>#DIV/0!</v></c>',
    '<c r="{at}" t="d"><v>2026-09-01</v></c>',
    '<c r="{at}" t="inlineStr"><is><t>a &lt;c b</t></is></c>',
    '<c r="{at}" t="str"><v>text</v></c>',
    '<c s="1" r="{at}"><v>{n}</v></c>',
)
TWICE = '<c r="A1"><v>1</v></c>'  # of the common form, at a place that has been
ROWS = ("", ' spans="1:4"', ' s="1" customFormat="1"', ' ht="20" x14ac:dyDescent="0.25"')
ODD_ROWS = (' hidden="1"', ' spans="1:4" hidden="true"', "\n")
_HEAD = '<worksheet xmlns:x14ac="urn:x"><cols>{cols}</cols><sheetData>'
_TAIL = '</sheetData><mergeCells count="1">{merged}</mergeCells></worksheet>'


def sheet(rows: list[tuple[str, list[str], str]], cols: str = "", merged: str = "") -> bytes:
    """Rows (attributes, cells, number), each followed by an empty row."""
    body = ""
    for number, (attributes, cells, n) in enumerate(rows):
        row = 2 * number + 1
        made = (cell.format(at=f"{'ABCD'[i]}{row}", n=n) for i, cell in enumerate(cells))
        body += f'<row r="{row}"{attributes}>{"".join(made)}</row><row r="{row + 1}"/>'
    return (_HEAD.format(cols=cols) + body + _TAIL.format(merged=merged)).encode()


def told(facts: Facts) -> list[object]:
    # without a flag: the parser's exact text of a number that the reader gives back as well
    marks = sorted((row, col, flag) for row, col, flag, _ in facts.marks if flag)
    places = sorted(map(tuple, facts.duplicates))
    return [facts.cells, marks, places, facts.hidden_rows, facts.hidden_cols, facts.merged]


def texts(facts: Facts) -> dict[tuple[int, int], str]:
    """Exact texts; where there is none, the reader's own holds."""
    return {(row, col): text for row, col, _, text in facts.marks if text is not None}


def agree(xml: bytes, styles: Styles = STYLES) -> None:
    """The quick facts, where they are taken, are those of the parser."""
    looked_at = excerpt(xml)
    assert is_canonical(looked_at) == is_canonical(xml)
    if is_canonical(looked_at):
        quick, slow = scan(xml, styles, looked_at), scan_slowly(xml, styles, Limits())
        assert told(quick) == told(slow)
        known = texts(slow)
        assert {at: known[at] for at in texts(quick)} == texts(quick)


_rows = st.lists(
    st.tuples(
        st.sampled_from(ROWS * 3 + ODD_ROWS),
        st.lists(st.sampled_from(COMMON * 4 + (*ODD, TWICE)), min_size=1, max_size=4),
        st.sampled_from(NUMBERS),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=100, deadline=None)
@given(_rows, st.booleans(), st.booleans())
def test_quick_facts_are_those_of_a_parser(
    rows: list[tuple[str, list[str], str]], hidden: bool, merged: bool
) -> None:
    cols = '<col min="2" max="2" hidden="1"/>' if hidden else ""
    agree(sheet(rows, cols, '<mergeCell ref="A1:B1"/>' if merged else ""))


def test_a_sheet_of_common_cells_is_judged_by_its_ends() -> None:
    halves = (list(COMMON[:4]), list(COMMON[4:]))
    xml = sheet([(row, half, n) for row in ROWS for half in halves for n in NUMBERS])
    assert len(excerpt(xml)) < len(xml) // 10
    agree(xml)


def test_one_odd_cell_or_row_in_the_middle_is_seen() -> None:
    plain = [("", [COMMON[0]] * 4, "1")] * 3
    for odd in ODD:
        xml = sheet([*plain, ("", [odd, COMMON[0]], "1"), *plain])
        assert odd.format(at="A7", n="1").encode() in excerpt(xml), odd
        assert (excerpt(xml) == xml) == (odd not in LONG), odd
        agree(xml)
    for row in ODD_ROWS:
        xml = sheet([*plain, (row, [COMMON[0]], "1"), *plain])
        assert excerpt(xml) == xml, row
        agree(xml)


def test_a_cell_outside_the_rows_and_an_empty_row_with_two_tags_are_seen() -> None:
    xml = sheet([("", [COMMON[0]] * 4, "1")] * 5)
    excerpt(xml)  # from now on its rows are known
    middle = xml.replace(b"<c ", b"<!", 6).find(b"<c ")  # where the seventh cell begins
    assert excerpt(xml[:middle] + b"</row>" + xml[middle:]) != excerpt(xml)
    end = xml.find(b"</row>", middle)
    for more in (b'</row><row r="4"></row><row r="5">', b'</row><c r="A4"><v>1</v></c><row r="5">'):
        odd = xml[:end] + more + xml[end:]
        assert excerpt(odd) == odd
        agree(odd)


def test_a_cell_that_names_no_format_is_in_the_first() -> None:
    rows = [("", [COMMON[0], COMMON[4], COMMON[1]], "45975")] * 3
    for styles in (Styles(dates=frozenset({0})), Styles(percents=frozenset({0}))):
        agree(sheet(rows), styles)
        agree(sheet([*rows, ("", [LONG[0]], "1")]), styles)


def test_a_place_is_found_twice_however_it_is_written() -> None:
    """`A01` is A1, and a cell far to the right may come before its neighbours."""
    for more in ("A01", "A1", "B0001", "AB1", "AAA7", "XFD1048576"):
        cells = [COMMON[0], COMMON[1], f'<c r="{more}"><v>1</v></c>', COMMON[0]]
        agree(sheet([("", cells, "1"), ("", [COMMON[0]] * 2, "2")]))


def test_numbers_that_are_not_looked_at_come_back_as_written(tmp_path: Path) -> None:
    """Through the real reader, beside a number that makes the sheet a peculiar one."""
    draw = random.Random(1)
    numbers = [draw.randrange(-(10**n), 10**n) for n in range(1, 15) for _ in range(40)]
    parts = [(draw.randrange(10**n), draw.randrange(10**8)) for n in range(7) for _ in range(90)]
    written = [*map(str, numbers), *(f"{whole}.{part:08}" for whole, part in parts)]
    book = xlsxwriter.Workbook(tmp_path / "n.xlsx")
    page = book.add_worksheet()
    for row, text in enumerate(written):
        page.write_number(row, 0, float(text))
    page.write_number(len(written), 0, 0.1234567890123)
    book.close()
    texts = read([tmp_path / "n.xlsx"]).cells.sort("row")["text"].to_list()
    assert texts == [f"{Decimal(text):f}" for text in map(_bare, written)] + ["0.1234567890123"]


def _bare(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def test_many_cells_in_a_format_are_told_like_few() -> None:
    rows = [(' s="1" customFormat="1"', [COMMON[2], COMMON[3], COMMON[0], COMMON[5]], "45975")]
    for count in (1, 20, 200):
        agree(sheet(rows * count))


@given(
    st.one_of(
        st.text("0123456789.-e+", min_size=0, max_size=12),
        st.decimals(-(10**6), 10**6, places=3).map(str),
        st.integers(-(10**10), 10**10).map(str),
    )
)
def test_what_is_passed_over_would_get_no_mark(value: str) -> None:
    """Numbers and texts of a sheet with peculiar cells that are not looked at closely."""
    for kind in ("n", "s", "str", "inlineStr", "b"):
        silent = _silent(kind, 0, Styles(dates=frozenset({1}), percents=frozenset({2})))
        assert silent
        assert not silent(value.encode()) or judge(kind, 0, None, value, Styles()) is None
    assert _silent("n", 1, Styles(dates=frozenset({1}))) is None
    assert _silent("n", 1, Styles(percents=frozenset({1}))) is None
    assert _silent("e", 0, Styles()) is None and _silent("d", 0, Styles()) is None
