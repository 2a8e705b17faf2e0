"""Every page in both languages: right numbers, empty states, no traceback, no strangers' rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from audits.procedure import Actor
from audits.scorecard import load_editions
from dashboards.access import Viewer
from dashboards.words import Words
from pipeline import rounds
from pipeline.folders import DataFolder

Page = Callable[..., Any]
VIEWS = (
    *("overview", "league", "branch", "upload", "completeness", "metrics", "editions", "spellings"),
    *("effect", "trends", "comparison", "heatmap", "funnel"),
    "adoption",
    "actions",
    "plan",
    "rounds",
    "publish",
    "queue",
    "publications",
)
WITHOUT_PUBLICATION = ("upload", "spellings", "actions", "rounds", "publish", "queue")


def _said(app: Any) -> str:
    """All text of a page that is no table."""
    blocks = (app.markdown, app.caption, app.header, app.subheader, app.info, app.error)
    return "\n".join(str(e.value) for kind in blocks for e in kind)


@pytest.mark.parametrize("view", [v for v in VIEWS if v not in WITHOUT_PUBLICATION])
def test_with_nothing_published_a_page_says_what_to_do(
    page: Page, tmp_path: Path, view: str
) -> None:
    app = page(tmp_path / "empty", view)
    assert not app.exception
    assert Words("zh")("empty.title") in _said(app)
    assert "“发布”页" in _said(app)


def test_chinese_is_the_default_and_the_address_decides(page: Page, folder: Path) -> None:
    assert page(folder).header[0].value == "排名"
    assert page(folder, lang="en").header[0].value == "League table"
    assert page(folder, lang="xx").header[0].value == "排名"


def test_the_language_switch_is_remembered_in_the_address(page: Page, folder: Path) -> None:
    app = page(folder)
    app.button_group(key="lang_choice").set_value("en").run()
    assert app.header[0].value == "League table"
    assert app.query_params["lang"] in ("en", ["en"])


def test_league_shows_every_branch_in_order(page: Page, folder: Path, province: ModuleType) -> None:
    app = page(folder)
    table = app.dataframe[0].value
    assert table["网点"].tolist() == [f"{province.NAMES[c]}网点" for c in province.BRANCHES]
    assert table["得分"].tolist()[:10] == [95.0 - 3 * i for i in range(10)]
    assert table["名次"].tolist()[:10] == list(range(1, 11))
    assert table["名次"].isna().tolist() == [False] * 10 + [True] * 2
    assert table["状态"].tolist()[-2:] == ["样本不足", "未暗访"]
    assert "12 个网点中 10 个有名次" in _said(app)


def test_league_search_and_group(page: Page, folder: Path) -> None:
    app = page(folder)
    app.text_input(key="league_search").set_value("西岭").run()
    assert len(app.dataframe[0].value) == 6
    app.text_input(key="league_search").set_value("没有这样的网点").run()
    assert Words("zh")("league.not_found") in _said(app)
    app.text_input(key="league_search").set_value("").run()
    app.selectbox(key="address_group").select("县域").run()
    assert app.dataframe[0].value["名次"].tolist()[:5] == [1, 2, 3, 4, 5]


def _changed(folder: Path, **columns: pl.Expr) -> None:
    """The ranks of the publication, made otherwise; it counts as another publication."""
    path = folder / "publications" / "2026-09-r1"
    rank = pl.read_parquet(path / "rank.parquet")
    rank.with_columns(**columns).cast(rank.schema).write_parquet(path / "rank.parquet")
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("0001", "0009"), "utf-8")


def test_league_tells_tiers_intervals_and_chances(page: Page, folder: Path) -> None:
    app = page(folder)
    table = app.dataframe[0].value
    assert table.columns.tolist()[:9] == [
        *("网点", "等次", "名次区间图", "得分", "名次下限", "名次上限", "名次", "状态", "进前列"),
    ]
    assert table["名次上限"].tolist()[:2] == [3, 4]
    assert table["等次"].tolist()[:2] == ["▲ 高于", "● 无显著差异"]
    assert table["进前列"].tolist()[:3] == ["确定", "可能", "把握很小"]
    assert table["前列概率"].tolist()[:2] == [97, 60]
    said = _said(app)
    assert Words("zh")("league.note_interval", k=3, chance=0) in said
    assert "2025年10月" in said


def test_league_tells_what_a_reward_hangs_on(page: Page, folder: Path) -> None:
    app = page(folder)
    # 1 − 0.97 + 1 − 0.6 = 0.43 of two; of 2,000 yuan 430
    said = _said(app)
    assert "照规则 2 个网点得奖，预计其中 0.4 个" in said
    assert "共 2,000 元，预计 430 元取决于偶然" in said
    table = next(d.value for d in app.dataframe if "取决于偶然（元）" in d.value)
    assert table["照规则得奖"].tolist() == ["是", "是", "否"]
    assert table["取决于偶然（元）"].tolist() == pytest.approx([30, 400, 400])
    app.selectbox(key="address_group").select("县域").run()
    assert Words("zh")("rewards.title") not in _said(app)


def test_the_packaged_example_of_rewards_is_told_nowhere(page: Page, folder: Path) -> None:
    """As in the documents: it is nobody's rule."""
    place = folder / "publications" / "2026-09-r1" / "manifest.json"
    told = json.loads(place.read_text("utf-8")) | {"own_rewards": False}
    place.write_text(json.dumps(told), "utf-8")
    assert Words("zh")("rewards.title") not in _said(page(folder))


