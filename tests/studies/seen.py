"""A sample province as the audits see it: frames of visits and answers, without workbooks."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from audits.calibration import as_shown
from audits.scorecard import Edition, load_editions
from audits.scoring import score
from pipeline.sample.options import Options
from pipeline.sample.province import make_province
from pipeline.sample.truth_model import Truth, make_truth
from pipeline.sample.visits import Visit, make_plans, make_visits

EDITIONS = ("covert-1", "open-1")


@dataclass(frozen=True)
class Seen:
    """`visits` and `answers` as :mod:`audits.fabrication` takes them; `shown` as calibration."""

    truth: Truth
    made: list[Visit]
    visits: pl.DataFrame
    answers: pl.DataFrame
    shown: pl.DataFrame
    editions: dict[str, Edition]

    def of(self, rounds: set[str]) -> pl.DataFrame:
        return self.visits.filter(pl.col("round").is_in(list(rounds)))


def province(options: Options) -> Seen:
    """Draws the province of `options` and scores it."""
    editions = {e: d for e, d in load_editions().items() if e in EDITIONS}
    place = make_province(options)
    truth = make_truth(options, place)
    made = make_visits(options, place, truth, editions, make_plans(options, place, truth, editions))
    facts = pl.DataFrame([_visit(v) for v in made])
    given = pl.DataFrame([a for v in made for a in _answers(v)], _ANSWER, orient="row")
    scored = score(given, facts, editions)
    points = scored.visits.select("visit_id", pl.col("score_before_veto").alias("score"))
    answers = scored.answers.filter(pl.col("state") == "answered")
    return Seen(
        truth,
        made,
        facts.join(points, on="visit_id"),
        answers,
        as_shown(answers, editions),
        editions,
    )


def scored_totals(made: list[Visit], editions: dict[str, Edition]) -> list[float | None]:
    """The scores before vetoes of visits in their order, whatever their ids."""
    ids = [f"{n:06d}" for n in range(len(made))]
    facts = pl.DataFrame([_visit(v) | {"visit_id": i} for i, v in zip(ids, made, strict=True)])
    rows = [(i, *a[1:]) for i, v in zip(ids, made, strict=True) for a in _answers(v)]
    scored = score(pl.DataFrame(rows, _ANSWER, orient="row"), facts, editions)
    points = dict(scored.visits.select("visit_id", "score_before_veto").iter_rows())
    return [None if points[i] is None else float(points[i]) for i in ids]


_ANSWER = {
    "visit_id": pl.String, "encounter": pl.Int32, "item_id": pl.String, "answer": pl.Float64,
    "not_applicable": pl.Boolean, "reason": pl.String,
}  # fmt: skip


def _visit(visit: Visit) -> dict[str, object]:
    branch = visit.plan.branch
    return {
        "visit_id": visit.visit_id, "branch_code": branch.code, "parent": branch.parent,
        "city": branch.city, "group": branch.group, "round": visit.plan.round,
        "edition": visit.edition.id, "visit_date": visit.plan.day, "time_in": visit.time_in,
        "time_out": visit.time_out, "shopper": visit.plan.shopper, "customer_role": visit.role,
        "union_present": visit.union,
    }  # fmt: skip


def _answers(visit: Visit) -> list[tuple[object, ...]]:
    return [
        (visit.visit_id, e, visit.edition.items[p].id, None if a is None else float(a), a is None,
         visit.reasons.get(p))
        for (p, e), a in visit.answers.items()
    ]  # fmt: skip
