"""Of the stores only what the checks of a batch ask for, and that as the stores have it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hand_facts import REGISTER, live, month_row

from pipeline import known
from pipeline.folders import DataFolder
from pipeline.office import Office, shoppers
from pipeline.office.ledger import GENESIS, Head
from pipeline.parse import Parsed
from pipeline.validate import KnownWorld
from pipeline.warehouse.store import Warehouse

HEAD = Head(0, GENESIS)
EAST, WEST, FAR = "01010101", "01010102", "019901"
SHA = {1: "1" * 64, 2: "2" * 64}


def load(warehouse: Warehouse, seq: int, **tables: list[dict[str, Any]]) -> None:
    """One upload with these rows."""
    source = {"sha256": SHA[seq], "sheet": "表"}
    facts = {
        t: live(t, [source | {"row": 2 + n, "seq": seq} | r for n, r in enumerate(rows)]).drop(
            "sha256"
        )
        for t, rows in tables.items()
    }
    warehouse.load(facts, HEAD)


VISIT = {
    "visit_id": "v1", "branch_code": EAST, "round": "2026Q3", "edition": "covert-1",
    "visit_date": date(2026, 9, 1), "shopper_id": "S01",
}  # fmt: skip
ANSWER = {"visit_id": "v1", "encounter": 0, "item_id": "ENV01", "answer": 1.0}


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    months = [f"2025-{m:02}" for m in range(1, 13)] + [f"2026-{m:02}" for m in range(1, 10)]
    rows = [month_row(c, m, served=n) for c in (EAST, WEST) for n, m in enumerate(months)]
    with Warehouse(DataFolder(tmp_path)) as warehouse:
        load(warehouse, 1, branch=REGISTER, performance=rows, visit=[VISIT], answer=[ANSWER])
        again = month_row(EAST, "2026-08", served=77)
        load(warehouse, 2, performance=[again], visit=[VISIT], answer=[ANSWER | {"answer": 0.0}])
        yield warehouse


def batch(
    months: list[tuple[str, str]] | None = None, visits: tuple[str, ...] = ()
) -> dict[str, Parsed]:
    nothing = pl.DataFrame()
    rows = pl.DataFrame(months or [], schema={"branch_code": pl.String, "month": pl.String},
                        orient="row")  # fmt: skip
    seen = pl.DataFrame({"visit_id": list(visits)}, schema={"visit_id": pl.String})
    return {
        "performance": Parsed("performance", {"performance": rows}, nothing),
        "scorecard": Parsed("scorecard", {"visit": seen}, nothing),
    }


def ask(warehouse: Warehouse, parsed: dict[str, Parsed], **more: Any) -> KnownWorld:
    found = known.known_world(parsed, warehouse, **more)
    assert isinstance(found, KnownWorld)
    return found


def test_a_batch_without_months_is_told_of_none(warehouse: Warehouse) -> None:
    none, some = (ask(warehouse, batch(m)).performance for m in ([], [(EAST, "2026-09")]))
    assert none.is_empty() and not some.is_empty()
    assert dict(none.schema) == dict(some.schema)


def test_only_the_branches_and_months_near_the_batch(warehouse: Warehouse) -> None:
    got = ask(warehouse, batch([(EAST, "2026-09")])).performance
    assert set(got["branch_code"]) == {EAST}
    assert sorted(got["month"]) == [f"2026-{m:02}" for m in range(3, 10)]


def test_and_those_as_the_warehouse_merges_them(warehouse: Warehouse) -> None:
    got = ask(warehouse, batch([(EAST, "2026-09"), (WEST, "2026-02")])).performance
    whole = warehouse.live("performance")
    near = whole.join(got, on=["branch_code", "month"], how="semi")
    keys = ["branch_code", "month"]
    assert got.sort(keys).equals(near.sort(keys)) and got.height == 14
    august = got.filter(month=pl.lit("2026-08"), branch_code=pl.lit(EAST))
    assert august["served"].to_list() == [77]


def test_nothing_is_asked_where_nothing_comes(warehouse: Warehouse) -> None:
    got = ask(warehouse, {})
    assert got.performance.is_empty() and got.sent.is_empty() and got.visits.is_empty()
    assert got.branches.height == len(REGISTER) and got.told_of.is_empty()


def test_who_told_of_the_month(warehouse: Warehouse) -> None:
    got = ask(warehouse, batch([(FAR, "2026-08")])).sent
    assert {(r[0], r[3]) for r in got.rows()} == {(EAST, 1), (WEST, 1), (EAST, 2)}


def test_the_former_visit_is_the_newest(warehouse: Warehouse) -> None:
    got = ask(warehouse, batch(visits=("v1", "v2")))
    assert got.visits["seq"].to_list() == [2] and got.visits["shopper_id"].to_list() == ["S01"]
    assert got.answers["answer"].to_list() == [0.0]
    assert ask(warehouse, batch(visits=("v2",))).visits.is_empty()


def test_a_file_read_anew_is_not_held_against_itself(warehouse: Warehouse) -> None:
    got = ask(warehouse, batch([(EAST, "2026-08")], visits=("v1",)), own={SHA[2]})
    assert got.visits["seq"].to_list() == [1] and got.answers["answer"].to_list() == [1.0]
    assert set(got.sent["seq"]) == {1}


def test_visits_of_the_same_branch_and_day(warehouse: Warehouse) -> None:
    other_day = {"visit_id": "v3", "visit_date": date(2026, 9, 2)}
    load(warehouse, 1, visit=[VISIT | other_day, VISIT | {"visit_id": "v4", "branch_code": WEST}])

    def that_day(own: set[str]) -> list[tuple[str, int]]:
        come = pl.DataFrame([VISIT | {"visit_id": "v2"}])
        parsed = {"scorecard": Parsed("scorecard", {"visit": come}, pl.DataFrame())}
        found = ask(warehouse, parsed, own=own).that_day
        return sorted(found.select("visit_id", "seq").iter_rows())

    assert that_day(set()) == [("v1", 2)]
    assert that_day({SHA[2]}) == [("v1", 1)]
    assert that_day(set(SHA.values())) == []


def test_branches_with_facts_are_asked_for_registers_only(warehouse: Warehouse) -> None:
    register = Parsed("branches", {"branch": live("branch", REGISTER)}, pl.DataFrame())
    assert sorted(ask(warehouse, {"branches": register}).told_of["branch_code"]) == [EAST, WEST]


def test_the_office_s_list_of_shoppers(warehouse: Warehouse, tmp_path: Path) -> None:
    with Office.open(DataFolder(tmp_path)) as office:
        assert ask(warehouse, {}, office=office.connection).shoppers.is_empty()
        row = {"upload_id": "a:1", "seq": 1, "sheet": "s", "row": 2}
        listed = pl.DataFrame([row | {"shopper_id": "S01", "name": "某", "home_branch": EAST}])
        with office.transaction() as connection:
            shoppers.store(connection, listed)
        got = ask(warehouse, {}, office=office.connection).shoppers
    assert got.select("shopper_id", "home_branch").rows() == [("S01", EAST)]
