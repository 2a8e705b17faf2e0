"""The page of header spellings: what waits, where it was seen, one click, the ledger knows who."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboards.access import Viewer, may
from dashboards.views import views
from dashboards.words import Words
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, spellings, uploads
from pipeline.office.uploads import Upload

Page = Callable[..., Any]
HEADER = "接待_客户_人数[1](http://x)"  # whatever somebody typed is text, not markup
FINDING = {
    "rule": "unknown_column",
    "severity": "warning",
    "sheet": "九月",
    "cell": "L2",
    "value": HEADER,
    "zh": f"不认识表头“{HEADER}”（L2），该列未读取。是否为“接待客户数”？",
    "en": f"Header {HEADER} (L2) is unknown; the column was not read. Did you mean 接待客户数?",
}


@pytest.fixture
def office(tmp_path: Path) -> DataFolder:
    """An office that received one workbook with a header nobody knows."""
    folder = DataFolder(tmp_path)
    sent = Upload(
        "ab" * 32, "xlsx", "报表.xlsx", "performance", "2026-09", "warned", 9, [dict(FINDING)]
    )
    with Office.open(folder) as opened, opened.transaction() as connection:
        (begun,) = uploads.begin(connection, [sent], "office")
        uploads.seal(connection, {begun.upload_id: {}}, "office")
    return folder


def test_a_proposal_is_shown_with_its_place_and_confirmed_by_one_click(
    page: Page, office: DataFolder
) -> None:
    app = page(office.root, "spellings")
    assert not app.exception
    assert any(HEADER in t.value for t in app.text)
    seen = app.dataframe[0].value
    assert seen.iloc[0].tolist()[:3] == ["报表.xlsx", "九月", "L2"]
    (choice,) = [s for s in app.selectbox if str(s.key).startswith("spelling_column")]
    assert choice.value == "served"  # the finding proposed 接待客户数
    app.button(key="spelling_confirm_0").click().run()
    assert not app.exception
    assert "已确认" in app.success[0].value and "[1](" not in app.success[0].value
    with Office.open(office) as opened:
        standing = spellings.standing(opened.connection)
        ((seq, told),) = ledger.payloads(opened.connection, spellings.CONFIRMED)
        actor = opened.connection.execute(
            "SELECT actor FROM ledger WHERE seq = ?", (seq,)
        ).fetchone()[0]
    assert (told["kind"], told["written"], told["column"]) == ("performance", HEADER, "served")
    assert (standing.seq, actor) == (seq, "office")
    assert Words("zh")("spellings.none") in [i.value for i in app.info]
    assert app.dataframe[0].value["含义"].tolist() == ["接待客户数"]


def test_a_confirmed_spelling_is_taken_back(page: Page, office: DataFolder) -> None:
    app = page(office.root, "spellings", lang="en")
    app.button(key="spelling_confirm_0").click().run()
    app.selectbox(key="spelling_revoked").select_index(0).run()
    app.button(key="spelling_revoke").click().run()
    assert not app.exception
    with Office.open(office) as opened:
        assert spellings.standing(opened.connection).extra == {}
    assert any(str(s.key).startswith("spelling_column") for s in app.selectbox)


def test_a_header_that_nobody_needs_is_answered_on_the_page(page: Page, office: DataFolder) -> None:
    app = page(office.root, "spellings")
    app.button(key="spelling_ignore_0").click().run()
    assert not app.exception and "不需要" in app.success[0].value
    with Office.open(office) as opened:
        ((_, told),) = ledger.payloads(opened.connection, spellings.CONFIRMED)
    assert (told["kind"], told["written"], told["column"]) == ("performance", HEADER, "")
    assert app.dataframe[0].value["含义"].tolist() == ["不需要"]
    app.selectbox(key="spelling_revoked").select_index(0).run()  # and it can be taken back
    app.button(key="spelling_revoke").click().run()
    assert not app.exception and app.button(key="spelling_ignore_0")


def test_a_refusal_is_a_sentence(page: Page, office: DataFolder) -> None:
    """Somebody else was faster and gave the header another meaning."""
    from pipeline import spellings as meaning

    app = page(office.root, "spellings")
    meaning.confirm(office, "performance", HEADER, "identified")
    app.button(key="spelling_confirm_0").click().run()
    assert not app.exception
    assert "识别客户数" in app.error[0].value


def test_an_empty_folder_has_nothing_to_confirm_and_stays_empty(page: Page, tmp_path: Path) -> None:
    app = page(tmp_path / "none", "spellings")
    assert Words("zh")("spellings.none") in [i.value for i in app.info]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("role", ["city", "branch", "union"])
def test_only_the_office_has_the_page(role: str) -> None:
    (view,) = [v for v in views() if v.id == "spellings"]
    assert not may(Viewer(role, "01"), view.subject)
    assert may(Viewer("office"), view.subject)