def test_league_without_ordinal_ranks_still_has_tiers(page: Page, folder: Path) -> None:
    scored = pl.col("score").is_not_null()
    _changed(
        folder,
        rank=pl.lit(None),
        status=pl.when(scored).then(pl.lit("unreliable")).otherwise("status"),
    )
    app = page(folder)
    assert Words("zh")("league.unreliable", count=10) in _said(app)
    assert "12 个网点中 10 个有得分" in _said(app)
    assert app.dataframe[0].value["状态"].tolist()[0] == "信度不足"


def test_league_tells_a_decision_on_record(page: Page, folder: Path) -> None:
    first = pl.col("rank") <= 3
    _changed(folder, status=pl.when(first).then(pl.lit("by_decision")).otherwise("status"))
    assert "名次不稳定，不宜单独用于奖惩" in _said(page(folder))
    assert app_status(page(folder)) == ["名次不稳定，不宜单独用于奖惩"] * 3


def app_status(app: Any) -> list[str]:
    return list(app.dataframe[0].value["状态"].tolist()[:3])


@pytest.mark.parametrize("status", ["no_visit_variance", "ok"])
def test_league_without_intervals_has_no_such_columns(
    page: Page, folder: Path, status: str
) -> None:
    none = {c: pl.lit(None) for c in ("low", "high", "tier", "reliability", "p_first_k")}
    _changed(folder, **none, status=pl.lit(status))
    app = page(folder)
    assert not {"名次下限", "等次", "进前列"} & set(app.dataframe[0].value.columns)
    key = "league.no_visit_variance" if status != "ok" else "league.note_ordinal"
    assert Words("zh")(key) in _said(app)


@pytest.mark.parametrize("role", ["office", "branch", "union"])
def test_every_reader_sees_how_it_came_about(
    page: Page, folder: Path, province: ModuleType, role: str
) -> None:
    if role == "branch":  # for whom the league of a preview is not out
        province.build(folder, 2, stage="formal")
    app = page(folder, demo=True)
    if role != "office":
        app.selectbox(key="demo_role").select(role).run()
    said = _said(app)
    assert "已核对 7/12" in said and ("核对期至 2026-10-13" in said or role == "branch")
    assert "工会未会签" in said and "申诉 3 项：成立 1，部分成立 1" in said


