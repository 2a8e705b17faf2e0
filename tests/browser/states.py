"""States of pages that a plain visit does not show, for the contact sheet: what came of an upload,
a rehearsal, a decision, an open dialogue, an empty data folder, signing in.

What is done here is done in copies of the data folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Browser, Page

from audits.appeals import STATES as APPEAL_STATES
from dashboards.views import HOME, views
from dashboards.words import Words
from pipeline import accounts
from pipeline.folders import DataFolder
from tests.browser import people, walking
from tests.browser.conftest import running

Take = Callable[[Page, str], None]  # takes the pictures of a state by its name
MENU, REFUSED = "menu", "no-such-page"
KINDS = ("work", "empty", "signin")
_LONG = 180_000.0  # ms for work of the worker


def walk(which: str, browser: Browser, data: Path, room: Path, words: Words, take: Take) -> None:
    """The states of one of KINDS in one language. `data`: the demonstration; `room`: for copies."""
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    if which == "empty":
        (room / "data").mkdir()
        with running(room / "data", room / "server.log", "--demo") as address:
            _empty(_opened(browser, address, words), words, take)
        return
    copy = Path(shutil.copytree(data, room / "data"))
    if which == "signin":
        _signing_in(browser, copy, room, words, take)
        return
    sheets = data.with_name(f"{data.name}-sheets")
    with running(copy, room / "server.log", "--demo") as address:
        _work(_opened(browser, address, words), address, sheets, room, words, take)


def _opened(browser: Browser, address: str, words: Words) -> Page:
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.add_init_script(walking.COUNTING)
    page.set_default_timeout(60_000)
    page.goto(f"{address}/?lang={words.lang}")
    page.wait_for_selector(walking.STILL)
    return page


def _work(page: Page, address: str, sheets: Path, room: Path, words: Words, take: Take) -> None:
    walking.take_role(page, words, "office")
    _upload(page, sheets, room, words, take)
    _decide(page, words, take)
    _remind(page, words, take)
    walking.go(page, words, "rounds")
    page.get_by_text(words("rounds.draft"), exact=True).click()
    walking.drawn(page)
    take(page, "round-draft")
    _publish(page, words, take)
    _appeal(page, words, take)
    _dialogues(page, words, take)
    page.goto(f"{address}/accounts?lang={words.lang}")  # the office has no such page
    page.wait_for_selector(walking.STILL)
    page.wait_for_timeout(1500)
    take(page, REFUSED)
    page.close()


def _upload(page: Page, sheets: Path, room: Path, words: Words, take: Take) -> None:
    walking.go(page, words, "upload")
    files = bad_workbooks(sheets, room)
    page.locator('input[type="file"]').set_input_files([str(f) for f in files])
    page.locator(".st-key-upload_start button").wait_for()
    walking.drawn(page)
    take(page, "upload-chosen")
    page.locator(".st-key-upload_start button").click()
    page.locator(".st-key-upload_put_away").wait_for(timeout=_LONG)
    walking.drawn(page)
    take(page, "upload-findings")
    walking.go(page, words, "spellings")
    walking.drawn(page)
    take(page, "spellings-asked")
    box = page.locator('[class*="st-key-spelling_column_0_"] input')
    box.click()
    box.fill(words.of("接待客户数", "Customers served"))
    page.keyboard.press("Enter")
    walking.drawn(page)
    page.locator(".st-key-spelling_confirm_0 button").click()
    walking.drawn(page)
    take(page, "spellings-confirmed")


def bad_workbooks(sheets: Path, room: Path) -> list[Path]:
    """A monthly sheet with every sort of fault, one with an unknown header, one as it was."""
    newest = max((sheets / "4-performance").rglob("*.xlsx"))
    bad, strange = room / "业绩报表 2026年9月（城东支行报送）.xlsx", room / "九月.xlsx"
    book = openpyxl.load_workbook(newest)
    sheet = _with_header(book.worksheets)
    head, row = _head(sheet), _head(sheet).row + 1
    for step, text in enumerate(("约三百", -5, 99_999, "12,3O4", "2026-13", None, "#REF!", 3.7)):
        for column in range(6 + step, 40, 5):
            sheet.cell(row + step, column).value = text
    sheet.cell(row + 9, head.column).value = "09999999"
    book.save(bad)
    book = openpyxl.load_workbook(newest)
    sheet = _with_header(book.worksheets)
    for column in range(1, sheet.max_column + 1):
        if sheet.cell(_head(sheet).row, column).value == "接待客户数":
            sheet.cell(_head(sheet).row, column).value = "来客人数（户）"
    book.save(strange)
    return [bad, strange, newest]


def _with_header(found: list[Worksheet]) -> Worksheet:
    return next(s for s in found if any("网点代码" in str(c.value) for r in s["A1:H20"] for c in r))


def _head(sheet: Worksheet) -> openpyxl.cell.Cell:
    return next(c for r in sheet["A1:H20"] for c in r if "网点代码" in str(c.value))


def _decide(page: Page, words: Words, take: Take) -> None:
    walking.go(page, words, "queue")
    walking.drawn(page)
    boxes = page.locator('[class*="st-key-queue_fabrication_"], [class*="st-key-queue_conduct_"]')
    if boxes.count() == 0:
        return
    box = boxes.first
    box.locator("summary").last.click()
    walking.drawn(page)
    take(page, "queue-form")
    box.locator('[data-testid="stRadio"] label').nth(1).click()
    box.locator('input[type="text"]').fill("监控录像可见当日有人进店 / seen on camera")
    box.locator('[data-testid="stFormSubmitButton"] button').click()
    walking.drawn(page)
    take(page, "queue-decided")


def _remind(page: Page, words: Words, take: Take) -> None:
    walking.go(page, words, "completeness")
    page.locator(".st-key-remind_look button").click()
    walking.drawn(page)
    if (plan := page.locator(".st-key-remind_plan button")).count():
        plan.click()
        walking.drawn(page)
    take(page, "completeness-now")


def _publish(page: Page, words: Words, take: Take) -> None:
    walking.go(page, words, "publish")
    for stage in ("formal", "preview"):
        page.locator(".st-key-publish_stage button").get_by_text(
            words(f"stage.{stage}"), exact=True
        ).click()
        walking.drawn(page)
        page.locator(".st-key-publish_rehearse button").click()
        page.locator(".st-key-publish_go").wait_for(timeout=_LONG)
        walking.drawn(page)
        take(page, f"publish-rehearsed-{stage}")
    page.locator(".st-key-publish_do button").click()
    page.locator('[class*="st-key-published_"]').wait_for(timeout=_LONG)
    walking.drawn(page)
    take(page, "publish-done")
    walking.go(page, words, "publications")
    page.locator(".st-key-publications_make button").click()
    page.locator('[class*="st-key-publications_get_"]').nth(1).wait_for(timeout=_LONG)
    walking.drawn(page)
    take(page, "publications-made")


def _appeal(page: Page, words: Words, take: Take) -> None:
    """What a branch head opens from the page of the branch, a total that is withheld from it, and
    the office's form for an appeal that is upheld in part."""
    walking.take_role(page, words, "branch")
    walking.go(page, words, "branch")
    opened = (("confirm", "confirm_open"), ("rank", "rank_origin"), ("origin", "branch_steps"))
    for name, key in opened:
        _open(page, key)
        take(page, f"dialogue-{name}")
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
        walking.drawn(page)
    _open(page, "appeal_open")
    take(page, "dialogue-appeal")
    page.get_by_role("dialog").locator("textarea").fill(
        "换班交接中，监控 10:12 可见 / seen on camera"
    )
    page.get_by_role("dialog").get_by_text(words("appeal.submit"), exact=True).click()
    page.locator(".st-key-appeal_close button").wait_for(timeout=_LONG)
    take(page, "dialogue-appeal-filed")
    page.locator(".st-key-appeal_close button").click()
    walking.drawn(page)
    take(page, "branch-appealed")
    walking.go(page, words, "trends")
    walking.drawn(page)
    take(page, "trends-withheld")
    walking.take_role(page, words, "office")
    walking.go(page, words, "queue")
    shown = words("queue.counted", what=words("queue.kind.appeal"), count=1)
    page.locator(".st-key-queue_show button").get_by_text(shown, exact=True).click()
    walking.drawn(page)
    page.locator('[class*="st-key-appeal_outcome_"] label').get_by_text(
        words.of(*APPEAL_STATES["partly"]), exact=True
    ).click()
    walking.drawn(page)
    take(page, "queue-appeal-partly")


