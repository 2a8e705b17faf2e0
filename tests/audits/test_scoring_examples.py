"""The worked examples of the manual: worked out by hand, held against scoring and oracle."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
import pytest
from scoring_oracle import rounded, score_visit

from audits.scorecard import Edition, Item, Section, load_editions
from audits.scoring import score
from audits.scoring_examples import Example, examples


def frames(example: Example) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        ("v", place, item, None if given in (None, "na") else float(given), given == "na")
        for (place, item), given in example.answers.items()
    ]
    columns = {"visit_id": pl.String, "encounter": pl.Int32, "item_id": pl.String}
    columns |= {"answer": pl.Float64, "not_applicable": pl.Boolean}
    visits = pl.DataFrame([{"visit_id": "v", "edition": "example", **example.head}])
    return pl.DataFrame(rows, schema=columns, orient="row"), visits


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.id)
def test_the_program_gives_what_the_hand_gave(example: Example) -> None:
    scored = score(*frames(example), {"example": example.edition})
    row = scored.visits.row(0, named=True)
    for column, expected in example.expected.items():
        got = row[column]
        if expected is None or column == "status":
            assert got == expected, column
        else:
            assert Decimal(str(got)) == Decimal(expected), column
    assert row["status"] == example.expected.get("status", "ok")


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.id)
def test_the_oracle_agrees_with_the_hand(example: Example) -> None:
    told = score_visit(example.edition, example.head, example.answers)
    expected = example.expected["score"]
    assert (None if told["score"] is None else rounded(told["score"], 4)) == (
        None if expected is None else Decimal(expected)
    )


def test_every_kind_effect_and_veto_has_an_example() -> None:
    seen = {(i.kind, i.effect) for e in examples() for i in e.edition.items}
    kinds = ("yes_no", "ordinal", "count", "minutes")
    assert seen == {(k, f) for k in kinds for f in ("earn", "deduct")}
    assert {i.veto for e in examples() for i in e.edition.items} == {None, 0, 1, 2}


def _thing(random: Random, n: int, effect: str) -> Item:
    kind = random.choice(["yes_no", "ordinal", "count", "minutes"])
    more: dict[str, Any] = {"levels": random.randint(1, 7)} if kind == "ordinal" else {}
    if kind in ("minutes", "count") and (effect == "earn" or kind == "minutes" or n % 2):
        more["target"] = Decimal(random.randint(1, 6))
    return Item(
        id=f"{effect[0].upper()}{n}", section=random.choice("AB"), kind=kind, effect=effect,
        points=Decimal(random.choice(["1", "2.5", "7", "0.125"])), zh="问", en="ask",
        na_allowed=True, scope=random.choice(["visit", "encounter"]),
        veto=random.choice([None, None, 0, 1, 2]) if effect == "deduct" else None, **more,
    )  # fmt: skip


def _made_up(random: Random) -> Edition:
    """An edition of any kinds; its sections are worth what their items and bases are."""
    items = [_thing(random, n, e) for e in ("earn", "deduct") for n in range(random.randint(1, 6))]
    sections = []
    for id in "AB":
        base = Decimal(random.choice(["0", "10", "3.75"]))
        worth = sum((i.points for i in items if i.section == id and i.effect == "earn"), base)
        sections.append(Section(id=id, zh=id, en=id, points=worth, base=base))
    model = load_editions()["covert-1"]
    return model.model_copy(update={"id": "example", "items": tuple(items),
                                    "sections": tuple(sections), "bridge": ()})  # fmt: skip


def test_any_edition_of_any_kinds_equals_the_oracle() -> None:
    random = Random(20261125)
    statuses = set()
    for _ in range(60):
        edition = _made_up(random)
        counters = range(1, random.randint(1, 4) + 1)
        answers = {
            (place, i.id): random.choice(["na", 0, 1, 1, 2, 3, 5]) if i.kind != "yes_no"
            else random.choice(["na", 0, 1, 1])
            for i in edition.items for place in ((0,) if i.scope == "visit" else counters)
        }  # fmt: skip
        made = Example("x", "", "", "", "", edition, answers, "", "", {})
        got = score(*frames(made), {"example": edition}).visits.row(0, named=True)
        told = score_visit(edition, {}, answers)
        statuses.add(told["status"])
        for column in ("score", "score_before_veto"):
            value = told[column]
            assert got[column] == (None if value is None else rounded(value, 4)), (column, edition)
        assert (got["status"], got["veto"]) == (told["status"], told["veto"])
    assert statuses == {"ok", "insufficient"}
