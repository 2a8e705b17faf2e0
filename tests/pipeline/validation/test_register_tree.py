"""A register is a tree with one province, or it is refused at the cell that makes it none."""

from __future__ import annotations

from typing import Any

import pytest
from sheets_by_hand import (
    NODE_COLUMNS,
    REGISTER,
    crossed,
    nodes,
    parsed_list,
    placed,
    said,
    stored,
)  # fmt: skip

from pipeline.findings import Finding
from pipeline.sheets import kinds
from pipeline.validation.outcome import statuses


def check(rows: list[dict[str, Any]], **known: Any) -> list[Finding]:
    """What is said of the tree; what the rows change is for test_changed_registers.py."""
    found = crossed("branches", parsed_list("branches", placed(rows), NODE_COLUMNS), **known)
    return [f for f in found if f.rule != "register_changed"]


def test_a_sound_register_is_a_tree() -> None:
    assert check(nodes()) == []
    assert check(nodes(), branches=REGISTER) == []


# the rows stand in 2 … 10; C is the level, D the parent code
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"3701": {"parent_code": "3701"}}, [("register_circle", "D3")]),
        # a parent that is a descendant: both stand in the circle
        ({"3701": {"parent_code": "370101"}},
         [("register_circle", "D3"), ("register_circle", "D4")]),
        ({"3702": {"level": "省行", "parent_code": None}},
         [("register_two_roots", "C2"), ("register_two_roots", "C9")]),
        ({"37": {"parent_code": "99"}}, [("register_root_parent", "D2")]),
        ({"37010102": {"parent_code": "37010101"}}, [("register_level", "C6")]),
        ({"370101": {"parent_code": "37010101", "level": "网点"}, "37010101": {"parent_code": "37"},
          "37010102": {"parent_code": "3701"}, "37010103": {"parent_code": "3701"},
          "37010104": {"parent_code": "3701"}}, [("register_level", "C4")]),
        ({"3702": {"level": "省行直管机构", "parent_code": "3701"}}, [("register_level", "C9")]),
        ({"37010103": {"parent_code": "37"}}, []),  # the tree is ragged
    ],
)  # fmt: skip
def test_what_is_no_tree_is_told_at_the_cell(
    changes: dict[str, dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    found = check(nodes(changes))
    assert said(found) == expected
    assert {f.severity for f in found} <= {"error"}
    kept = statuses({}, {}, found)
    assert kept == ({0: "refused"} if expected else {})


def test_the_circle_is_written_out_in_both_languages() -> None:
    found = check(nodes({"3701": {"parent_code": "370101"}}))
    assert "3701 → 370101 → 3701" in found[0].zh and "3701 → 370101 → 3701" in found[0].en
    assert "上级机构代码" in found[0].zh and "parent code" in found[0].en


def test_a_branch_below_a_circle_is_not_blamed_for_it() -> None:
    found = check(nodes({"3701": {"parent_code": "370101"}}))
    assert {f.row for f in found} == {3, 4}


def test_the_new_rows_are_judged_over_the_stored_register() -> None:
    """One row that is sound by itself closes a circle, or makes a second province."""
    upside_down = [n for n in nodes({"37": {"parent_code": "3701", "level": "二级分行"}})
                   if n["branch_code"] == "37"]  # fmt: skip
    assert check(upside_down) == []
    found = said(check(upside_down, branches=REGISTER))
    assert found == [("register_circle", "D2"), ("register_level", "C2")]  # 乙州 is of its level
    second = [{"branch_code": "99", "branch_name": "另一省", "level": "省行", "parent_code": None}]
    assert said(check(second, branches=REGISTER)) == [("register_two_roots", "C2")]


def test_a_parent_that_lost_its_rank_is_told_where_it_lost_it() -> None:
    lowered = [n | {"level": "网点"} for n in nodes() if n["branch_code"] == "370101"]
    found = check(lowered, branches=REGISTER)
    assert {f.cell for f in found} == {"C2"}
    assert {f.rule for f in found} == {"register_level"}


def test_an_old_wrong_register_does_not_block_its_own_cure() -> None:
    wrong = stored("branch", nodes({"3701": {"parent_code": "370101"}}))
    assert check(nodes(), branches=wrong) == []


def test_children_of_a_row_that_was_kept_out_wait_with_it() -> None:
    parsed = parsed_list("branches", placed(nodes()), NODE_COLUMNS)
    from pipeline.validation.rules import MANDATORY

    bad = MANDATORY.at(0, "表", "B4", 4, column="网点名称", column_en="name")  # row of 370101
    found = crossed("branches", parsed, [bad])
    assert said(found) == [("register_orphan", f"D{n}") for n in (5, 6, 7, 8)]
    assert statuses({"branches": parsed}, kinds(), [bad, *found]) == {0: "partial"}  # type: ignore[dict-item]


def test_a_node_beside_the_tree_is_told_and_taken() -> None:
    found = check(nodes({"3702": {"parent_code": None}}))
    assert [(f.rule, f.cell, f.severity) for f in found] == [
        ("register_no_parent", "D9", "warning")
    ]
    branches = [n for n in nodes() if n["level"] == "网点"]
    alone = check([b | {"parent_code": None} for b in branches])
    assert alone == []  # no province, no tree to stand beside


def test_a_big_register_is_looked_at_in_time() -> None:
    many = [
        {"branch_code": f"9{n:05}", "branch_name": "x", "level": "网点", "parent_code": "370101"}
        for n in range(20_000)
    ]
    assert check([*nodes(), *many]) == []
