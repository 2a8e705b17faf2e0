"""Visits, items, the editions that measured, and what became of the plan."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from audits.planning.coverage import Coverage, coverage
from dashboards.access import Denied, Scope
from dashboards.queries.reading import CACHED, Key, opened, table
from dashboards.queries.tree import covered, need, nodes
from pipeline import ruler
from pipeline.periods import months_of
from pipeline.publication_tables import TABLES
from pipeline.ruler import Ruler


@lru_cache(maxsize=CACHED)
def lost_points(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """Items of one branch in the period, most points lost first, with wording and reasons."""
    need(key, scope, code)
    rows = table(key, "item_result").filter(
        (pl.col("scope") == code) & (pl.col("period") == key.period)
    )
    return rows.join(table(key, "edition"), on=["edition", "item_id"], how="left").sort(
        "lost", "item_id", descending=[True, False]
    )


@lru_cache(maxsize=CACHED)
def visit_scores(key: Key, scope: Scope, code: str) -> pl.DataFrame:
    """Visits of one branch, newest first, without anything that names the shopper."""
    need(key, scope, code)
    return (
        table(key, "visit_score")
        .filter(pl.col("scope") == code)
        .sort("visit_date", "visit_id", descending=[True, False])
    )


@lru_cache(maxsize=CACHED)
def plan(key: Key, scope: Scope) -> Coverage:
    """The planned visits of the publication's months and what became of them, with names."""
    wanted = months_of(key.period)
    planned, visits = (_facts(key, name) for name in ("planned_visit", "visit"))
    found = coverage(planned, visits, wanted)
    names = nodes(key, scope).select("name", "city_name", branch_code="scope")
    own = covered(key, scope)
    mine = pl.col("branch_code").is_in(list(own))
    return Coverage(
        found.planned.filter(mine).join(names, on="branch_code", how="left", maintain_order="left"),
        found.unplanned.filter(mine),
    )


def _facts(key: Key, name: str) -> pl.DataFrame:
    """A fact table of the publication with all its declared columns; without rows if not there."""
    from pipeline.marts.world import World

    there = (Path(key.path) / f"fact_{name}.parquet").is_file()
    facts = {name: table(key, f"fact_{name}")} if there else {}
    return World(facts, {}, "9999-12").fact(name)


CALIBRATION = ("item_agreement", "visit_reliability", "shopper_calibration", "excluded_visit")


@lru_cache(maxsize=CACHED)
def calibration(key: Key, scope: Scope, name: str) -> pl.DataFrame:
    """One of the tables CALIBRATION, for those who see everything; items and visits by name.

    Empty where the publication is from before there was such a table. Denied outside.
    """
    if not scope.everything or name not in CALIBRATION:
        raise Denied
    if not (Path(key.path) / f"{name}.parquet").is_file():
        return pl.DataFrame(schema=TABLES[name])
    rows = table(key, name)
    if name == "item_agreement":
        wording = table(key, "edition").select("edition", "item_id", "zh", "en")
        return rows.join(wording, on=["edition", "item_id"], how="left")
    if name == "excluded_visit":
        return rows.join(table(key, "scope").select("scope", "name"), on="scope", how="left")
    return rows


@lru_cache(maxsize=64)
def rulers(key: Key) -> list[Ruler]:
    """The editions that measured, which everybody may know: they are shown before a round."""
    return ruler.rulers(opened(key))


@lru_cache(maxsize=64)
def ruler_changes(key: Key, instrument: str) -> list[Ruler]:
    """Where another edition took over."""
    return ruler.changed(opened(key), instrument)


@lru_cache(maxsize=CACHED)
def item_history(key: Key, scope: Scope, code: str, edition: str, item: str) -> pl.DataFrame:
    """One item of one branch through the editions, each row with its relation. Denied outside."""
    need(key, scope, code)
    return ruler.item_history(opened(key), code, edition, item)[1]
