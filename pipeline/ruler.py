"""Which edition measured when, and what changed with it: where the ruler of a trend changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from audits.bridges import Ancestor, ancestry, counted
from audits.scorecard import Edition
from pipeline.publication import Publication


@dataclass(frozen=True)
class Ruler:
    """An edition in use: the first month of its visits in the publication, and its changes against
    the former edition (same, reworded, split, dropped, new)."""

    edition: Edition
    first: str
    visits: int
    changes: Mapping[str, int]


def editions_used(publication: Publication) -> dict[str, Edition]:
    """The editions of the publication's visits, by id, as they were used."""
    if not (publication.path / "fact_edition.parquet").is_file():
        return {}
    rows = publication.facts("edition").select("edition", "body").drop_nulls().rows()
    return {id: Edition.model_validate_json(body) for id, body in rows}


def rulers(publication: Publication) -> list[Ruler]:
    """What the visits were scored by, covert before open, in the order of their first month."""
    editions = editions_used(publication)
    seen = publication.table("visit_score").filter(pl.col("edition").is_in(list(editions)))
    first = seen.group_by("edition").agg(pl.col("period").min(), pl.len())
    found = [
        Ruler(editions[id], month, visits, counted(editions[id]))
        for id, month, visits in first.iter_rows()
    ]
    return sorted(found, key=lambda r: (r.edition.instrument, r.first, r.edition.id))


def changed(publication: Publication, instrument: str) -> list[Ruler]:
    """The rulers of an instrument that took the place of another one, in order."""
    return [r for r in rulers(publication) if r.edition.instrument == instrument][1:]


def item_history(
    publication: Publication, scope: str, edition: str, item: str
) -> tuple[list[Ancestor], pl.DataFrame]:
    """The item through the editions, and its results of one scope.

    The frame: period, edition, item_id, relation (to the item asked about), answers, earned,
    applicable, lost, by period and edition.
    """
    editions = editions_used(publication)
    line = ancestry(item, editions[edition], editions) if edition in editions else []
    relation = pl.DataFrame(
        [(a.edition, a.item, a.relation) for a in line],
        schema=dict.fromkeys(("edition", "item_id", "relation"), pl.String),
        orient="row",
    )
    rows = publication.table("item_result").filter(pl.col("scope") == scope)
    found = rows.join(relation, on=["edition", "item_id"]).sort("period", "edition", "item_id")
    columns = ("period", "edition", "item_id", "relation", "answers")
    return line, found.select(*columns, "earned", "applicable", "lost")
