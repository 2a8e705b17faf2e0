"""Accounts on the page: each administrator has the own part alone, and what is done is done."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards.access import ROLES, Viewer, may
from dashboards.words import Words
from pipeline import accounts
from pipeline.folders import DataFolder

Page = Callable[..., Any]
ZH = Words("zh")
CHEAP = "passwords: {argon2: {time_cost: 1, memory_kib: 8, parallelism: 1}}\n"


@pytest.fixture
def office(folder: Path, province: ModuleType) -> DataFolder:
    """Three administrators, called as the role switch of the demonstration calls them."""
    made = DataFolder(folder)
    made.sign_in.write_text(CHEAP, "utf-8")
    accounts.first_three(made, {role: role for role in ("system", "security", "audit")})
    province.on_record(folder)
    return made


def _open(page: Page, folder: DataFolder, role: str, lang: str = "zh") -> Any:
    """By way of a page that the clerk of the first run has."""
    app = page(folder.root, "rounds", demo=True, lang=lang)
    os.environ["MINGCHA_TEST_VIEW"] = "accounts"  # put back with the rest of the environment
    return app.selectbox(key="demo_role").set_value(role).run()


def _said(app: Any) -> str:
    boxes = (app.success, app.info, app.warning, app.error, app.caption, app.markdown)
    return "\n".join(str(e.value) for kind in boxes for e in kind).replace("\\", "")


def _keys(app: Any) -> set[str]:
    return {str(b.key) for b in app.button if str(b.key).startswith("accounts_")}


def test_one_opens_it_the_other_gives_its_role(
    page: Page, office: DataFolder, province: ModuleType
) -> None:
    app = _open(page, office, "system")
    assert not app.exception
    assert "accounts_grant" not in _keys(app)
    app.text_input(key="accounts_id").set_value("LiDong")
    app.text_input(key="accounts_name").set_value("李东")
    app.button(key="accounts_open").click().run()
    assert "账号 lidong 的一次性密码" in _said(app) and len(app.code[0].value) >= 10
    once = app.code[0].value
    app.run()
    assert once not in [c.value for c in app.code]  # shown once

    app = _open(page, office, "security")
    assert _keys(app) == {"accounts_grant"}
    app.selectbox(key="accounts_granted").set_value("lidong").run()
    app.selectbox(key="accounts_role").set_value("branch").run()
    assert app.button(key="accounts_grant").disabled  # not without a branch
    app.selectbox(key="accounts_node_branch").set_value(province.BRANCHES[0]).run()
    app.button(key="accounts_grant").click().run()
    assert "账号 lidong 的角色现为：网点负责人" in _said(app)
    (made,) = [a for a in accounts.listed(office) if a.id == "lidong"]
    assert (made.role, made.node, made.must_change) == ("branch", province.BRANCHES[0], True)


def test_closing_needs_a_reason_and_nobody_closes_the_own(page: Page, office: DataFolder) -> None:
    accounts.open_account(office, "wang", "王芳", "system")
    app = _open(page, office, "system")
    app.selectbox(key="accounts_changed").set_value("wang").run()
    assert app.button(key="accounts_disable").disabled
    app.text_input(key="accounts_reason").set_value("调离").run()
    app.button(key="accounts_disable").click().run()
    assert "已停用" in _said(app)
    app.selectbox(key="accounts_changed").set_value("system").run()
    app.text_input(key="accounts_reason").set_value("试试").run()
    app.button(key="accounts_disable").click().run()
    assert "不能办理自己的账号" in app.error[0].value
    assert [a.disabled for a in accounts.listed(office) if a.id in ("system", "wang")] == [
        False,
        True,
    ]


def test_the_auditor_reads_and_has_no_button(page: Page, office: DataFolder) -> None:
    app = _open(page, office, "audit", lang="en")
    assert not app.exception and _keys(app) == set()
    assert app.dataframe[0].value["Role"].tolist() == [
        Words("en")(f"role.{r}") for r in ("audit", "security", "system")
    ]


def test_who_has_the_page_and_an_empty_folder(page: Page, tmp_path: Path) -> None:
    assert {r for r in ROLES if may(Viewer(r, "01"), "accounts")} == {"system", "security", "audit"}
    app = _open(page, DataFolder(tmp_path / "none"), "system")
    assert ZH("accounts.none") in _said(app)
    assert not (tmp_path / "none").exists()


def test_what_needs_two_administrators_names_the_command(page: Page, office: DataFolder) -> None:
    """The page cannot ask for the second one's password; it says where that is done, and how."""
    for id, role, node in (("wang", "office", None), ("li", "branch", "01010101")):
        accounts.open_account(office, id, id, "system")
        accounts.grant(office, id, role, node, "security")
    app = _open(page, office, "system")
    app.selectbox(key="accounts_changed").set_value("wang").run()
    assert "accounts_reset" not in _keys(app)
    assert [c.value for c in app.code] == [
        "mingcha account reset wang --as system --second 另一位管理员账号"
    ]
    app.selectbox(key="accounts_changed").set_value("li").run()
    assert "accounts_reset" in _keys(app) and not app.code
