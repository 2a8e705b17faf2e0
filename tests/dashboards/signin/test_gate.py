"""Attacks on sign-in and on what lies behind it (a branch head is the attacker)."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from urllib.parse import urlencode

import openpyxl
import pytest
from desk import PAGE, Browser, put_on_record

from dashboards.access import Viewer
from dashboards.signin import belonging, routes
from dashboards.signin.holding import held
from dashboards.signin.routes import local_path
from pipeline import accounts
from pipeline.folders import DataFolder
from pipeline.office import Office

PASSWORD = "Fenghuang-71-lu"
BEHIND = (
    "/_stcore/host-config",
    "/_stcore/upload_file/a/b",
    "/media/ab.csv",
    "/league",
    "/signin/x",
)


def _acts(office: DataFolder, act: str) -> list[dict[str, object]]:
    with Office.open(office) as opened:
        rows = opened.connection.execute(
            "SELECT body FROM ledger JOIN ledger_payload USING (seq) WHERE act = ? ORDER BY seq",
            (act,),
        )
        return [json.loads(r["body"]) for r in rows]


@pytest.fixture
def branch(office: DataFolder) -> Browser:
    browser = Browser()
    assert browser.sign_in("lidong", PASSWORD).status == 303
    return browser


@pytest.mark.parametrize("path", BEHIND)
def test_without_a_session_nothing_answers(office: DataFolder, path: str) -> None:
    browser = Browser()
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert browser.ask(path, method).status == 401
    assert browser.ask("/_stcore/stream", kind="websocket").body == b"websocket.close"


@pytest.mark.parametrize("demo", ["0", "1"])
def test_what_the_framework_tells_programs_answers_nobody(
    office: DataFolder, branch: Browser, monkeypatch: pytest.MonkeyPatch, demo: str
) -> None:
    monkeypatch.setenv("MINGCHA_SERVE_DEMO", demo)
    for path in (
        *("/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/interact"),
        *("/_stcore/agent/mcp", "/_stcore/script-health-check", "/auth/login", "/oauth2callback"),
    ):
        for browser in (Browser(), branch):
            for method in ("GET", "POST"):
                assert browser.ask(path, method).status == 404, path


def test_what_was_made_for_a_session_is_given_to_no_other(
    office: DataFolder, branch: Browser
) -> None:
    """Not to whoever has the address, nor to the same person by another session or role."""
    with Office.open(office) as opened:
        (id,) = opened.connection.execute("SELECT id FROM session").fetchone()
    viewer = held(office, id).viewer
    assert viewer is not None
    belonging._media.note("ab12", id, viewer)
    belonging._tabs.note("tab", id)
    clerk, again = Browser(), Browser()
    clerk.sign_in("wanghong", PASSWORD)
    again.sign_in("lidong", PASSWORD)
    for path in ("/media/ab12.csv", "/_stcore/upload_file/tab/f"):
        told = [b.ask(path).status for b in (branch, clerk, again, Browser())]
        assert told == [200, 404, 404, 401], path
    assert branch.ask("/media/ab13.csv").status == 404  # nobody's
    assert branch.ask("/media/ab12.csv").header("cache-control") == "private, no-store"
    accounts.grant(office, "lidong", "branch", "01010102", "sec")
    assert branch.ask("/media/ab12.csv").status == 404


def test_what_was_made_longest_ago_is_forgotten_first() -> None:
    known = belonging.Belongings(most=2)
    for what in ("a", "b", "a", "c"):
        known.note(what, "s")
    nobody = Viewer("office")
    assert [known.has(w, "s", nobody) for w in "abc"] == [True, False, True]


def test_a_person_is_led_to_sign_in_and_back(office: DataFolder) -> None:
    browser = Browser()
    led = browser.ask("/league?period=2026-09", **PAGE)
    assert (led.status, led.header("location")) == (
        303,
        "/signin?next=%2Fleague%3Fperiod%3D2026-09",
    )
    back = browser.sign_in("LiDong ", PASSWORD, next="/league?period=2026-09")
    assert back.header("location") == "/league?period=2026-09&lang=zh"
    assert browser.ask("/league", **PAGE).status == 200
    told = {"account": "lidong", "source": "local", "address": "10.0.0.9"}
    assert _acts(office, "signin") == [told]


@pytest.mark.parametrize("forged", ["", "x" * 43, "../../etc", "a" * 5000, '"; DROP TABLE session'])
def test_a_forged_cookie_is_nobody(office: DataFolder, forged: str) -> None:
    assert Browser(cookies={"mingcha": forged}).ask("/league").status == 401


def test_the_stored_hash_of_a_session_is_no_cookie(office: DataFolder, branch: Browser) -> None:
    with Office.open(office) as opened:
        (id,) = opened.connection.execute("SELECT id FROM session").fetchone()
    assert Browser(cookies={"mingcha": id}).ask("/league").status == 401


@pytest.mark.parametrize("name", ["x-mingcha-session", "X-MINGCHA-SESSION", "x-mingcha-role"])
def test_a_forged_header_does_not_come_through(
    office: DataFolder, branch: Browser, name: str
) -> None:
    assert Browser().ask("/league", **{name: "1"}).status == 401
    told = json.loads(branch.ask("/league", **{name: "forged"}).body)["headers"]
    own = {k: v for k, v in told.items() if k.startswith("x-mingcha")}
    with Office.open(office) as opened:
        (id,) = opened.connection.execute("SELECT id FROM session").fetchone()
    assert own == {"x-mingcha-session": id}


def test_two_tabs_and_a_logout(office: DataFolder, branch: Browser) -> None:
    other = Browser(cookies=dict(branch.cookies))
    asked = branch.ask("/signout", sec_fetch_site="cross-site", **PAGE)
    assert asked.status == 200 and other.ask("/league").status == 200  # a foreign page only asks
    assert branch.ask("/signout", sec_fetch_site="same-origin", **PAGE).status == 303
    assert branch.ask("/league").status == 401
    assert other.ask("/league").status == 401
    assert _acts(office, "signout") == [{"account": "lidong"}]


def test_a_new_sign_in_ends_the_browser_s_former_session(
    office: DataFolder, branch: Browser
) -> None:
    former = dict(branch.cookies)
    assert branch.sign_in("wanghong", PASSWORD).status == 303
    assert branch.cookies["mingcha"] != former["mingcha"]
    assert Browser(cookies=former).ask("/league").status == 401


@pytest.mark.parametrize("form", ["", "0" * 64, "ä"])
def test_a_form_of_another_page_is_refused(office: DataFolder, form: str) -> None:
    browser = Browser()
    browser.form()
    told = {"form": form, "account": "lidong", "password": PASSWORD}
    assert browser.send("/signin", told).status == 403
    foreign = {"form": Browser().form(), "account": "lidong", "password": PASSWORD}
    assert browser.send("/signin", foreign).status == 403
    assert "mingcha" not in browser.cookies


def test_a_huge_form_is_not_read(office: DataFolder) -> None:
    browser = Browser()
    told = {"form": browser.form(), "account": "a" * 20_000, "password": PASSWORD}
    assert browser.send("/signin", told).status == 403


def tries(n: int) -> list[int]:
    """The answers to so many accounts that nobody has, tried by one address."""
    browser = Browser()
    form = browser.form()
    return [
        browser.send("/signin", {"form": form, "account": f"nobody{i}", "password": "x"}).status
        for i in range(n)
    ]


def test_one_address_does_not_try_many_accounts(office: DataFolder) -> None:
    assert tries(32) == [401] * 30 + [429] * 2
    assert Browser(address="10.0.0.8").sign_in("lidong", PASSWORD).status == 303


def test_one_forgetful_colleague_does_not_shut_the_branch_out(office: DataFolder) -> None:
    browser = Browser()
    form = browser.form()
    told = {"form": form, "account": "wanghong", "password": "x"}
    assert {browser.send("/signin", told).status for _ in range(40)} == {401}
    assert Browser().sign_in("lidong", PASSWORD).status == 303  # by the same address


def test_the_bound_of_an_address_grows_with_who_signs_in_from_there(office: DataFolder) -> None:
    assert Browser().sign_in("lidong", PASSWORD).status == 303
    assert Browser().sign_in("lidong", PASSWORD).status == 303  # the same once more: counts once
    assert tries(42) == [401] * 40 + [429] * 2


def test_the_first_to_sign_in_is_told_to_the_owner(office: DataFolder) -> None:
    """Who set a one-time password could use it first."""
    given = accounts.open_account(office, "liwu", "李五", "sys")
    Browser(address="10.6.6.6").sign_in("liwu", given.password)
    owner = Browser()
    owner.sign_in("liwu", given.password)
    shown = owner.ask("/signin/password", **PAGE).text
    assert "来自 10.6.6.6" in shown and "10.0.0.9" not in shown
    first = Browser()
    first.sign_in("liwu", accounts.reset(office, "liwu", "sys").password)
    assert "来自 10.6.6.6" in first.ask("/signin/password", **PAGE).text
    lone = accounts.open_account(office, "zhaoliu", "赵六", "sys")
    alone = Browser()
    alone.sign_in("zhaoliu", lone.password)
    assert "第一次登录" in alone.ask("/signin/password", **PAGE).text


def test_many_at_once_are_bound_as_one_by_one(
    office: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_AT_ONCE", asyncio.Semaphore(4))  # of no other test's loop
    browser = Browser()
    form = browser.form()
    bodies = [
        urlencode({"form": form, "account": f"nobody{i}", "password": "x"}).encode()
        for i in range(60)
    ]
    kind = {"content_type": "application/x-www-form-urlencoded"}
    answers = browser.ask_at_once("/signin", bodies, **kind)
    assert sorted(a.status for a in answers) == [401] * 30 + [429] * 30


def test_right_passwords_count_for_nothing(
    office: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All heads of a city that come by one address at half past eight."""
    monkeypatch.setattr(routes, "_AT_ONCE", asyncio.Semaphore(4))
    browser = Browser()
    told = {"form": browser.form(), "account": "lidong", "password": PASSWORD}
    kind = {"content_type": "application/x-www-form-urlencoded"}
    answers = browser.ask_at_once("/signin", [urlencode(told).encode()] * 40, **kind)
    assert [a.status for a in answers] == [303] * 40


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", "evil", "", "/signout", "/_stcore/x", "http:evil.example", "//[",
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere(wanted: str) -> None:
    assert local_path(wanted) == "/"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_was_typed_is_shown_as_text(office: DataFolder, text: str) -> None:
    shown = Browser().sign_in(text, "x").text
    assert text not in shown and "&lt;" in shown
    assert text not in Browser().ask("/signin?next=/" + text.replace('"', "%22"), **PAGE).text