def test_the_edition_of_a_round_is_shown_to_all_staff(page: Page, folder: Path) -> None:
    """A draft is the office's own; shown, everybody reads its items, and nobody's name."""
    clerk, data = Actor("张敏", "office"), DataFolder(folder)
    rounds.act(data, "2026Q4", "draft", clerk, editions=["covert-1"])
    for role, drafted in (("office", True), ("branch", False)):
        app = page(folder, "rounds", demo=True)
        if role != "office":
            app.selectbox(key="demo_role").select(role).run()
        assert (Words("zh")("rounds.none") not in _said(app)) is drafted
    rounds.act(data, "2026Q4", "show", clerk)
    app = page(folder, "rounds", demo=True)
    app.selectbox(key="demo_role").select("branch").run()
    states, items = (d.value for d in app.dataframe)
    assert states.iloc[0].tolist()[:3] == ["2026Q4", "公示中", "covert-1"]
    assert items.shape[0] == len(load_editions()["covert-1"].items)
    assert "张敏" not in _said(app) + states.to_string()


def test_branch_of_the_address(page: Page, folder: Path, province: ModuleType) -> None:
    second = province.BRANCHES[1]
    app = page(folder, "branch", scope=second)
    assert app.selectbox(key="branch_choice").value == second
    shown = {m.label: m.value for m in app.metric}
    assert shown["得分"] == "92.0"
    assert shown["全省名次"] == "2 / 10"
    assert shown["同类组名次（县域）"] == "1 / 5"
    assert (shown["等次"], shown["名次区间"]) == ("无显著差异", "1–4")
    assert "按2025年10月以来的 2 次暗访，真实名次有九成把握在第 1 至第 4 名之间" in _said(app)


def test_branch_values_are_written_in_their_units(
    page: Page, folder: Path, province: ModuleType
) -> None:
    app = page(folder, "branch", scope=province.BRANCHES[0])
    tables = [d.value for d in app.dataframe if "分子 ÷ 分母" in d.value]
    rows = {r["指标"]: r for r in max(tables, key=len).to_dict("records")}
    assert rows["流程执行率"]["数值"] == "95.0%"
    assert rows["流程执行率"]["全省"] == "81.0%"
    assert rows["流程执行率"]["分子 ÷ 分母"] == "95 ÷ 100"
    assert rows["日均存款净增"]["数值"] == "123.46 万元"
    assert rows["投诉率"]["数值"] == "—"
    assert rows["投诉率"]["说明"] == "未报送"


def test_words_of_others_are_no_markup(page: Page, folder: Path, province: ModuleType) -> None:
    app = page(folder, "branch", scope=province.BRANCHES[0])
    html = "".join(str(e.proto.body) for e in app.get("html"))
    assert "见到客户微笑" in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_branch_that_does_not_exist_is_said(page: Page, folder: Path) -> None:
    app = page(folder, "branch", scope="<b>99</b>")
    assert app.warning[0].value == Words("zh")("branch.not_there")
    assert not app.exception


def test_an_unvisited_branch_has_no_rank(page: Page, folder: Path, province: ModuleType) -> None:
    app = page(folder, "branch", scope=province.BRANCHES[11])
    assert {m.value for m in app.metric} == {"—", "0"}
    assert Words("zh")("branch.not_visited") in _said(app)


def test_completeness_counts(page: Page, folder: Path) -> None:
    app = page(folder, "completeness")
    shown = {m.label: m.value for m in app.metric}
    assert shown["已报"] == "10 / 12"
    assert (shown["未报"], shown["待更正"], shown["迟报"]) == ("1", "1", "1")
    assert shown["截止日期"] == "2026-10-14"
    assert app.dataframe[0].value["网点"].tolist() == ["兰亭网点", "杏林网点"]


def test_dictionary_search_finds_breakdowns(page: Page, folder: Path) -> None:
    app = page(folder, "metrics")
    assert len(app.dataframe[0].value) == 4
    app.text_input(key="metrics_search").set_value("第3步").run()
    assert app.dataframe[0].value["标识"].tolist() == ["adherence.step.s3"]


def test_an_old_revision_stays_readable(page: Page, folder: Path, province: ModuleType) -> None:
    province.build(folder, revision=2, stage="formal")
    assert page(folder).selectbox(key="publication_choice").value.endswith("r2")
    app = page(folder, period="2026-09", revision="1")
    assert app.selectbox(key="publication_choice").value.endswith("r1")


