"""Places of a scorecard: the number of an answer finds what looking one after the other finds."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
import pytest

from audits import lookups
from audits.places import item_frame, places
from audits.scorecard import Edition, load_editions

EDITIONS = list(load_editions().values())[:2]


def sent(random: Random, visits: dict[str, Edition]) -> list[tuple[str, int | None, str, float]]:
    """One answer at most at each place, among them some that no place asks for."""
    items = [item.id for edition in EDITIONS for item in edition.items] + ["strange"]
    keys = {
        (random.choice([*visits, "nobody"]), random.choice([0, 1, 2, 2**31 - 1, -1, None]), item)
        for item in items * 40
    }
    said = [(*key, float(n)) for n, key in enumerate(sorted(keys, key=str))]
    random.shuffle(said)
    return said


def expected(
    said: list[tuple[str, int | None, str, float]], visits: dict[str, Edition]
) -> list[tuple[Any, ...]]:
    found = {key[:3]: key[3] for key in said}
    met = {(v, e) for v, e, _, _ in said if e is not None and e > 0}
    rows = []
    for visit in sorted(visits):
        for place in sorted({0} | {e for v, e in met if v == visit and e is not None}):
            scope = "encounter" if place else "visit"
            for item in visits[visit].items:
                if item.scope == scope:
                    rows.append((visit, place, item.id, found.get((visit, place, item.id))))
    return rows


@pytest.mark.parametrize("dense", [True, False])
def test_every_place_is_there_once_with_its_own_answer(
    dense: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not dense:
        monkeypatch.setattr(lookups, "_dense", lambda size, asked: False)
    random = Random(3)
    visits = {f"v{n}": random.choice(EDITIONS) for n in range(7)}
    said = sent(random, visits)
    schema = {"visit_id": pl.String, "encounter": pl.Int32, "item_id": pl.String}
    answers = pl.DataFrame(said, schema=schema | {"answer": pl.Float64}, orient="row")
    about = pl.DataFrame({"visit_id": list(visits), "edition": [e.id for e in visits.values()]})
    grid = places(answers, about, item_frame(EDITIONS))
    rows = grid.select("visit_id", "encounter", "item_id", "answer").rows()
    assert rows == expected(said, visits)
    assert sum(row[3] is not None for row in rows) > 100
