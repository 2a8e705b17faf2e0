"""Pictures of every page × role × language × width, and one sheet of them all.

    python -m tests.browser.contact_sheet [--out DIR] [--data DIR] [--roles office,branch]

Nothing of it is committed: without --out the pictures go to a folder of the temporary directory.
Exit status 1 where a page shows an error, nothing, or is wider than the window.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dashboards.words import LANGUAGES, Words
from tests.browser import walking
from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, running

WIDTHS = (1366, 390)
Shot = tuple[str, str, str, int, list[str]]  # role, page, language, width, faults


def main() -> int:
    asked = _asked()
    out = Path(asked.out or tempfile.mkdtemp(prefix="mingcha-sheet-")).resolve()
    out.mkdir(parents=True, exist_ok=True)
    data = Path(asked.data).resolve() if asked.data else _demo(out / "data")
    shots: list[Shot] = []
    with running(data, out / "server.log", "--demo") as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for lang in LANGUAGES:
            page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
            page.add_init_script(walking.COUNTING)
            page.set_default_timeout(60_000)
            page.goto(f"{address}/?lang={lang}")
            page.wait_for_selector(walking.STILL)
            shots += _walk(page, Words(lang), asked.roles.split(",") if asked.roles else [], out)
            page.close()
        browser.close()
    sheet = _sheet(out, shots)
    bad = [s for s in shots if s[4]]
    for role, view, lang, width, faults in bad:
        print(f"{role} {view} {lang} {width}: {'; '.join(faults)}")
    print(f"{len(shots)} pictures, {len(bad)} with a fault: {sheet}")
    return 1 if bad else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="folder of the pictures")
    parser.add_argument("--data", help="a data folder; else the demonstration is made")
    parser.add_argument("--roles", help="only these, by commas")
    return parser.parse_args()


def _demo(folder: Path) -> Path:
    command = [sys.executable, "-m", "pipeline", "--data", str(folder), "demo", "--no-serve"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return folder


def _walk(page: Page, words: Words, only: list[str], out: Path) -> list[Shot]:
    found: list[Shot] = []
    for role, pages in walking.roles():
        if only and role not in only:
            continue
        walking.take_role(page, words, role)
        for view in pages:
            walking.go(page, words, view.id)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.wait_for_timeout(500)
                faults = walking.faults(page)
                if (over := walking.wide(page)) > 0:
                    faults.append(f"{over} px wider than the window")
                name = f"{role}-{view.id}-{words.lang}-{width}.png"
                _whole(page, out / name, width)
                found.append((role, view.id, words.lang, width, faults))
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            page.wait_for_timeout(150)
    return found


def _whole(page: Page, path: Path, width: int) -> None:
    """The page from top to bottom: it scrolls inside, so the window is made as high as it is."""
    high = page.evaluate(
        "Math.ceil(document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight) + 60"
    )
    page.set_viewport_size({"width": width, "height": max(900, min(int(high), 6000))})
    page.wait_for_timeout(250)
    page.screenshot(path=str(path))


def _sheet(out: Path, shots: list[Shot]) -> Path:
    """One HTML file with all pictures, faults first."""
    figures = "".join(
        f'<figure class="{"bad" if faults else ""}"><a href="{name}"><img loading="lazy" '
        f'src="{name}" style="width:{180 if width < 600 else 420}px"></a>'
        f"<figcaption>{escape(' '.join((role, view, lang, str(width), *faults)))}"
        "</figcaption></figure>"
        for role, view, lang, width, faults in sorted(shots, key=lambda s: not s[4])
        for name in [f"{role}-{view}-{lang}-{width}.png"]
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
