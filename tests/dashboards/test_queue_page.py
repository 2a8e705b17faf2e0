"""The inbox of office and union on a real office: a case decided under two keys, an appeal walked
from proposal to restatement, and nobody's name before the union's eyes.

Two branches, third quarter 2026, previewed on Friday 9 October and checked until the 13th.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audits.procedure import Actor
from dashboards.access import ROLES, Viewer, may
from dashboards.words import Words
from pipeline import appeals, reviews
from pipeline.folders import DataFolder
from pipeline.publication import open_publication
from tests.pipeline.offices import Clock, Line, card, with_register
from tests.pipeline.test_ingest import EAST, WEST

Page = Callable[..., Any]
ZH = Words("zh")
SAID = "王女士问理财，柜员说这个产品保本"
WHY = "当时是张建国经理接待，话已说全，账号6222021234567890123"
PDF = b"%PDF-1.7\n"


@pytest.fixture(scope="module")
def previewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office as it is after the preview, for copies."""
    box = tmp_path_factory.mktemp("previewed")
    with pytest.MonkeyPatch.context() as patch:
        line, clock = Line(box / "data"), Clock(patch)
        clock.set(9, 14)
        with_register(line, box)
        lost = {("STEP4A", 1): "否", ("COMP04", 0): "否"}
        east = card(box / "east.xlsx", EAST, date(2026, 9, 10), lost, reasons={"COMP04": SAID})
        west = card(box / "west.xlsx", WEST, date(2026, 9, 11), {("ENV01", 0): 1}, hour=14)
        line.run("ingest", str(east), str(west))
        clock.set(10, 9)
        line.run("publish", "--period", "2026Q3")
    return line.root


@pytest.fixture
def office(previewed: Path, tmp_path: Path) -> Iterator[tuple[Line, Clock]]:
    with pytest.MonkeyPatch.context() as patch:
        line, clock = Line(Path(shutil.copytree(previewed, tmp_path / "data"))), Clock(patch)
        clock.set(10, 12)
        yield line, clock


def _open(page: Page, root: Path, role: str = "office", lang: str = "zh") -> Any:
    app = page(root, "queue", demo=True, lang=lang)
    return app if role == "office" else app.selectbox(key="demo_role").set_value(role).run()


def _said(app: Any) -> str:
    boxes = (app.success, app.info, app.warning, app.error, app.caption, app.markdown)
    return "\n".join(str(e.value) for kind in boxes for e in kind).replace("\\", "")


def _word(app: Any, id: str, verdict: str, reason: str) -> Any:
    app.radio(key=f"review_verdict_{id}").set_value(verdict)
    app.text_input(key=f"review_reason_{id}").set_value(reason)
    return app.button(key=f"review_do_{id}").click().run()


def test_a_case_takes_two_keys(page: Page, office: tuple[Line, Clock]) -> None:
    line, _ = office
    folder = DataFolder(line.root)
    (case,) = reviews.listed(folder, "conduct")
    id = case.case["id"]
    app = _open(page, line.root)
    assert "保本" in _said(app) and "等省行、工会办理" in _said(app)
    app = _word(app, id, "uphold", "")
    assert "须写明理由" in app.error[0].value  # the procedure's own sentence
    app = _word(app, id, "uphold", "与评语一致，王女士在场")
    assert "现为“省行已定，待工会”" in _said(app)
    assert ZH("queue.nothing") in _said(app)  # nothing waits for the office any more

    union = _open(page, line.root, "union")
    told = _said(union)
    assert "保本" in told and "王女士" not in told  # masked, both in evidence and in reason
    union = _word(union, id, "uphold", "同意认定")
    assert "双方已一致" in _said(union)
    (after,) = reviews.listed(folder, "conduct")
    assert after.state == "upheld"
    assert {d.actor.role for d in after.decisions.values()} == {"office", "union"}
    # One side alone asks to look again: the other is told, and what was agreed holds.
    reviews.decide(folder, [id], "dismiss", "另有录像", Actor("union", "union"))
    asked = _open(page, line.root)
    assert "工会要求重新考虑已共同作出的结论（已认定）" in _said(asked)
    assert "等省行办理" in _said(asked) and "另有录像" in _said(asked)
    line.run("publish", "--period", "2026Q3")
    made = open_publication(folder, "2026Q3")
    assert made is not None
    vetoed = made.table("visit_score").filter(scope=EAST[0])["veto"].to_list()
    assert vetoed and vetoed[0] is not None and vetoed[0] >= 1


