"""Who has not reported as of now, and reminders to a real SMTP server on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.access import ROLES, Viewer, user_can
from dashboards.words import Words
from pipeline.folders import DataFolder
from pipeline.publish import publish
from tests.pipeline.delivery.mailing_office import EAST, PERIOD, WEST, office_of, reported
from tests.pipeline.delivery.postman import Postman, running, settings
from tests.pipeline.offices import Clock

Page = Callable[..., Any]
ZH = Words("zh")


@pytest.fixture(scope="module")
def reported_once(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Four branches, of which one has reported September, which is published; for copies."""
    with pytest.MonkeyPatch.context() as patch:
        Clock(patch).set(10, 15)
        folder = office_of(tmp_path_factory.mktemp("office"), (EAST,))
        publish(folder, PERIOD, stage="formal")
    return folder


@pytest.fixture
def office(reported_once: DataFolder, tmp_path: Path) -> Iterator[DataFolder]:
    """A copy of that office in the middle of October."""
    with pytest.MonkeyPatch.context() as patch:
        Clock(patch).set(10, 15)
        yield DataFolder(Path(shutil.copytree(reported_once.root, tmp_path / "data")))


def _said(app: Any) -> str:
    boxes = (app.success, app.info, app.warning, app.error, app.caption, app.markdown)
    return "\n".join(str(e.value) for kind in boxes for e in kind).replace("\\", "")


def _look(page: Page, folder: DataFolder) -> Any:
    app = page(folder.root, "completeness", demo=True)
    app.selectbox(key="remind_month").set_value(PERIOD).run()
    return app.button(key="remind_look").click().run()


def test_the_list_is_of_now_and_not_of_the_publication(page: Page, office: DataFolder) -> None:
    reported(office, WEST)  # after the publication
    app = _look(page, office)
    assert not app.exception
    assert "未报 2" in _said(app)
    table = next(d.value for d in app.dataframe if "最近催报" in d.value)
    assert WEST not in table["代码"].tolist() and len(table) == 2


def test_without_mail_settings_the_list_is_taken_along(page: Page, office: DataFolder) -> None:
    app = _look(page, office)
    app.button(key="remind_plan").click().run()
    assert not app.exception
    assert "还没有发信设置" in _said(app) and ZH("remind.by_list") in _said(app)
    assert "remind_send" not in [b.key for b in app.button]


def test_reminders_are_planned_sent_and_sent_once(page: Page, office: DataFolder) -> None:
    postman = Postman()
    with running(postman, "none") as (port, _):
        office.delivery.write_text(settings(port, "none"), "utf-8")
        app = _look(page, office)
        app.button(key="remind_plan").click().run()
        # west has two addresses, south one; north has none and is told
        assert "将发出 3 封" in _said(app) and "海口北山网点" in _said(app)
        assert postman.arrived == []
        app.button(key="remind_send").click().run()
        assert not app.exception
        assert "已发出 3 封催报邮件" in _said(app)
        assert {to for to, _ in postman.arrived} == {
            "xiqiao@bank.example", "xiqiao2@bank.example", "nangang@bank.example",
        }  # fmt: skip
        app = _look(page, office)
        app.button(key="remind_plan").click().run()
        assert "将发出 0 封；今天已发 3 封" in _said(app)
        assert "remind_send" not in [b.key for b in app.button]


def test_who_reminds(page: Page, office: DataFolder) -> None:
    assert {r for r in ROLES if user_can(Viewer(r, "01"), "remind")} == {"office", "head"}
    app = page(office.root, "completeness", demo=True)
    app.selectbox(key="demo_role").set_value("city").run()
    assert "remind_look" not in [b.key for b in app.button]
