"""Tables of the calibration: agreement on items, what a visit tells, shoppers by pseudonym."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from audits import calibration
from audits.scorecard import Edition
from audits.scoring import Scored, score
from pipeline.publication_tables import TABLES
from pipeline.publishing.decided import Decided
from pipeline.publishing.ranking import window


def calibration_tables(
    facts: Mapping[str, pl.DataFrame], scored: Scored, scope: pl.DataFrame,
    editions: Mapping[str, Edition], period: str, decided: Decided,
) -> dict[str, pl.DataFrame]:  # fmt: skip
    """`item_agreement`, `visit_reliability`, `shopper_calibration` of the twelve months that end
    with the period, and `excluded_visit`: the visits that office and union left out of the scores.
    """
    visits = _visits(facts["visit"], scored, scope, decided, window(period))
    used = {e: editions[e] for e in sorted(visits["edition"].unique().to_list())}
    found = calibration.pairs(visits)
    paired = pl.concat([found["first"], found["second"]]).unique()
    answers = scored.answers.filter(
        pl.col("state") == "answered", pl.col("visit_id").is_in(paired.to_list())
    )
    shown = calibration.as_shown(answers, used)
    items = calibration.item_agreement(found, shown, used)
    return {
        "item_agreement": _shaped("item_agreement", _left_out(items, decided)),
        "visit_reliability": _shaped("visit_reliability", calibration.reliability(visits, found)),
        "shopper_calibration": _shaped("shopper_calibration", _shoppers(visits)),
        "excluded_visit": _excluded(decided, period),
    }


def _visits(
    visits: pl.DataFrame, scored: Scored, scope: pl.DataFrame, decided: Decided, months: list[str]
) -> pl.DataFrame:
    points = scored.visits.select("visit_id", pl.col("score_before_veto").alias("score"))
    group = scope.select(pl.col("scope").alias("branch_code"), pl.col("peer_group").alias("group"))
    own = visits.filter(pl.col("visit_date").dt.strftime("%Y-%m").is_in(months))
    return (
        own.join(points, on="visit_id", how="left")
        .join(group, on="branch_code", how="left")
        .join(decided.shoppers, on="visit_id", how="left")
    )


def _left_out(items: pl.DataFrame, decided: Decided) -> pl.DataFrame:
    pairs = pl.concat_str("edition", "item_id", separator="|")
    return items.with_columns(left_out=pairs.is_in([f"{e}|{i}" for e, i in sorted(decided.items)]))


def _shoppers(visits: pl.DataFrame) -> pl.DataFrame:
    """Of whoever made few visits nothing but that is told: two visits may point to a person."""
    found = calibration.severity(visits)
    islands = found.group_by("edition").agg(pl.col("island").n_unique().alias("islands"))
    few = pl.col("status") == "insufficient"
    return found.join(islands, on="edition", how="left").with_columns(
        pl.when(~few).then(pl.col(c)).alias(c) for c in ("visits", "branches")
    )


def _excluded(decided: Decided, period: str) -> pl.DataFrame:
    end = window(period)[-1]
    own = decided.excluded
    if own.is_empty():
        return pl.DataFrame(schema=TABLES["excluded_visit"])
    named = own.filter(pl.col("visit_date").dt.strftime("%Y-%m") <= end)
    return _shaped("excluded_visit", named.rename({"branch_code": "scope"})).sort(
        "visit_date", "scope", "visit_id"
    )


def ranked_on(
    facts: Mapping[str, pl.DataFrame], scored: Scored, editions: Mapping[str, Edition],
    decided: Decided,
) -> Scored:  # fmt: skip
    """What ranks rest on: the scores without the items that were left out by decision.

    A left-out item counts as not applicable: it leaves what was earned and what could be.
    """
    if not decided.items:
        return scored
    edition = facts["visit"].select("visit_id", "edition")
    key = pl.concat_str("edition", "item_id", separator="|")
    out = key.is_in([f"{e}|{i}" for e, i in sorted(decided.items)])
    answers = facts["answer"].join(edition, on="visit_id", how="left", maintain_order="left")
    marked = answers.with_columns(
        answer=pl.when(~out).then("answer"), not_applicable=out | pl.col("not_applicable")
    )
    return score(marked.drop("edition"), facts["visit"], dict(editions))


def _shaped(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(list(TABLES[name])).cast(pl.Schema(TABLES[name]))
