"""Answers of scorecards: what an answer cell says, and which encounter and item it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

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
    """edition, item_id, scope, item_kind."""
    rows = [(e.id, i.id, i.scope, i.kind) for e in editions.values() for i in e.items]
    schema = ["edition", "item_id", "scope", "item_kind"]
    return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")


def with_scope(frame: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """`frame` (edition, item_id) with the item's scope and item_kind."""
    return frame.join(items, on=["edition", "item_id"], how="left", maintain_order="left")


def placed_answers(
    part: Part, lines: pl.DataFrame, columns: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """Every line × answer column of its sheet with what its cell says: what `lines` has, cell,
    encounter, text, answer, not_applicable, worded, void, rule.

    One visit: `lines` has item_id and scope, `columns` encounter (null: a plain 检查结果, whose
    encounter follows from the scope). List: `lines` has edition and encounter, `columns` item_id.
    Blanks that nobody was asked to fill are left out; asked are items of scope visit in the hall
    (0), items of scope encounter at the counters.
    """
    cells, read = _answered(part, columns)
    one_visit = "encounter" in columns.columns
    if one_visit:
        columns = _met(columns, cells, read)
    light = ["line", "sid", *(["scope"] if one_visit else ["edition", "encounter"])]
    grid = lines.select(light).with_row_index("at").join(columns, on="sid", maintain_order="left")
    grid = grid.with_columns(place=_place())
    cells = cells.drop("field")
    grid = grid.join(cells, on="place", how="left", maintain_order="left")
    if not one_visit:
        grid = with_scope(grid, items)
    grid = _asked(grid.with_columns(void=read["void"].gather(grid["said"]).fill_null(True)))
    rest = lines.drop([c for c in grid.columns if c in lines.columns])
    return with_cells(
        pl.concat(
            [
                grid.drop("at", "said", "place", "void"),
                rest.select(pl.all().gather(grid["at"])),
                _said(grid["said"], read),
            ],
            how="horizontal",
        )
    )


def _answered(part: Part, columns: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells under the columns: place, field, said (place in the other); what their words say."""
    own = marked(columns["field"], len(part.columns))
    cells = part.cells.filter(own.gather(part.cells["field"]) & ~pl.col("total"))
    met = cells["word"].unique().sort()
    words = part.words[met]
    said = met.search_sorted(cells["word"]).alias("said")
    read = pl.concat([words.select("text"), read_answers(words)], how="horizontal")
    return cells.select("line", "field", said).with_columns(place=_place()).drop("line"), read


def _met(columns: pl.DataFrame, cells: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """Without encounters that are blank from top to bottom; the hall (0) always is."""
    written = cells.filter(~read["void"].gather(cells["said"]))["field"].unique()
    hall = pl.col("encounter").fill_null(0) == 0
    return columns.filter(hall | pl.col("field").is_in(written.implode()))


def _asked(grid: pl.DataFrame) -> pl.DataFrame:
    hall = (pl.col("scope") == "visit").fill_null(True)
    by_scope = pl.when(hall).then(0).otherwise(1)
    known = grid.with_columns(encounter=pl.coalesce(pl.col("encounter"), by_scope).cast(pl.Int32))
    asked = (pl.col("scope") == "visit") == (pl.col("encounter") == 0)
    return known.filter(~pl.col("void") | asked.fill_null(True))


def _place() -> pl.Expr:
    return pl.col("line").cast(pl.UInt64) * 2**32 + pl.col("field")


def _said(numbers: pl.Series, read: pl.DataFrame) -> pl.DataFrame:
    """The rows of `read` by number; where there is none, those of a blank cell."""
    return read.select(pl.all().gather(numbers)).with_columns(
        pl.col("text").fill_null(""),
        pl.col("not_applicable", "worded").fill_null(False),
        pl.col("void").fill_null(True),
    )


def with_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with `cell` in A1 form, from row and col."""
    names = {col: letter(col) for col in frame["col"].unique()}
    column = pl.col("col").replace_strict(names, default=None, return_dtype=pl.String)
    return frame.with_columns(cell=pl.concat_str(column, pl.col("row").cast(pl.String)))


def answer_findings(answers: pl.DataFrame) -> list[Finding]:
    """Answers that cannot be read, and words where an item asks for a number."""
    number = pl.col("item_kind").is_in(["ordinal", "count", "minutes"]).fill_null(False)
    word = pl.col("worded") & number
    # more than 15 digits are no answer; as text they would be none either
    read = pl.col("rule").replace("long_number", "answer_unreadable")
    rule = pl.when(word).then(pl.lit("answer_needs_number")).otherwise(read)
    bad = answers.with_columns(rule=rule).filter(pl.col("rule").is_not_null())
    return [
        rules.Rule.registry[name].at(file, sheet, cell, row, text[:80])
        for file, sheet, cell, row, text, name in bad.select(
            "file", "sheet", "cell", "row", "text", "rule"
        ).iter_rows()
    ]


def without_words(answers: pl.DataFrame) -> pl.DataFrame:
    """Answers in words to items that ask for a number are unreadable: null."""
    number = pl.col("item_kind").is_in(["ordinal", "count", "minutes"]).fill_null(False)
    kept = pl.when(~(pl.col("worded") & number)).then("answer")
    return answers.with_columns(answer=kept)