def test_an_appeal_from_proposal_to_restatement(page: Page, office: tuple[Line, Clock]) -> None:
    line, _ = office
    folder, proof = DataFolder(line.root), line.root / "proof.pdf"
    proof.write_bytes(PDF)
    head = Actor("李东", "branch", EAST[0])
    told = appeals.file(folder, "2026Q3", "STEP4A", head, WHY, proof=proof)
    number = told["appeal"]

    union = _open(page, line.root, "union")
    assert f"appeal_agree_{number}" not in [b.key for b in union.button]  # not its turn
    app = _open(page, line.root)
    assert WHY in _said(app)
    app.button(key=f"appeal_propose_{number}").click().run()
    assert ZH("queue.no_outcome") in app.error[0].value
    app.radio(key=f"appeal_outcome_{number}").set_value("upheld")
    app.text_area(key=f"appeal_reason_{number}").set_value("录像与申诉相符")
    app.button(key=f"appeal_propose_{number}").click().run()
    assert "意见已提出" in _said(app)

    union = _open(page, line.root, "union")
    shown = _said(union)
    assert "张建国" not in shown and "6222021234567890123" not in shown and "李东" not in shown
    assert "柜台 1 → 是" in shown
    # no masked copy was handed in, so the union gets no file, and is told why
    assert not [d for d in union.get("download_button") if "evidence" in str(d.key)]
    union.button(key=f"appeal_agree_{number}").click().run()
    assert not union.exception
    assert "成立，已执行" in _said(union)
    said = line.json("publish", "publish", "--period", "2026Q3")
    assert {e["appeal"] for e in said["restatements"]} >= {number}


def test_an_objection_needs_its_reason_and_the_head_his_day(
    page: Page, office: tuple[Line, Clock]
) -> None:
    line, clock = office
    folder = DataFolder(line.root)
    head = Actor("李东", "branch", EAST[0])
    number = appeals.file(folder, "2026Q3", "STEP4A", head, "已做到")["appeal"]
    appeals.propose(folder, number, "rejected", Actor("张敏", "office"), "评分表清楚")
    union = _open(page, line.root, "union")
    assert union.button(key=f"appeal_object_{number}").disabled
    union.text_input(key=f"appeal_objection_{number}").set_value("证据不足").run()
    union.button(key=f"appeal_object_{number}").click().run()
    assert "待省行重提" in _said(union)
    boss = _open(page, line.root, "head")
    assert f"appeal_decide_{number}" not in [b.key for b in boss.button]  # five working days first
    clock.set(10, 20)
    boss = _open(page, line.root, "head")
    boss.text_input(key=f"appeal_head_{number}").set_value("多次协商未果").run()
    boss.button(key=f"appeal_decide_{number}").click().run()
    assert not boss.exception
    (one,) = appeals.listed(folder)["appeals"]
    assert (one["state"], one["without_union"]) == ("rejected", True)


def test_nobody_else_has_the_page() -> None:
    assert {r for r in ROLES if may(Viewer(r, "01"), "queue")} == {"office", "head", "union"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_empty_it_says_so(page: Page, folder: Path, lang: str) -> None:
    app = _open(page, folder, lang=lang)
    assert not app.exception
    assert Words(lang)("queue.nothing") in _said(app)  # type: ignore[arg-type]


def test_while_somebody_writes_it_says_busy_and_shows_nothing_unmasked(
    page: Page, office: tuple[Line, Clock]
) -> None:
    from pipeline.warehouse.store import Warehouse

    line, _ = office
    with Warehouse(DataFolder(line.root)):
        union = _open(page, line.root, "union")
    assert not union.exception and not union.error
    assert "王女士" not in _said(union) and "保本" not in _said(union)
    assert union.button(key="queue_again")
