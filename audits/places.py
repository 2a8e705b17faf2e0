"""The places of a scorecard: where an edition asks something, and what state each place is in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from audits.lookups import codes_of, index_of, ranked
from audits.scorecard import HEAD_FIELDS, Edition

KEY = ["visit_id", "encounter", "item_id"]
_LOOKED_AT = [*KEY, "edition", "answer", "not_applicable", *HEAD_FIELDS]


def item_frame(editions: Iterable[Edition]) -> pl.DataFrame:
    """One row per edition and item in their order (`position`), with what scoring needs."""
    rows = [
        {
            "edition": edition.id,
            "instrument": edition.instrument,
            "position": position,
            "item_id": item.id,
            "section": item.section,
            "kind": item.kind,
            "effect": item.effect,
            "scope": item.scope,
            "step": item.step,
            "role": item.role,
            "zone": item.zone,
            "veto": item.veto,
            "tags": list(item.tags),
            "na_allowed": item.na_allowed,
        }
        for edition in editions
        for position, item in enumerate(edition.items)
    ]
    text = ("edition", "instrument", "item_id", "section", "kind", "effect", "scope", "step")
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(text, pl.String)
    schema |= {"role": pl.String, "zone": pl.String, "tags": pl.List(pl.String)}
    schema |= {"position": pl.Int32, "veto": pl.Int32, "na_allowed": pl.Boolean}
    return pl.DataFrame(rows, schema=schema)


def met(answers: pl.DataFrame) -> pl.DataFrame:
    """(visit_id, encounter) of the counter encounters that took place.

    A second or later answer column that holds no answer at all was left unused, not left blank;
    the first counter column always counts, so that forgetting it is seen.
    """
    used = pl.col("answer").is_not_null().any() | (pl.col("encounter").first() == 1)
    counters = answers.filter(pl.col("encounter") > 0)
    return counters.group_by("visit_id", "encounter").agg(used=used).filter("used").drop("used")


def places(answers: pl.DataFrame, visits: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Every place where the edition asks something, joined with what was answered there.

    `items`: as :func:`item_frame` has them, or fewer of its columns, or more; `answers`: one at
    most at each place. Sorted by visit, encounter and position of the item.
    """
    answers = answers.with_columns(pl.col("encounter").cast(pl.Int32))
    hall = visits.select("visit_id", pl.lit(0, pl.Int32).alias("encounter"))
    spots = pl.concat([hall, met(answers)]).with_columns(
        scope=pl.when(pl.col("encounter") == 0).then(pl.lit("visit")).otherwise(pl.lit("encounter"))
    )
    visit, item = _numbered(visits, answers, "visit_id"), _numbered(items, answers, "item_id")
    # In order before they are many: items are in order of their position.
    asked = (
        visits.select("visit_id", "edition", visit[0])
        .join(spots, on="visit_id")
        .sort("visit_id", "encounter")
        .join(items.with_columns(item[0]), on=["edition", "scope"], maintain_order="left_right")
    )
    at = _answered_in(asked, answers.with_columns(visit[1], item[1]))
    found = [column.gather(at) for column in answers.drop(KEY)]
    return asked.drop(visit[0].name, item[0].name).hstack(found)


def _numbered(
    asked: pl.DataFrame, answers: pl.DataFrame, column: str
) -> tuple[pl.Series, pl.Series]:
    """`column` of both by number, as `__column`: the same value, the same number."""
    number = pl.Series(f"__{column}", codes_of(pl.concat([asked[column], answers[column]])))
    return number[: len(asked)], number[len(asked) :]


def _answered_in(asked: pl.DataFrame, answers: pl.DataFrame) -> pl.Series:
    """For each place the row of `answers` that is about it; null where there is none."""
    frames = (asked, answers)
    said = [f["encounter"].fill_null(-1).to_numpy().astype(np.int64) for f in frames]
    met, _ = ranked(np.concatenate(said).clip(min=-1) + 1)
    visit, item = (
        np.concatenate([f[f"__{column}"].to_numpy().astype(np.int64) for f in frames])
        for column in ("visit_id", "item_id")
    )
    size = int(met.max(initial=0)) + 1, int(item.max(initial=0)) + 1
    number = (visit * size[0] + met) * size[1] + item
    at = pl.Series(index_of(number[: len(asked)], number[len(asked) :]))
    return at.set(at == len(answers), None)


def with_state(grid: pl.DataFrame, visits: pl.DataFrame, editions: list[Edition]) -> pl.DataFrame:
    """Which of answered, not_applicable, condition, blank each place is in."""
    heads = [f for f in HEAD_FIELDS if f in visits.columns]
    missing = [f for f in HEAD_FIELDS if f not in visits.columns]
    grid = grid.join(visits.select("visit_id", *heads), on="visit_id", how="left").with_columns(
        pl.lit(None, pl.String).alias(f) for f in missing
    )
    unmet = _unmet(grid, editions)
    state = (
        pl.when(pl.col("unmet"))
        .then(pl.lit("condition"))
        .when(pl.col("not_applicable").fill_null(False))
        .then(pl.lit("not_applicable"))
        .when(pl.col("answer").is_null())
        .then(pl.lit("blank"))
        .otherwise(pl.lit("answered"))
    )
    return grid.with_columns(unmet=unmet).with_columns(state=state)


def _unmet(grid: pl.DataFrame, editions: list[Edition]) -> pl.Series:
    """Whether a condition of the item at this place is not met (boolean per grid row).

    An item named by a condition is looked up in the same encounter, else in the hall. Conditions
    name earlier items only, so one pass in the edition's order settles chains.
    """
    every = [(e, item) for e in editions for item in e.items if item.depends_on]
    named = {c.field for _, item in every for c in item.depends_on} | {i.id for _, i in every}
    some = grid["item_id"].is_in(sorted(named)).arg_true()
    few = grid.select(_LOOKED_AT)[some]  # most items have no condition and are none
    unmet = pl.Series("unmet", [False]).new_from_index(0, few.height)
    for edition, item in every:
        here = (few["edition"] == edition.id) & (few["item_id"] == item.id)
        for condition in item.depends_on:
            if condition.field in HEAD_FIELDS:
                met = few[condition.field].is_in(list(condition.values)).fill_null(False)
            else:
                met = _answered(few, unmet, edition, condition.field, condition.values)
            unmet = unmet | (here & ~met)
    found = np.zeros(grid.height, dtype=bool)
    found[some.to_numpy()] = unmet.to_numpy()
    return pl.Series("unmet", found)


def _answered(
    grid: pl.DataFrame, unmet: pl.Series, edition: Edition, field: str, values: tuple[str, ...]
) -> pl.Series:
    """Per grid row: was item `field` answered with one of `values` in this encounter or hall?"""
    given = grid.with_columns(unmet=unmet).filter(
        (pl.col("edition") == edition.id) & (pl.col("item_id") == field),
        ~pl.col("unmet"),
        ~pl.col("not_applicable").fill_null(False),
        pl.col("answer").is_in([float(v) for v in values]),
    )
    on = ["visit_id"] if edition.item(field).scope == "visit" else ["visit_id", "encounter"]
    found = given.select(on).unique().with_columns(met=pl.lit(True))
    return (
        grid.select(on)
        .join(found, on=on, how="left", maintain_order="left")["met"]
        .fill_null(False)
    )
