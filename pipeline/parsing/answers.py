"""Answers of scorecards: what an answer cell says, and which encounter and item it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from audits.lookups import codes_of, index_of, ranked, spans
from audits.scorecard import Edition
from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.numbering import marked
from pipeline.parsing.numbers import floats
from pipeline.parsing.values import NO, YES
from pipeline.workbook.cells import letter

if TYPE_CHECKING:
    from pipeline.recognise import Part

NOT_APPLICABLE = ("不适用", "n/a", "na", "不涉及", "未涉及", "无此项")
_COUNTED = r"(?:级|分钟|分|次|个|项|人)$"
_NUMBERS = ("ordinal", "count", "minutes")  # kinds of items
_UNSAID = np.iinfo(np.int64).min  # of an encounter
# answer, not_applicable, worded, void, rule
_BLANK = (None, False, False, True, None)
ANSWER_COLUMNS = [
    "file", "sheet", "row", "visit_id", "encounter", "item_id", "answer", "not_applicable",
    "reason", "cell",
]  # fmt: skip


def read_answers(words: pl.DataFrame) -> pl.DataFrame:
    """What each word says as an answer: answer (yes = 1, no = 0, numbers as given),
    not_applicable, worded, void, rule."""
    low = pl.col("dense").str.to_lowercase()
    read = floats(words.with_columns(joined=pl.col("joined").str.replace(_COUNTED, "")))
    said = words.select(
        exempt=low.is_in(NOT_APPLICABLE), yes=low.is_in(YES), no=low.is_in(NO) & ~pl.col("void")
    )
    answer = pl.when("yes").then(1.0).when("no").then(0.0).otherwise("value")
    good = pl.col("rule").is_null() & ~pl.col("void") & ~pl.col("exempt")
    unread = good & answer.is_null()
    return pl.concat([read, said], how="horizontal").select(
        answer=pl.when(good).then(answer),
        not_applicable=pl.col("exempt") & pl.col("rule").is_null(),
        worded=good & (pl.col("yes") | pl.col("no")) & pl.col("value").is_null(),
        void=pl.col("void") & ~pl.col("exempt"),
        rule=pl.when(unread).then(pl.lit("answer_unreadable")).otherwise("rule"),
    )


def items_of(editions: Mapping[str, Edition]) -> pl.DataFrame:
    """edition, item_id, hall (1 asked in the hall, 0 at the counters), number (whether its answer
    is one)."""
    rows = [
        (e.id, i.id, int(i.scope == "visit"), i.kind in _NUMBERS)
        for e in editions.values()
        for i in e.items
    ]
    schema = {"edition": pl.String, "item_id": pl.String, "hall": pl.Int8, "number": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


class Scopes(NamedTuple):
    """Of each answer: hall (1 yes, 0 no, -1 where the item is unknown) and number."""

    hall: np.ndarray
    number: np.ndarray


def scopes_of(
    items: pl.DataFrame, edition: pl.Series, item: pl.Series, whose: np.ndarray, which: np.ndarray
) -> Scopes:
    """Of what edition[whose] asks as item[which]; every pair is looked up once."""
    left, right = codes_of(edition).astype(np.int64), codes_of(item).astype(np.int64)
    size = int(right.max(initial=0)) + 1
    number, met = ranked(left[whose] * size + right[which])
    one = np.zeros(len(met), dtype=np.int64)
    one[number] = np.arange(len(whose))
    pairs = pl.DataFrame({"edition": edition[whose[one]], "item_id": item[which[one]]})
    known = pairs.join(items, on=["edition", "item_id"], how="left", maintain_order="left")
    hall, counted = known["hall"].fill_null(-1), known["number"].fill_null(False)
    return Scopes(hall.to_numpy()[number], counted.to_numpy()[number])


def placed_answers(
    part: Part,
    lines: pl.DataFrame,
    columns: pl.DataFrame,
    items: pl.DataFrame,
    scopes: Scopes | None = None,
) -> tuple[pl.DataFrame, pl.Series]:
    """Every line × answer column of its sheet with what its cell says: what `lines` has, cell,
    encounter, number, said, answer, not_applicable, worded, void, rule; the texts that are said.

    One visit: `lines` come with the `scopes` of their items, `columns` with encounter (null: a
    plain 检查结果: by the scope). List: `lines` has edition and encounter,
    `columns` item_id. Blanks that nobody was asked to fill are left out; asked are items of scope
    visit in the hall (0), items of scope encounter at the counters.
    """
    field, line, said, texts, read = _answered(part, columns)
    if scopes:
        columns = _met(columns, field[~read["void"].to_numpy()[said]])
    grid = _Grid.of(lines, columns)
    said = grid.said(field, line, said, len(read) - 1)
    if scopes:
        asked = Scopes(scopes.hall[grid.line], scopes.number[grid.line])
        met = columns["encounter"].cast(pl.Int64).fill_null(_UNSAID).to_numpy()[grid.column]
    else:
        asked = scopes_of(items, lines["edition"], columns["item_id"], grid.line, grid.column)
        met = lines["encounter"].cast(pl.Int64).fill_null(_UNSAID).to_numpy()[grid.line]
    met = np.where(met == _UNSAID, np.where(asked.hall != 0, 0, 1), met)
    due = (asked.hall == -1) | ((asked.hall == 1) == (met == 0))
    kept = np.flatnonzero(~read["void"].to_numpy()[said] | due)
    own = ["col"] if scopes else ["col", "item_id"]
    at, number = pl.Series(grid.line[kept]), pl.Series("said", said[kept])
    drawn = lines.drop("line", "encounter", strict=False)[at]
    found = drawn.hstack(columns.select(own)[grid.column[kept]].get_columns())
    found = found.hstack([number, *read[number].get_columns()]).with_columns(
        pl.Series("encounter", met[kept], dtype=pl.Int32),
        pl.Series("number", asked.number[kept]),
    )
    return with_cells(found), texts


def _answered(
    part: Part, columns: pl.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray, pl.Series, pl.DataFrame]:
    """Field and line of the cells under the columns, what they say (a row of the last two), texts,
    and how those are read. The last row is what a blank cell says.
    """
    own = marked(columns["field"], len(part.columns))
    field = part.cells["field"].to_numpy()
    under = np.flatnonzero(own[field] & ~part.cells["total"].to_numpy())
    said, met = ranked(part.cells["word"].to_numpy()[under])
    words = part.words[met]
    read, texts = read_answers(words), words["text"].extend_constant("", 1)
    read = pl.concat([read, pl.DataFrame([_BLANK], schema=read.schema, orient="row")])
    return field[under], part.cells["line"].to_numpy()[under], said, texts, read


def _met(columns: pl.DataFrame, written: np.ndarray) -> pl.DataFrame:
    """Without encounters that are blank from top to bottom; the hall (0) always is."""
    hall = columns["encounter"].fill_null(0) == 0
    return columns.filter(hall | pl.Series(np.isin(columns["field"].to_numpy(), written)))


class _Grid(NamedTuple):
    """Each line × each column of its sheet, line by line: the places of both in their frames.

    first, begin: where the columns of the line begin in theirs, and where the line begins here.
    """

    lines: pl.DataFrame
    columns: pl.DataFrame
    line: np.ndarray
    column: np.ndarray
    first: np.ndarray
    begin: np.ndarray

    @classmethod
    def of(cls, lines: pl.DataFrame, columns: pl.DataFrame) -> _Grid:
        """`columns` come sheet by sheet."""
        own, sid = columns["sid"].to_numpy(), lines["sid"].to_numpy()
        end = int(max(own.max(initial=0), sid.max(initial=0))) + 1
        count = np.bincount(own, minlength=end)
        first, count = (np.cumsum(count) - count)[sid], count[sid]
        column, line = spans(first, count)
        return cls(lines, columns, line, column, first, np.cumsum(count) - count)

    def said(self, field: np.ndarray, line: np.ndarray, said: np.ndarray, blank: int) -> np.ndarray:
        """What is said at each place; `blank` where there is no cell."""
        column = index_of(field, self.columns["field"].to_numpy())
        row = index_of(line, self.lines["line"].to_numpy())
        here = np.flatnonzero((column < len(self.columns)) & (row < len(self.lines)))
        row = row[here]
        found = np.full(len(self.line), blank, dtype=np.uint32)
        found[self.begin[row] + column[here] - self.first[row]] = said[here]
        return found


def with_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with `cell` in A1 form, from row and col."""
    row, col = (frame[c].to_numpy().astype(np.int64) for c in ("row", "col"))
    width = int(col.max(initial=0)) + 1
    place, met = ranked(row * width + col)
    names = [f"{letter(int(at) % width)}{int(at) // width}" for at in met]
    cell = pl.Series("cell", names, dtype=pl.String).gather(pl.Series(place, dtype=pl.UInt32))
    return frame.with_columns(cell)


def answer_findings(answers: pl.DataFrame, texts: pl.Series) -> list[Finding]:
    """Answers that cannot be read, and words where an item asks for a number."""
    word = answers["worded"] & answers["number"]
    told = answers.filter(word | answers["rule"].is_not_null())
    told = told.with_columns(texts.gather(told["said"]).alias("text"))
    # more than 15 digits are no answer; as text they would be none either
    read = pl.col("rule").replace("long_number", "answer_unreadable")
    wrong = pl.col("worded") & pl.col("number")
    rule = pl.when(wrong).then(pl.lit("answer_needs_number")).otherwise(read)
    return [
        rules.Rule.registry[name].at(file, sheet, cell, row, text[:80])
        for file, sheet, cell, row, text, name in told.select(
            "file", "sheet", "cell", "row", "text", rule
        ).iter_rows()
    ]


def without_words(answers: pl.DataFrame) -> pl.DataFrame:
    """Answers in words to items that ask for a number are unreadable: null."""
    kept = pl.when(~(pl.col("worded") & pl.col("number"))).then("answer")
    return answers.with_columns(answer=kept)
