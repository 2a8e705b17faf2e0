"""What the visits of a branch saw go wrong, answer by answer: the facts behind its lost points."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from audits.scoring import score
from pipeline.periods import months_of
from pipeline.publication import Publication
from pipeline.publishing.inputs import editions_of

COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "visit_id": pl.String,
    "visit_date": pl.Date,
    "round": pl.String,
    "edition": pl.String,
    "encounter": pl.Int64,  # 0: the hall
    "item_id": pl.String,
    "answer": pl.Float64,  # as scored: 1 yes, 0 no, a level, a count, minutes
    "reason": pl.String,
    "lost": pl.Float64,  # points of a visit
    "sha256": pl.String,  # where the answer stands
    "sheet": pl.String,
    "cell": pl.String,
}


def failures(publication: Publication, branch: str) -> pl.DataFrame:
    """[COLUMNS] one row for each answer of the period that did not earn all it could.

    Newest visit first. Without anything that names the shopper. Empty where a publication holds
    no facts.
    """
    if not (Path(publication.path) / "fact_answer.parquet").is_file():
        return pl.DataFrame(schema=COLUMNS)
    months = months_of(publication.period)
    visits = publication.facts("visit").filter(
        pl.col("branch_code") == branch,
        pl.col("visit_date").dt.strftime("%Y-%m").is_in(months),
    )
    answers = publication.facts("answer").join(visits, on="visit_id", how="semi")
    if answers.is_empty():
        return pl.DataFrame(schema=COLUMNS)
    scored = score(answers, visits, editions_of(publication.facts("edition"))).answers
    missed = scored.filter(pl.col("full").fill_null(True).not_()).drop("edition")
    about = visits.select("visit_id", "visit_date", "round", "edition")
    return (
        missed.join(about, on="visit_id")
        .with_columns(lost=pl.col("applicable") - pl.col("earned"))
        .select(list(COLUMNS))
        .cast(pl.Schema(COLUMNS))
        .sort("visit_date", "visit_id", "item_id", "encounter", descending=[True, *[False] * 3])
    )
