"""Checks of visits and their answers: editions, roles, times, and every item answered in range."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from audits.places import item_frame, met, places, with_state
from audits.scorecard import CUSTOMER_ROLES, Edition
from pipeline.validation import rules
from pipeline.validation.checks import Check, Row, choices, plain

# What a place can be found in beyond the states of `audits.places`.
_AT = ["visit_id", "encounter", "item_id"]
_AT_CELL = {"unknown_item": "item_id"}  # what is wrong there is the id, not the answer
# A visit put off (改期) may be made so many days after the quarter its round is named after.
LATE_DAYS = 14
EARLIEST = date(2000, 1, 1)  # no visit is older, whatever its round is called
_QUARTER = "(?<year>20[0-9]{2})Q(?<quarter>[1-4])"
_NOT_IN = "ExpectColumnValuesToNotBeInSet"
_PAIR = "ExpectColumnPairValuesAToBeGreaterThanB"


def _own_visits(
    visits: pl.DataFrame, answers: pl.DataFrame, editions: Iterable[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`visits` of these editions and their `answers` (with `edition`), numbered in `visit_id`.

    Each file has its own: a batch may hold the same visit, sent twice.
    """
    named = pl.coalesce(pl.col("visit_id"), pl.lit("?") + pl.col("sheet").fill_null(""))
    own = visits.with_columns(named=named).filter(pl.col("edition").is_in(list(editions)))
    own = own.unique(["file", "named"], keep="first", maintain_order=True)
    own = own.sort(pl.format("{}#{}", "file", "named")).with_row_index("number")
    numbers = own.select("file", "named", "edition", "number")
    # those of a visit follow each other: of each such run the first is looked up
    page = ("file", "visit_id", "sheet")
    turns = (pl.col(c).ne_missing(pl.col(c).shift()) for c in page)
    begins = answers.select(pl.any_horizontal(turns) | (pl.int_range(pl.len()) == 0)).to_series()
    runs = answers.select(page).filter(begins).with_columns(named=named)
    found = runs.join(numbers, on=["file", "named"], how="left", maintain_order="left")
    run = pl.Series(np.cumsum(begins.to_numpy(), dtype=np.uint32) - np.uint32(1))
    said = answers.with_columns(
        pl.col("encounter").cast(pl.Int32),
        visit_id=found["number"].gather(run),
        edition=found["edition"].gather(run),
    )
    said = said.drop_nulls("visit_id") if found["number"].null_count() else said
    return own.with_columns(visit_id="number").drop("number", "named"), said


def visit_batch(
    visits: pl.DataFrame, editions: dict[str, Edition], today: date | None = None
) -> pl.DataFrame:
    """`visits` with `role_state`: `needed` where the edition needs a customer role it lacks.

    And with `round_first`, `round_last`, the days of its round (null: no round of that name), and
    `date_state`: ok, late (after the round, but within LATE_DAYS), outside, long_ago, future.
    """
    visits = _dated(visits, today)
    needing = [e.id for e in editions.values() if _asks_role(e)]
    lacks = pl.col("edition").is_in(needing) & pl.col("customer_role").is_null()
    return visits.with_columns(
        role_state=pl.when(lacks).then(pl.lit("needed")).otherwise(pl.lit("ok"))
    )


def _dated(visits: pl.DataFrame, today: date | None) -> pl.DataFrame:
    """`visits` with the days of the round and where the visit's date lies."""
    quarter = pl.col("round").cast(pl.String).str.extract_groups(f"^{_QUARTER}$")
    year, number = (quarter.struct[n].cast(pl.Int32) for n in ("year", "quarter"))
    first = pl.when(year.is_not_null()).then(pl.date(year, number * 3 - 2, 1))
    visits = visits.with_columns(round_first=first).with_columns(
        round_last=pl.col("round_first").dt.offset_by("3mo").dt.offset_by("-1d")
    )
    day = pl.col("visit_date").cast(pl.Date)
    late = pl.col("round_last").dt.offset_by(f"{LATE_DAYS}d")
    unnamed = pl.col("round_first").is_null()
    return visits.with_columns(
        date_state=pl.when(unnamed & (day < EARLIEST))
        .then(pl.lit("long_ago"))
        .when((day < pl.col("round_first")) | (day > late))
        .then(pl.lit("outside"))
        .when(day > pl.lit(today, pl.Date))  # a warning, so it comes after what is wrong
        .then(pl.lit("future"))
        .when(day > pl.col("round_last"))
        .then(pl.lit("late"))
        .otherwise(pl.lit("ok"))
    )