def _open(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} button").first.click()
    page.get_by_role("dialog").wait_for()
    walking.drawn(page)
    page.wait_for_timeout(1500)  # what it walks back to is read while the box is open


def _dialogues(page: Page, words: Words, take: Take) -> None:
    walking.take_role(page, words, "branch")
    walking.go(page, words, "actions")
    walking.drawn(page)
    for number, button in enumerate(page.locator('[class*="_open_"] button').all()[:1]):
        button.click()
        page.get_by_role("dialog").wait_for()
        walking.drawn(page)
        take(page, f"dialogue-{number}")
        page.get_by_role("dialog").get_by_role("button").first.click()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    walking.drawn(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.wait_for_timeout(600)
    take(page, MENU)
    page.set_viewport_size({"width": 1366, "height": 900})


def _empty(page: Page, words: Words, take: Take) -> None:
    """A folder in which nothing has happened yet: pages that need no publication, and one that
    does."""
    for role in ("office", "union", "audit", "system"):
        walking.take_role(page, words, role)
        seen = [v for v in walking.pages_of(role) if not v.needs_publication]
        for view in [v for v in views() if v.id == HOME and role in ("office", "union")] + seen:
            walking.go(page, words, view.id)
            walking.drawn(page)
            take(page, f"{role}-{view.id}")
    page.close()


def _signing_in(browser: Browser, data: Path, room: Path, words: Words, take: Take) -> None:
    folder = people.administrators(data)
    given = accounts.open_account(folder, "sunyue", "孙悦", "sys")
    accounts.grant(folder, "sunyue", "office", None, "sec")
    people.person(data, "heming", "union", name="何明")
    accounts.open_account(folder, "zhaoliu", "赵柳", "sys")
    with running(data, room / "server.log") as address:
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(f"{address}/signin?lang={words.lang}")
        take(page, "signin")
        _enter(page, words, "sunyue", "wrong")
        take(page, "signin-wrong")
        _enter(page, words, "sunyue", given.password)
        take(page, "signin-forced-change")
        for name, text in (("old", given.password), ("new", "short"), ("again", "short")):
            page.locator(f"#{name}").fill(text)
        page.locator("button").click()
        take(page, "signin-change-refused")
        page.close()
        _administrators(browser, address, folder, words, take)


def _enter(page: Page, words: Words, account: str, password: str) -> None:
    page.get_by_label(words("signin.account")).fill(account)
    page.get_by_label(words("signin.password")).fill(password)
    page.locator("main button").click()
    page.wait_for_load_state()


def _signed_in(browser: Browser, address: str, folder: DataFolder, words: Words, id: str) -> Page:
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    token = people.token(folder.root, id)
    context.add_cookies([{"name": "mingcha", "value": token, "url": address}])
    page = context.new_page()
    page.add_init_script(walking.COUNTING)
    page.set_default_timeout(60_000)
    page.goto(f"{address}/?lang={words.lang}")
    page.wait_for_selector(walking.STILL)
    page.get_by_test_id("stHeading").first.wait_for()
    walking.drawn(page)
    return page


def _administrators(
    browser: Browser, address: str, folder: DataFolder, words: Words, take: Take
) -> None:
    page = _signed_in(browser, address, folder, words, "sys")
    take(page, "accounts-system")
    page.get_by_text(words("accounts.new"), exact=True).click()
    page.locator(".st-key-accounts_id input").fill("zhouning")
    page.locator(".st-key-accounts_name input").fill("周宁")
    walking.drawn(page)
    take(page, "accounts-opening")
    page.locator(".st-key-accounts_open button").click()
    page.get_by_test_id("stCode").wait_for()
    walking.drawn(page)
    take(page, "accounts-one-time-password")
    page.close()
    page = _signed_in(browser, address, folder, words, "sec")
    take(page, "accounts-security")
    page.close()
    page = _signed_in(browser, address, folder, words, "aud")
    take(page, "accounts-audit")
    walking.go(page, words, "ledger")
    page.locator(".st-key-ledger_verify button").click()
    page.locator('[data-testid="stMain"] [data-testid="stAlert"]').first.wait_for(timeout=_LONG)
    walking.drawn(page)
    take(page, "ledger-verified")
    page.close()
    page = _signed_in(browser, address, folder, words, "heming")
    walking.go(page, words, "queue")
    walking.drawn(page)
    take(page, "union-signed-in")
    page.close()
