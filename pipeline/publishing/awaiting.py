"""Visits of a period that office and union have not decided on together (待复核).

A case asks people to look and changes no score by itself: until both have said the same, the visit
counts as it was scored. So whoever publishes its score says how many such visits there are. Counts
alone leave here: no visit, no shopper; of each branch how many, for its own page alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from audits.reviews import SETTLED
from pipeline.periods import months_of
from pipeline.reviews import Reviewed

KINDS = ("fabrication", "conduct")  # about visits; cases of items concern no single one


def awaiting(
    cases: Iterable[Reviewed], tables: Mapping[str, pl.DataFrame], period: str
) -> dict[str, Any]:
    """`visits` of the period with a case that waits, at how many `branches`; of these by kind, and
    `at` which branch (code) how many. `ranked`: the same counts of all visits that ranks rest on,
    and `since` when these were; None where nothing is ranked.

    A visit with cases of both kinds is one visit and counts under each kind. Visits that were left
    out of the publication wait for nobody.
    """
    scored = tables["visit_score"].filter(pl.col("period").is_in(months_of(period)))
    branch = dict(scored.select("visit_id", "scope").iter_rows())
    waiting: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for each in cases:
        kind, visit = each.case["kind"], each.case["visit_id"]
        if kind in waiting and each.case["standing"] and each.state not in SETTLED:
            waiting[kind].add(visit)
    found = {kind: own & branch.keys() for kind, own in waiting.items()}
    visits = set().union(*found.values())
    at = Counter(branch[v] for v in visits)
    return {
        "visits": len(visits),
        "branches": len(at),
        **{kind: len(own) for kind, own in found.items()},
        "at": dict(sorted(at.items())),
        "ranked": _ranked(set().union(*waiting.values()), tables, period),
    }


def _ranked(
    waiting: set[str], tables: Mapping[str, pl.DataFrame], period: str
) -> dict[str, Any] | None:
    """Ranks look back on more months than the period has."""
    rank = tables.get("rank")
    if rank is None or rank.is_empty():
        return None
    since, covert = rank["since"][0], tables["edition"].filter(pl.col("instrument") == "covert")
    own = tables["visit_score"].filter(
        pl.col("period").is_between(pl.lit(since), pl.lit(months_of(period)[-1])),
        pl.col("visit_id").is_in(sorted(waiting)),
        pl.col("edition").is_in(covert["edition"].implode()),
    )
    return {
        "visits": own["visit_id"].n_unique(),
        "branches": own["scope"].n_unique(),
        "since": since,
    }
