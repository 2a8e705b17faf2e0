"""Pictures of every page × role × language × width, of each page once in the dark, and one sheet of
them all.

    python -m tests.browser.contact_sheet [--out DIR] [--data DIR] [--roles office,union]
        [--pages upload,queue] [--again]

Nothing of it is committed: without --out the pictures go to a folder of the temporary directory.
Beside the roles stand `states-work`, `states-empty` and `states-signin`: what a plain visit does
not show (`tests.browser.states`), in copies of the data. What was walked to its end in one language
is not walked again in the same --out: who was interrupted goes on, `--again` begins anew (as do
`--pages`, for a second look at what was mended).
Exit status 1 where a page shows an error, nothing, cut words, raw values, or is wider than the
window.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from dashboards.words import LANGUAGES, Language, Words
from tests.browser import states, walking
from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, running

WIDTHS = (1366, 390)
STATES = {f"states-{kind}": kind for kind in states.KINDS}
_HIGH, _HIGHEST = 900, 12_000  # of a picture


@dataclass(frozen=True)
class Shot:
    """One picture. `look`: its width, or `dark`; `faults`: what is wrong with the page in it."""

    role: str
    view: str
    lang: str
    look: str
    faults: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.role}-{self.view}-{self.lang}-{self.look}.png"


def main() -> int:
    asked, begun = _asked(), time.monotonic()
    out = Path(asked.out or tempfile.mkdtemp(prefix="mingcha-sheet-")).resolve()
    out.mkdir(parents=True, exist_ok=True)
    whole = [*(r for r, _ in walking.roles()), *STATES]
    only = asked.roles.split(",") if asked.roles else whole
    if unknown := set(only) - set(whole):
        print(f"no such role: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    data = Path(asked.data).resolve() if asked.data else _demo(out / "data")
    shots: list[Shot] = []
    pages = tuple(asked.pages.split(",")) if asked.pages else ()
    # the states have servers of their own
    server = running(data, out / "server.log", "--demo") if set(only) - set(STATES) else None
    with server or nullcontext("") as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for lang in LANGUAGES:
            for role in only:
                if asked.again or pages or not (out / f"{role}-{lang}.json").is_file():
                    shots += _walked(browser, address, data, out, role, lang, pages)
                else:
                    shots += _kept(out, role, lang)
        browser.close()
    sheet = _sheet(out, shots)
    bad = [s for s in shots if s.faults]
    for shot in bad:
        print(f"{shot.role} {shot.view} {shot.lang} {shot.look}: {'; '.join(shot.faults)}")
    minutes = (time.monotonic() - begun) / 60
    print(f"{len(shots)} pictures, {len(bad)} with a fault, {minutes:.1f} minutes: {sheet}")
    return 1 if bad else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="folder of the pictures")
    parser.add_argument("--data", help="a data folder; else the demonstration is made")
    parser.add_argument("--roles", help="only these, by commas")
    parser.add_argument("--pages", help="only these of the roles, by commas")
    parser.add_argument("--again", action="store_true", help="also what --out has already")
    return parser.parse_args()


def _demo(folder: Path) -> Path:
    if not folder.is_dir():
        command = [sys.executable, "-m", "pipeline", "--data", str(folder), "demo", "--no-serve"]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return folder


def _walked(
    browser: Browser,
    address: str,
    data: Path,
    out: Path,
    role: str,
    lang: Language,
    pages: tuple[str, ...],
) -> list[Shot]:
    """Walks a role in one language; what it found is kept if it was walked to its end. Where it
    sticks, the others are walked all the same."""
    begun, words = time.monotonic(), Words(lang)
    shots: list[Shot] = []
    try:
        if kind := STATES.get(role):
            take = partial(_state, shots, out, role, lang)
            states.walk(kind, browser, data, out / "rooms" / f"{role}-{lang}", words, take)
        else:
            page = browser.new_page(viewport={"width": WIDTHS[0], "height": _HIGH})
            page.add_init_script(walking.COUNTING)
            page.set_default_timeout(60_000)
            page.goto(f"{address}/?lang={lang}")
            page.wait_for_selector(walking.STILL)
            shots.extend(_walk(page, words, role, pages, out))
            page.close()
    except Error as error:
        shots.append(Shot(role, "stuck", lang, "", (str(error).splitlines()[0],)))
    if not pages and all(s.look for s in shots):
        told = json.dumps([asdict(s) for s in shots], ensure_ascii=False)
        (out / f"{role}-{lang}.json").write_text(told, "utf-8")
    print(f"{role} {lang}: {len(shots)} pictures, {time.monotonic() - begun:.0f} s", flush=True)
    return shots


def _kept(out: Path, role: str, lang: str) -> list[Shot]:
    told = json.loads((out / f"{role}-{lang}.json").read_text("utf-8"))
    return [Shot(**one | {"faults": tuple(one["faults"])}) for one in told]


def _state(shots: list[Shot], out: Path, role: str, lang: str, page: Page, name: str) -> None:
    """Pictures of a page as it stands, in every width; of sign-in too, which is no Streamlit."""
    if name == states.MENU:  # open on a phone, and closed by any change of the window
        shot = Shot(role, name, lang, str(WIDTHS[1]), ())
        page.screenshot(path=str(out / shot.name))
        shots.append(shot)
        return
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": _HIGH})
        ours = page.locator('[data-testid="stMainBlockContainer"]').count() > 0
        if ours:
            walking.drawn(page)
        wrong = list(_wrong(page)) if ours and name != states.REFUSED else []
        if not ours and (over := walking.wide(page)) > 0:
            wrong.append(f"{over} px wider than the window")
        shot = Shot(role, name, lang, str(width), tuple(wrong))
        if ours:
            _taken(page, shot, out, width)
        else:
            page.screenshot(path=str(out / shot.name), full_page=True)
        shots.append(shot)
    page.set_viewport_size({"width": WIDTHS[0], "height": _HIGH})


def _walk(page: Page, words: Words, role: str, pages: tuple[str, ...], out: Path) -> Iterator[Shot]:
    walking.take_role(page, words, role)
    for view in walking.pages_of(role):
        if pages and view.id not in pages:
            continue
        walking.go(page, words, view.id)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": _HIGH})
            walking.drawn(page)
            shot = Shot(role, view.id, words.lang, str(width), _wrong(page))
            yield _taken(page, shot, out, width)
        page.set_viewport_size({"width": WIDTHS[0], "height": _HIGH})
        walking.drawn(page)
        if words.lang == LANGUAGES[0] and role == _first_with(view.id):
            page.emulate_media(color_scheme="dark")
            walking.drawn(page)
            yield _taken(page, Shot(role, view.id, words.lang, "dark", ()), out, WIDTHS[0])
            page.emulate_media(color_scheme="light")
            page.set_viewport_size({"width": WIDTHS[0], "height": _HIGH})
            walking.drawn(page)


def _wrong(page: Page) -> tuple[str, ...]:
    return (*walking.faults(page), *walking.blemishes(page))


def _first_with(view: str) -> str:
    return next(role for role, pages in walking.roles() if view in {v.id for v in pages})


def _taken(page: Page, shot: Shot, out: Path, width: int) -> Shot:
    """The page from top to bottom: it scrolls inside, so the window is made as high as it is."""
    high = page.evaluate(
        "Math.ceil(document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight) + 60"
    )
    page.set_viewport_size({"width": width, "height": max(_HIGH, min(int(high), _HIGHEST))})
    walking.drawn(page)
    page.screenshot(path=str(out / shot.name))
    return shot


def _sheet(out: Path, shots: list[Shot]) -> Path:
    """One HTML file with all pictures, faults first."""
    figures = "".join(
        f'<figure class="{"bad" if s.faults else ""}"><a href="{s.name}"><img loading="lazy" '
        f'src="{s.name}" style="width:{180 if s.look == "390" else 420}px"></a>'
        f"<figcaption>{escape(' '.join((s.role, s.view, s.lang, s.look, *s.faults)))}"
        "</figcaption></figure>"
        for s in sorted(shots, key=lambda s: not s.faults)
    )
    style = (
        "body{display:flex;flex-wrap:wrap;gap:12px;font:13px sans-serif}figure{margin:0}"
        "img{border:1px solid #ccc;max-height:520px;object-fit:cover;object-position:top}"
        ".bad figcaption{color:#b00;font-weight:bold}"
    )
    path = out / "index.html"
    path.write_text(
        f"<!doctype html><meta charset='utf-8'><title>Mingcha</title><style>{style}</style>"
        + figures,
        "utf-8",
    )
    return path


if __name__ == "__main__":
    raise SystemExit(main())
