"""The branch page at its edges: what is not there is said in words, and nothing breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from dashboards import queries
from dashboards.due import Check, Due, is_newest
from dashboards.words import LANGUAGES, Words
from pipeline.folders import DataFolder

Page = Callable[..., Any]
ZH = Words("zh")


def said(app: Any) -> str:
    blocks = (app.markdown, app.caption, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in blocks for e in kind).replace("\\", "")


def html(app: Any) -> str:
    return "".join(str(e.proto.body) for e in app.get("html"))


def changed(folder: Path, table: str, **columns: pl.Expr) -> None:
    """A table of the publication made otherwise; it counts as another publication."""
    path = folder / "publications" / "2026-09-r1"
    frame = pl.read_parquet(path / f"{table}.parquet")
    frame.with_columns(**columns).cast(frame.schema).write_parquet(path / f"{table}.parquet")
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))
    manifest["content_hash"] = f"{abs(hash((table, *columns))):064d}"
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("number", [1, 10, 11])
def test_every_branch_has_a_page(
    page: Page, folder: Path, province: ModuleType, number: int, lang: str
) -> None:
    """Best, insufficient, unvisited: none fails."""
    app = page(folder, "branch", scope=province.BRANCHES[number], lang=lang)
    assert not app.exception and not app.error


def test_an_insufficient_branch_has_no_rank_and_is_told_why(
    page: Page, folder: Path, province: ModuleType
) -> None:
    app = page(folder, "branch", scope=province.BRANCHES[10])
    assert ZH("branch.insufficient") in said(app)
    assert {m.label: m.value for m in app.metric}["全省名次"] == "—"
    assert "rank_origin" not in {b.key for b in app.button}


def test_one_branch_alone_is_compared_with_nobody(
    page: Page, folder: Path, province: ModuleType
) -> None:
    alone = {c: pl.lit(None) for c in ("rank", "low", "high", "tier", "reliability")}
    changed(folder, "rank", status=pl.lit("alone"), of=pl.lit(1), **alone)
    app = page(folder, "branch", scope=province.BRANCHES[0])
    assert ZH("branch.alone") in said(app)
    assert "高于平均”一档" not in said(app)
    assert not app.exception and not app.error


def test_a_branch_not_introduced_is_called_so(
    page: Page, folder: Path, province: ModuleType
) -> None:
    changed(folder, "adoption", status=pl.lit("not_introduced"), zh=pl.lit("尚未导入。"))
    assert "固化状态：未导入" in said(page(folder, "branch", scope=province.BRANCHES[0]))


def test_a_first_period_has_one_point_and_no_limits(
    page: Page, folder: Path, province: ModuleType
) -> None:
    path = folder / "publications" / "2026-09-r1"
    values = pl.read_parquet(path / "metric_value.parquet")
    values.filter(period="2026-09").write_parquet(path / "metric_value.parquet")
    changed(folder, "chart", status=pl.lit("short"))
    app = page(folder, "branch", scope=province.BRANCHES[0])
    assert "本网点：2026年9月为 95.0%。" in said(app)
    assert ZH("branch.chart_short") in said(app)
    level = page(folder, "overview")
    assert "无上期可比" in said(level) and not level.exception


def test_the_page_says_post_and_worth_and_escapes_the_words_of_others(
    page: Page, folder: Path, province: ModuleType
) -> None:
    app = page(folder, "branch", scope=province.BRANCHES[0])
    assert "每次约 1 分" in html(app)  # 2 points over two visits
    assert "&lt;script&gt;" in html(app) and "<script>" not in html(app)


def test_values_stand_beside_group_and_province(
    page: Page, folder: Path, province: ModuleType
) -> None:
    app = page(folder, "branch", scope=province.BRANCHES[0])
    assert "同类 —，全省 81.0%" in said(app)  # the hand-made groups have no values
    buttons = {b.key: b.label for b in app.button}
    assert buttons["metric_adherence"] == "**95.0%**"
    assert buttons["branch_steps_adherence.step.s1"] == "笑相迎 **30.0%**"


def test_who_may_not_see_origins_sees_the_value_and_no_button(page: Page, folder: Path) -> None:
    app = page(folder, "branch", demo=True)
    app.selectbox(key="demo_role").select("union").run()
    assert not [b for b in app.button if str(b.key).startswith(("metric_", "rank_origin"))]
    assert "**95.0%**" in said(app)


def test_only_the_newest_figures_are_confirmed_and_appealed(
    folder: Path, province: ModuleType
) -> None:
    """The check period is open; what is shown is the first of two revisions."""
    province.build(folder, revision=2)
    new, old = queries.publications(DataFolder(folder))
    assert (is_newest(DataFolder(folder), new), is_newest(DataFolder(folder), old)) == (True, False)
    check = Check(date(2026, 10, 13))
    assert Due(date(2026, 10, 13), check).checking
    assert not Due(date(2026, 10, 14), check).checking
    assert not Due(date(2026, 10, 13), check, newest=False).checking