def _asks_role(edition: Edition) -> bool:
    return any(c.field == "customer_role" for i in edition.items for c in i.depends_on)


def _date_checks(today: date | None) -> list[Check]:
    troubles = {
        "future": rules.VISIT_FUTURE,
        "long_ago": rules.VISIT_LONG_AGO,
        "outside": rules.VISIT_OUTSIDE,
        "late": rules.VISIT_LATE,
    }

    def of_row(row: Row) -> dict[str, Any]:
        days = {"first": plain(row["round_first"] or EARLIEST), "last": plain(row["round_last"])}
        return days | {"round": row["round"], "today": plain(today)}

    arguments = {s: {"column": "date_state", "value_set": [s]} for s in troubles}
    return [
        Check(rule, _NOT_IN, arguments[state], "visit_date", of_row=of_row)
        for state, rule in troubles.items()
    ]


def visit_checks(editions: dict[str, Edition], today: date | None = None) -> list[Check]:
    """What every visit must satisfy; `today` is the day of the run."""
    return [
        Check(
            rules.UNKNOWN_EDITION,
            "ExpectColumnValuesToBeInSet",
            {"value_set": sorted(editions)},
            "edition",
            choices(list(editions)),
        ),
        Check(
            rules.ROLE_NEEDED,
            _NOT_IN,
            {"column": "role_state", "value_set": ["needed"]},
            "customer_role",
            choices(CUSTOMER_ROLES),
        ),
        Check(
            rules.TIMES,
            _PAIR,
            {
                "column_A": "time_out",
                "column_B": "time_in",
                "ignore_row_if": "either_value_is_missing",
            },
            "time_out",
            of_row=lambda row: {"other": plain(row["time_in"])},
        ),
        *_date_checks(today),
    ]


def answer_batch(
    answers: pl.DataFrame, visits: pl.DataFrame, editions: dict[str, Edition]
) -> pl.DataFrame:
    """One row per place that an edition asks for and per answer that stands elsewhere.

    `visit_id` is a number in the order of files and visits, since a visit may have been sent twice.
    Adds edition, `trouble` (ok, blank, missing, not_allowed, wrong_place, unknown_item), `low`,
    `high`, `whole`: the bounds of the answer and its whole part where it must be whole.
    """
    visits, own = _own_visits(visits, answers, editions)
    used = [editions[e] for e in sorted(set(visits["edition"].to_list()))]
    if not used or own.is_empty():
        return own.with_columns(trouble=pl.lit("ok")).clear()
    grid = _troubled(with_state(_placed(own, visits, used), visits, used))
    told = _addressed(grid, own)
    if grid["file"].count() < own.height:  # not every answer has found its place
        told = pl.concat([told, _strangers(own, grid, used)], how="diagonal_relaxed")
    counted = pl.col("state") == "answered"
    return told.with_columns(
        given=pl.when(counted).then("answer"),
        whole=pl.when(counted & pl.col("must_whole")).then(pl.col("answer").round(0)),
    )


def _placed(own: pl.DataFrame, visits: pl.DataFrame, used: list[Edition]) -> pl.DataFrame:
    """The first answer at each place, and what the place asks for."""
    items = _asked_items(used)
    grid = places(own.drop("edition"), visits, items)
    if grid["file"].count() == own.height:  # nearly always: then there is but one at each
        return grid
    first = own.unique(_AT, keep="first", maintain_order=True)
    return places(first.drop("edition"), visits, items)


def _asked_items(editions: list[Edition]) -> pl.DataFrame:
    """Of `item_frame` what is looked at here, with the bounds of an answer and whether it must be
    whole."""
    best = [item.best for edition in editions for item in edition.items]
    return item_frame(editions).select(
        "edition", "item_id", "scope", "position", "na_allowed",
        low=pl.lit(0.0),
        high=pl.Series([None if b is None else float(b) for b in best], dtype=pl.Float64),
        must_whole=pl.col("kind") != "minutes",
    )  # fmt: skip


def _troubled(grid: pl.DataFrame) -> pl.DataFrame:
    refused = (pl.col("state") == "not_applicable") & ~pl.col("na_allowed")
    blank = pl.when(pl.col("row").is_null()).then(pl.lit("missing")).otherwise(pl.lit("blank"))
    return grid.with_columns(
        trouble=pl.when(refused)
        .then(pl.lit("not_allowed"))
        .when(pl.col("state") == "blank")
        .then(blank)
        .otherwise(pl.lit("ok"))
    )


