"""A branch head on a phone, and the office that decides: real procedures, real stores, a real
server. Figures, appeals and actions are asked of the command line, not of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipeline.periods import month_of, quarter_of
from tests.browser import walking
from tests.browser.conftest import running
from tests.dashboards import conftest as pages
from tests.pipeline.offices import CLERK, Line, card, cell_of, with_register
from tests.pipeline.test_ingest import EAST, WEST

Opened = Callable[..., Page]
drawn = pages.page  # a fixture: one page without a browser
DAY = date.today().replace(day=1) - timedelta(days=10)  # last month: its figures are out today
PERIOD, ROUND = month_of(DAY), quarter_of(month_of(DAY))
LOST = {("STEP4A", 1): "否", ("STEP4B", 1): None, ("HALL09", 0): "否", ("ENV01", 0): 0}
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """Two branches, two visits each; published as a preview today, actions issued from it."""
    box = tmp_path_factory.mktemp("office")
    made = Line(box / "data")
    with_register(made, box / "sheets")
    paths = [
        card(box / "e1.xlsx", EAST, DAY, LOST, round=ROUND, reasons={"HALL09": "<b>无人陪同</b>"}),
        card(box / "e2.xlsx", EAST, DAY - timedelta(days=5), round=ROUND, shopper="S0099"),
        card(box / "w1.xlsx", WEST, DAY, {("ENV01", 0): 1}, round=ROUND, hour=14),
        card(box / "w2.xlsx", WEST, DAY - timedelta(days=5), LOST, round=ROUND, shopper="S0098"),
    ]
    made.run("ingest", *map(str, paths))
    made.run("publish", "--period", PERIOD)
    made.run("action", "open", "--period", PERIOD, "--preview", "--as", CLERK)
    return made


@pytest.fixture(scope="module")
def server(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(line.root, tmp_path_factory.mktemp("log") / "server.log", "--demo") as at:
        yield at


def own(app: Any) -> Any:
    """The page as the head of the east branch sees it."""
    app.selectbox(key="demo_role").select("branch").run()
    return app.selectbox(key="demo_node_branch").select(EAST[0]).run()


def said(app: Any) -> str:
    blocks = (app.markdown, app.info, app.success, app.error, app.caption, app.warning)
    return "\n".join(str(e.value) for kind in blocks for e in kind).replace("\\", "")


def test_what_first_has_fact_post_and_worth(line: Line, drawn: Any) -> None:
    """One of two visits lost 2 points on HALL09: a point a visit, of the lobby manager's."""
    app = own(drawn(line.root, "branch", demo=True))
    html = "".join(str(e.proto.body) for e in app.get("html"))
    assert "转到其他岗位时由厅堂人员陪同并当面介绍" in html
    assert "大堂经理" in html and f"{DAY} 厅堂：失 2 分" in html
    assert "&lt;b&gt;无人陪同&lt;/b&gt;" in html and "<b>无人陪同" not in html
    assert "核对期到" in said(app)
    assert not app.exception and not app.error


def test_others_are_offered_neither_appeal_nor_confirmation(line: Line, drawn: Any) -> None:
    app = drawn(line.root, "branch", demo=True, scope=EAST[0])
    for role in ("office", "city", "union", "hq"):
        app.selectbox(key="demo_role").select(role).run()
        keys = {b.key for b in app.button}
        assert not {"appeal_open", "confirm_open", "first_appeal_1"} & keys, role
        app.session_state["_dialogue"] = ("appeal", {"code": EAST[0], "item": ""})
        app.run()
        assert "没有查看此内容的权限" in said(app), role
        del app.session_state["_dialogue"]
    app = own(app)
    app.session_state["_dialogue"] = ("appeal", {"code": WEST[0], "item": ""})
    assert "没有查看此内容的权限" in said(app.run())


def test_a_value_is_followed_to_its_cells(line: Line, drawn: Any) -> None:
    app = own(drawn(line.root, "branch", demo=True))
    app.button(key="branch_steps_adherence.step.s4").click().run()
    html = "".join(str(e.proto.body) for e in app.get("html"))
    told = line.json("explain", "explain", "adherence.step.s4", "--scope", EAST[0],
                     "--period", PERIOD)  # fmt: skip
    cells = {c["cell"] for part in told["components"] for r in part["rows"] for c in r["cells"]}
    assert cells and all(f"评分表 · {cell}<" in html for cell in cells)
    assert "e1.xlsx" not in html and "file-" in html  # names as received are the office's
    app.session_state["_dialogue"] = ("origin", {"metric": "rank", "code": EAST[0], "period": ""})
    html = "".join(str(e.proto.body) for e in app.run().get("html"))
    lost = next(d.value for d in app.dataframe if "来源单元格" in d.value)
    cell = cell_of(line.root.parent / "e1.xlsx", "HALL09", 0)
    assert f" · 评分表 · {cell}" in lost[lost["代码"] == "HALL09"]["来源单元格"].iloc[0]
    assert str(DAY) in html and str(DAY - timedelta(days=5)) in html


def test_an_appeal_is_filed_and_taken_back(line: Line, drawn: Any) -> None:
    app = own(drawn(line.root, "branch", demo=True))
    app.button(key="appeal_open").click().run()
    app.text_area(key="appeal_text").set_value("监控可证")
    next(b for b in app.button if b.label == "提交申诉").click().run()
    (one,) = line.json("appeal-list", "appeal", "list")["appeals"]
    assert one["state"] == "filed"
    app = own(drawn(line.root, "branch", demo=True))
    # nobody says "no objection" while the own objection stands: no button, and refused
    assert "尚未了结" in said(app) and "confirm_open" not in {b.key for b in app.button}
    told = line.run("confirm", "--period", PERIOD, "--branch", EAST[0], expect=1)
    assert "尚未了结" in told
    app.session_state["_dialogue"] = ("withdraw", {"number": one["appeal"]})
    app.run().button(key="withdraw_do").click().run()
    (one,) = line.json("appeal-list", "appeal", "list")["appeals"]
    assert one["state"] == "withdrawn"
    assert "confirm_open" in {b.key for b in app.run().button}


