"""Publishing from the page, by the real worker: seen first, done, said to be nothing new.

One office of two branches in October 2026, whose clock is set by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dashboards.access import ROLES, Viewer, may, user_can
from dashboards.views import views
from dashboards.words import Words
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.publication import published
from tests.dashboards.working import worker
from tests.pipeline.offices import Clock, Line, card, cell_of, with_register
from tests.pipeline.test_ingest import EAST, WEST

Page = Callable[..., Any]
ZH = Words("zh")


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the office and its two scorecards, for copies."""
    box = tmp_path_factory.mktemp("visited")
    with pytest.MonkeyPatch.context() as patch:
        line, clock = Line(box / "data"), Clock(patch)
        clock.set(9, 14)
        with_register(line, box)
        east = card(box / "east.xlsx", EAST, date(2026, 9, 10), {("STEP4A", 1): "否"})
        west = card(box / "west.xlsx", WEST, date(2026, 9, 11), {("ENV01", 0): 1}, hour=14)
        line.run("ingest", str(east), str(west))
    return box


@pytest.fixture
def office(visited: Path, tmp_path: Path) -> Iterator[tuple[Line, Clock, Path]]:
    with pytest.MonkeyPatch.context() as patch:
        line = Line(Path(shutil.copytree(visited / "data", tmp_path / "data")))
        clock = Clock(patch)
        clock.set(10, 9)
        yield line, clock, visited / "east.xlsx"


def _as(app: Any, role: str) -> Any:
    return app.selectbox(key="demo_role").set_value(role).run()


def _said(app: Any) -> str:
    boxes = (app.success, app.info, app.warning, app.error, app.caption, app.markdown)
    return "\n".join(str(e.value) for kind in boxes for e in kind).replace("\\", "")


def _metrics(app: Any) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def test_from_a_first_preview_to_nothing_new(page: Page, office: tuple[Line, Clock, Path]) -> None:
    line, _, east = office
    folder = DataFolder(line.root)
    with worker(folder):
        app = page(line.root, "publish", demo=True)
        assert app.selectbox(key="publish_period").value == "2026Q3"
        app.button(key="publish_rehearse").click().run()
        assert "尚未发布过" in _said(app) and "至 2026-10-13 为止" in _said(app)
        assert published(folder) == []  # looking leaves no trace
        app.button(key="publish_do").click().run()
        assert not app.exception
        (made,) = published(folder)
        assert "2026Q3 第 1 版已发布（预发布）" in _said(app)
        assert made.manifest["content_hash"] in [c.value for c in app.code]
        assert app.query_params["revision"] in ("1", ["1"])

        app.button(key="publish_rehearse").click().run()  # nothing changed since
        assert "与第 1 版阶段、内容完全相同" in _said(app)
        assert app.button(key="publish_do").disabled
        _corrected(line, east)
        app.button(key="publish_rehearse").click().run()
        told = _metrics(app)
        assert told[ZH("publish.changed_cells")] == "1"
        assert int(told[ZH("publish.restated_values")]) > 0
        assert told[ZH("publish.confirmed")] == "0 / 2"
        table = app.dataframe[0].value
        assert {"原为", "改为"} <= set(table.columns)
        app.button(key="publish_do").click().run()
        assert [p.revision for p in published(folder)] == [1, 2]


def _corrected(line: Line, east: Path) -> None:
    import hashlib

    digest = hashlib.sha256(east.read_bytes()).hexdigest()
    place = ("--sheet", "评分表", "--cell", cell_of(east, "STEP4A", 1))
    line.run("correct", "record", digest, *place, "--old", "否", "--new", "是", "--reason", "看错")


def test_formal_waits_and_only_the_head_may_say_why_not(
    page: Page, office: tuple[Line, Clock, Path]
) -> None:
    line, _, _ = office
    folder = DataFolder(line.root)
    line.run("publish", "--period", "2026Q3")
    with worker(folder):
        app = page(line.root, "publish", demo=True)
        app.button_group(key="publish_stage").set_value("formal").run()
        app.button(key="publish_rehearse").click().run()
        # Friday the 9th at the office, whatever the machine's clock says: five days with today
        assert ZH("publish.wait", until="2026-10-13", days=5) in _said(app)
        assert app.button(key="publish_do").disabled
        assert ZH("publish.head_only") in _said(app)

        app = _as(page(line.root, "publish", demo=True), "head")
        app.button_group(key="publish_stage").set_value("formal").run()
        app.button(key="publish_rehearse").click().run()
        assert app.button(key="publish_do").disabled  # not without a reason
        app.text_input(key="publish_early").set_value("年度评比急用").run()
        app.button(key="publish_do").click().run()
        assert not app.exception
    newest = published(folder)[-1].manifest
    assert (newest["stage"], newest["check"]["waived"]) == ("formal", True)
    with Office.open(folder) as opened:
        ((seq, said),) = ledger.payloads(opened.connection, "check.waive")
        who = opened.connection.execute("SELECT actor FROM ledger WHERE seq = ?", (seq,)).fetchone()
    assert (said["said"]["reason"], said["role"], who[0]) == ("年度评比急用", "head", "head")


