"""Trends, comparison, funnel, map of steps and the league of a branch head, by hand-made values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from audits.statistics.proportions import of_sums
from dashboards import queries
from dashboards.access import NOTHING, Denied, Scope, Viewer, standing_detail
from dashboards.navigation import GROUPS, grouped
from dashboards.queries import Key
from dashboards.views import views
from dashboards.words import LANGUAGES, Words
from pipeline.folders import DataFolder

Page = Callable[..., Any]
ALL = Scope(everything=True)


@pytest.fixture
def folder(tmp_path: Path, province: ModuleType) -> Path:
    """Formal: of a preview a branch head sees the own figures alone."""
    province.build(tmp_path, stage="formal")
    return tmp_path


@pytest.fixture
def key(folder: Path) -> Key:
    (found,) = queries.publications(DataFolder(folder))
    return found


def _said(app: Any) -> str:
    blocks = (app.markdown, app.caption, app.info, app.error, app.warning)
    return "\n".join(str(e.value) for kind in blocks for e in kind)


def _as(app: Any, role: str) -> Any:
    return app.selectbox(key="demo_role").select(role).run()


def test_the_interval_of_a_ratio_of_sums_by_hand() -> None:
    """x = 8, 6, 10 of y = 10: R = .8, residuals 0, −2, 2; √(8·3/2)/30 = .11547; t(2) = 4.3027."""
    found = of_sums(np.array([8.0, 6.0, 10.0]), np.array([10.0] * 3))
    assert found == pytest.approx((0.8 - 0.49683, 0.8 + 0.49683), abs=1e-4)
    assert of_sums(np.array([1.0, 2.0]), np.array([2.0, 2.0])) is None
    assert of_sums(np.zeros(3), np.zeros(3)) is None


class TestTrends:
    def test_says_highest_and_lowest_and_where_from(self, page: Page, folder: Path) -> None:
        app = page(folder, "trends")
        # 437.5 and 370 of 500 (fixture)
        said = _said(app)
        assert "东川分行最高，为 87\\.5%" in said and "西岭分行最低，为 74\\.0%" in said
        table = app.dataframe[0].value
        assert len(table) == 3 * 3  # province and two cities; three months
        row = table[(table["名称"] == "东川分行") & (table["期间"] == "2026-09")].iloc[0]
        assert row["数值"] == "87.5%" and "–" in row["95% 区间"]

    def test_a_link_opens_the_same_view(self, page: Page, folder: Path) -> None:
        app = page(folder, "trends", scopes="0102,01", by="quarter", metric="reported_speak_up")
        assert app.multiselect(key="address_scopes").value == ["0102", "01"]
        assert app.selectbox(key="address_by").value == "quarter"
        assert app.selectbox(key="address_metric").value == "reported_speak_up"

    def test_a_link_gives_nobody_more_than_is_theirs(self, page: Page, folder: Path) -> None:
        app = _as(page(folder, "trends", demo=True, scopes="0102"), "city")
        assert app.multiselect(key="address_scopes").value != ["0102"]
        assert "西岭" not in app.dataframe[0].value.to_string()

    def test_few_branches_are_not_shown_as_a_sum(
        self, key: Key, province: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sub-branch of six counts as small here: its head of one branch reads no figure."""
        monkeypatch.setattr("dashboards.queries.withheld.FEWEST", 7)
        queries.hidden.cache_clear()
        own = Scope(everything=False, node=province.BRANCHES[0])
        rows = queries.trend(key, own, ("0101", "01"), "adherence", "month")
        few = rows.filter(rows["scope"] == "0101")
        assert set(few["status"]) == {"suppressed"} and few["value"].is_null().all()
        assert rows.filter(rows["scope"] == "01")["value"].to_list() == [0.81] * 3
        queries.trend.cache_clear()
        everything = queries.trend(key, ALL, ("0101",), "adherence", "month")
        assert everything["value"].to_list() == [0.875] * 3
        for cached in (queries.hidden, queries.trend):
            cached.cache_clear()


class TestComparison:
    def test_overlapping_ranks_are_not_put_in_order(
        self, page: Page, folder: Path, province: ModuleType
    ) -> None:
        first, second, tenth = (province.BRANCHES[i] for i in (0, 1, 9))
        app = page(folder, "comparison", branches=f"{first},{second}")
        assert "互相重叠" in _said(app)
        app = page(folder, "comparison", branches=f"{first},{tenth}")
        assert "松涛网点可靠地排在桃源网点之前" in _said(app)
        assert app.dataframe[0].value["名次区间"].tolist() == ["1–3", "8–10"]

    def test_a_branch_head_compares_with_group_and_province_only(
        self, page: Page, folder: Path, province: ModuleType
    ) -> None:
        app = page(folder, "comparison", demo=True, branches=province.BRANCHES[4])
        app = _as(app, "branch")
        shown = "".join(d.value.to_string() for d in app.dataframe) + _said(app)
        assert "松涛" in shown and "同类组·城区" in shown and "荷塘" not in shown


