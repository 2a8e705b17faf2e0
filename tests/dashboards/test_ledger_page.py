"""The ledger before the audit administrator: filtered, verified, masked, its export on record."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audits.procedure import Actor
from dashboards.access import ROLES, Viewer, may
from dashboards.words import Words
from pipeline import ledger_audit, rounds
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.office.ledger_reading import Wanted
from pipeline.persons import Masker
from tests.pipeline.offices import EDITION

Page = Callable[..., Any]
ZH = Words("zh")


@pytest.fixture
def office(tmp_path: Path) -> DataFolder:
    """A round drafted and cancelled, and an upload whose file bears a name."""
    folder, clerk = DataFolder(tmp_path), Actor("张敏", "office")
    rounds.act(folder, "2026Q3", "draft", clerk, editions=[EDITION])
    rounds.act(folder, "2026Q3", "cancel", clerk, reason="李四女士来电要求改期")
    with Office.open(folder) as opened:
        opened.record("upload.intent", {"name": "赵六的报表.xlsx", "rows": 3}, "王五")
    return folder


def _open(page: Page, root: Path, lang: str = "zh") -> Any:
    """By way of a page that everybody has: the clerk of the first run has no ledger."""
    app = page(root, "rounds", demo=True, lang=lang)
    os.environ["MINGCHA_TEST_VIEW"] = "ledger"  # put back with the rest of the environment
    return app.selectbox(key="demo_role").set_value("audit").run()


def test_every_record_is_there_and_nobody_is_named(page: Page, office: DataFolder) -> None:
    app = _open(page, office.root)
    assert not app.exception
    table = app.dataframe[0].value
    assert table["序号"].tolist() == [3, 2, 1]
    shown = table.to_string()
    assert "赵六" not in shown and "李四女士" not in shown
    assert "来电要求改期" in shown  # what was said stays readable
    assert "轮次 · round.cancel" in shown


def test_it_is_filtered_by_act_actor_and_day(page: Page, office: DataFolder) -> None:
    from datetime import date

    app = _open(page, office.root)
    app.selectbox(key="ledger_act").set_value("round").run()
    assert app.dataframe[0].value["序号"].tolist() == [2, 1]
    app.selectbox(key="ledger_actor").set_value("王五").run()
    assert ZH("ledger.none") in [i.value for i in app.info]
    app.selectbox(key="ledger_act").set_value("").run()
    assert app.dataframe[0].value["序号"].tolist() == [3]
    app.date_input(key="ledger_to").set_value(date(2020, 1, 1)).run()
    assert ZH("ledger.none") in [i.value for i in app.info]


def test_the_chain_is_checked_and_a_forged_record_named(page: Page, office: DataFolder) -> None:
    app = _open(page, office.root)
    app.button(key="ledger_verify").click().run()
    assert "3 条" in app.success[0].value
    with sqlite3.connect(office.office) as forged:
        forged.execute("DROP TRIGGER ledger_no_update")
        forged.execute("UPDATE ledger SET actor = '别人' WHERE seq = 2")
    app = _open(page, office.root)
    app.button(key="ledger_verify").click().run()
    assert not app.success and "2" in app.error[0].value


def test_taking_records_along_is_itself_a_record(page: Page, office: DataFolder) -> None:
    app = _open(page, office.root)
    app.button(key="ledger_export").click().run()
    assert not app.exception
    with Office.open(office) as opened:
        ((_, said),) = ledger.payloads(opened.connection, ledger_audit.EXPORTED)
    assert said["count"] == 3


def test_what_a_payload_says_of_people_is_hidden_key_by_key() -> None:
    masker = Masker(["S0417"], ["钱七"], [])
    payload = {
        "shopper_id": "S0417", "email": "a@b.cn", "period": "2026Q3", "count": 3,
        "said": {"reason": "钱七说电话 13912345678 打不通", "answers": [[1, "是"]]},
        "to": "x@y.cn", "none": None,
    }  # fmt: skip
    told = ledger_audit.mask(payload, masker)
    assert told["shopper_id"] == told["email"] == told["to"] == ledger_audit.HIDDEN
    assert (told["period"], told["count"], told["none"]) == ("2026Q3", 3, None)
    assert "钱七" not in told["said"]["reason"] and "13912345678" not in told["said"]["reason"]
    # nobody to ask who is who: no text at all
    assert ledger_audit.mask(payload, None)["said"]["reason"] == ledger_audit.HIDDEN


def test_only_the_auditor_has_it_and_an_empty_folder_stays_empty(
    page: Page, tmp_path: Path
) -> None:
    assert {r for r in ROLES if may(Viewer(r, "01"), "ledger")} == {"audit"}
    app = _open(page, tmp_path / "none", lang="en")
    assert Words("en")("ledger.none") in [i.value for i in app.info]
    assert ledger_audit.read(DataFolder(tmp_path / "none"), Wanted(), 10) == ([], 0)
