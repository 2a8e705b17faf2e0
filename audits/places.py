"""The places of a scorecard: where an edition asks something, and what state each place is in."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from audits.scorecard import HEAD_FIELDS, Edition

KEY = ["visit_id", "encounter", "item_id"]


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


def places(answers: pl.DataFrame, visits: pl.DataFrame, editions: list[Edition]) -> pl.DataFrame:
    """Every place where the edition asks something, joined with what was answered there.

    Sorted by visit, encounter and position of the item.
    """
    answers = answers.with_columns(pl.col("encounter").cast(pl.Int32))
    counters = met(answers)
    hall = visits.select("visit_id", pl.lit(0, pl.Int32).alias("encounter"))
    spots = pl.concat([hall, counters]).with_columns(
        scope=pl.when(pl.col("encounter") == 0).then(pl.lit("visit")).otherwise(pl.lit("encounter"))
    )
    # In order before they are many: items are in order of their position.
    asked = (
        visits.select("visit_id", "edition")
        .join(spots, on="visit_id")
        .sort("visit_id", "encounter")
        .join(item_frame(editions), on=["edition", "scope"], maintain_order="left_right")
    )
    return asked.join(answers, on=KEY, how="left", maintain_order="left")


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
    unmet = pl.Series("unmet", [False]).new_from_index(0, grid.height)
    for edition in editions:
        for item in edition.items:
            for condition in item.depends_on:
                here = (grid["edition"] == edition.id) & (grid["item_id"] == item.id)
                if condition.field in HEAD_FIELDS:
                    met = grid[condition.field].is_in(list(condition.values)).fill_null(False)
                else:
                    met = _answered(grid, unmet, edition, condition.field, condition.values)
                unmet = unmet | (here & ~met)
    return unmet


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
