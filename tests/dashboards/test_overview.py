"""The period in five sentences: the rules with their thresholds, and what each role is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards import queries, story
from dashboards.access import ROLES, Scope, Viewer
from dashboards.words import LANGUAGES, Words
from pipeline.folders import DataFolder
from pipeline.publication import Publication
from pipeline.reports import catalogue
from pipeline.reports.blocks import Sentence
from tests.pipeline.reports.full_publication import full

Page = Callable[..., Any]
ZH = Words("zh")


def sentences(app: Any) -> list[str]:
    """The five sentences, without the icon before each."""
    icons = set(story.ICONS.values())
    said = [str(m.value) for m in app.markdown]
    return [s.partition(" ")[2].replace("\\", "") for s in said if s.partition(" ")[0] in icons]


@pytest.mark.parametrize(
    ("count", "chance", "more"),
    [
        # the tails are scipy.stats.poisson.sf(count - 1, chance)
        (0, 0.0, False),
        (5, 2.0, False),  # 0.0527
        (6, 2.0, True),  # 0.0166
        (13, 8.3, False),  # 0.0793
        (14, 8.3, True),  # 0.0439
        (1, 0.05, True),  # 0.0488
        (1, 0.06, False),  # 0.0582
    ],
)
def test_a_list_is_long_where_chance_hardly_makes_it_so(
    count: int, chance: float, more: bool
) -> None:
    assert story.more_than_chance(story.Found(count, chance)) is more


@pytest.mark.parametrize("signal", [True, False])
def test_a_signal_of_the_series_is_no_verdict_on_the_change(signal: bool) -> None:
    clause = "较上期高2.7个百分点，属波动范围（变化的95%区间为−0.3至+5.7）"
    told = story.level(ZH, story.Level(0.786, "2026Q3", clause, signal))
    assert told.startswith(f"2026年第三季度流程执行率 78.6%，{clause}。")
    assert ("不是对本期升降的判断" in told) is signal


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_judges_a_change_by_the_sentence_of_the_circular(
    tmp_path: Path, lang: str
) -> None:
    """The clause of the overview stands word for word in the first paragraph of the circular."""
    path = full(tmp_path)
    key = next(k for k in queries.publications(DataFolder(tmp_path)) if k.path == str(path))
    said = queries.moved(key, Scope(everything=True), "01", "adherence", lang)
    circular = next(e for e in catalogue() if e.id == "circular")
    document = circular.make(Publication(path), lang)
    first = next(b for b in document.blocks if isinstance(b, Sentence))
    assert said in first.text and "95%" in said


def test_the_first_period_has_nothing_to_be_held_against() -> None:
    assert "还没有暗访得分" in story.level(ZH, story.Level(None, "2026-09"))
    assert (
        story.places(ZH, story.Places(3, unranked=3))
        == "3 个网点都还没有足够的暗访，不分等次、不排名。"
    )


def test_what_there_is_none_of_is_not_counted_out() -> None:
    assert story.waiting(ZH, story.Waiting(0, 0, 0, 0, 0)) == ZH("overview.nothing_due")
    told = story.waiting(ZH, story.Waiting(reports=None, actions=4, overdue=1, to_check=2))
    assert told == "省行在系统中下发的整改，今天未销号 4 项，逾期 1 项，待省行审核 2 项。"
    held = story.Waiting(register={"due": 0, "open": 0, "late": 0, "office": 0})
    assert story.waiting(ZH, held) == ZH("overview.nothing_due")


def test_pages_and_documents_count_the_same_corrective_actions(page: Page, tmp_path: Path) -> None:
    """Circular and overview, digest and overview of the city, one-pager and page of the branch:
    each pair says the same numbers of the register, counted by hand in the fixture."""
    publication = Publication(full(tmp_path))

    def document(key: str, *code: str) -> str:
        entry = next(e for e in catalogue() if e.id == key)
        made = entry.make(publication, "zh", *code)
        return " ".join(b.text for b in made.blocks if isinstance(b, Sentence))

    def both(text: str, pattern: str) -> list[int]:
        found = re.findall(pattern, text.replace(" ", ""))
        assert len(found) == 1, (pattern, text)
        return [int(n) for n in found[0]]

    register = r"期内到期(\d+)项；截至期末未销号(\d+)项（不限期内到期）、其中逾期(\d+)项"
    told = r"期内到期整改(\d+)项，按期销号率[\d.]+%；截至期末未销号(\d+)项，其中逾期(\d+)项"
    every = both(document("circular"), told)
    assert every == [2, 4, 2] == both(sentences(page(tmp_path, "overview"))[-1], register)
    of_city = both(document("city", "0101"), told)
    city = page(tmp_path, "overview", viewer=Viewer("city", "0101"))
    assert of_city == [2, 3, 2] == both(sentences(city)[-1], register)
    own = both(document("onepager", "01010101"), r"整改台账中未销号(\d+)项，其中逾期(\d+)项")
    branch = page(tmp_path, "branch", viewer=Viewer("branch", "01010101"))
    said = " ".join(c.value for c in branch.caption)
    assert own == [2, 1] == both(said, r"截至期末未销号(\d+)项，其中逾期(\d+)项")


def test_the_office_reads_the_province(page: Page, folder: Path) -> None:
    """81 % of August and September alike; two of ten have a tier; 25 lost points, see the items."""
    app = page(folder, "overview")
    level, places, losses, changes, due = sentences(app)
    assert level == "2026年9月流程执行率 81.0%，与上期持平，可比网点不足，不判断升降。"
    assert "12 个网点中，明显高于平均的 1 个、低于平均的 1 个，其余 8 个" in places
    assert "另有 2 个暗访不足" in places
    assert "占全部失分的 57%，涉及 2 个网点" in losses  # 2 × 2.0 of 2 × 3.5
    assert "变差的信号 1 个" in changes and "新的回落预警 1 个" in changes
    assert "未报和待更正的报表 2 份" in due
    assert not app.exception and not app.error


def test_a_city_reads_its_own(page: Page, folder: Path) -> None:
    app = page(folder, "overview", demo=True)
    app.selectbox(key="demo_role").select("city").run()
    level, places, *_ = sentences(app)
    assert "87.5%" in level  # 437.5 of 500
    assert places.startswith("6 个网点中，明显高于平均的 1 个、低于平均的 0 个，其余 5 个")


def test_a_branch_reads_where_it_stands_and_what_to_do(
    page: Page, folder: Path, province: ModuleType
) -> None:
    app = page(folder, "overview", demo=True)
    app.selectbox(key="demo_role").select("branch").run()
    standing, losses, changes, due, plan = sentences(app)
    assert (
        "按2025年10月以来的 2 次暗访，在 10 个网点中真实名次有九成把握在第 1 至第 3 名之间"
        in standing
    )
    assert "失 2 分，占全部失分的 57%" in losses
    assert "流程执行率：变差。" in changes and "固化状态：常态化" in changes
    assert due == ZH("overview.nothing_due")
    # two visits lost two points on it: one point a visit
    assert "每次暗访约值 1 分" in plan
    assert province.NAMES[province.BRANCHES[1]] not in " ".join(sentences(app))


def test_an_unvisited_branch_is_told_so(page: Page, folder: Path, province: ModuleType) -> None:
    app = page(folder, "overview", demo=True)
    app.selectbox(key="demo_role").select("branch").run()
    app.selectbox(key="demo_node_branch").select(province.BRANCHES[11]).run()
    standing, losses, _, _, plan = sentences(app)
    assert standing == ZH("branch.not_visited")
    assert losses == ZH("overview.own_nothing_lost")
    assert plan == ZH("overview.keep")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_role_that_sees_values_has_five_sentences(
    page: Page, folder: Path, lang: str
) -> None:
    app = page(folder, "overview", demo=True, lang=lang)
    for role in ROLES[:6]:
        app.selectbox(key="demo_role").select(role).run()
        assert not app.exception and not app.error
        assert len(sentences(app)) == 5, role