def test_cookies_are_out_of_reach(office: DataFolder) -> None:
    browser = Browser()
    given = [v for n, v in browser.sign_in("lidong", PASSWORD).headers if n == "set-cookie"]
    (session,) = [v for v in given if v.startswith("mingcha=")]
    assert "HttpOnly" in session and "SameSite=lax" in session and "Path=/" in session
    text = office.sign_in.read_text("utf-8") + "public_url: https://127.0.0.1\n"
    office.sign_in.write_text(text, "utf-8")
    secure = Browser()
    given = [v for n, v in secure.sign_in("lidong", PASSWORD).headers if n == "set-cookie"]
    (session,) = [v for v in given if v.startswith("__Host-mingcha=")]
    assert "Secure" in session and "Domain" not in session
    assert secure.ask("/league").status == 200


def test_a_one_time_password_leads_to_its_change_and_nowhere_else(office: DataFolder) -> None:
    given = accounts.reset(office, "lidong", "sys")
    browser = Browser()
    assert browser.sign_in("lidong", given.password).status == 303
    assert browser.ask("/league", **PAGE).header("location") == "/signin/password"
    english = browser.ask("/league?lang=en", **PAGE).header("location")
    assert english == "/signin/password?lang=en"
    assert "New password" in browser.ask(english, **PAGE).text
    assert browser.ask("/_stcore/host-config").status == 401
    told = {"form": browser.form("/signin/password"), "old": given.password}
    weak = browser.send("/signin/password", told | {"new": "kurz", "again": "kurz"})
    assert weak.status == 400 and "至少 10 个字符" in weak.text
    new = {"new": "Kongque-2026", "again": "Kongque-2026"}
    assert browser.send("/signin/password", told | new).status == 303
    assert browser.ask("/league", **PAGE).status == 200


