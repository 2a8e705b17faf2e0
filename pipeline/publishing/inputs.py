"""Gathering what a publication is made of from the stores."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl

from audits.scorecard import Edition, load_editions
from audits.statistics.ranks import Rules
from pipeline.office import masked_texts, rank_decisions, shoppers
from pipeline.office.appeals import standing as appeals_of
from pipeline.office.rounds import standing as rounds_of
from pipeline.periods import last_month
from pipeline.publication import open_publication
from pipeline.publishing.assembly import Inputs
from pipeline.publishing.discretion import discreet, pattern_for
from pipeline.publishing.office_actions import with_office_actions
from pipeline.publishing.ranking import Ranking
from pipeline.publishing.recorded import with_recorded
from pipeline.publishing.reviewing import review
from pipeline.publishing.taken_over import take_over
from pipeline.rewards import load_rewards
from pipeline.settings import Settings, load_settings
from pipeline.stores import Stores

CHINA = timedelta(hours=8)  # the office's clock; the ledger keeps UTC


def gather(stores: Stores, period: str) -> Inputs:
    """The live facts up to the end of `period`, who handed in when, and the office's settings."""
    end = last_month(period)
    live = with_office_actions(stores.warehouse.live, stores.office, end)
    facts = take_over(live, end, stores.warehouse.elsewhere())
    settings = load_settings(stores.folder)
    connection = stores.office.connection
    facts = with_recorded(facts, appeals_of(connection).values(), rounds_of(connection), end)
    waiting = stores.warehouse.quarantined().filter(pl.col("period") <= end)
    facts["quarantine"] = waiting.select(
        "sha256", "sheet", "row", "kind", "branch_code", "period"
    ).sort("kind", "branch_code", "period")
    people = pattern_for(_who_went(stores), shoppers.live(connection))
    facts = discreet(facts, people, masked_texts.known(connection))
    facts["upload"] = uploads_frame(stores).filter(pl.col("period") <= end)
    editions = editions_of(facts["edition"])
    former = open_publication(stores.folder, period)
    name = f"{period}-r{former.revision + 1 if former else 1}"
    facts, decided = review(stores, facts, editions, period, name)
    return Inputs(
        period,
        facts,
        editions,
        received(stores),
        settings.due_business_day,
        _ranking(stores, period, settings),
        settings.adoption,
        decided,
    )


def _ranking(stores: Stores, period: str, settings: Settings) -> Ranking:
    """How the office ranks this period: settings, decision on record, rules of reward."""
    decided = rank_decisions.in_force(stores.office.connection, period) is not None
    rules = Rules(floor=settings.rank_reliability_floor, by_decision=decided)
    return Ranking(settings.rank_window_months, rules, load_rewards(stores.folder))


def _who_went(stores: Stores) -> list[str]:
    rows = stores.warehouse.query(
        "SELECT shopper_id FROM visit UNION SELECT shopper_id FROM planned_visit"
    )
    return rows["shopper_id"].drop_nulls().to_list()


def editions_of(used: pl.DataFrame) -> dict[str, Edition]:
    """The editions by id, as they were when first used; those never used as they are today."""
    bodies = used.filter(pl.col("body").is_not_null()).select("edition", "body").rows()
    kept = {id: Edition.model_validate_json(body) for id, body in bodies}
    return dict(sorted((load_editions() | kept).items()))


def received(stores: Stores) -> pl.DataFrame:
    """[branch_code, month, received]: the day (in China) of the first accepted sheet."""
    first = stores.warehouse.query(
        "SELECT branch_code, month, min(seq) AS seq FROM performance GROUP BY ALL ORDER BY ALL"
    )
    days = _uploads(stores).select("seq", pl.col("received_at").alias("received"))
    return first.join(days, on="seq", how="left").select("branch_code", "month", "received")


def uploads_frame(stores: Stores) -> pl.DataFrame:
    """Monthly workbooks as received: [sha256, kind, branch_code, period, received_at, status].

    `branch_code` is null for a workbook of several branches. A refused workbook has no rows that
    say whose it was: it is the branch's whose workbook of the same name and period was taken
    later. Where that tells nothing it is left out, unless all of the period's are consolidated.
    """
    rows = _uploads(stores).filter(
        (pl.col("kind") == "performance") & pl.col("period").is_not_null()
    )
    whose = _whose(stores)
    known = rows.join(whose, on="upload_id", how="semi").join(whose, on="upload_id", how="left")
    same = known.unique(["name", "period"], keep="last", maintain_order=True)
    unknown = rows.join(whose, on="upload_id", how="anti")
    named = unknown.join(same.select("name", "period", "branch_code"), on=["name", "period"])
    shared = known.group_by("period").agg(pl.col("branch_code").is_null().all().alias("all"))
    rest = unknown.join(same, on=["name", "period"], how="anti").join(
        shared.filter("all").select("period"), on="period", how="semi"
    )
    columns = ["sha256", "kind", "branch_code", "period", "received_at", "status"]
    told = pl.concat(
        [known, named, rest.with_columns(pl.lit(None, pl.String).alias("branch_code"))],
        how="diagonal",
    )
    return told.select(columns).unique().sort(columns)


def _whose(stores: Stores) -> pl.DataFrame:
    """[upload_id, branch_code]: the only branch of each monthly workbook; null: several."""
    return stores.warehouse.query(
        "SELECT upload_id, CASE WHEN count(DISTINCT branch_code) = 1 THEN min(branch_code) END"
        " AS branch_code FROM (SELECT upload_id, branch_code FROM performance UNION ALL"
        " SELECT upload_id, branch_code FROM quarantine WHERE kind = 'performance')"
        " GROUP BY ALL ORDER BY ALL"
    )


def _uploads(stores: Stores) -> pl.DataFrame:
    rows = stores.office.connection.execute(
        "SELECT upload_id, seq, sha256, name, kind, period, status, received_at FROM upload"
        " WHERE state = 'sealed' AND stands_for IS NULL ORDER BY seq"
    ).fetchall()
    text = ("upload_id", "sha256", "name", "kind", "period", "status")
    schema = dict.fromkeys(text, pl.String) | {"seq": pl.Int64, "received_at": pl.Date}
    return pl.DataFrame(
        [dict(row) | {"received_at": _day(row["received_at"])} for row in rows], schema=schema
    )


def _day(at: str) -> date:
    return (datetime.fromisoformat(at) + CHINA).date()
