"""Walks every page in a real browser: roles switched in the side bar, pages opened in the menu.

Nothing is loaded anew between pages, as nobody does who works with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Page, TimeoutError, expect

from dashboards.access import ROLES, Viewer, may
from dashboards.views import HOME, View, views
from dashboards.words import Words

# Counts how often the server began to draw; conftest.py gives it to every page.
COUNTING = """window.mingchaRuns = 0;
new MutationObserver(seen => { for (const one of seen)
  if (one.target.getAttribute('data-test-script-state') === 'running') window.mingchaRuns += 1;
}).observe(document, {subtree: true, attributeFilter: ['data-test-script-state']});"""
STILL = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# What a page must never show, in either language.
FORBIDDEN = ("Traceback (most recent call last)", "StreamlitAPIException", "KeyError")


def pages_of(role: str) -> list[View]:
    """The pages that a role has; of city and branch with a node."""
    viewer = Viewer(role, "any")
    return [v for v in views() if may(viewer, v.subject)]


def home_of(role: str) -> str:
    """The page that `/` opens for a role."""
    found = [v.id for v in pages_of(role)]
    return HOME if HOME in found else found[0]


@contextmanager
def drawn_anew(page: Page) -> Iterator[None]:
    """Around an act: waits until the server has begun to draw, and has drawn, what comes of it.

    The first wait is short: what was drawn between two looks of the browser is not seen to begin.
    """
    before = page.evaluate("window.mingchaRuns ?? 0")
    yield
    with suppress(TimeoutError):
        page.wait_for_function("n => window.mingchaRuns > n", arg=before, timeout=1_000)
    settled(page)


def choose(page: Page, key: str, name: str) -> None:
    """Chooses from a list of the side bar by typing its name, and waits until that is drawn."""
    box = page.locator(f".st-key-{key} input")
    settled(page)
    for _ in range(5):  # a page that is drawn anew closes the list under the hand
        if box.input_value() == name:
            break
        with drawn_anew(page):
            box.click()
            box.fill(name)  # the list shows what matches
            try:
                page.get_by_role("option", name=name, exact=True).click(timeout=10_000)
            except TimeoutError:
                page.keyboard.press("Escape")
    expect(box).to_have_value(name)


def take_role(page: Page, words: Words, role: str) -> None:
    """Chooses a role in the demonstration's side bar, and waits until it is drawn."""
    choose(page, "demo_role", words(f"role.{role}"))


def pages_of_menu(page: Page) -> list[str]:
    """Titles in the menu; none where a role has one page only, then the menu is not drawn."""
    return page.locator('[data-testid="stSidebarNav"] a').all_inner_texts()


def settled(page: Page) -> None:
    """Waits until the server has drawn the page."""
    page.wait_for_selector(STILL)


def go(page: Page, words: Words, view: str) -> None:
    """Opens a page by its link in the menu; without a menu by the link of a refused page."""
    title = words(f"page.{view}")
    there = "stSidebarNav" if pages_of_menu(page) else "stMain"
    link = page.locator(f'[data-testid="{there}"] a').get_by_text(title, exact=True)
    heading = page.locator('[data-testid="stHeading"]').first
    if len(pages_of_menu(page)) > 0 or heading.inner_text().strip() != title:
        link.click()
    _titled(page, title)


def switch(page: Page, words: Words, view: str) -> None:
    """Chooses the language of `words` on the open page, and waits until it is drawn in it."""
    name = words.of("中文", "English")
    with drawn_anew(page):
        page.locator(".st-key-lang_choice button").get_by_text(name, exact=True).click()
    _titled(page, words(f"page.{view}"))


def _titled(page: Page, title: str) -> None:
    page.wait_for_function(
        "t => document.querySelector('[data-testid=stHeading]')?.innerText.trim() === t", arg=title
    )
    settled(page)


def drawn(page: Page) -> None:
    """Waits until nothing moves any more: no place holders, charts in place, the height settled."""
    page.wait_for_selector(STILL)
    before, since = None, 0
    for _ in range(100):
        page.wait_for_timeout(100)
        waits, high = page.evaluate(_MOVES)
        since = since + 1 if not waits and high == before else 0
        before = high
        if since == 3:
            return


_MOVES = """() => {
  const all = q => [...document.querySelectorAll(`[data-testid=stMain] ${q}`)];
  const seen = e => e.checkVisibility();
  const waits = all('[data-testid=stSkeleton], [data-testid=stSpinner]').filter(seen).length
    + all('[data-testid=stVegaLiteChart]').filter(
        e => seen(e) && !e.querySelector('canvas, svg')).length;
  return [waits, document.querySelector('[data-testid=stMainBlockContainer]')?.scrollHeight ?? 0];
}"""


# Words that are cut at an edge; tiles of a row that are not of one height; what the grids say.
_LOOK = r"""() => {
  const main = document.querySelector('[data-testid=stMain]');
  // an icon is a word of its font until that is there
  const shown = [...main.querySelectorAll('*')].filter(
    e => e.checkVisibility() && e.dataset.testid !== 'stIconMaterial');
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  const cut = shown.filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1
    && (e.tagName === 'INPUT' || own(e) && getComputedStyle(e).overflowX !== 'visible'
        && getComputedStyle(e).overflowX !== 'auto'));
  const rows = {};
  for (const tile of main.querySelectorAll('[data-testid=stMetric]')) {
    const box = tile.getBoundingClientRect();
    (rows[Math.round(box.top)] ??= []).push(Math.round(box.height));
  }
  return {
    // what a box cuts may stand whole elsewhere on the page
    cut: cut.filter(e => e.tagName !== 'INPUT' || !main.innerText.includes(e.value.trim()))
      .map(e => (e.value ?? e.innerText).trim().slice(0, 60)).filter(t => t),
    uneven: Object.values(rows).filter(r => Math.max(...r) - Math.min(...r) > 2).length,
    cells: [...main.querySelectorAll('canvas td, canvas th')].map(e => e.textContent).join('\n'),
  };
}"""
# A time or a nothing as machines write it.
_RAW = re.compile(r"\d\dT\d\d:\d\d(?::\d\d)?(?:Z|\+)|\b(?:None|NaN|nan|null|undefined|NaT)\b")


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands: error boxes, tracebacks, nothing but a heading."""
    main = page.locator('[data-testid="stMain"]')
    text = main.inner_text()
    found = [f"shows {f}" for f in FORBIDDEN if f in text]
    boxes = main.locator('[data-testid="stAlertContentError"], [data-testid="stException"]')
    found += [f"error box: {t}" for t in boxes.all_inner_texts()]
    heading = main.locator('[data-testid="stHeading"]').first.inner_text()
    content = text.replace(heading, "", 1).replace("中文", "").replace("English", "").strip()
    if len(content) < 10:  # an empty state is a sentence
        found.append(f"no content: {text!r}")
    return found


def blemishes(page: Page) -> list[str]:
    """What is not fit to be seen: cut words, raw values, uneven tiles, more than the window is
    wide."""
    text = page.locator('[data-testid="stMain"]').inner_text()
    look = page.evaluate(_LOOK)
    found = [f"cut: {t}" for t in look["cut"]]
    found += [f"raw: {t}" for t in sorted(set(_RAW.findall(f"{text}\n{look['cells']}")))]
    if look["uneven"]:
        found.append(f"tiles of unequal height: {look['uneven']} rows")
    if (over := wide(page)) > 0:
        found.append(f"{over} px wider than the window")
    return found


def wide(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def roles() -> Iterator[tuple[str, list[View]]]:
    """Roles that have pages."""
    for role in ROLES:
        if found := pages_of(role):
            yield role, found
