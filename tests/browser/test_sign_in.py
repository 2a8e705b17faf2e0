"""Signing in, in a real Chromium against a real OpenID Connect provider on loopback, and by a
local account: role, refusal, signing out, a role taken away at the next click."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import people
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pipeline import accounts
from pipeline.folders import DataFolder
from tests.browser.conftest import _free_port, running

PEOPLE = [
    {"sub": "wang-hong", "name": "王虹", "groups": ["staff", "mingcha-office"]},
    {"sub": "li-dong", "name": "李东", "groups": ["mingcha-branch"], "org": "01010101"},
    {"sub": "zhao-liu", "name": "赵柳", "groups": ["staff"]},
    {"sub": "chen-qi", "name": "陈琦", "groups": ["mingcha-branch"]},
]
SETTINGS = """\
oidc:
  issuer: http://127.0.0.1:{port}
  client_id: mingcha
  client_secret_file: oidc-secret
  name: {{zh: 统一认证, en: the bank's sign-in}}
  scopes: [openid, profile]
  rules:
    - {{claim: groups, value: mingcha-office, role: office}}
    - {{claim: groups, value: mingcha-branch, role: branch, node_claim: org}}
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[int]:
    """The provider in a process of its own; its port."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "1",
    ]
    for person in PEOPLE:
        command += ["--user-claims", json.dumps(person)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    try:
        while True:
            try:
                known = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
                with urllib.request.urlopen(known, timeout=2):
                    break
            except (OSError, urllib.error.URLError):
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def folder(data: Path, provider: int, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    root = Path(shutil.copytree(data, tmp_path_factory.mktemp("signin") / "data"))
    secret = root / "oidc-secret"
    secret.write_text("any: the provider takes all", "utf-8")
    secret.chmod(0o600)
    return people.administrators(root, SETTINGS.format(port=provider))


@pytest.fixture(scope="module")
def at(folder: DataFolder) -> Iterator[str]:
    """A server that asks who one is."""
    with running(folder.root, folder.root.parent / "server.log") as address:
        yield address


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Callable[[], Page]]:
    contexts: list[BrowserContext] = []

    def fresh() -> Page:
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        return page

    yield fresh
    for context in contexts:
        context.close()


def _by_provider(page: Page, at: str, sub: str, place: str = "/league") -> None:
    page.goto(f"{at}{place}")
    page.get_by_role("link", name="使用统一认证登录").click()
    page.get_by_role("button", name=sub).click()


def test_by_the_provider_each_sees_what_the_claims_say(
    tab: Callable[[], Page], at: str, folder: DataFolder
) -> None:
    page = tab()
    _by_provider(page, at, "wang-hong")
    expect(page.get_by_role("heading", name="排名")).to_be_visible()
    assert page.url.startswith(f"{at}/league")
    expect(page.get_by_test_id("stSidebar")).to_contain_text("王虹 · 省行")
    expect(page.get_by_test_id("stSidebarNavLink").filter(has_text="上传")).to_be_visible()
    head = tab()
    _by_provider(head, at, "li-dong")
    expect(head.get_by_test_id("stSidebar")).to_contain_text("李东 · 网点负责人")
    expect(head.get_by_test_id("stSidebarNavLink").filter(has_text="上传")).to_have_count(0)
    known = {a.id: (a.name, a.role) for a in accounts.listed(folder)}
    assert known["oidc:wang-hong"] == ("王虹", None)
    # Signed out: the address that was open leads back to sign-in.
    page.get_by_role("link", name="退出登录").click()
    expect(page.get_by_role("alert")).to_have_text("您已退出登录。")
    page.goto(f"{at}/league")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


@pytest.mark.parametrize("sub", ["zhao-liu", "chen-qi"])
def test_whom_no_rule_knows_is_refused_with_a_sentence(
    tab: Callable[[], Page], at: str, folder: DataFolder, sub: str
) -> None:
    """No group of ours; a branch head without a branch."""
    page = tab()
    _by_provider(page, at, sub)
    expect(page.get_by_role("alert")).to_contain_text("还没有本系统的角色")
    assert not [c for c in page.context.cookies() if c["name"] == "mingcha"]
    assert f"oidc:{sub}" not in {a.id for a in accounts.listed(folder)}


def test_a_role_taken_away_works_at_the_next_click(
    tab: Callable[[], Page], at: str, folder: DataFolder
) -> None:
    page = tab()
    _by_provider(page, at, "li-dong")
    expect(page.get_by_role("heading", name="排名")).to_be_visible()
    accounts.grant(folder, "oidc:li-dong", "", None, "sec")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="指标口径").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("还没有本系统的角色")
    expect(page.get_by_role("heading", name="指标口径")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("还没有本系统的角色")


def test_a_forged_answer_of_the_provider_lets_nobody_in(tab: Callable[[], Page], at: str) -> None:
    """A code without a sign-in begun here; then the same answer a second time."""
    page = tab()
    page.goto(f"{at}/signin/oidc/back?code=abc&state=forged")
    expect(page.get_by_role("alert")).to_contain_text("没有完成登录")
    seen: list[str] = []
    page.on("request", lambda r: seen.append(r.url) if "/oidc/back?" in r.url else None)
    _by_provider(page, at, "wang-hong")
    expect(page.get_by_role("heading", name="排名")).to_be_visible()
    again = tab()
    again.goto(seen[0])
    expect(again.get_by_role("alert")).to_contain_text("没有完成登录")


def test_a_local_account_changes_its_password_first_and_locks(
    tab: Callable[[], Page], at: str, folder: DataFolder, province: ModuleType
) -> None:
    given = accounts.open_account(folder, "sun", "孙悦", "sys")
    accounts.grant(folder, "sun", "branch", province.BRANCHES[0], "sec")
    page = tab()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{at}/signin?lang=zh")

    def enter(password: str) -> None:
        page.get_by_label("账号").fill("sun")
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()

    enter(given.password)
    expect(page.get_by_role("heading", name="更改密码")).to_be_visible()
    page.goto(f"{at}/league")
    expect(page.get_by_role("heading", name="更改密码")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for label, word in (
        ("原密码", given.password),
        ("新密码", "Kongque-2026"),
        ("再输一次新密码", "Kongque-2026"),
    ):
        page.get_by_label(label, exact=True).fill(word)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    page.goto(f"{at}/signout")
    page.get_by_role("button", name="退出登录").click()
    for _ in range(5):
        enter("falsch")
    expect(page.get_by_role("alert")).to_contain_text("秒后再试")
    enter("Kongque-2026")  # the right one is not looked at now
    expect(page.get_by_role("alert")).to_contain_text("秒后再试")


def test_an_open_page_whose_account_is_closed_says_so_at_the_next_click(
    tab: Callable[[], Page], at: str, folder: DataFolder
) -> None:
    people.person(folder.root, "zhou", "office", name="周宁")
    page = tab()
    context = page.context
    context.add_cookies(
        [{"name": "mingcha", "value": people.token(folder.root, "zhou"), "url": at}]
    )
    page.goto(f"{at}/league")
    expect(page.get_by_role("heading", name="排名")).to_be_visible()
    accounts.disable(folder, "zhou", "sys")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="指标口径").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("登录已被管理员终止")
