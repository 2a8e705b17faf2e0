"""From facts to the tables of a publication. Pure: no files, no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from audits.conduct import with_vetoes
from audits.scorecard import Edition
from audits.scoring import Scored, score
from audits.statistics.adoption import Thresholds
from pipeline.marts.world import Settings
from pipeline.measure import measure
from pipeline.metrics import metrics
from pipeline.periods import DUE_BUSINESS_DAY, last_month, months_of, periods_of
from pipeline.publication_tables import TABLES
from pipeline.publishing.adoption import adoption
from pipeline.publishing.audit_tables import edition_table, item_results, visit_scores
from pipeline.publishing.calibrating import calibration_tables, ranked_on
from pipeline.publishing.cells import ELSEWHERE, OFFICE
from pipeline.publishing.charts import charts
from pipeline.publishing.claims import claims
from pipeline.publishing.composite import composite
from pipeline.publishing.coverage import coverage
from pipeline.publishing.decided import Decided
from pipeline.publishing.dictionary import metric_table
from pipeline.publishing.early_signs import early_signs
from pipeline.publishing.effects import effects
from pipeline.publishing.hierarchy import scope_members, scope_table
from pipeline.publishing.incomplete import without_incomplete
from pipeline.publishing.intervals import with_intervals
from pipeline.publishing.ranking import Ranking, rank_tables
from pipeline.publishing.undecided import without_undecided
from pipeline.sheets import kinds


@dataclass(frozen=True)
class Inputs:
    """What a publication is made of.

    `facts` as published, with `upload` (monthly workbooks as received) and `quarantine` (rows that
    wait for their correction); `received` [branch_code, month, received: date]: first accepted
    sheet of a branch's month; sheets are due on business day `due_day` of the next month;
    `ranking`: how the office ranks; `decided`: what office and union left out.
    """

    period: str
    facts: Mapping[str, pl.DataFrame]
    editions: Mapping[str, Edition]
    received: pl.DataFrame
    due_day: int = DUE_BUSINESS_DAY
    ranking: Ranking = field(default_factory=Ranking)
    adoption: Thresholds = field(default_factory=Thresholds)
    decided: Decided = field(default_factory=Decided)


def assemble(inputs: Inputs) -> dict[str, pl.DataFrame]:
    """All tables of TABLES (restatement empty) and `fact_<table>`, each in a fixed order."""
    facts = dict(inputs.facts)
    periods = history(facts, inputs.period)
    scope, members = scope_table(facts["branch"]), scope_members(facts["branch"])
    settings = Settings(due_business_day=inputs.due_day)
    values = measure(
        facts, scope, members, periods, inputs.editions, settings=settings, own=inputs.period
    )
    values = without_undecided(values, facts["appeal"], members, periods)
    reported = _coverage(inputs, scope, periods)
    values = without_incomplete(values, reported, members, metrics(inputs.editions), periods)
    scored = score(facts["answer"], facts["visit"], dict(inputs.editions))
    scored = with_vetoes(scored, facts.get("decided_veto"), dict(inputs.editions))
    tables = {name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}
    tables |= {"scope": scope, "scope_member": members}
    values = with_intervals(_ordered(values), scored, facts["visit"])
    tables |= {"metric_value": values, "metric": metric_table(inputs.editions)}
    tables["effect"] = effects(tables["metric_value"], scope, inputs.editions)
    tables |= _visits(inputs, scope, scored, periods)
    tables |= _lasting(inputs, tables, scored, periods)
    tables["coverage"] = reported
    tables["source"] = _sources(facts)
    return tables | {f"fact_{name}": frame for name, frame in facts.items()}


def _coverage(inputs: Inputs, scope: pl.DataFrame, periods: Sequence[str]) -> pl.DataFrame:
    held = inputs.facts["quarantine"].filter(pl.col("kind") == "performance")
    waiting = held.select("branch_code", pl.col("period").alias("month"))
    return coverage(scope, _months(periods), inputs.received, waiting, inputs.due_day)


def months_with_data(facts: Mapping[str, pl.DataFrame]) -> list[str]:
    """The months that a performance row or a visit lies in."""
    found = set(facts["performance"]["month"].drop_nulls())
    found |= set(facts["visit"]["visit_date"].drop_nulls().dt.strftime("%Y-%m"))
    return sorted(found)


def history(facts: Mapping[str, pl.DataFrame], period: str) -> list[str]:
    """The periods a publication holds: its own, and all that have data and are over by its end.

    A quarter or year that its end cuts in two is left out: a part would be read as the whole.
    """
    end = last_month(period)
    months = [m for m in months_with_data(facts) if m <= end]
    over = [p for p in periods_of([*months, *months_of(period)]) if last_month(p) <= end]
    with_data = {p for p in over if set(months_of(p)) & set(months)}
    return [p for p in over if p in with_data or p == period]


def _visits(
    inputs: Inputs,
    scope: pl.DataFrame,
    scored: Scored,
    periods: Sequence[str],
) -> dict[str, pl.DataFrame]:
    visits = inputs.facts["visit"]
    covert = [e.id for e in inputs.editions.values() if e.instrument == "covert"]
    scores = visit_scores(visits, scored)
    ranked = ranked_on(inputs.facts, scored, inputs.editions, inputs.decided)
    ranking = scores if ranked is scored else visit_scores(visits, ranked)
    calibrated = calibration_tables(
        inputs.facts, scored, scope, inputs.editions, inputs.period, inputs.decided
    )
    return {
        "visit_score": scores,
        "item_result": item_results(visits, scored, periods),
        "edition": edition_table(inputs.editions),
        **calibrated,
        **rank_tables(ranking, covert, scope, inputs.period, inputs.ranking),
    }


def _lasting(
    inputs: Inputs, tables: Mapping[str, pl.DataFrame], scored: Scored, periods: Sequence[str]
) -> dict[str, pl.DataFrame]:
    """Does it last, is it true, and what does the index hang on (statistics §4, §5)."""
    scope, values, scores = (tables[t] for t in ("scope", "metric_value", "visit_score"))
    facts, editions, period = inputs.facts, inputs.editions, inputs.period
    covert = [e.id for e in editions.values() if e.instrument == "covert"]
    given = inputs.adoption
    drawn = charts(values, scope, tables["scope_member"], scored, facts["visit"], editions, period)
    status = adoption(scope, scores, values, covert, periods, period, given)
    return {
        **drawn,
        **composite(values, scope, scores, editions, period),
        "adoption": status,
        "early_sign": early_signs(drawn["chart"], drawn["signal"], status, editions, period),
        "claim": claims(facts, scope, scored, period),
    }


def _months(periods: Sequence[str]) -> list[str]:
    """Every month from the first to the last of the periods: a month nobody reported counts."""
    return sorted({m for p in periods for m in months_of(p)})


def _ordered(values: pl.DataFrame) -> pl.DataFrame:
    shaped = values.select(list(TABLES["metric_value"])).cast(pl.Schema(TABLES["metric_value"]))
    return shaped.sort("metric", "scope", "period")


def _sources(facts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    kind = {k.table: k.id for k in kinds().values()} | {
        "answer": "scorecard",
        "visit": "scorecard",
        ELSEWHERE: "performance",
    }
    found = [
        frame.filter(pl.col("sha256") != OFFICE).select(
            "sha256", "sheet", pl.lit(kind.get(name, name)).alias("kind")
        )
        for name, frame in facts.items()
        if name not in ("column_map", "quarantine", "upload")
        and {"sha256", "sheet"} <= set(frame.columns)
    ]
    counted = pl.concat(found).group_by("sha256", "kind", "sheet").agg(pl.len().alias("facts"))
    return (
        counted.select(list(TABLES["source"]))
        .cast(pl.Schema(TABLES["source"]))
        .sort("sha256", "sheet", "kind")
    )
