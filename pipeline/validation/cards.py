"""What cards say by themselves: each row once, every item answered and in range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from audits.scorecard import Edition
from pipeline.sheets.declaration import SheetKind
from pipeline.validation import rules
from pipeline.validation.checks import Check, plain
from pipeline.validation.visits import answer_batch, answer_checks, place_words

if TYPE_CHECKING:
    from pipeline.parse import Parsed


def answer_batches(
    kind: SheetKind, parsed: Parsed, editions: Mapping[str, Edition]
) -> Iterator[tuple[pl.DataFrame, list[Check], bool]]:
    """(frame, checks, whether most rows are alike) of what cards say, for which nothing but their
    editions need be known."""
    visits, answers = parsed.tables["visit"], parsed.tables["answer"]
    lines = parsed.tables.get("encounter")
    single = answers
    if kind.layout == "visit_list" and lines is not None:
        yield _named_lines(lines, visits), [_LINE_TWICE], False
        single = answers.join(_twice(lines), on=["file", "sheet", "row"], how="anti")
    yield single, [_ITEM_TWICE], False
    known = dict(editions)
    yield answer_batch(answers, visits, known), answer_checks(known), True


def _item_and_place(row: Mapping[str, Any]) -> dict[str, str]:
    place, place_en = place_words(row["encounter"])
    return {"key": f"{place}的考核项", "key_en": f"item ({place_en})", "value": row["item_id"]}


_ITEM_TWICE = Check(
    rules.DUPLICATE,
    "ExpectCompoundColumnsToBeUnique",
    {
        "column_list": ["file", "visit_id", "encounter", "item_id"],
        "ignore_row_if": "any_value_is_missing",
    },
    "answer",
    of_row=_item_and_place,
)


def _named_lines(lines: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """The rows of a list of visits with branch and day, for the sentence."""
    about = visits.select("file", "visit_id", "branch_code", "visit_date")
    about = about.unique(["file", "visit_id"], keep="first")
    return lines.join(about, on=["file", "visit_id"], how="left", maintain_order="left")


def _twice(lines: pl.DataFrame) -> pl.DataFrame:
    """[file, sheet, row] of the rows of a list that are about the same encounter as another."""
    same = pl.struct("file", "visit_id", "encounter").is_duplicated()
    return lines.filter(same).select("file", "sheet", "row").unique()


# A row of a list is told once, not for each of its answers.
_LINE_TWICE = Check(
    rules.DUPLICATE,
    "ExpectCompoundColumnsToBeUnique",
    {"column_list": ["file", "visit_id", "encounter"], "ignore_row_if": "any_value_is_missing"},
    "branch_code",
    {"key": "一次暗访的同一行（网点、轮次、版本、日期、进入时间和次序）",
     "key_en": "row of a visit (branch, round, edition, date, time in and encounter)"},
    lambda row: {"value": " ".join(plain(row[c]) for c in ("branch_code", "visit_date"))},
)  # fmt: skip