def _addressed(grid: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """A place without a row of its own is reported at its visit (and row, in a list of visits)."""
    bare = grid.filter(pl.any_horizontal(pl.col(c).is_null() for c in ("file", "sheet", "row")))
    if bare.is_empty():
        return grid
    own = own.join(bare, on="visit_id", how="semi")
    near = own.group_by("visit_id", "encounter", maintain_order=True).agg(
        near_row=pl.when(pl.col("row").n_unique() == 1).then(pl.col("row").first())
    )
    where = own.group_by("visit_id", maintain_order=True).agg(
        near_file=pl.col("file").first(), near_sheet=pl.col("sheet").first()
    )
    joined = grid.join(where, on="visit_id", how="left").join(
        near, on=["visit_id", "encounter"], how="left"
    )
    fill = {c: pl.coalesce(c, f"near_{c}") for c in ("file", "sheet", "row")}
    return joined.with_columns(**fill).drop("near_file", "near_sheet", "near_row")


def _strangers(own: pl.DataFrame, grid: pl.DataFrame, editions: list[Edition]) -> pl.DataFrame:
    """Answers that no place of the edition asked for."""
    known = item_frame(editions).select("edition", "item_id", "scope")
    used = pl.concat([met(own), own.filter(pl.col("encounter") == 0).select(*_AT[:2]).unique()])
    other = own.join(grid.select(_AT), on=_AT, how="anti")
    other = other.join(used, on=_AT[:2], how="semi")
    other = other.join(known, on=["edition", "item_id"], how="left")
    unknown = pl.col("scope").is_null()
    return other.with_columns(
        trouble=pl.when(unknown).then(pl.lit("unknown_item")).otherwise(pl.lit("wrong_place"))
    ).filter(unknown | pl.col("answer").is_not_null())


def answer_checks(editions: dict[str, Edition]) -> list[Check]:
    """What every place must satisfy; the sentences name item and encounter."""

    def of_row(row: Row) -> dict[str, Any]:
        return _words(row, editions)

    troubles = {
        "unknown_item": rules.UNKNOWN_ITEM,
        "wrong_place": rules.WRONG_PLACE,
        "blank": rules.BLANK,
        "missing": rules.MISSING_ITEM,
        "not_allowed": rules.NOT_ALLOWED,
    }
    found = [
        Check(
            rule,
            _NOT_IN,
            {"column": "trouble", "value_set": [t]},
            _AT_CELL.get(t, "answer"),
            of_row=of_row,
        )
        for t, rule in troubles.items()
    ]
    missing = {"ignore_row_if": "either_value_is_missing", "or_equal": True}
    pairs = (("given", "low"), ("high", "given"))
    for a, b in pairs:
        pair = {"column_A": a, "column_B": b} | missing
        found.append(Check(rules.ANSWER_RANGE, _PAIR, pair, "answer", of_row=of_row))
    whole = {"column_A": "given", "column_B": "whole", "ignore_row_if": "either_value_is_missing"}
    equal = "ExpectColumnPairValuesToBeEqual"
    return [*found, Check(rules.ANSWER_RANGE, equal, whole, "answer", of_row=of_row)]


def _words(row: Row, editions: dict[str, Edition]) -> dict[str, Any]:
    place, place_en = place_words(row["encounter"])
    words = {"item": row["item_id"], "edition": row["edition"]}
    words |= {"place": place, "place_en": place_en}
    if row["trouble"] == "unknown_item":
        return words
    item = editions[row["edition"]].item(row["item_id"])
    counter = item.scope == "encounter"
    words |= {"where": "柜台" if counter else "厅堂", "where_en": "counter" if counter else "hall"}
    wanted = {
        "yes_no": ("是或否", "yes or no"),
        "ordinal": (f"0 至 {item.levels} 的整数", f"a whole number from 0 to {item.levels}"),
        "count": ("不小于 0 的整数", "a whole number of at least 0"),
        "minutes": ("不小于 0 的分钟数", "minutes of at least 0"),
    }[item.kind]
    return words | {"wanted": wanted[0], "wanted_en": wanted[1]}


def place_words(encounter: int) -> tuple[str, str]:
    """Where an encounter took place, in both languages."""
    return ("厅堂", "hall") if encounter == 0 else (f"柜台{encounter}", f"counter {encounter}")
