"""The page of corrective actions: what each role sees of it, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from audits.actions import Action, Actor
from dashboards.access import Viewer, may
from dashboards.words import Words
from pipeline.folders import DataFolder
from pipeline.office import Office, actions
from pipeline.office.proceedings import today

Page = Callable[..., Any]
OFFICE = Actor("office", "office")


def made(branch: str, due: date, recurs: str | None = None) -> Action:
    issued = due - timedelta(days=14)
    return Action(
        f"Z2026Q3-{branch}-TR01", branch, "TR01", "open-1", "2026Q3", issued, Decimal(3), "major",
        "branch_head", issued, due, recurs,
    )  # fmt: skip


@pytest.fixture
def chased(folder: Path, province: ModuleType) -> Path:
    """Six actions: two late (one of them recurring), two in time, one answered, one closed.

    The first three are of the first city, the others of the second.
    """
    first, second = province.BRANCHES[:3], province.BRANCHES[6:9]
    day = today()
    late, soon = day - timedelta(days=1), day + timedelta(days=5)
    with Office.open(DataFolder(folder)) as office, office.transaction() as connection:
        every = [
            made(first[0], late),
            made(first[1], late, recurs="Z2026Q2-old"),
            made(first[2], soon),
            *(made(branch, soon) for branch in second),
        ]
        rows: list[Any] = [
            (a.id, 1, actions.OPENED, a.issued, OFFICE, actions.opening(a)) for a in every
        ]
        told = {"measure": "已补", "done": day.isoformat(), "evidence": "a.jpg"}
        for a in every[4:]:
            rows.append((a.id, 2, "reply", day, Actor("branch", "b", a.branch), told))
        rows.append((every[5].id, 3, "accept", day, OFFICE, {}))
        actions.record(connection, rows)
    province.on_record(folder)
    return folder


def tiles(app: Any) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def test_the_office_sees_all(page: Page, chased: Path, province: ModuleType) -> None:
    app = page(chased, "actions")
    assert not app.exception and not app.error
    assert tiles(app) == {
        "未销号": "5", "逾期": "2", "待省行审核": "1", "屡查屡犯": "1", "已销号": "1",
    }  # fmt: skip
    table = app.dataframe[0].value
    assert len(table) == 5
    assert table["提示"].tolist()[:2] == ["逾期", "逾期；屡查屡犯"]
    cities = app.dataframe[1].value
    assert cities["未销号"].tolist() == [3, 2]
    assert cities["逾期"].tolist() == [2, 0]


def test_the_list_can_be_narrowed(page: Page, chased: Path) -> None:
    app = page(chased, "actions")
    app.button_group(key="actions_show").set_value("office").run()
    assert app.dataframe[0].value["待办方"].tolist() == ["省行"]
    app.button_group(key="actions_show").set_value("everything").run()
    assert len(app.dataframe[0].value) == 6


def test_each_role_sees_its_own(page: Page, chased: Path) -> None:
    app = page(chased, "actions", demo=True)
    app.selectbox(key="demo_role").select("city").run()
    assert tiles(app)["未销号"] == "3"
    app.selectbox(key="demo_role").select("branch").run()
    assert tiles(app)["未销号"] == "1"
    assert app.dataframe[0].value["网点"].nunique() == 1
    assert not [b for b in app.button if b.key == "actions_make"]  # the kit is not the branch's
    assert not may(Viewer("union"), "actions")  # no item detail for the union


def test_a_kit_that_cannot_be_made_says_why(page: Page, chased: Path) -> None:
    app = page(chased, "actions")
    app.button(key="actions_make").click().run()
    assert "网点名册" in app.error[0].value  # this folder has a publication and no register
    assert not app.exception


def test_nothing_opened_yet(page: Page, folder: Path) -> None:
    app = page(folder, "actions", lang="en")
    assert app.info[0].value == Words("en")("actions.none")
