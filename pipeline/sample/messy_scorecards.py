"""Ways in which a one-visit scorecard is messy and still readable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from pipeline.sample.pages import Page, Shown
from pipeline.sample.scorecard_pages import CODES, scorecard_page
from pipeline.sample.visits import Visit
from pipeline.sheets import kinds

_FULL = str.maketrans("0123456789:", "０１２３４５６７８９：")
# How yes (1) and no (0) are written.
ANSWERS = {
    "answers_ticks": {1: "√", 0: "×"},
    "answers_yn": {1: "Y", 0: "N"},
    "answers_digits": {1: "1", 0: "0"},
}


def _head_row(page: Page, field: str) -> list[Any]:
    label = kinds()["scorecard"].column(field).zh
    return next(row for row in page.rows[: page.header] if row and row[0] == label)


def _head(field: str, how: Callable[[Any], Any]) -> Callable[[Page], None]:
    def change(page: Page) -> None:
        row = _head_row(page, field)
        row[1] = how(row[1])

    return change


def _answers(page: Page) -> list[int]:
    return [at for at, c in enumerate(page.columns) if c.startswith("answer.")]


def na_in_cell(page: Page, visit: Visit) -> None:
    """不适用 written into each answer that does not apply, instead of the mark beside it."""
    mark, answers = page.position("not_applicable"), _answers(page)
    for position, r in enumerate(page.lines):
        row = page.rows[r]
        for encounter, at in zip(visit.encounters(), answers, strict=True):
            if visit.answers.get((position, encounter), 0) is None:
                row[at] = "不适用"
        row[mark] = None


def full_width_answers(page: Page) -> None:
    """Levels, counts and minutes typed in full-width digits, and points as text."""
    for r in page.lines:
        for at in _answers(page):
            if isinstance(page.rows[r][at], int):
                page.rows[r][at] = str(page.rows[r][at]).translate(_FULL)
        at = page.position("points")
        page.rows[r][at] = f"{page.rows[r][at]:g}"


def spaces(page: Page) -> None:
    """Trailing and zero-width spaces behind item ids and answers."""
    for r in page.lines:
        page.rows[r][0] = f"{page.rows[r][0]} "
        for at in _answers(page):
            if isinstance(page.rows[r][at], str):
                page.rows[r][at] += "\u200b"


def reordered(page: Page) -> None:
    """Reason and n/a mark before the answers."""
    answers = _answers(page)
    order = [0, 1, page.position("reason"), page.position("not_applicable"), *answers, 2]
    page.columns = [page.columns[i] for i in order]
    for r in [page.header, *page.lines]:
        page.rows[r] = [page.rows[r][i] for i in order]


def other_spellings(page: Page) -> None:
    """Labels and headers by their first other spelling."""
    kind = kinds()["scorecard"]
    for column in kind.head:
        if column.spellings:
            _head_row(page, column.id)[0] = column.spellings[0]
    for at, column_id in enumerate(page.columns):
        if not column_id.startswith("answer."):
            page.rows[page.header][at] = kind.column(column_id).spellings[0]


def hidden_column(page: Page) -> None:
    """A hidden extra column with last round's answers, which must not be read for this one's."""
    page.insert_column(3, "", "上轮情况", ["是"] * len(page.lines))
    page.hidden.add(3)


def two_row_header(page: Page) -> None:
    """检查结果 merged over 厅堂, 柜台1, 柜台2; the other headers merged downwards."""
    lower = page.rows[page.header]
    upper: list[Any] = [None] * len(lower)
    answers, top = _answers(page), page.header
    for at in range(len(lower)):
        if at in answers:
            lower[at] = str(lower[at]).removeprefix("检查结果（").removesuffix("）")
        else:
            upper[at], lower[at] = lower[at], None
            page.merges.append((top, at, top + 1, at))
    upper[answers[0]] = "检查结果"
    page.merges.append((top, answers[0], top, answers[-1]))
    page.rows.insert(top, upper)
    page.header += 1
    page.lines = [r + 1 for r in page.lines]


def pairs_side_by_side(page: Page) -> None:
    """Two pairs of the head in each row."""
    pairs = page.rows[1 : page.header - 1]
    if pairs and page.rows[page.header - 1] == []:
        joined = [[*a, None, *b] for a, b in zip(pairs[::2], pairs[1::2], strict=True)]
        by = len(pairs) - len(joined)
        page.rows[1 : page.header - 1] = joined
        page.header -= by
        page.lines = [r - by for r in page.lines]


def notes_below(page: Page) -> None:
    """Notes and signatures under the table."""
    page.rows += [[], ["说明：不适用的项目打“√”。"], ["暗访员签字：", None, "工会代表签字："]]


def title_rows(page: Page) -> None:
    """One more title row, and the title merged across."""
    page.push_down([["明省分行个人金融部"]])
    page.merges += [(0, 0, 0, 5), (1, 0, 1, 5)]


def note_sheet(page: Page) -> None:
    """A second sheet with explanations, which `apply` adds."""


WAYS: dict[str, Callable[[Page], None]] = {
    "codes_as_numbers": _head("branch_code", int),
    "full_width_brackets": _head(
        "branch_name", lambda v: str(v).replace("(", "（").replace(")", "）")
    ),
    "date_chinese": _head("visit_date", lambda v: f"{v.year}年{v.month}月{v.day}日"),
    "date_dotted": _head("visit_date", lambda v: f"{v.year}.{v.month}.{v.day}"),
    "date_digits": _head("visit_date", lambda v: int(f"{v:%Y%m%d}")),
    "date_serial": _head("visit_date", lambda v: (v - date(1899, 12, 30)).days),
    "date_slashes": _head("visit_date", lambda v: f"{v.year}/{v.month}/{v.day}"),
    "time_full_width": _head("time_in", lambda v: v.translate(_FULL)),
    "time_fraction": _head(
        "time_out", lambda v: Shown((int(v[:2]) * 60 + int(v[3:])) / 1440, "hh:mm")
    ),
} | {
    f.__name__: f
    for f in (
        full_width_answers, spaces, other_spellings, reordered, hidden_column,
        two_row_header, pairs_side_by_side, notes_below, title_rows, note_sheet,
    )
}  # fmt: skip

BUNDLES: tuple[tuple[str, ...], ...] = (
    ("codes_as_numbers", "date_chinese", "answers_ticks"),
    ("date_dotted", "answers_yn", "title_rows", "notes_below"),
    ("date_digits", "na_in_cell", "spaces"),
    ("date_serial", "other_spellings", "time_fraction"),
    ("two_row_header", "answers_digits", "note_sheet"),
    ("pairs_side_by_side", "full_width_brackets", "full_width_answers"),
    ("reordered", "hidden_column", "time_full_width", "notes_below"),
    ("date_slashes", "other_spellings", "pairs_side_by_side", "codes_as_numbers", "title_rows"),
)


def apply(visit: Visit, ways: Sequence[str]) -> list[Page]:
    """The pages of the messy workbook of one visit."""
    words = next((ANSWERS[w] for w in ways if w in ANSWERS), CODES)
    page = scorecard_page(visit, words)
    if "na_in_cell" in ways:
        na_in_cell(page, visit)
    if "other_spellings" in ways:  # the labels that later ways look up change last
        ways = [*[w for w in ways if w != "other_spellings"], "other_spellings"]
    order = [w for w in WAYS if w in ways and w != "other_spellings"]
    late = [w for w in order if w in ("pairs_side_by_side", "notes_below", "title_rows")]
    early = [w for w in order if w not in late]
    spelled = ["other_spellings"] if "other_spellings" in ways else []
    for way in [*early, *spelled, *late]:
        WAYS[way](page)
    if "note_sheet" in ways:
        return [page, Page("填表说明", [["本表一次暗访一份。"], ["编号不得改动。"]])]
    return [page]
