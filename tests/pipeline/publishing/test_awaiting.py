"""How many visits of a period wait for office and union: cases and visits typed in by hand."""

from __future__ import annotations

from typing import Any

import polars as pl

from audits.reviews import STATES
from pipeline.publishing.awaiting import awaiting
from pipeline.reviews import Reviewed

EAST, WEST = "01010101", "01010102"
# visit, branch, month; v6 is of another quarter, v9 was left out of the publication
VISITS = [("v1", EAST, "2026-07"), ("v2", EAST, "2026-09"), ("v3", WEST, "2026-09"),
          ("v4", WEST, "2026-08"), ("v5", WEST, "2026-08"), ("v6", EAST, "2026-06")]  # fmt: skip
TABLES = {"visit_score": pl.DataFrame(VISITS, schema=["visit_id", "scope", "period"], orient="row")}


def case(visit: str | None, kind: str, state: str = "open", standing: bool = True) -> Reviewed:
    told: dict[str, Any] = {"kind": kind, "visit_id": visit, "standing": standing}
    return Reviewed(told, state, {})


CASES = [
    case("v1", "fabrication"),
    case("v1", "conduct"),  # a visit of both kinds
    case("v1", "conduct"),  # two phrases of one visit
    case("v2", "conduct", "office_decided"),  # one side is not both
    case("v3", "fabrication", "disputed"),
    case("v4", "fabrication", "dismissed"),
    case("v4", "conduct", "upheld"),
    case("v5", "fabrication", standing=False),  # what is seen no more
    case("v6", "fabrication"),
    case("v9", "fabrication"),
    case(None, "item"),
]


def test_visits_of_the_period_that_both_sides_have_not_decided_on() -> None:
    """v1 (both kinds), v2 and v3 wait: three visits at two branches."""
    assert awaiting(CASES, TABLES, "2026Q3") == {
        "visits": 3, "branches": 2, "fabrication": 2, "conduct": 2, "at": {EAST: 2, WEST: 1},
        "ranked": None,
    }  # fmt: skip
    assert awaiting(CASES, TABLES, "2026-07") == {
        "visits": 1, "branches": 1, "fabrication": 1, "conduct": 1, "at": {EAST: 1},
        "ranked": None,
    }  # fmt: skip
    assert not any(awaiting(CASES, TABLES, "2026-08").values())


def test_every_state_but_two_waits() -> None:
    waits = {
        s for s in STATES if awaiting([case("v1", "fabrication", s)], TABLES, "2026Q3")["visits"]
    }
    assert set(STATES) - waits == {"upheld", "dismissed"}


def test_of_the_visits_that_ranks_rest_on_more_may_wait() -> None:
    """Ranked since June: v1, v2, v3 and v6; v7 is older, v8 was made in the open."""
    more = [("v7", WEST, "2026-05", "a"), ("v8", WEST, "2026-07", "open")]
    visits = [(*v, "a") for v in VISITS] + more
    schema = ["visit_id", "scope", "period", "edition"]
    editions = {"edition": ["a", "open"], "instrument": ["covert", "open"]}
    tables = {
        "visit_score": pl.DataFrame(visits, schema=schema, orient="row"),
        "rank": pl.DataFrame({"since": ["2026-06"]}),
        "edition": pl.DataFrame(editions),
    }
    cases = [*CASES, case("v7", "fabrication"), case("v8", "conduct")]
    told = awaiting(cases, tables, "2026Q3")["ranked"]
    assert told == {"visits": 4, "branches": 2, "since": "2026-06"}
