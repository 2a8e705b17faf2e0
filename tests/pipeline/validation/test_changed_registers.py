"""What a register, a list of shoppers or of targets changes when it is sent again."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from sheets_by_hand import (
    NODE_COLUMNS,
    SHEET,
    Parsed,
    column_map,
    crossed,
    nodes,
    parsed_list,
    placed,
    stored,
)

from pipeline.findings import Finding

EAST, WEST = "37010101", "37010102"
FULL = (*NODE_COLUMNS, "peer_group", "introduced", "email")
MORE = {"peer_group": "城区", "introduced": date(2025, 1, 2), "email": "a@example.invalid"}
BEFORE = stored("branch", nodes({EAST: MORE, WEST: MORE}))


def register(changes: dict[str, dict[str, Any]], columns: tuple[str, ...] = FULL) -> list[Finding]:
    sheet = parsed_list("branches", placed(nodes(changes)), columns)
    return crossed("branches", sheet, branches=BEFORE)


def test_the_same_register_again_says_nothing() -> None:
    assert register({EAST: MORE, WEST: MORE}) == []


def test_a_change_is_told_with_what_was_at_its_cell() -> None:
    moved = MORE | {"peer_group": "社区", "introduced": None}
    (found,) = register({EAST: moved, WEST: MORE})
    assert (found.rule, found.severity, found.cell) == ("register_changed", "warning", "E5")
    for sentence in (found.zh, found.en):
        assert f"{EAST} " in sentence and "城区 → 社区" in sentence and "2025-01-02 → —" in sentence


def test_an_address_is_told_to_be_another_and_not_which() -> None:
    (found,) = register({EAST: MORE | {"email": "b@example.invalid"}, WEST: MORE})
    assert "邮箱" in found.zh and "example" not in found.zh + found.en


def test_a_column_that_is_gone_is_told_with_its_rows() -> None:
    (found,) = register({}, NODE_COLUMNS)
    assert (found.rule, found.severity) == ("register_lacks_column", "warning")
    assert "2 行" in found.zh and "同类网点组、导入日期、邮箱" in found.zh


def test_a_new_node_changes_nothing() -> None:
    new = {"branch_code": "37010109", "branch_name": "新", "level": "网点", "parent_code": "370101"}
    rows = placed([*nodes({EAST: MORE, WEST: MORE}), new])
    assert crossed("branches", parsed_list("branches", rows, FULL), branches=BEFORE) == []


def test_a_shopper_s_name_that_goes_is_told_without_the_name() -> None:
    before = pl.DataFrame({"shopper_id": ["S1"], "name": ["王小明"], "home_branch": [EAST]})
    row = {"file": 0, "sheet": SHEET, "row": 2, "shopper_id": "S1", "home_branch": EAST}
    table = pl.DataFrame([row | {"name": None}], schema_overrides={"file": pl.UInt32})
    columns = column_map({0: ("shopper_id", "home_branch")})
    sheet = Parsed("shoppers", {"shopper": table}, columns)
    (found,) = crossed("shoppers", sheet, shoppers=before)
    assert found.rule == "register_lacks_column" and "王" not in found.zh + found.en


def test_a_target_that_is_lowered_is_told() -> None:
    target = {"branch_code": EAST, "year": 2026, "product": "中间业务收入",
              "product_id": "fee_income", "target": 870000, "unit": "元"}  # fmt: skip
    columns = ("branch_code", "year", "product", "target", "unit")
    known = {"targets": stored("target", [target])}
    same = crossed("targets", parsed_list("targets", placed([target]), columns), **known)
    low = placed([target | {"target": 10000}])
    (found,) = crossed("targets", parsed_list("targets", low, columns), **known)
    assert same == [] and (found.rule, found.cell) == ("register_changed", "D2")
    assert "870,000 → 10,000" in found.zh and "870,000 → 10,000" in found.en
