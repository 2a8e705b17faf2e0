"""Answers of scorecards: what an answer cell says, and which encounter and item it belongs to."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from audits.scorecard import Edition
from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.numbers import floats
from pipeline.parsing.values import NO, YES, prepared
from pipeline.workbook.cells import letter

NOT_APPLICABLE = ("不适用", "n/a", "na", "不涉及", "未涉及", "无此项")
_COUNTED = r"(?:级|分钟|分|次|个|项|人)$"
ANSWER_COLUMNS = [
    "file", "sheet", "row", "visit_id", "encounter", "item_id", "answer", "not_applicable",
    "reason", "cell",
]  # fmt: skip


def read_answers(cells: pl.DataFrame) -> pl.DataFrame:
    """`cells` with answer (yes = 1, no = 0, numbers as given), not_applicable, worded, void, rule.

    Each distinct text is read once: a batch has many cells and few answers.
    """
    texts = prepared(cells.select("text", "flag").unique())
    low = pl.col("dense").str.to_lowercase()
    read = floats(texts.with_columns(dense=pl.col("dense").str.replace(_COUNTED, "")))
    exempt = low.is_in(NOT_APPLICABLE)
    yes, no = low.is_in(YES), low.is_in(NO) & ~pl.col("void")
    answer = pl.when(yes).then(1.0).when(no).then(0.0).otherwise(pl.col("value"))
    number = pl.col("value").is_not_null()
    good = pl.col("rule").is_null() & ~pl.col("void") & ~exempt
    unread = good & answer.is_null()
    known = read.select(
        "text",
        "flag",
        answer=pl.when(good).then(answer),
        not_applicable=exempt & pl.col("rule").is_null(),
        worded=good & (yes | no) & ~number,
        void=pl.col("void") & ~exempt,
        rule=pl.when(unread).then(pl.lit("answer_unreadable")).otherwise("rule"),
    )
    return cells.join(known, on=["text", "flag"], how="left", maintain_order="left")


def items_of(editions: Mapping[str, Edition]) -> pl.DataFrame:
    """edition, item_id, scope, item_kind."""
    rows = [(e.id, i.id, i.scope, i.kind) for e in editions.values() for i in e.items]
    schema = ["edition", "item_id", "scope", "item_kind"]
    return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")


def placed_answers(grid: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """`grid` with its encounter settled and without the blanks that nobody was asked to fill.

    `grid` has edition, item_id, encounter (null: a plain 检查结果, whose encounter follows from
    the item's scope) and what `read_answers` adds. A blank stays if the item is asked there: items
    of scope visit in the hall (0), items of scope encounter at the counters.
    """
    known = grid.join(items, on=["edition", "item_id"], how="left", maintain_order="left")
    hall = pl.col("scope") == "visit"
    by_scope = pl.when(hall.fill_null(True)).then(0).otherwise(1)
    known = known.with_columns(encounter=pl.coalesce(pl.col("encounter"), by_scope).cast(pl.Int32))
    asked = (hall == (pl.col("encounter") == 0)).fill_null(True)
    return known.filter(~pl.col("void") | asked)


def with_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with `cell` in A1 form, from row and col."""
    names = {col: letter(col) for col in frame["col"].unique()}
    column = pl.col("col").replace_strict(names, default=None, return_dtype=pl.String)
    return frame.with_columns(cell=pl.concat_str(column, pl.col("row").cast(pl.String)))


def answer_findings(answers: pl.DataFrame) -> list[Finding]:
    """Answers that cannot be read, and words where an item asks for a number."""
    number = pl.col("item_kind").is_in(["ordinal", "count", "minutes"]).fill_null(False)
    word = pl.col("worded") & number
    rule = pl.when(word).then(pl.lit("answer_needs_number")).otherwise("rule")
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