def test_a_branch_confirms_once(line: Line, drawn: Any) -> None:
    app = own(drawn(line.root, "branch", demo=True))
    app.button(key="confirm_open").click().run()
    app.button(key="confirm_do").click().run()
    told = line.json("confirm", "confirm", "--period", PERIOD)
    assert [b["branch"] for b in told["by_branch"]] == [EAST[0]]
    assert "已于" in said(app) and "confirm_open" not in {b.key for b in app.button}


def _role(page: Page, role: str, node: str = "") -> None:
    """The role switch of the demonstration, in the folded side bar of a phone."""
    page.locator('[data-testid="stExpandSidebarButton"]').click()
    for box, name in (("demo_role", role), ("demo_node_branch", node)):
        if name:
            walking.choose(page, box, name)
    page.locator('[data-testid="stSidebarCollapseButton"] button').click()


def _fits(page: Page) -> None:
    """Nothing reaches beyond the screen, and what is pressed is large enough for a thumb."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(
            e => e.getBoundingClientRect().right > 391 && !e.closest('[data-testid=stDataFrame]')
        ).length"""
    )
    assert beyond == 0
    low = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] .stButton button')]
            .map(e => e.getBoundingClientRect().height).filter(h => h > 0 && h < 36).length"""
    )
    assert low == 0


def test_from_the_rank_to_an_appeal_and_a_closed_action(
    opened: Opened, server: str, line: Line, tmp_path: Path
) -> None:
    false, proof = tmp_path / "photo.pdf", tmp_path / "照片.pdf"
    false.write_bytes(b"MZ no picture")
    proof.write_bytes(PDF)
    page = opened(server, 390, 844)
    _role(page, "网点负责人", EAST[1])
    expect(page.get_by_text("真实名次有九成把握在第").first).to_be_visible()
    _fits(page)
    page.locator(".st-key-overview_1").get_by_role("link", name="网点").click()
    expect(page.locator('[data-testid="stHeading"]').first).to_have_text("网点")
    expect(page.locator('[data-testid="stMetricValue"]').nth(2)).to_have_text("1–2")
    walking.settled(page)
    _fits(page)
    page.locator(".st-key-first_appeal_1 button").click()
    form = page.locator('[role="dialog"]')
    form.locator("textarea").fill("监控可见大堂经理陪同")
    form.get_by_role("button", name="提交申诉").click()
    expect(form.get_by_text("已受理，申诉号 2")).to_be_visible()
    told = line.json("appeal-list", "appeal", "list", "2")["appeals"][0]
    assert (told["branch"], told["item"], told["state"]) == (EAST[0], "HALL09", "filed")
    assert told["visit_date"] == DAY.isoformat()
    assert told["acts"][0]["reason"] == "与事实不符：监控可见大堂经理陪同"
    form.get_by_role("button", name="关闭").click()
    expect(page.get_by_text("2 号：转到其他岗位时由厅堂人员陪同并当面介绍")).to_be_visible()
    page.get_by_role("link", name="去回复整改").click()
    expect(page.locator('[data-testid="stHeading"]').first).to_have_text("整改督办")
    _answer(page, line, false, proof)
    page.set_viewport_size({"width": 1366, "height": 900})
    _close(page, line)


def _answer(page: Page, line: Line, false: Path, proof: Path) -> None:
    page.get_by_role("button", name="回复").first.click()
    form = page.locator('[role="dialog"]')
    form.locator("textarea").fill("已明确陪同职责并复训")
    form.locator('input[type="file"]').set_input_files(str(false))
    form.get_by_role("button", name="提交回复").click()
    expect(form.get_by_text("不是可接受的格式")).to_be_visible()
    assert not line.json("action-list", "action", "list", "--state", "replied")["actions"]
    form.locator('input[type="file"]').set_input_files(str(proof))
    expect(form.get_by_text(proof.name)).to_be_visible()  # uploaded: only then it is sent
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    form.get_by_role("button", name="提交回复").click()
    expect(form.get_by_text("已提交，等省行审核")).to_be_visible()
    form.get_by_role("button", name="关闭").click()
    (told,) = line.json("action-list", "action", "list", "--state", "replied")["actions"]
    assert (told["branch_code"], told["measure"]) == (EAST[0], "已明确陪同职责并复训")
    assert told["evidence"] == "照片.pdf"


def _close(page: Page, line: Line) -> None:
    """The office ticks the only action that waits for it, and closes it."""
    _role(page, "省行")
    with walking.drawn_anew(page):
        page.get_by_text("待省行审核 1").click()
    grid = page.locator('[data-testid="stDataFrame"]').first
    expect(grid.locator('[data-testid="glide-cell-2-1"]')).to_have_count(0)
    walking.drawn(page)  # a grid is clicked by its place: it may not move any more
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 35 + 17)
    page.get_by_role("button", name="办理").click()
    form = page.locator('[role="dialog"]')
    form.get_by_role("button", name="销号").click()
    expect(form.get_by_text("已销号。")).to_be_visible()
    assert len(line.json("action-list", "action", "list", "--state", "closed")["actions"]) == 1
