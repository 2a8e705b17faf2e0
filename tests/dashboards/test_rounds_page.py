"""A round walked on the page by office and union, each step on its day, as the procedures have it.

September 2026: the 1st is a Tuesday; five working days after it end on the 8th.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.words import Words
from pipeline import rounds
from pipeline.folders import DataFolder
from tests.pipeline.offices import EDITION, Clock

Page = Callable[..., Any]


@pytest.fixture
def clock() -> Iterator[Clock]:
    with pytest.MonkeyPatch.context() as patch:
        made = Clock(patch)
        made.set(9, 1)
        yield made


def _open(page: Page, root: Path, role: str = "office", lang: str = "zh") -> Any:
    app = page(root, "rounds", demo=True, lang=lang)
    return app if role == "office" else app.selectbox(key="demo_role").set_value(role).run()


def _said(app: Any) -> str:
    boxes = (app.success, app.info, app.warning, app.error, app.caption, app.markdown)
    return "\n".join(str(e.value) for kind in boxes for e in kind).replace("\\", "")


def _buttons(app: Any) -> dict[str, bool]:
    """Key → whether it can be pressed, of the buttons of rounds."""
    return {str(b.key): not b.disabled for b in app.button if str(b.key).startswith("round_")}


def test_a_round_is_walked_under_two_keys(page: Page, tmp_path: Path, clock: Clock) -> None:
    folder = DataFolder(tmp_path)
    app = _open(page, tmp_path)
    assert "最早 2026-09-09 开启" in _said(app)  # a round cannot be walked in one day
    (editions,) = list(app.multiselect)
    editions.set_value([EDITION])
    (quarter,) = [t for t in app.text_input if t.value == "2026Q4"]
    quarter.set_value("2026Q3")
    (go,) = [b for b in app.button if b.label == Words("zh")("rounds.do.draft")]
    go.click().run()
    assert "轮次 2026Q3 已立项" in _said(app)
    app.button(key="round_show_2026Q3").click().run()
    assert "2026-09-09 起可以开启（还有 8 天）" in _said(app)
    assert _buttons(app)["round_open_2026Q3"] is False
    assert "round_countersign_2026Q3" not in _buttons(app)

    clock.set(9, 9)
    app = _open(page, tmp_path)
    app.button(key="round_open_2026Q3").click().run()
    assert "现为“省行已开启，待工会会签”" in _said(app)

    union = _open(page, tmp_path, "union")
    assert set(_buttons(union)) == {"round_countersign_2026Q3", "round_refuse_2026Q3"}
    assert _buttons(union)["round_refuse_2026Q3"] is False  # not without a reason
    union.button(key="round_countersign_2026Q3").click().run()
    assert "现为“进行中”" in _said(union)
    app = _open(page, tmp_path)
    app.button(key="round_seal_2026Q3").click().run()
    (made,) = rounds.listed(folder)
    assert (made["state"], [a["actor"] for a in made["acts"]][2:4]) == (
        "sealed",
        ["office", "union"],
    )


def test_a_deadlock_is_the_heads_after_its_day(page: Page, tmp_path: Path, clock: Clock) -> None:
    from audits.procedure import Actor

    folder, clerk = DataFolder(tmp_path), Actor("张敏", "office")
    rounds.act(folder, "2026Q3", "draft", clerk, editions=[EDITION])
    rounds.act(folder, "2026Q3", "show", clerk)
    clock.set(9, 9)
    rounds.act(folder, "2026Q3", "open", clerk)
    union = _open(page, tmp_path, "union")
    union.text_input(key="round_reason_2026Q3").set_value("样本太少").run()
    union.button(key="round_refuse_2026Q3").click().run()
    assert "现为“工会未同意”" in _said(union)
    head = _open(page, tmp_path, "head")
    head.text_input(key="round_reason_2026Q3").set_value("已两次协商").run()
    assert _buttons(head)["round_decide_2026Q3"] is False  # the union's days are not over
    clock.set(9, 17)
    head = _open(page, tmp_path, "head")
    head.text_input(key="round_reason_2026Q3").set_value("已两次协商").run()
    head.button(key="round_decide_2026Q3").click().run()
    assert not head.exception
    (made,) = rounds.listed(folder)
    assert (made["state"], made["without_union"]) == ("running", True)
    assert "工会未会签" in str(head.dataframe[0].value)


@pytest.mark.parametrize("role", ["city", "branch", "hq"])
def test_others_read_and_have_no_button(page: Page, folder: Path, clock: Clock, role: str) -> None:
    from audits.procedure import Actor

    clerk = Actor("张敏", "office")
    rounds.act(DataFolder(folder), "2026Q3", "draft", clerk, editions=[EDITION])
    app = _open(page, folder, role)
    assert "2026Q3" not in _said(app)  # a draft is the office's own
    rounds.act(DataFolder(folder), "2026Q3", "show", clerk)
    app = _open(page, folder, role, lang="en")
    assert "Round 2026Q3: shown to all staff" in _said(app)
    assert _buttons(app) == {} and "张敏" not in _said(app)
