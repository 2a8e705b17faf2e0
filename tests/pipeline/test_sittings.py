"""When a sitting may be judged while another is being stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from audits.scorecard import load_editions
from pipeline.folders import DataFolder
from pipeline.judging import Read
from pipeline.office import editions
from pipeline.parse import Parsed
from pipeline.sittings import apart
from pipeline.stores import Stores, open_stores
from pipeline.workbook.cells import ReadBatch

NOTHING = pl.DataFrame()


MONDAY = date(2026, 9, 7)


def read(*visits: tuple[str, str], table: str = "visit", branch: str = "") -> Read:
    """A sitting of visits (id, edition), each to a branch of its own unless one is named."""
    ids, names = [id for id, _ in visits], [name for _, name in visits]
    where = {"branch_code": [branch or id for id in ids], "visit_date": [MONDAY] * len(ids)}
    where["shopper_id"] = ["S1"] * len(ids)
    frame = pl.DataFrame({"file": range(len(ids)), "visit_id": ids, "edition": names, **where})
    parsed = {"scorecard": Parsed("scorecard", {table: frame}, NOTHING)}
    return Read(ReadBatch([], NOTHING, NOTHING, NOTHING), {}, parsed, [])


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with open_stores(DataFolder(tmp_path)) as opened:
        yield opened


def use(stores: Stores, name: str) -> None:
    stores.warehouse.connection.execute(
        "INSERT INTO edition (edition, first_used_seq) VALUES (?, 1)", [name]
    )


def test_visits_under_editions_in_use_are_apart_unless_one_is_in_both(stores: Stores) -> None:
    use(stores, "covert-1")
    now = [read(("A", "covert-1")), read(("B", "covert-1"))]
    assert apart(now, read(("C", "covert-1")), stores)
    assert not apart(now, read(("C", "covert-1"), ("A", "covert-1")), stores)
    assert not apart([*now, read(("D", ""), table="branch")], read(("C", "covert-1")), stores)


def test_two_visits_of_a_shopper_to_one_branch_on_one_day_are_not_apart(stores: Stores) -> None:
    """They may be one that was told twice, and the second says so of the first."""
    use(stores, "covert-1")
    now, later = (
        [read(("A", "covert-1"), branch="370101")],
        read(("B", "covert-1"), branch="370101"),
    )
    assert not apart(now, later, stores)
    visits = later.parsed["scorecard"].tables["visit"]
    tomorrow = visits.with_columns(visit_date=MONDAY + timedelta(days=1))
    later.parsed["scorecard"].tables["visit"] = tomorrow
    assert apart(now, later, stores)


def test_a_new_edition_bears_on_others_of_its_instrument_only_if_one_is_of_another_line(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which comes first sets the line: an edition of another line is refused after it."""
    own = load_editions()
    stranger = own["covert-1"].model_copy(update={"id": "food-1"})
    heir = own["covert-1"].model_copy(update={"id": "covert-2", "former": "covert-1"})
    every = own | {"food-1": stranger, "covert-2": heir}
    monkeypatch.setattr(editions, "known", lambda connection: every)
    use(stores, "open-1")
    now = [read(("A", "covert-1"), ("B", "open-1"))]
    assert apart(now, read(("C", "covert-1"), ("D", "open-1")), stores)
    assert apart(now, read(("C", "covert-2")), stores)  # of one line
    assert not apart(now, read(("C", "food-1")), stores)
    # an edition that nobody knows is never stored
    assert apart([read(("A", "covert-99"))], read(("C", "food-1")), stores)