class TestHeatmap:
    def test_names_the_weakest_cell(self, page: Page, folder: Path) -> None:
        app = page(folder, "heatmap")
        assert Words("zh")("heatmap.empty") in _said(app)  # steps of branches only in the fixture


class TestFunnel:
    def test_a_branch_head_sees_the_own_point_only(self, page: Page, folder: Path) -> None:
        app = page(folder, "funnel", demo=True)
        assert "10 个网点中，高于通常范围 1 个，低于 1 个" in _said(app)
        assert len(app.dataframe[0].value) == 10
        app = _as(app, "branch")
        assert Words("zh")("funnel.own_only") in _said(app)
        assert app.dataframe[0].value["网点"].tolist() == ["松涛网点"]

    def test_the_curves_are_the_limits_of_the_tiers(self) -> None:
        """μ 80, τ² 9, variance 16: one visit 80 ± 1.96·5, four visits 80 ± 3.09·√13."""
        from dashboards.views.funnel import curves
        from pipeline.explaining.tiers import Funnel

        drawn = curves(Funnel(80.0, 9.0, 16.0), 4)
        assert drawn["low95"][0] == pytest.approx(70.2) and drawn["high95"][0] == 89.8
        assert drawn["high99"][3] == pytest.approx(80 + 3.09 * 13**0.5)


class TestLeagueOfABranchHead:
    def test_others_have_name_tier_and_interval_only(self, key: Key, province: ModuleType) -> None:
        own = Scope(everything=False, node=province.BRANCHES[3])
        rows = queries.league_for(key, ALL, own)
        mine = rows.filter(rows["scope"] == province.BRANCHES[3]).row(0, named=True)
        assert (mine["score"], mine["rank"], mine["visits"]) == (86.0, 4, 2)
        others = rows.filter(rows["scope"] != province.BRANCHES[3])
        for column in set(rows.columns) - {
            *("peer_group", "scope", "period", "name", "tier", "low", "high", "status"),
            *("first_k", "since"),
        }:
            assert others[column].is_null().all(), column
        assert set(others["status"]) == {"ok", "not_ranked"}
        assert others["tier"].to_list()[:2] == ["above", "average"]

    def test_no_score_of_others_is_on_the_page(
        self, page: Page, folder: Path, province: ModuleType
    ) -> None:
        app = page(folder, "league", demo=True)
        app = _as(app, "branch")
        app.selectbox(key="demo_node_branch").select(province.BRANCHES[3]).run()
        table = app.dataframe[0].value
        assert table["网点"][0] == "★ 兰亭网点" and table["得分"][0] == 86.0
        assert table["得分"].notna().sum() == 1 and len(table) == 12
        shown = "".join(d.value.to_string() for d in app.dataframe) + _said(app)
        assert "95.0" not in shown and "92.0" not in shown

    def test_who_sees_how_much(self) -> None:
        for role in ("office", "head", "city", "union", "hq"):
            assert standing_detail(Viewer(role, "0101")).everything
        assert standing_detail(Viewer("branch", "x")) == Scope(everything=False, node="x")
        for viewer in (Viewer("branch"), Viewer("system"), Viewer("nobody")):
            with pytest.raises(Denied):
                standing_detail(viewer)


def test_pictures_are_on_one_scale(key: Key) -> None:
    from dashboards.views.league import pictures

    drawn = pictures(queries.league(key, ALL))
    assert "M4.0 12H16.0" in drawn[0]  # rank 1-3 of 10: 4 + 2·54/9
    assert drawn[-1] is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_stands_in_a_group(lang: str) -> None:
    words = Words(lang)  # type: ignore[arg-type]
    pages = {v.id: v.id for v in views()}
    found = grouped(words, pages)
    assert sorted(p for group in found.values() for p in group) == sorted(pages)
    named = {id for ids in GROUPS.values() for id in ids}
    assert set(pages) <= named
    assert grouped(words, {}) == {}


def test_a_role_without_pages_reads_a_sentence(page: Page, folder: Path) -> None:
    from dashboards import app as script

    shown = {r: [v for v in views() if script.may(Viewer(r), v.subject)] for r in ("system",)}
    if any(shown.values()):
        pytest.skip("administrators have pages")
    app = page(folder, "league", demo=True)
    app = _as(app, "system")
    assert "没有可以打开的页面" in _said(app) and not app.exception


def test_nothing_is_seen_of_an_empty_scope(key: Key) -> None:
    assert queries.regions(key, NOTHING).is_empty()
    with pytest.raises(Denied):
        queries.beside_each_other(key, NOTHING, ("01",), ("adherence",))


def test_publications_are_read_in_queries_only() -> None:
    """No page opens a publication or a file of one."""
    import re

    import dashboards

    root = Path(dashboards.__file__).parent
    reads = re.compile(r"\bopened\(|read_parquet|scan_parquet|Publication\(|duckdb|\.table\(\"")
    found = {
        str(p.relative_to(root))
        for p in root.rglob("*.py")
        if reads.search(p.read_text("utf-8")) and p.parts[len(root.parts)] != "queries"
    }
    assert found == set()