def test_a_role_taken_away_or_an_account_closed_works_at_the_next_click(
    office: DataFolder, branch: Browser
) -> None:
    accounts.grant(office, "lidong", "", None, "sec")
    refused = branch.ask("/league", **PAGE)
    assert refused.status == 403 and "还没有本系统的角色" in refused.text
    accounts.grant(office, "lidong", "hq", None, "sec")
    assert branch.ask("/league", **PAGE).status == 200
    accounts.disable(office, "lidong", "sys")
    assert branch.ask("/league").status == 401


def test_only_who_sends_files_reaches_the_upload_endpoint(
    office: DataFolder, branch: Browser
) -> None:
    path = "/_stcore/upload_file/a/b"
    with Office.open(office) as opened:
        (id,) = opened.connection.execute("SELECT id FROM session").fetchone()
    belonging._tabs.note("a", id)
    assert branch.ask(path, "PUT").status == 200  # evidence of an appeal; intake asks for the act
    accounts.grant(office, "lidong", "hq", None, "sec")
    assert branch.ask(path, "PUT").status == 403


def test_settings_gone_wrong_let_nobody_in(office: DataFolder, branch: Browser) -> None:
    office.sign_in.write_text("idle_minutes: never\n", "utf-8")
    answer = branch.ask("/league", **PAGE)
    assert answer.status == 503 and "idle_minutes" in answer.text


