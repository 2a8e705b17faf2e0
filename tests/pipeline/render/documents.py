"""Documents for the tests of the renderers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Heading,
    Note,
    Sentence,
    Series,
    Strip,
    StripCell,
    Table,
    TableColumn,
)
from pipeline.reports.figures import Language

COLUMNS = (
    TableColumn("rank", "名次", "integer", 0),
    TableColumn("name", "网点"),
    TableColumn("score", "得分", "points", 1, total=True),
    TableColumn("share", "占比", "percent", 1),
    TableColumn("due", "应报日", "date"),
)
DAY = date(2026, 10, 14)
ROWS: list[dict[str, Any]] = [
    {"rank": 1, "name": "=1+1 网点", "score": 91.25, "share": 0.875, "due": DAY},
    {"rank": None, "name": "@松涛", "score": None, "share": None, "due": None},
]


def document(rows: Sequence[dict[str, Any]] = ROWS, due: int = 2) -> Document:
    """A circular with one of each block."""
    table = Table("名次表", COLUMNS, rows, due, note="说明")
    chart = Chart(
        "趋势", "由80%变为90%", "line", ["一", "二"], (Series("率", [0.8, 0.9]),), format="percent"
    )
    return Document(
        id="circular",
        title="关于样例的通报",
        subtitle="第1版",
        issuer="省行",
        date="2026年10月9日",
        period="2026Q3",
        revision=1,
        language="zh",
        blocks=(
            Heading("总体"),
            Sentence("一句话。"),
            chart,
            table,
            Appendix("口径", (Note("注"),)),
        ),
        meta={"date": "2026-10-09"},
    )


def league(count: int) -> Document:
    """A league of `count` branches, ten columns."""
    columns = (
        TableColumn("rank", "名次", "integer", 0),
        TableColumn("name", "网点"),
        TableColumn("city", "所属二级分行"),
        TableColumn("tier", "等次"),
        TableColumn("score", "得分", "points", 1, total=True),
        TableColumn("interval", "名次区间", "interval"),
        TableColumn("chance", "进前100名"),
        TableColumn("visits", "暗访次数", "count", 0, total=True),
        TableColumn("change", "较上期", "pp"),
        TableColumn("note", "状态"),
    )
    rows = [
        {
            "rank": i + 1, "name": f"第{i:04}号网点", "city": "丙阳分行", "tier": "无显著差异",
            "score": 100 - i / 20, "interval": f"{max(1, i - 60)}–{i + 61}", "chance": "可能 42%",
            "visits": 8, "change": (i - 500) / 9000, "note": "",
        }
        for i in range(count)
    ]  # fmt: skip
    table = Table("名次表", columns, rows, count, id="league")
    base = document()
    return Document(**{**vars(base), "blocks": (Heading("名次"), table)})


def one_pager(lines: int) -> Document:
    """A page of a branch with `lines` sentences."""
    cells = tuple(
        StripCell(f"步骤{i}", 0.5 + i / 20, mark)  # type: ignore[arg-type]
        for i, mark in enumerate(("good", "middle", "bad", "none", "good", "good", "bad"))
    )
    blocks = (
        Strip("七步执行", cells, "√ 达标  △ 接近  × 不足"),
        Heading("一页三改"),
        *(Sentence(f"第{i}条：客户进门十秒内未见起身相迎，请厅堂主管演练。") for i in range(lines)),
        Table("名次表", COLUMNS, ROWS, 2),
    )  # fmt: skip
    base = document()
    return Document(
        **{**vars(base), "blocks": blocks, "layout": "onepage", "title": "丙阳网点一页三改"}
    )


def long_circular(language: Language, branches: int = 60) -> Document:
    """A circular of a score of pages: paragraphs, short and long tables, pictures, an annex of
    notes, and a table at the end of it."""
    said = {
        "zh": "各二级分行要对照暗访结果逐项整改，本期执行率为79.1%，较上期高1.4个百分点"
        "（变化的95%区间为−0.3至+3.0），属波动范围；名次与区间见“附件”。",
        "en": "Every city is to mend what the visits found; adherence was 79.1%, 1.4 points more "
        "than before (95% interval of the change −0.3 to +3.0), which is within chance.",
    }[language]
    blocks: list[Block] = []
    for part, count in enumerate((15, 7, 10, 11, 31, 45)):
        blocks += [Heading(f"{said[:12]} {part}"), Sentence(said), Sentence(said * 2), Note(said)]
        if part % 3 == 1:
            blocks.append(_picture(part))
        blocks.append(replace(league(count).blocks[1], title=f"{said[:8]} {part}"))  # type: ignore[type-var]
    blocks.append(Sentence(said))
    annex = (*(Note(said * 4) for _ in range(12)), league(branches).blocks[1])
    made = (*blocks, Appendix("口径", annex), Appendix("名次", (league(branches).blocks[1],)))
    return replace(document(), blocks=made, language=language)


def _picture(part: int) -> Chart:
    names = [f"第{i}分行" for i in range(10)]
    return Chart("各行", "由80%变为90%", "bar", names, (Series("率", [0.8] * 10),), id=f"c{part}")
