"""An upload by the real worker: found again in a new session, headers confirmed in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from dashboards import intake
from dashboards.words import Words
from pipeline.folders import DataFolder
from pipeline.office import Office, uploads
from tests.dashboards.working import worker
from tests.pipeline.offices import Line, with_register
from tests.pipeline.test_ingest import EAST, WEST, monthly

Page = Callable[..., Any]
ZH = Words("zh")


def _sheet(tmp_path: Path) -> Path:
    """September of two branches; the header of customers served is one that nobody knows."""
    path = monthly(tmp_path / "九月.xlsx", (EAST, 900, 300, 1e6), (WEST, 800, 250, 2e6))
    book = openpyxl.load_workbook(path)
    (cell,) = [c for c in book.worksheets[0][1] if c.value == "接待客户数"]
    cell.value = "接待客户人次数"
    book.save(path)
    return path


def test_a_closed_tab_loses_nothing_and_a_header_is_confirmed_in_place(
    page: Page, tmp_path: Path
) -> None:
    line = Line(tmp_path / "data")
    with_register(line, tmp_path)
    folder, sheet = DataFolder(line.root), _sheet(tmp_path)
    job = intake.start(folder, "zh", [(sheet.name, sheet.read_bytes())], "office")
    with worker(folder):
        app = page(line.root, "upload", demo=True)  # another session, while it is in work
        assert not app.exception and job.progress() is None
        app = page(line.root, "upload", demo=True)  # and one after it has ended
        assert "共 1 个文件" in "".join(w.value for w in (*app.success, *app.warning))
        (choice,) = [s for s in app.selectbox if str(s.key).startswith("spelling_column")]
        choice.set_value("served").run()
        app.button(key="spelling_confirm_0").click().run()
        assert not app.exception
        app.button(key="upload_read_again").click().run()
        assert not app.exception
        assert not [s for s in app.selectbox if str(s.key).startswith("spelling_column")]
    with Office.open(folder) as office:
        listed = [u for u in uploads.listed(office.connection) if u["kind"] == "performance"]
    assert len(listed) == 2 and {u["name"] for u in listed} == {sheet.name}
    assert "接待客户人次数" not in str(listed[0]["findings"]) or "接待客户人次数" not in str(
        listed[-1]["findings"]
    )
    app.button(key="upload_put_away").click().run()
    assert not app.success and not app.warning
