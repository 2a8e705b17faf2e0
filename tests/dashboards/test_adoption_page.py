"""Does it last: the page and the parts of the branch page, beside what chance would give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

Page = Callable[..., Any]


def said(app: Any) -> str:
    blocks = (app.markdown, app.caption, app.subheader, app.info)
    return "\n".join(str(e.value) for kind in blocks for e in kind).replace("\\", "")


def test_every_list_stands_beside_its_chance(page: Page, folder: Path) -> None:
    text = said(page(folder, "adoption"))
    assert "12 个网点：常态化 1，固化期 8，导入期 0，回落 2，数据不足 1，未导入 0" in text
    # ten branches could have been warned of, each with a chance of 2 %
    assert "清单上有 1 个信号；即使毫无变化，单凭偶然平均也会有 0.2 个" in text
    assert "共检验 10 个网点" in text
    # eleven branches can be compared: 2.5 % and one in a thousand of them
    assert "自报明显高于暗访的网点 1 个" in text and "单凭偶然平均约有 0.3 个" in text
    assert "自报高得反常的有 1 个；若全凭偶然，平均只会出现约 0.01 个" in text
    assert "照抄上月 1 个；单凭偶然平均约有 0.02 个" in text


def test_warned_and_still_relapsed_are_two_lists(
    page: Page, folder: Path, province: ModuleType
) -> None:
    app = page(folder, "adoption", lang="en")
    tables = [d.value for d in app.dataframe]
    names = [t["Branch"].tolist() for t in tables if "First to slip" in t]
    assert names == [
        [f"{province.NAMES[province.BRANCHES[1]]}网点"],
        [f"{province.NAMES[province.BRANCHES[2]]}网点"],
    ]
    assert tables[0]["First to slip"].tolist() == ["Ask"] or tables[0]["First to slip"].iloc[0]
    app.toggle(key="adoption_everyone").set_value(True).run()
    assert max(len(d.value) for d in app.dataframe) == 12


def test_sentences_are_read_whole_whatever_they_say(page: Page, folder: Path) -> None:
    """In a grid a sentence is cut at the edge of its cell; here it wraps, and nothing is markup."""
    path = folder / "publications" / "2026-09-r1" / "signal.parquet"
    long = "流程执行率：" + "自 2026-01 起变差，" * 20 + "<b>x</b>"
    pl.read_parquet(path).with_columns(zh=pl.lit(long)).write_parquet(path)
    html = "".join(str(e.proto.body) for e in page(folder, "adoption").get("html"))
    assert "自 2026-01 起变差，" * 20 in html
    assert "&lt;b&gt;x" in html and "<b>x" not in html


def test_an_early_sign_is_a_list_of_its_own(page: Page, folder: Path, province: ModuleType) -> None:
    app = page(folder, "adoption")
    assert "月报先露出的苗头（1 个）" in said(app)
    # four branches with a chance of 5 % each
    assert "单凭偶然平均也会有 0.2 个" in said(app) and "共检验 4 个网点" in said(app)
    own = [d.value for d in app.dataframe if "两项走低。" in str(d.value)]
    assert own[0]["网点"].tolist() == [f"{province.NAMES[province.BRANCHES[3]]}网点"]
    assert "Early signs in the monthly sheets (1)" in said(page(folder, "adoption", lang="en"))


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "固化状态：常态化"), ("en", "Adoption: sustained")]
)
def test_the_branch_page_tells_status_limits_and_claims(
    page: Page, folder: Path, province: ModuleType, lang: str, words: str
) -> None:
    app = page(folder, "branch", scope=province.BRANCHES[0], lang=lang)
    text = said(app)
    assert not app.exception and words in text
    assert ("理由0。" if lang == "zh" else "Reason 0.") in text
    assert "90.0%" in text and "80.0%" in text  # centre and lower limit of the chart
    unit = "个百分点" if lang == "zh" else "pp"
    gap = "自报比暗访高 46.0 个百分点" if lang == "zh" else "46.0 points above what was observed"
    assert gap in text and f"+20.0 {unit}" in text
    assert ("自报偏高" if lang == "zh" else "too high") in text


def test_a_branch_without_a_claim_says_why_and_a_copied_one_is_asked(
    page: Page, folder: Path, province: ModuleType
) -> None:
    assert "没有自报开口率" in said(page(folder, "branch", scope=province.BRANCHES[1]))
    copied = said(page(folder, "branch", scope=province.BRANCHES[2]))
    assert "80 个数字中有 40 个与上月完全相同（偶然约 1.6 个）" in copied
    assert "有 2 个月的全部自报数与别的网点完全相同" in copied


def test_a_publication_from_before_has_nothing_to_say(page: Page, folder: Path) -> None:
    for name in ("adoption", "chart", "signal", "claim"):
        (folder / "publications" / "2026-09-r1" / f"{name}.parquet").unlink()
    app = page(folder, "adoption")
    assert not app.exception and "还没有暗访轮次" in said(app)
    assert not page(folder, "branch").exception


def test_the_index_comes_with_the_range_of_its_rank(
    page: Page, folder: Path, province: ModuleType
) -> None:
    text = said(page(folder, "branch", scope=province.BRANCHES[0]))
    assert (
        "综合指数 91.2：名次 2 / 10，权重上下变动四分之一时在 1 至 3 之间，改用几何平均为 3" in text
    )
    assert "评到 88.0% 的权重" in text and "公布为 60.0" in text
    assert "综合指数" not in said(page(folder, "branch", scope=province.BRANCHES[1]))
