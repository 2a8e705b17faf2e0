"""Default deny; a scope never widens on its way to a query."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from dashboards import access, queries
from dashboards.access import (
    ADMINISTRATORS,
    NOTHING,
    POLICY,
    ROLES,
    Denied,
    Scope,
    Subject,
    Viewer,
    check_user_can,
    may,
    scope_of,
    user_can,
)
from dashboards.queries import Key
from pipeline.folders import DataFolder

SUBJECTS = get_args(Subject)
EVERYTHING = Scope(everything=True)


@pytest.fixture
def key(folder: Path) -> Key:
    (found,) = queries.publications(DataFolder(folder))
    return found


@pytest.mark.parametrize("role", ["office", "head"])
def test_the_office_sees_everything_but_accounts_and_ledger(role: str) -> None:
    seen = {s for s in SUBJECTS if may(Viewer(role), s)}
    assert seen == set(SUBJECTS) - {"accounts", "ledger"}


def test_administrators_are_three_and_see_no_number() -> None:
    assert ADMINISTRATORS == ("system", "security", "audit")
    seen = {r: {s for s in SUBJECTS if may(Viewer(r, "01"), s)} for r in ADMINISTRATORS}
    assert seen == {
        "system": {"accounts"},
        "security": {"accounts"},
        "audit": {"accounts", "ledger"},
    }
    assert [r for r in ADMINISTRATORS if user_can(Viewer(r), "open_account")] == ["system"]
    assert [r for r in ADMINISTRATORS if user_can(Viewer(r), "grant")] == ["security"]


def test_a_branch_acts_for_itself_and_hq_for_nobody() -> None:
    assert check_user_can(Viewer("branch", "010101"), "appeal") == Scope(False, "010101")
    assert not user_can(Viewer("branch"), "appeal")
    assert not user_can(Viewer("union", "010101"), "appeal")
    assert not user_can(Viewer("hq"), "confirm")
    with pytest.raises(Denied):
        check_user_can(Viewer("office"), "decide_rank")
    with pytest.raises(Denied):
        check_user_can(Viewer("office"), "no such act")  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["", "admin", "Office", "office ", "__class__"])
def test_an_unknown_role_may_do_nothing(role: str) -> None:
    assert [s for s in SUBJECTS if may(Viewer(role, "01"), s)] == []


@pytest.mark.parametrize("role", sorted(set(POLICY) - {"office", "head"}))
def test_only_the_office_uploads_and_sees_file_names(role: str) -> None:
    assert not may(Viewer(role, "0101"), "upload")
    assert not may(Viewer(role, "0101"), "names")


def test_own_without_a_node_is_nothing() -> None:
    for node in (None, ""):
        with pytest.raises(Denied):
            scope_of(Viewer("city", node), "items")


def test_a_city_covers_its_own_and_nothing_else(key: Key, province: ModuleType) -> None:
    scope = scope_of(Viewer("city", "0101"), "items")
    mine = queries.branches(key, scope)["scope"].to_list()
    assert mine == province.BRANCHES[:6]


def test_a_branch_covers_itself(key: Key, province: ModuleType) -> None:
    first, second = province.BRANCHES[:2]
    scope = scope_of(Viewer("branch", first), "items")
    assert queries.covered(key, scope) == {first}
    assert queries.lost_points(key, scope, first).height == 3
    for query in (queries.lost_points, queries.visit_scores, queries.values, queries.standing):
        with pytest.raises(Denied):
            query(key, scope, second)
    with pytest.raises(Denied):
        queries.origin(key, scope, "adherence", second, None)


def test_sums_above_may_be_compared_with_but_not_the_neighbour(
    key: Key, province: ModuleType
) -> None:
    first, second = province.BRANCHES[:2]
    scope = scope_of(Viewer("branch", first), "values")
    assert queries.trend(key, scope, (first, "01"), "adherence", "month").height == 6
    with pytest.raises(Denied):
        queries.trend(key, scope, (first, second), "adherence", "month")
    with pytest.raises(Denied):
        queries.compared(key, scope, first, second)
    with pytest.raises(Denied):
        queries.compared(key, scope, first, "0102")


def test_the_cache_keeps_scopes_apart(key: Key, province: ModuleType) -> None:
    """The same question after the office asked it: the answer is the viewer's own."""
    assert queries.branches(key, EVERYTHING).height == 12
    assert queries.branches(key, scope_of(Viewer("city", "0102"), "items")).height == 6
    assert queries.branches(key, NOTHING).height == 0
    assert queries.completeness(key, NOTHING).height == 0
    assert queries.dictionary(key, NOTHING).height == 0


@pytest.mark.parametrize("node", ["", "0", "%", "01' OR '1'='1", "peer:城区", "99"])
def test_a_made_up_node_covers_no_branch(key: Key, node: str) -> None:
    scope = Scope(everything=False, node=node)
    assert queries.branches(key, scope).height == 0


def test_what_is_said_of_the_province_is_out_when_it_is_formal() -> None:
    """By domain: in the check period each branch sees its own page."""
    for role in ROLES:
        viewer = Viewer(role, "0101")
        for subject in ("ranks", "values", "items"):
            access.check_out(viewer, subject, "formal")
        access.check_out(viewer, "values", "preview")
        if role in ("office", "head", "union"):
            access.check_out(viewer, "ranks", "preview")
            continue
        for stage in ("preview", "", "anything"):
            with pytest.raises(access.NotYet):
                access.check_out(viewer, "ranks", stage)
    assert issubclass(access.NotYet, access.Denied)
