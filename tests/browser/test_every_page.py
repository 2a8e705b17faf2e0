"""Every page of every role in both languages, in a real Chromium; and axe-core on every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect

from dashboards.words import LANGUAGES, Words
from tests.browser import walking

Opened = Callable[..., Page]
CJK = re.compile(r"[\u3400-\u9fff]")
# What this framework's own widgets break and nothing outside can mend: rule, where, reason.
FRAMEWORK = (
    ("listitem", '[data-testid="stSidebarNav"]', "groups of the menu are items around their pages"),
    ("list", '[data-testid="stSidebarNav"]', "the titles of its groups are no list items"),
)
_RUN = """async known => {
  const told = await axe.run(document, {resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']});
  const within = (id, target) => known.some(([rule, place]) => rule === id
    && document.querySelector(target)?.closest(place));
  return told.violations.filter(v => ['serious', 'critical'].includes(v.impact))
    .flatMap(v => v.nodes.filter(n => !within(v.id, n.target[0]))
      .map(n => `${v.id} at ${n.target[0]}: ${n.html.slice(0, 160)}`));
}"""


def _axe(page: Page) -> list[str]:
    """Serious and critical violations: rule, place and markup, without those of FRAMEWORK."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    told: list[str] = page.evaluate(_RUN, [[rule, place] for rule, place, _ in FRAMEWORK])
    return told


@pytest.fixture
def walk(opened: Opened, address: str) -> Callable[[str], Page]:
    def start(lang: str) -> Page:
        return opened(f"{address}/?lang={lang}")

    return start


# Every page in both languages, every role with all its pages; the pages of every role in both
# languages are walked by `make contact-sheet` (minutes).
ROLES_IN = {
    "zh": ("office", "city", "hq", "security"),
    "en": ("head", "branch", "union", "system", "audit"),
}


def _every(page: Page, words: Words) -> Iterator[tuple[str, str]]:
    for role, pages in walking.roles():
        if role not in ROLES_IN[words.lang]:
            continue
        walking.take_role(page, words, role)
        for view in pages:
            walking.go(page, words, view.id)
            yield role, view.id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_of_every_role_opens_with_content(
    walk: Callable[[str], Page], lang: str
) -> None:
    page, words = walk(lang), Words(lang)  # type: ignore[arg-type]
    seen: set[str] = set()
    found = []
    for role, view in _every(page, words):
        wrong = walking.faults(page)
        if f"lang={lang}" not in page.url:
            wrong.append(f"address {page.url}")
        if view not in seen:
            wrong += _axe(page)
            seen.add(view)
        found += [f"{role} {view}: {w}" for w in wrong]
    assert not found, "\n".join(found)
    may_be = {v.id for role in ROLES_IN[lang] for v in walking.pages_of(role)}
    assert seen == may_be


def test_a_pasted_link_opens_the_same_view(
    opened: Opened, address: str, province: ModuleType
) -> None:
    wanted = (
        "trends?lang=en&period=2026-09&revision=1&metric=reported_speak_up&by=quarter&scopes=0102"
    )
    first = opened(f"{address}/{wanted}")
    expect(first.locator(".st-key-address_metric input")).to_have_value("Speak-up (reported)")
    expect(first.locator(".st-key-address_scopes")).to_contain_text(province.CITIES["0102"])
    again = opened(first.url)
    expect(again.locator(".st-key-address_scopes")).to_contain_text(province.CITIES["0102"])
    for part in wanted.partition("?")[2].split("&"):
        assert part in again.url
