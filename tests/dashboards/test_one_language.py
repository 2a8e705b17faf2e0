"""Every page draws, in its language and in no other: English pages hold Chinese only where the data
is Chinese, Chinese pages hold English only where a word has no Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards.views import views
from dashboards.words import Language, Words

Page = Callable[..., Any]
CJK = re.compile(r"[\u3400-\u9fff]+")
WORD = re.compile(r"[A-Za-z]{3,}")
# Names of formats, programs and commands; ids of metrics, editions and files are code, not words.
ENGLISH_IN_CHINESE = {
    *("English", "CSV", "PDF", "Word", "Excel", "WPS", "xlsx", "xls", "xlsb", "ods", "csv", "zip"),
    *("SHA", "ICC", "AUM", "LBS", "Wi", "Fi", "material", "small", "gray", "div", "style", "span"),
    *("MB", "yaml", "rewards", "XmR"),
    *(
        "Klein",
        "Wright",
        "Wieczorek",
        "DerSimonian",
        "Laird",
        "Gwet",
        "Krippendorff",
    ),
}


def _spoken(app: Any) -> list[str]:
    """What a page says outside tables: text, titles and labels of widgets."""
    blocks = (app.header, app.subheader, app.markdown, app.caption, app.info, app.warning,
              app.error, app.success)  # fmt: skip
    said = [str(e.value) for kind in blocks for e in kind]
    widgets = (app.button, app.selectbox, app.multiselect, app.toggle, app.text_input, app.metric)
    said += [str(e.label) for kind in widgets for e in kind]
    said += [str(o) for e in app.selectbox for o in e.options]
    return said + [str(c) for d in app.dataframe for c in d.value.columns]


def _data(province: ModuleType) -> list[str]:
    """Words that come with the data: names of branches, regions and groups, and what was typed."""
    names = [*province.NAMES.values(), *province.CITIES.values(), "北河省分行", "城区", "县域"]
    return sorted([*names, "网点", "支行", "张敏", "中文", province.REASON], key=len, reverse=True)


def _drawn(page: Page, folder: Path, view: str, lang: Language) -> Any:
    """The page as drawn: its own title, nothing that broke, no error."""
    app = page(folder, view, lang=lang)
    assert not app.exception
    assert not app.error
    assert app.header[0].value == Words(lang)(f"page.{view}")
    return app


@pytest.mark.parametrize("view", [v.id for v in views() if v.id not in ("accounts", "ledger")])
def test_an_english_page_has_no_chinese_of_its_own(
    page: Page, folder: Path, province: ModuleType, view: str
) -> None:
    found = []
    for said in _spoken(_drawn(page, folder, view, "en")):
        for name in _data(province):
            said = said.replace(name, "")
        found += CJK.findall(said)
    assert found == []


@pytest.mark.parametrize("view", [v.id for v in views() if v.id not in ("accounts", "ledger")])
def test_a_chinese_page_has_no_english_of_its_own(page: Page, folder: Path, view: str) -> None:
    found = set()
    for said in _spoken(_drawn(page, folder, view, "zh")):
        plain = re.sub(r"<[^>]*>|`[^`]*`|:material/\w+:|mingcha [\w -]+", " ", said)
        plain = re.sub(r"[\w.-]*\d[\w.-]*|\w+\.\w+", " ", plain)  # ids, files, numbers
        found |= {w for w in WORD.findall(plain) if w not in ENGLISH_IN_CHINESE}
    assert found == set()
