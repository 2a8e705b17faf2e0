"""Items through the editions: what an item was, and how near it is to what it is now."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from audits.bridges import ancestry, counted, line, next_edition
from audits.edition_checks import check
from audits.scorecard import Bridge, Edition, Item, Section, load_editions


def edition(id: str, former: str | None, items: str, *bridge: tuple[str, str, str]) -> Edition:
    """A small edition; `bridge`: (former item, relation, items now)."""
    return Edition(
        id=id, instrument="covert", zh=id, en=id, valid_from=date(2026, 1, 1), former=former,
        sections=(Section(id="S", zh="S", en="S", points=Decimal(100)),),
        items=tuple(Item(id=i, section="S", kind="yes_no", points=Decimal(1), zh=i, en=i)
                    for i in items.split()),
        bridge=tuple(Bridge(former=f, relation=r, items=tuple(now.split()))  # type: ignore[arg-type]
                     for f, r, now in bridge),
    )  # fmt: skip


FIRST = edition("e1", None, "A1 B1 C1 D1")
SECOND = edition("e2", "e1", "A1 B1 C2 C3 N1", ("A1", "same", "A1"), ("B1", "reworded", "B1"),
                 ("C1", "split", "C2 C3"), ("D1", "dropped", ""))  # fmt: skip
THIRD = edition("e3", "e2", "A1 B1 C2 N1", ("A1", "reworded", "A1"), ("B1", "same", "B1"),
                ("C2", "same", "C2"), ("C3", "dropped", ""), ("N1", "same", "N1"))  # fmt: skip
ALL = {e.id: e for e in (FIRST, SECOND, THIRD)}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("A1", [("e3", "A1", "same"), ("e2", "A1", "reworded"), ("e1", "A1", "reworded")]),
        ("B1", [("e3", "B1", "same"), ("e2", "B1", "same"), ("e1", "B1", "reworded")]),
        ("C2", [("e3", "C2", "same"), ("e2", "C2", "same"), ("e1", "C1", "split")]),
        ("N1", [("e3", "N1", "same"), ("e2", "N1", "same")]),
    ],
)
def test_an_item_is_followed_back(item: str, expected: list[tuple[str, str, str]]) -> None:
    found = [(a.edition, a.item, a.relation) for a in ancestry(item, THIRD, ALL)]
    assert found == expected


def test_relations_are_counted() -> None:
    assert counted(SECOND) == {"same": 1, "reworded": 1, "split": 1, "dropped": 1, "new": 1}
    assert counted(FIRST)["new"] == 0  # the first edition has nothing to be new against


def test_a_line_ends_at_an_edition_that_is_not_there_and_in_a_circle() -> None:
    assert [e.id for e in line(THIRD, ALL)] == ["e3", "e2", "e1"]
    assert [e.id for e in line(THIRD, {"e2": SECOND})] == ["e3", "e2"]
    round_ = {"e1": FIRST.model_copy(update={"former": "e3"}), "e2": SECOND, "e3": THIRD}
    assert [e.id for e in line(THIRD, round_)] == ["e3", "e2", "e1"]


def test_the_next_edition_starts_as_a_sound_copy() -> None:
    covert = load_editions()["covert-1"]
    made = next_edition(covert, "covert-2")
    assert (made.former, check(made)) == ("covert-1", [])
    assert counted(made) == {"same": len(covert.items), "reworded": 0, "split": 0, "dropped": 0,
                             "new": 0}  # fmt: skip
