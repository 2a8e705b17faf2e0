"""Titles and columns: expected breaks and widths are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.render.columns import PADDING, em, fit
from pipeline.render.layout import plan, signature_indents
from pipeline.render.titles import title_lines
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Document,
    Heading,
    Note,
    Sentence,
    Table,
    TableColumn,
)

ROOM = 20.1  # characters of 22 pt on a line of 156 mm


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于样例的通报", ["关于样例的通报"]),
        (
            "关于2026年第三季度网点销售服务流程执行情况的通报",
            ["关于2026年第三季度网点", "销售服务流程执行情况的通报"],
        ),
        (
            "关于丙阳分行2026年9月业绩报表报送和检查发现问题整改的督办函",
            ["关于丙阳分行2026年9月业绩报表", "报送和检查发现问题整改的督办函"],
        ),
        ("一行\n两行", ["一行", "两行"]),
        ("Circular on the sales-service process of the branches, 2026Q3", None),
    ],
)
def test_a_title_breaks_between_words(title: str, lines: list[str] | None) -> None:
    got = title_lines(title, ROOM)
    if lines is not None:
        assert got == lines
    joined = " ".join(got) if title.isascii() else "".join(got)
    assert joined == title.replace("\n", "") and all(em(line) <= ROOM for line in got)


def test_a_title_without_a_place_to_break_is_broken_all_the_same() -> None:
    assert "".join(title_lines("的" * 60, ROOM)) == "的" * 60


def test_columns_fill_the_page_and_hold_their_longest_figure() -> None:
    rows = [["丙阳松涛网点", "12,345,678.90", "说明" * 40], ["乙", "1.00", ""]]
    how = fit(["网点", "金额", "说明"], rows, [False, True, False])
    assert sum(how.widths) == pytest.approx(156, abs=0.1) and not how.wide
    assert how.widths[1] - PADDING >= em("12,345,678.90") * how.size * 25.4 / 72


def test_a_verdict_of_two_words_is_not_torn_for_a_name_that_wraps_anyway() -> None:
    """The name wants 100 em, more than a page has; "within chance" has what it wants."""
    rows = [["汉" * 100, "within chance"]]
    how = fit(["Metric", "Judged"], rows, [False, False])
    room = [(w - PADDING) / (how.size * 25.4 / 72) for w in how.widths]
    assert sum(how.widths) == pytest.approx(156, abs=0.01)
    assert room[1] >= em("within chance") and room[1] < em("within chance") + 1


def test_a_long_title_takes_no_room_from_what_stands_below_it() -> None:
    """Seven columns of "组内名次区间" over short figures: the names keep their nine em each row."""
    header = ["网点", *["组内名次区间"] * 7]
    rows = [["明省直营东门网点一", *["1–9"] * 7]] * 3
    how = fit(header, rows, [False, *[True] * 7])
    assert how.lines == 1.0 and (how.widths[0] - PADDING) / (how.size * 25.4 / 72) > 8.99


def test_a_table_of_many_figures_is_turned_and_at_last_torn() -> None:
    def of(count: int) -> tuple[bool, bool]:
        how = fit([f"c{i}" for i in range(count)], [["1,234,567.89"] * count], [True] * count)
        return how.wide, how.torn

    assert [of(5), of(11), of(40)] == [(False, False), (True, False), (True, True)]


@pytest.mark.parametrize(
    ("issuer", "date", "indents"),
    [
        ("省行个人金融部", "2026年10月9日", (2.0, None)),
        ("省行", "2026年10月9日", (None, 2.0)),
    ],
)
def test_the_date_stands_two_characters_right_of_the_issuer(
    issuer: str, date: str, indents: tuple[float | None, float | None]
) -> None:
    """GB/T 9704-2012, 7.3.5.2, from the left edges of both."""
    right, below = signature_indents(issuer, date)
    assert (below + em(date)) - (right + em(issuer)) == pytest.approx(-2)
    assert all(want in (None, got) for want, got in zip(indents, (right, below), strict=True)) or (
        min(right, below) == 2.0
    )


def _table(title: str) -> Table:
    return Table(title, (TableColumn("a", "A"),), [{"a": "x"}], 1)


def _laid(*blocks: Block) -> dict[str, Any]:
    return plan(Document("d", "T", "", "I", "", "2026-09", 1, "en", blocks))


def test_a_table_does_not_repeat_the_heading_above_it() -> None:
    laid = _laid(Heading("Due"), Sentence("Two."), _table("Due"), _table("More"),
                 Appendix("League", (_table("League"),)))  # fmt: skip
    assert [p["title"] for p in laid["body"] if p["kind"] == "table"] == ["", "More"]
    assert laid["attachments"][0]["items"][0]["title"] == ""


def test_the_last_paragraph_and_its_notes_stay_with_the_signature() -> None:
    laid = _laid(Sentence("First."), Sentence("Last."), Note("One."), Note("Two."))
    assert [p.get("sticky", False) for p in laid["body"]] == [False, True, True, True]
