"""Every revision with what it changed; documents by the catalogue, made by the real worker."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from dashboards.words import Words
from pipeline.folders import DataFolder
from pipeline.publication_tables import TABLES

Page = Callable[..., Any]
ZH = Words("zh")


@pytest.fixture
def restated(folder: Path, province: ModuleType) -> Path:
    """A second revision that changed one number of a branch in each city."""
    path = province.build(folder, 2, stage="formal")
    rows = [
        {"metric": "adherence", "scope": code, "period": "2026-09", "former_revision": 1,
         "former_value": 0.9, "value": 0.8, "cause": f"file {code} C3: 是 -> 否"}
        for code in (province.BRANCHES[0], province.BRANCHES[6])
    ]  # fmt: skip
    pl.DataFrame(rows, schema=TABLES["restatement"]).write_parquet(path / "restatement.parquet")
    return folder


def _open(page: Page, root: Path, role: str = "office", lang: str = "zh") -> Any:
    app = page(root, "publications", demo=True, lang=lang)
    return app if role == "office" else app.selectbox(key="demo_role").set_value(role).run()


def _said(app: Any) -> str:
    boxes = (app.success, app.info, app.warning, app.error, app.caption, app.markdown)
    return "\n".join(str(e.value) for kind in boxes for e in kind).replace("\\", "")


def test_revisions_and_what_they_changed(page: Page, restated: Path, province: ModuleType) -> None:
    app = _open(page, restated)
    assert not app.exception and not app.error
    table = app.dataframe[0].value
    assert table["版次"].tolist() == [2, 1]
    assert table["阶段"].tolist() == ["正式通报", "预发布"]
    changed = app.dataframe[1].value
    assert changed["原为"].tolist() == ["90.0%", "90.0%"]
    assert changed["改为"].tolist() == ["80.0%", "80.0%"]
    assert any("C3" in c for c in changed["原因"])


def test_what_the_ledger_does_not_know_is_not_shown_and_told(
    page: Page, folder: Path, province: ModuleType
) -> None:
    province.on_record(folder)
    shutil.copytree(folder / "publications" / "2026-09-r1", folder / "publications" / "2026-10-r1")
    app = _open(page, folder)
    assert app.dataframe[0].value["版次"].tolist() == [1]
    assert ["2026-10-r1" in e.value.replace("\\", "") for e in app.error] == [True]
    assert not _open(page, folder, "branch").error  # the office's matter


def test_a_publication_with_other_files_is_not_shown(
    page: Page, folder: Path, province: ModuleType
) -> None:
    path = folder / "publications" / "2026-09-r1"
    digest = hashlib.sha256((path / "rank.parquet").read_bytes()).hexdigest()
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))
    manifest["tables"] = {"rank": {"rows": 12, "sha256": digest}}
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert not page(folder, "league").error
    rows = pl.read_parquet(path / "rank.parquet")
    rows.with_columns(pl.col("score") + 5).write_parquet(path / "rank.parquet")
    app = page(folder, "league")
    assert len(app.error) == 1 and "不予展示" in app.error[0].value and not app.dataframe


def test_a_city_sees_its_own_and_the_union_no_cell(
    page: Page, restated: Path, province: ModuleType
) -> None:
    city = _open(page, restated, "city")
    assert len(city.dataframe[1].value) == 1
    assert ZH("publications.own_documents") in _said(city)
    # a city led by itself takes its digest here, and nobody else's
    assert [b.key for b in city.button if b.key.startswith("document_")] == ["document_city"]
    union = _open(page, restated, "union")
    assert len(union.dataframe[1].value) == 2
    assert "原因" not in union.dataframe[1].value.columns


@pytest.mark.parametrize(
    ("role", "has", "lacks"),
    [
        ("office", {"通报", "快报", "总行趋势简报", "暗访公平性报告"}, set()),
        ("union", {"通报", "暗访公平性报告"}, {"总行趋势简报"}),
        ("hq", {"通报", "总行趋势简报"}, {"暗访公平性报告"}),
    ],
)
def test_documents_are_offered_by_the_catalogue(
    page: Page, restated: Path, role: str, has: set[str], lacks: set[str]
) -> None:
    app = _open(page, restated, role)
    (which,) = [g for g in app.button_group if g.key == "publications_which"]
    offered = set(which.options)
    assert has <= offered and not lacks & offered


def test_what_is_asked_for_is_in_the_queue_for_the_worker(
    page: Page, restated: Path, province: ModuleType
) -> None:
    from pipeline.office import Office, jobs

    app = page(restated, "publications", demo=True)
    folder = DataFolder(restated)
    province.on_record(restated)  # and so the queue is there
    with contextlib.suppress(RuntimeError):  # the page stays with the job; there is no worker
        app.button(key="publications_make").click().run(timeout=1)
    with Office.open(folder) as office:
        job = jobs.job(office.connection, 1)
    assert job is not None and job.task == "report"
    assert (job.request["documents"], job.request["formats"]) == (
        ["circular"],
        ["docx", "pdf", "xlsx"],
    )
