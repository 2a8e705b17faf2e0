"""Every page of every role in both languages, in a real Chromium; and axe-core on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect

from dashboards.words import LANGUAGES, Language, Words
from tests.browser import walking

Opened = Callable[..., Page]
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


# Every page of every role is opened once and read in both languages: the switch on the page draws
# it anew, which costs less than another way to it. Two tests, so that two processes share the
# roles; each looks with axe at its own language, and at both where the other has no such page.
ROLES_OF = {
    "zh": ("office", "city", "hq", "security"),
    "en": ("head", "branch", "union", "system", "audit"),
}


def _views_of(half: str) -> set[str]:
    return {view.id for role in ROLES_OF[half] for view in walking.pages_of(role)}


def _every(page: Page, half: Language) -> Iterator[tuple[str, str, Language]]:
    """Stands on each page of the half's roles, once in each language."""
    lang = half
    for role in ROLES_OF[half]:
        walking.take_role(page, Words(lang), role)
        for view in walking.pages_of(role):
            walking.go(page, Words(lang), view.id)
            yield role, view.id, lang
            lang = "en" if lang == "zh" else "zh"
            walking.switch(page, Words(lang), view.id)
            yield role, view.id, lang


def _found(page: Page, role: str, lang: Language) -> list[str]:
    wrong = walking.faults(page)
    looking = page.locator(".st-key-demo_role input").input_value()
    if looking != Words(lang)(f"role.{role}"):
        wrong.append(f"looks as {looking}")
    if f"lang={lang}" not in page.url:
        wrong.append(f"address {page.url}")
    return wrong


def test_the_two_halves_are_all_roles_that_have_pages() -> None:
    assert sorted(r for half in ROLES_OF.values() for r in half) == sorted(
        role for role, _ in walking.roles()
    )


@pytest.mark.parametrize("half", LANGUAGES)
def test_every_page_of_every_role_opens_with_content_in_both_languages(
    opened: Opened, address: str, half: Language
) -> None:
    page = opened(f"{address}/?lang={half}")
    other = _views_of("en" if half == "zh" else "zh")
    stood: list[tuple[str, str, str]] = []
    by_axe: set[tuple[str, str]] = set()
    found = []
    for role, view, lang in _every(page, half):
        wrong = _found(page, role, lang)
        if (view, lang) not in by_axe and (lang == half or view not in other):
            wrong += _axe(page)
            by_axe.add((view, lang))
        stood.append((role, view, lang))
        found += [f"{role} {view} {lang}: {w}" for w in wrong]
    assert not found, "\n".join(found)
    wanted = {(r, v.id, lang) for r in ROLES_OF[half] for v in walking.pages_of(r)
              for lang in LANGUAGES}  # fmt: skip
    assert sorted(stood) == sorted(wanted)
    assert {v for v, lang in by_axe if lang == half} == _views_of(half)


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