def test_the_head_decides_on_ranks_once(page: Page, office: tuple[Line, Clock, Path]) -> None:
    line, _, _ = office
    app = _as(page(line.root, "publish", demo=True), "head")
    app.text_input(key="publish_rank_reason").set_value("上级要求").run()
    app.button(key="publish_rank_do").click().run()
    assert "已记入台账" in _said(app)
    decided = line.json("rank-decision", "rank-decision", "list")
    assert [(d["reason"], d["in_force"]) for d in decided] == [("上级要求", True)]
    clerk = page(line.root, "publish", demo=True)
    assert "上级要求" in _said(clerk)  # told to the clerk, who has no button
    assert "publish_rank_do" not in [b.key for b in clerk.button]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_preview_over_a_formal_revision_says_which_is_in_force(
    monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """In the words of documents and commands; of any other publication nothing is said."""
    from types import SimpleNamespace
    from typing import cast

    from dashboards import publish_parts
    from dashboards.views import Context
    from dashboards.words import Words

    said: list[str] = []
    monkeypatch.setattr(publish_parts.st, "warning", said.append)
    context = cast(Context, SimpleNamespace(words=Words(lang)))
    for formal in (None, 1):
        publish_parts._over_formal(context, {"revision": 2, "over_formal": formal})
    (told,) = said
    wanted = {"zh": "第1版仍然有效", "en": "formal revision 1, which stays the one in force"}
    assert wanted[lang] in told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_damaged_publication_is_warned_of(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    from types import SimpleNamespace
    from typing import cast

    from dashboards import publish_parts
    from dashboards.views import Context
    from dashboards.words import Words

    said: list[str] = []
    monkeypatch.setattr(publish_parts.st, "warning", said.append)
    context = cast(Context, SimpleNamespace(words=Words(lang)))
    for damaged in ([], ["2026Q3-r1"]):
        told = {"period": "2026-09", "revision": 1, "same_as": None, "damaged": damaged}
        publish_parts._damaged(context, told)
    (warned,) = said
    wanted = {"zh": "没有与它比较", "en": "nothing was compared"}
    assert "2026Q3" in warned and wanted[lang] in warned


@pytest.mark.parametrize(("same_as", "shown"), [(1, "0"), (None, "—")])
def test_what_could_not_be_compared_is_no_nought(
    monkeypatch: pytest.MonkeyPatch, same_as: int | None, shown: str
) -> None:
    from types import SimpleNamespace
    from typing import cast

    from dashboards import publish_parts
    from dashboards.views import Context
    from dashboards.words import Words

    tiles: list[str] = []
    monkeypatch.setattr(publish_parts.st, "metric", lambda _, value, **__: tiles.append(value))
    counts = dict.fromkeys(
        ("changed_cells", "restated_values", "not_reported", "pending_correction"), 0
    )
    told = {
        "period": "2026Q3", "revision": 2, "same_as": same_as, "damaged": ["2026Q3-r1"],
        "counts": counts, "changed_ranks": 0, "check": {"until": None},
    }  # fmt: skip
    publish_parts._tiles(cast(Context, SimpleNamespace(words=Words("zh"))), told)
    assert tiles[:3] == [shown] * 3 and tiles[4:] == ["0", "0"]


def test_who_publishes() -> None:
    assert {r for r in ROLES if user_can(Viewer(r, "01"), "publish")} == {"office", "head"}
    (view,) = [v for v in views() if v.id == "publish"]
    assert {r for r in ROLES if may(Viewer(r, "01"), view.subject)} == {"office", "head"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_folder_says_what_to_do(page: Page, tmp_path: Path, lang: str) -> None:
    app = page(tmp_path / "none", "publish", lang=lang)
    assert not app.exception
    assert Words(lang)("publish.no_data") in _said(app)  # type: ignore[arg-type]
    assert not (tmp_path / "none").exists()
