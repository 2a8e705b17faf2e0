"""A month told by two sheets: each column from the newest sheet that has it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.folders import DataFolder
from pipeline.office.ledger import GENESIS, Head
from pipeline.warehouse.store import Warehouse

HEAD = Head(0, GENESIS)
OFFICE = ("aum", "deposits")
BRANCH = ("served", "identified")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse(DataFolder(tmp_path)) as warehouse:
        yield warehouse


def send(
    warehouse: Warehouse, seq: int, columns: tuple[str, ...], wrong: bool = False, **values: Any
) -> None:
    """One upload of branch A's September with these columns; sha256 is 64 times the digit."""
    place = {"upload_id": f"{seq}" * 64 + f":{seq}", "seq": seq, "sheet": f"页{seq}"}
    row = place | {"row": 10 + seq, "branch_code": "A"}
    letters = [
        place | {"column": c, "letter": x}
        for c, x in zip(("branch_code", "month", *columns), "ABCDEF", strict=False)
    ]
    money = {c: Decimal(v) if c in OFFICE and v else v for c, v in values.items()}
    facts = {"column_map": pl.DataFrame(letters)}
    if wrong:
        facts["quarantine"] = pl.DataFrame([row | {"kind": "performance", "period": "2026-09"}])
    else:
        facts["performance"] = pl.DataFrame([row | {"month": "2026-09"} | money])
    warehouse.load(facts, HEAD)


def figures(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.live("performance").select(*OFFICE, *BRANCH).rows()


def older(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    frame = warehouse.elsewhere().with_columns(pl.col("sha256").str.head(1))
    return frame.select("branch_code", "month", "columns", "sha256", "sheet", "row").rows()


def test_two_fillers_make_one_row(warehouse: Warehouse) -> None:
    send(warehouse, 1, OFFICE, aum="10.01", deposits="20")
    send(warehouse, 2, BRANCH, served=7, identified=3)
    assert figures(warehouse) == [(Decimal("10.01"), Decimal("20.00"), 7, 3)]
    (newest,) = warehouse.live("performance").select("sha256", "sheet", "row", "seq").rows()
    assert newest == ("2" * 64, "页2", 12, 2)
    ((code, month, columns, *place),) = older(warehouse)
    assert (code, month, set(columns.split(",")), place) == (
        "A", "2026-09", set(OFFICE), ["1", "页1", 11],
    )  # fmt: skip


def test_the_order_of_loading_is_not_the_order_of_sending(warehouse: Warehouse) -> None:
    send(warehouse, 2, BRANCH, served=7, identified=3)
    send(warehouse, 1, (*OFFICE, *BRANCH), aum="1", deposits="2", served=1, identified=1)
    assert figures(warehouse) == [(Decimal("1.00"), Decimal("2.00"), 7, 3)]


def test_a_blank_cell_means_blank_an_absent_column_does_not(warehouse: Warehouse) -> None:
    send(warehouse, 1, (*OFFICE, *BRANCH), aum="1", deposits="2", served=5, identified=4)
    send(warehouse, 2, ("aum", "served"), aum=None, served=None)
    assert figures(warehouse) == [(None, Decimal("2.00"), None, 4)]


def test_three_layers_each_give_what_the_newer_lack(warehouse: Warehouse) -> None:
    send(warehouse, 1, (*OFFICE, *BRANCH), aum="1", deposits="2", served=5, identified=4)
    send(warehouse, 2, ("aum", "served"), aum="3", served=6)
    send(warehouse, 3, ("served",), served=9)
    assert figures(warehouse) == [(Decimal("3.00"), Decimal("2.00"), 9, 4)]
    found = {sha: set(columns.split(",")) for _, _, columns, sha, _, _ in older(warehouse)}
    assert found == {"1": {"deposits", "identified"}, "2": {"aum"}}


def test_a_whole_correction_leaves_nothing_elsewhere(warehouse: Warehouse) -> None:
    send(warehouse, 1, OFFICE, aum="1", deposits="2")
    send(warehouse, 2, OFFICE, aum="3", deposits="4")
    assert figures(warehouse) == [(Decimal("3.00"), Decimal("4.00"), None, None)]
    assert older(warehouse) == []


def test_a_newer_error_in_either_sheet_hides_the_month(warehouse: Warehouse) -> None:
    send(warehouse, 1, OFFICE, aum="1", deposits="2")
    send(warehouse, 2, BRANCH, wrong=True)
    assert figures(warehouse) == [] and older(warehouse) == []
    send(warehouse, 3, BRANCH, served=7, identified=3)
    assert figures(warehouse) == [(Decimal("1.00"), Decimal("2.00"), 7, 3)]
    assert warehouse.quarantined("performance").is_empty()


def test_the_branchs_sheet_does_not_mend_the_offices_error(warehouse: Warehouse) -> None:
    send(warehouse, 1, OFFICE, aum="1", deposits="2")
    send(warehouse, 2, OFFICE, wrong=True)
    send(warehouse, 3, BRANCH, served=7, identified=3)
    assert figures(warehouse) == [] and older(warehouse) == []
    assert warehouse.quarantined("performance")["seq"].to_list() == [2]
    send(warehouse, 4, OFFICE, aum="5", deposits="6")
    assert figures(warehouse) == [(Decimal("5.00"), Decimal("6.00"), 7, 3)]
    assert warehouse.quarantined("performance").is_empty()


def test_an_error_of_all_columns_needs_both_sheets_to_mend_it(warehouse: Warehouse) -> None:
    send(warehouse, 1, (*OFFICE, *BRANCH), wrong=True)
    send(warehouse, 2, OFFICE, aum="5", deposits="6")
    assert figures(warehouse) == []
    send(warehouse, 3, BRANCH, served=7, identified=3)
    assert figures(warehouse) == [(Decimal("5.00"), Decimal("6.00"), 7, 3)]