def test_in_the_demonstration_forged_headers_are_taken_off_as_well(
    office: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGCHA_SERVE_DEMO", "1")
    told = json.loads(Browser().ask("/league", x_mingcha_session="forged").body)["headers"]
    assert "x-mingcha-session" not in told
    monkeypatch.setenv("MINGCHA_SERVE_HOST", "0.0.0.0")
    assert Browser().ask("/league").status == 401


LEADING_OUT = (
    *("../office.sqlite", "..%2F..%2Foffice.sqlite", "%2e%2e/office.sqlite", "a%00.pdf", "..", ""),
    *("%E2%80%AEfdp.exe", "x" * 255 + ".pdf", "signin.yaml", "/etc/passwd"),
    *("%2e%2e%2f%2e%2e%2foffice.sqlite", "onepager-2026-09-r1-01010101.pdf/../../office.sqlite"),
)


@pytest.mark.parametrize("place", ["2026-09-r1", "returned", "originals", "..", "2026-09-r9"])
def test_no_name_leads_out_of_its_room(office: DataFolder, place: str) -> None:
    for room in (office.returned, office.archive):
        room.mkdir(exist_ok=True)
    clerk = Browser()
    clerk.sign_in("wanghong", PASSWORD)
    for name in LEADING_OUT:
        answer = clerk.ask(f"/files/{place}/{name}")
        assert answer.status == 404, name
        assert b"SQLite" not in answer.body and b"root:" not in answer.body


def test_a_link_out_of_the_room_is_not_followed(office: DataFolder) -> None:
    office.returned.mkdir()
    (office.returned / "a.xlsx").symlink_to(office.office)
    clerk = Browser()
    clerk.sign_in("wanghong", PASSWORD)
    assert clerk.ask("/files/returned/a.xlsx").status == 404


def test_chinese_names_are_given_in_both_ways(office: DataFolder) -> None:
    office.returned.mkdir()
    (office.returned / "报表 1.xlsx").write_bytes(b"PK")
    clerk = Browser()
    clerk.sign_in("wanghong", PASSWORD)
    for _ in range(3):
        answer = clerk.ask("/files/returned/%E6%8A%A5%E8%A1%A8%201.xlsx")
    assert answer.status == 200
    assert answer.header("content-disposition") == (
        "attachment; filename=\"__ 1.xlsx\"; filename*=UTF-8''%E6%8A%A5%E8%A1%A8%201.xlsx"
    )
    looks = _acts(office, "look")
    assert looks == [{"subject": "returned", "scope": "报表 1.xlsx"}]  # once, however often


def test_a_document_names_who_took_it(office: DataFolder, folder: Path) -> None:

    from dashboards import watermark

    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    marked = watermark.marked(book.getvalue(), ".xlsx", "李东 lidong <2026>")
    assert openpyxl.load_workbook(io.BytesIO(marked)).properties.description == "李东 lidong <2026>"
    assert watermark.marked(b"a\n", ".csv", "x") == b"a\n# x\n"
    assert watermark.marked(b"a\n", ".csv", "") == b"a\n"


def test_a_pdf_names_who_took_it_and_lies_as_it_was(office: DataFolder, branch: Browser) -> None:
    import pypdfium2

    name = "onepager-2026-09-r1-01010101.pdf"
    place = office.root / "documents" / f"2026-09-r1-{f'{1:064d}'[:12]}" / "zh"
    place.mkdir(parents=True)
    made, document = io.BytesIO(), pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    document.save(made)
    (place / name).write_bytes(made.getvalue())
    put_on_record(office, place / name)
    answer = branch.ask(f"/files/2026-09-r1/{name}")
    with pypdfium2.PdfDocument(answer.body) as taken:
        assert "李东 lidong 20" in taken[0].get_textpage().get_text_range()
    assert (place / name).read_bytes() == made.getvalue()
    (place / name).write_bytes(b"%PDF-1.7 cut off")
    put_on_record(office, place / name)
    refused = branch.ask(f"/files/2026-09-r1/{name}")
    assert refused.status == 500 and "已损坏" in refused.text


def test_a_document_that_was_changed_is_nobody_s(office: DataFolder, branch: Browser) -> None:
    name = "onepager-2026-09-r1-01010101.xlsx"
    place = office.root / "documents" / f"2026-09-r1-{f'{1:064d}'[:12]}" / "zh"
    place.mkdir(parents=True)
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    (place / name).write_bytes(book.getvalue())
    laid_there = branch.ask(f"/files/2026-09-r1/{name}")  # by hand: no job has made it
    assert laid_there.status == 500 and "改动" in laid_there.text
    put_on_record(office, place / name)
    assert branch.ask(f"/files/2026-09-r1/{name}").status == 200
    (place / name).write_bytes(book.getvalue() + b" ")
    refused = branch.ask(f"/files/2026-09-r1/{name}")
    assert refused.status == 500 and "改动" in refused.text
