"""Tables of the visits: score of each visit, results of each item, the edition they judge by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from audits.scorecard import Edition, Item, Section
from pipeline.periods import months_of
from pipeline.publication_tables import TABLES

if TYPE_CHECKING:
    from audits.scoring import Scored


def calendar(periods: Sequence[str]) -> pl.DataFrame:
    """[month, period]: a month stands in every period it belongs to."""
    pairs = [(month, period) for period in periods for month in months_of(period)]
    return pl.DataFrame(pairs, schema={"month": pl.String, "period": pl.String}, orient="row")


def visit_scores(visits: pl.DataFrame, scored: Scored) -> pl.DataFrame:
    """Table `visit_score`; `period` is the month of the visit."""
    results = scored.visits.select(
        "visit_id", "score", "score_before_veto", "coverage", "veto", "status"
    )
    return _shaped(
        "visit_score",
        visits.join(results, on="visit_id").with_columns(
            pl.col("branch_code").alias("scope"),
            pl.col("visit_date").dt.strftime("%Y-%m").alias("period"),
        ),
    ).sort("scope", "period", "visit_id")


def item_results(visits: pl.DataFrame, scored: Scored, periods: Sequence[str]) -> pl.DataFrame:
    """Table `item_result`: per branch, period, edition and item what was earned and what was lost.

    Only answers that were given and applied. `reasons` are the shoppers' words, each once.
    """
    where = visits.select(
        "visit_id",
        pl.col("branch_code").alias("scope"),
        "edition",
        pl.col("visit_date").dt.strftime("%Y-%m").alias("month"),
    )
    given = scored.answers.filter(pl.col("state") == "answered")
    answers = given.drop("edition", "branch_code", "month", "scope", strict=False)
    dated = answers.join(where, on="visit_id").join(calendar(periods), on="month")
    earned, applicable = (pl.col(c).cast(pl.Float64) for c in ("earned", "applicable"))
    grouped = dated.group_by("scope", "period", "edition", "item_id").agg(
        pl.len().alias("answers"),
        earned.sum().alias("earned"),
        applicable.sum().alias("applicable"),
        (applicable - earned).sum().alias("lost"),
        pl.col("reason").drop_nulls().unique().sort().alias("reasons"),
    )
    return _shaped("item_result", grouped).sort("scope", "period", "edition", "item_id")


def edition_table(editions: Mapping[str, Edition]) -> pl.DataFrame:
    """Table `edition`: every item of every edition, with the words of its section."""
    rows = []
    for edition in editions.values():
        sections = {section.id: section for section in edition.sections}
        rows += [_item_row(edition, sections[item.section], item) for item in edition.items]
    return pl.DataFrame(rows, schema=TABLES["edition"]).sort("edition", "item_id")


def _item_row(edition: Edition, section: Section, item: Item) -> dict[str, object]:
    return {
        "edition": edition.id,
        "instrument": edition.instrument,
        "item_id": item.id,
        "section": item.section,
        "section_zh": section.zh,
        "section_en": section.en,
        "step": item.step,
        "role": item.role,
        "zone": item.zone,
        "points": float(item.points),
        "zh": item.zh,
        "en": item.en,
    }


def _shaped(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(list(TABLES[name])).cast(pl.Schema(TABLES[name]))
