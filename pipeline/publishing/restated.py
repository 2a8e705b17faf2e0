"""What a new revision restates against the former one, as table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from audits.scorecard import Edition
from pipeline.measure import world_of
from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.publishing.decided import VETO
from pipeline.publishing.dictionary import metric_sources
from pipeline.publishing.differences import differences
from pipeline.publishing.restatements import as_json, causes, changed_values, restatement_table
from pipeline.publishing.stale import facts_of

# Causes of what no source cell explains; of the first the versions follow.
CODE, EDITION, REVIEW = "code ", "edition", "veto decided on review"
OTHER = "register, calendar or handing-in"


@dataclass(frozen=True)
class Restated:
    """`table` is table `restatement`; `entries` one per changed source cell, for the JSON."""

    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TABLES["restatement"]))
    entries: list[dict[str, Any]] = field(default_factory=list)


def restate(
    former: Publication | None,
    tables: Mapping[str, pl.DataFrame],
    editions: Mapping[str, Edition],
    code: str,
    appeals: Mapping[str, int] | None = None,
) -> Restated:
    """Compare the new tables with the former publication; nothing is restated without one.

    `appeals`: key of an answer (visit|encounter|item) → the upheld appeal that changed it.
    """
    if former is None:
        return Restated()
    facts = {n.removeprefix("fact_"): t for n, t in tables.items() if n.startswith("fact_")}
    periods = tables["metric_value"]["period"].unique().to_list()
    until = world_of(facts, periods, editions).until
    changes = _with_appeals(differences(facts_of(former), facts), appeals or {})
    values = changed_values(former.table("metric_value"), tables["metric_value"])
    caused = causes(values, changes, tables["scope_member"], metric_sources(editions), until)
    table = restatement_table(
        values, changes, caused, former.revision, _otherwise(former, tables, code)
    )
    return Restated(table, as_json(values, changes, caused))


def _with_appeals(changes: pl.DataFrame, appeals: Mapping[str, int]) -> pl.DataFrame:
    number = pl.col("key").replace_strict(appeals, default=None, return_dtype=pl.Int64)
    answer = pl.col("table") == "answer"
    return changes.with_columns(appeal=pl.when(answer).then(number))


def _otherwise(former: Publication, tables: Mapping[str, pl.DataFrame], code: str) -> str:
    """Why a value changed that no source cell explains."""
    if former.manifest["code_version"] != code:
        return f"{CODE}{former.manifest['code_version']} -> {code}"
    if not former.table("edition").equals(tables["edition"]):
        return EDITION
    if not _vetoes(facts_of(former)).equals(_vetoes({"decided_veto": tables["fact_decided_veto"]})):
        return REVIEW
    return OTHER


def _vetoes(facts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Vetoes that people decided on; a publication from before there were any has none."""
    return facts.get("decided_veto", pl.DataFrame(schema=VETO))
