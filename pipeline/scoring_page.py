"""How points are worked out, as a page: audits/SCORING.md, made from the worked examples.

`python -m pipeline.scoring_page` writes it; a test fails when it is not current.
"""

from __future__ import annotations

from pathlib import Path

import audits.scoring_examples
from audits.scorecard import Item
from audits.scoring_examples import Example, examples

PAGE = Path(audits.scoring_examples.__file__).parent / "SCORING.md"
_HEAD = """# 怎样算分 · How points are worked out

由算例生成，请勿手改：`python -m pipeline.scoring_page`。Made from the worked examples; do not edit.

一次暗访的得分 = Σ 各板块实得分 ÷ Σ 适用分 × 100。每条规则一个算例，结果先由人手算好，程序与它核对。
Score of a visit = Σ points of its sections ÷ Σ points applicable × 100. One example for each rule;
the results are worked out by hand, and a test holds the program against them.
"""
_KIND = {"yes_no": "是非", "ordinal": "等级", "count": "计数", "minutes": "计时"}
_NAMES = {
    "earned": "实得 earned",
    "applicable": "适用 applicable",
    "coverage": "适用比例 coverage",
    "veto": "否决 veto",
    "blanks": "空白 blanks",
    "status": "状态 status",
    "score_before_veto": "否决前 before veto",
    "score": "得分 score",
}


def page() -> str:
    """The whole page, Chinese first."""
    return "\n".join([_HEAD, *(_entry(n, e) for n, e in enumerate(examples(), 1))])


def _entry(number: int, example: Example) -> str:
    rows = [_row(example, item) for item in example.edition.items]
    shown = "；".join(f"{_NAMES[k]} {'—' if v is None else v}" for k, v in example.expected.items())
    role = "".join(f"客户角色 customer role：{v}\n\n" for v in example.head.values())
    return "\n".join(
        [
            f"## {number}. {example.zh} · {example.en}",
            "",
            f"{example.rule_zh} {example.rule_en}",
            "",
            role + "| 编号 id | 考核项 item | 题型 kind | 分值 points | 检查结果 answers |",
            "|---|---|---|---|---|",
            *rows,
            "",
            *_bases(example),
            f"{example.sum_zh}（{example.sum_en}）",
            "",
            f"**{shown}**",
            "",
        ]
    )


def _row(example: Example, item: Item) -> str:
    given = [(p, a) for (p, id), a in sorted(example.answers.items()) if id == item.id]
    answers = "、".join(_answer(item, p, a) for p, a in given)
    sign = "−" if item.effect == "deduct" else ""
    kind = _KIND[item.kind]
    if item.levels:
        kind += f" 0–{item.levels}"
    if item.target is not None:
        kind += f"，{item.target}"
    if item.depends_on:
        kind += "，" + "；".join(f"{c.field} = {'/'.join(c.values)}" for c in item.depends_on)
    return f"| {item.id} | {item.zh} {item.en} | {kind} | {sign}{item.points} | {answers} |"


def _answer(item: Item, place: int, answer: float | str | None) -> str:
    at = f"柜台{place} " if place else ""
    if answer is None:
        return f"{at}（空白）"
    if answer == "na":
        return f"{at}不适用"
    if item.kind == "yes_no":
        return f"{at}{'是' if answer else '否'}"
    return f"{at}{answer:g}"


def _bases(example: Example) -> list[str]:
    started = [s for s in example.edition.sections if s.base]
    return [f"板块 {s.id} 基础分 base {s.base}\n" for s in started]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