def test_a_page_that_breaks_says_one_sentence_with_a_number(
    page: Page, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "publications" / "2026-09-r1" / "rank.parquet").write_bytes(b"not parquet")
    # A publication of its own, so that no cached table stands in for the broken file.
    manifest = folder / "publications" / "2026-09-r1" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("0001", "0666"), "utf-8")
    app = page(folder)
    assert not app.exception
    assert "刷新重试" in app.error[0].value
    assert "parquet" not in app.error[0].value.lower()
    number = app.error[0].value.split("编号 ")[1][:8]
    assert number in caplog.text


class TestRoles:
    """The role switch of the demonstration."""

    def test_there_is_none_without_demo(self, page: Page, folder: Path) -> None:
        with pytest.raises(KeyError):
            page(folder).selectbox(key="demo_role")

    def test_the_address_gives_no_role(self, page: Page, folder: Path) -> None:
        app = page(folder, "upload", role="branch", demo_role="branch")
        assert not app.error  # still the office

    def test_a_branch_head_sees_the_own_branch_only(
        self, page: Page, folder: Path, province: ModuleType
    ) -> None:
        app = page(folder, "branch", demo=True, scope=province.BRANCHES[1])
        notes = [c.value for c in app.sidebar.caption]  # `mingcha demo` did not make this folder
        assert any("真实数据" in n for n in notes) and not any("虚构" in n for n in notes)
        (folder / "demo.json").write_text("{}")
        app.selectbox(key="demo_role").select("branch").run()
        assert any("虚构" in c.value for c in app.sidebar.caption)
        own = province.BRANCHES[0]
        with pytest.raises(KeyError):  # nothing to choose
            app.selectbox(key="branch_choice")
        assert f"**{province.NAMES[own]}网点 · 东川分行 · {own}**" in _said(app)
        assert province.NAMES[province.BRANCHES[1]] not in _said(app)

    def test_the_union_sees_no_item_detail(
        self, page: Page, folder: Path, province: ModuleType
    ) -> None:
        app = page(folder, "branch", demo=True, scope=province.BRANCHES[0])
        app.selectbox(key="demo_role").select("union").run()
        assert not app.exception
        html = "".join(str(e.proto.body) for e in app.get("html"))
        assert "见到客户微笑" not in html
        assert "这个数从哪里来" not in _said(app)


def test_the_role_switch_needs_loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dashboards.settings import from_environment

    monkeypatch.setenv("MINGCHA_DATA", str(tmp_path))
    monkeypatch.setenv("MINGCHA_SERVE_DEMO", "1")
    for host, demo in (("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("", False)):
        monkeypatch.setenv("MINGCHA_SERVE_HOST", host)
        assert from_environment().demo is demo
    assert from_environment().folder == DataFolder(tmp_path.resolve())


@pytest.mark.parametrize("view", ["league", "funnel"])
def test_a_link_to_the_league_of_a_preview_is_one_sentence_to_a_branch(
    page: Page, folder: Path, province: ModuleType, view: str
) -> None:
    province.build(folder, 2, stage="formal")
    province.build(folder, 3)
    head = Viewer("branch", province.BRANCHES[0])
    app = page(folder, view, viewer=head, period="2026-09", revision="3")
    assert not app.exception and not app.error and not app.dataframe
    assert [e.value for e in app.info] == [
        "2026-09·第3版·预发布还在核对：核对期内各机构只看自己的结果，全省名次在正式通报后公布。"
    ]
    app.button(key="see_formal").click().run()
    assert not app.info and (app.dataframe or view == "funnel")
    assert app.selectbox(key="publication_choice").value.endswith("r2")
    assert page(folder, view, viewer=Viewer("union"), revision="3", period="2026-09").dataframe


@pytest.mark.parametrize(("view", "key"), [("league", "league_search"), ("metrics", None)])
def test_a_huge_search_finds_nothing_and_breaks_nothing(
    page: Page, folder: Path, view: str, key: str | None
) -> None:
    app = page(folder, view)
    box = app.text_input(key=key) if key else app.text_input[0]
    box.set_value("龙" * 2_000_000).run()
    assert not app.exception and not app.error
