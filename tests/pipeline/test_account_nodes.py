"""A role is granted for a node that there is, and of its level; keys stay with two people."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import accounts
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from tests.dashboards import fixture_publication
from tests.pipeline.test_accounts import CHEAP

BRANCH, CITY = fixture_publication.BRANCHES[0], "0101"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    data = DataFolder(tmp_path)
    (tmp_path / "signin.yaml").write_text(CHEAP, "utf-8")
    fixture_publication.build(tmp_path)
    accounts.first_three(data, {"system": "sys", "security": "sec", "audit": "aud"})
    accounts.open_account(data, "lidong", "李东", "sys")
    fixture_publication.on_record(tmp_path)
    return data


@pytest.mark.parametrize(
    ("role", "node"), [("branch", "99"), ("branch", CITY), ("city", BRANCH), ("city", "peer:城区")]
)
def test_a_node_that_is_not_there_is_refused(folder: DataFolder, role: str, node: str) -> None:
    with pytest.raises(Fault) as told:
        accounts.grant(folder, "lidong", role, node, "sec")
    assert told.value.status == 2 and node in told.value.zh and node in told.value.en
    assert next(a for a in accounts.listed(folder) if a.id == "lidong").role in (None, "")


@pytest.mark.parametrize(("role", "node"), [("branch", BRANCH), ("city", CITY)])
def test_one_that_is_there_is_granted(folder: DataFolder, role: str, node: str) -> None:
    granted = accounts.grant(folder, "lidong", role, node, "sec")
    assert (granted.role, granted.node) == (role, node)


def test_who_holds_a_key_of_procedures_is_not_reset_by_one(folder: DataFolder) -> None:
    nodes = {"city": CITY}
    for role in ("office", "head", "city", "union", "hq"):
        accounts.grant(folder, "lidong", role, nodes.get(role), "sec")
        with pytest.raises(Fault):
            accounts.reset(folder, "lidong", "sys")
        assert accounts.reset(folder, "lidong", "sys", second="aud").account.role == role
    accounts.grant(folder, "lidong", "branch", BRANCH, "sec")
    assert accounts.reset(folder, "lidong", "sys").account.must_change


def test_an_account_with_a_role_is_not_lent_an_administrator_s(folder: DataFolder) -> None:
    accounts.grant(folder, "lidong", "office", None, "sec")
    with pytest.raises(Fault):
        accounts.grant(folder, "lidong", "system", None, "sec")
    accounts.open_account(folder, "second-sys", "孙一", "sys")
    assert accounts.grant(folder, "second-sys", "system", None, "sec").role == "system"
