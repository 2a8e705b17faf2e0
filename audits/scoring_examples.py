"""Worked examples of every scoring rule. The results are worked out by hand, as `sum_zh` says;
`audits/SCORING.md` is made from them, and a test holds the scoring against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from audits.scorecard import Condition, Edition, Item, Section

Answers = Mapping[tuple[int, str], float | str | None]  # (encounter, item) -> answer, "na", None


@dataclass(frozen=True)
class Example:
    """`expected`: columns of `Scored.visits` as text; None: no value."""

    id: str
    zh: str
    en: str
    rule_zh: str
    rule_en: str
    edition: Edition
    answers: Answers
    sum_zh: str
    sum_en: str
    expected: Mapping[str, str | None]
    head: Mapping[str, str] = field(default_factory=dict)


def _item(id: str, section: str, points: str, zh: str, en: str, **more: Any) -> Item:
    return Item(
        id=id, section=section, points=Decimal(points), zh=zh, en=en, **{"kind": "yes_no"} | more
    )


def _edition(*items: Item, **sections: tuple[str, str]) -> Edition:
    """A small edition. `sections`: id -> (points, base)."""
    return Edition(
        id="example",
        instrument="covert",
        zh="例",
        en="example",
        valid_from=date(2026, 1, 1),
        sections=tuple(
            Section(id=id, zh=id, en=id, points=Decimal(points), base=Decimal(base))
            for id, (points, base) in sections.items()
        ),
        items=items,
    )


_LIT = _item("A1", "A", "60", "厅内明亮", "The hall is bright")
_REST = _item("B1", "B", "40", "主动问候", "Staff greet first")
_TWO = {"A": ("60", "0"), "B": ("40", "0")}


def _simple() -> list[Example]:
    return [
        Example(
            "yes_no", "是非项", "Yes or no",
            "是得满分，否得 0 分。", "Yes earns the points, no earns none.",
            _edition(_LIT, _REST, **_TWO), {(0, "A1"): 1, (0, "B1"): 0},
            "60 + 0 = 60；60 ÷ 100 = 60 分", "60 + 0 = 60; 60 ÷ 100 = 60",
            {"earned": "60", "applicable": "100", "score": "60"},
        ),
        Example(
            "ordinal", "等级项", "Graded",
            "0 至 k 级，得分 = 分值 × 级 ÷ k。", "Levels 0 to k; points × level ÷ k.",
            _edition(
                _LIT, _item("B1", "B", "40", "服务热情", "Warmth", kind="ordinal", levels=3), **_TWO
            ),
            {(0, "A1"): 1, (0, "B1"): 2},
            "60 + 40 × 2 ÷ 3 = 86.666667；得 86.6667 分", "60 + 40 × 2 ÷ 3 = 86.666667; 86.6667",
            {"earned": "86.666667", "applicable": "100", "score": "86.6667"},
        ),
    ]  # fmt: skip


def _measured() -> list[Example]:
    return [
        Example(
            "count", "计数项", "Counted",
            "得分 = 分值 × 次数 ÷ 满分次数，超过不多得。",
            "Points × occurrences ÷ target; more than the target earns no more.",
            _edition(
                _LIT,
                _item("B1", "B", "20", "介绍产品", "Products named", kind="count",
                      target=Decimal(4)),
                _item("B2", "B", "20", "提示风险", "Risks named", kind="count", target=Decimal(2)),
                **_TWO,
            ),
            {(0, "A1"): 1, (0, "B1"): 3, (0, "B2"): 5},
            "60 + 20 × 3 ÷ 4 + 20 = 95 分", "60 + 20 × 3 ÷ 4 + 20 = 95",
            {"earned": "95", "applicable": "100", "score": "95"},
        ),
        Example(
            "minutes", "计时项", "Minutes",
            "不超过标准分钟数得满分，超过得 0 分。",
            "Within the target earns the points, beyond it none.",
            _edition(
                _LIT,
                _item("B1", "B", "25", "等候", "Waiting", kind="minutes", target=Decimal(5)),
                _item("B2", "B", "15", "接待", "Attended", kind="minutes", target=Decimal(1)),
                **_TWO,
            ),
            {(0, "A1"): 1, (0, "B1"): 5.5, (0, "B2"): 1},
            "60 + 0（5.5 分钟超过 5 分钟）+ 15 = 75 分", "60 + 0 (5.5 is over 5) + 15 = 75",
            {"earned": "75", "applicable": "100", "score": "75"},
        ),
    ]  # fmt: skip


_QUARREL = _item("B8", "B", "15", "与客户争执的次数", "Quarrels", kind="count", effect="deduct")


def _deductions() -> list[Example]:
    return [
        Example(
            "deduct", "扣分项", "Deductions",
            "每发生一次扣一次分值，从所在板块的得分里扣。",
            "Each occurrence takes its points from what its section earned.",
            _edition(_LIT, _REST, _QUARREL, **_TWO), {(0, "A1"): 1, (0, "B1"): 1, (0, "B8"): 2},
            "60 + (40 − 15 × 2) = 70 分", "60 + (40 − 15 × 2) = 70",
            {"earned": "70", "applicable": "100", "score": "70"},
        ),
        Example(
            "floor", "扣完为止", "The floor",
            "一个板块最多扣到 0，不扣到别的板块。", "A section goes down to 0 and no further.",
            _edition(_LIT, _REST, _QUARREL, **_TWO), {(0, "A1"): 1, (0, "B1"): 1, (0, "B8"): 3},
            "60 + max(0, 40 − 45) = 60 分", "60 + max(0, 40 − 45) = 60",
            {"earned": "60", "applicable": "100", "score": "60"},
        ),
    ]  # fmt: skip


_WORN: dict[str, Any] = {
    "zh": "破损程度",
    "en": "Wear",
    "kind": "ordinal",
    "levels": 4,
    "effect": "deduct",
}
_LATE: dict[str, Any] = {
    "zh": "迟开门分钟",
    "en": "Opened late",
    "kind": "minutes",
    "effect": "deduct",
}


def _deducted_sections() -> list[Example]:
    return [
        Example(
            "base", "扣分制板块（基础分）", "A section that starts full",
            "板块以基础分开始，只扣不加；板块里没有一项适用时，基础分也不计。",
            "The section starts with its base; if nothing in it applies, the base does not either.",
            _edition(
                _item("V1", "A", "7", "高风险问题", "High risk", effect="deduct"),
                _item("V2", "A", "4", "中风险问题", "Moderate risk", effect="deduct"),
                _item("V3", "A", "2", "低风险问题", "Low risk", effect="deduct"),
                A=("100", "100"),
            ),
            {(0, "V1"): 1, (0, "V2"): 0, (0, "V3"): 1},
            "100 − 7 − 2 = 91 分", "100 − 7 − 2 = 91",
            {"earned": "91", "applicable": "100", "score": "91"},
        ),
        Example(
            "deduct_kinds", "扣分的四种题型", "Deductions of all four kinds",
            "是非：发生即扣；等级：分值 × 级 ÷ k；计数：每次扣，至多计到上限；计时：超过标准即扣。",
            "Yes/no: once; graded: points × level ÷ k; counted: each, up to the limit; minutes: "
            "once when over the target.",
            _edition(
                _item("C1", "A", "10", "停用无告示", "Out of order, no notice", effect="deduct"),
                _item("C2", "A", "8", **_WORN),
                _item("C3", "A", "3", "地面杂物", "Litter", kind="count", effect="deduct",
                      target=Decimal(4)),
                _item("C4", "A", "5", target=Decimal(10), **_LATE),
                A=("100", "100"),
            ),
            {(0, "C1"): 1, (0, "C2"): 3, (0, "C3"): 9, (0, "C4"): 12},
            "100 − 10 − 8 × 3 ÷ 4 − 3 × 4（9 次只计 4 次）− 5 = 67 分",
            "100 − 10 − 8 × 3 ÷ 4 − 3 × 4 (9 are taken as 4) − 5 = 67",
            {"earned": "67", "applicable": "100", "score": "67"},
        ),
    ]  # fmt: skip


def _applicability() -> list[Example]:
    wait = _item("B2", "B", "20", "取号机引导", "Queue machine", na_allowed=True, na_zh="无取号机",
                 na_en="none there")  # fmt: skip
    half = _item("B1", "B", "20", "主动问候", "Staff greet first")
    return [
        Example(
            "not_applicable", "不适用", "Not applicable",
            "不适用的项，分子分母都不计，不作 0 分。",
            "What does not apply leaves numerator and denominator; it is no zero.",
            _edition(_LIT, half, wait, **_TWO), {(0, "A1"): 1, (0, "B1"): 0, (0, "B2"): "na"},
            "(60 + 0) ÷ (60 + 20) = 75 分", "(60 + 0) ÷ (60 + 20) = 75",
            {"earned": "60", "applicable": "80", "coverage": "0.8", "score": "75"},
        ),
        Example(
            "coverage", "样本不足", "Insufficient",
            "适用分不足 70 %，不出分、不排名。", "Under 70 % of the points applicable: no score.",
            _edition(
                _item("A1", "A", "60", "厅内明亮", "Bright", na_allowed=True, na_zh="停电",
                      na_en="power cut"),
                _REST, **_TWO,
            ),
            {(0, "A1"): "na", (0, "B1"): 1},
            "适用 40 ÷ 100 = 40 % < 70 %", "40 ÷ 100 = 40 % < 70 %",
            {"applicable": "40", "coverage": "0.4", "status": "insufficient", "score": None},
        ),
        Example(
            "blank", "空白", "Blank",
            "空白不是不适用，也不是 0 分：该次暗访不完整，不出分。",
            "A blank is neither not applicable nor zero: the visit has no score.",
            _edition(_LIT, _REST, **_TWO), {(0, "A1"): 1, (0, "B1"): None},
            "B1 未填", "B1 is blank",
            {"status": "incomplete", "blanks": "1", "score": None},
        ),
    ]  # fmt: skip


def _depending() -> list[Example]:
    return [
        Example(
            "four_cases", "四种客户情形（巧营销）", "Four cases by kind of customer",
            "四项各写明客户角色，只有一项适用，其余三项不计。",
            "Each of four items names a customer's role: one applies, three do not count.",
            _edition(_LIT, *_cases(), **_TWO),
            {(0, "A1"): 1, (1, "S5A"): 0, (1, "S5B"): 0, (1, "S5C"): 1, (1, "S5D"): 1},
            "客户角色为潜在贵宾：只计 S5C。60 + 40 = 100 分，适用 100 分",
            "The role is potential VIP: S5C alone counts. 60 + 40 = 100 of 100",
            {"earned": "100", "applicable": "100", "score": "100"},
            {"customer_role": "潜在贵宾客户"},
        ),
        Example(
            "condition", "依赖另一项", "Depending on another item",
            "未承诺时限，就谈不上兑现：所依赖的结果未出现，该项不计。",
            "No promise can be broken that was not made: the item counts only after that answer.",
            _edition(
                _LIT, _item("B1", "B", "10", "承诺办理时限", "Promises a time"),
                _item("B2", "B", "30", "按时办完", "Keeps it",
                      depends_on=(Condition(field="B1", values=("1",)),)),
                **_TWO,
            ),
            {(0, "A1"): 1, (0, "B1"): 0, (0, "B2"): None},
            "60 ÷ (60 + 10) = 85.714286；得 85.7143 分", "60 ÷ (60 + 10) = 85.714286; 85.7143",
            {"earned": "60", "applicable": "70", "coverage": "0.7", "score": "85.7143"},
        ),
    ]  # fmt: skip


def _cases() -> list[Item]:
    asked = {
        "S5A": ("贵宾客户", "为其约见客户经理", "VIP: an appointment with the manager"),
        "S5B": ("未办卡贵宾客户", "推荐办卡与理财经理", "VIP without card: the card"),
        "S5C": ("潜在贵宾客户", "推荐体验卡", "Potential VIP: the trial card"),
        "S5D": ("普通客户", "引导使用自助设备", "Ordinary: self-service"),
    }
    return [
        _item(id, "B", "40", zh, en, scope="encounter",
              depends_on=(Condition(field="customer_role", values=(role,)),))
        for id, (role, zh, en) in asked.items()
    ]  # fmt: skip


def _counters() -> list[Example]:
    steps = _item("B1", "B", "40", "起身迎客", "Stands up", scope="encounter", na_allowed=True,
                  na_zh="对讲柜台", na_en="behind glass")  # fmt: skip
    spread = {(0, "A1"): 1, (1, "B1"): 1, (2, "B1"): 1, (3, "B1"): 0}
    return [
        Example(
            "encounters",
            "几位柜员",
            "Several counters",
            "逐柜项的分值由各位柜员平分：做到几位得几份。",
            "The points of an item asked at each counter are shared among the counters.",
            _edition(_LIT, steps, **_TWO),
            spread,
            "60 + 40 × 2 ÷ 3 = 86.666667；得 86.6667 分",
            "60 + 40 × 2 ÷ 3 = 86.666667; 86.6667",
            {"earned": "86.666667", "applicable": "100", "score": "86.6667"},
        ),
        Example(
            "encounters_na",
            "有的柜员不适用",
            "Not applicable at one counter",
            "只在适用的柜员之间平分；项目本身仍计满分值。",
            "It is shared among the counters where it applies; the item keeps its points.",
            _edition(_LIT, steps, **_TWO),
            spread | {(2, "B1"): "na"},
            "60 + 40 × 1 ÷ 2 = 80 分",
            "60 + 40 × 1 ÷ 2 = 80",
            {"earned": "80", "applicable": "100", "score": "80"},
        ),
    ]


def _vetoes() -> list[Example]:
    said = (
        ("0 级只提示，分数不变。", "Level 0 flags; the score stays."),
        ("1 级封顶 60 分：高于 60 的降为 60，低于的不变。", "Level 1 caps at 60; less stays."),
        ("2 级清零。", "Level 2 sets to zero."),
    )
    results = (("95", "95 − 0"), ("60", "min(95, 60) = 60"), ("0", "0"))
    return [
        Example(
            f"veto_{level}", f"否决 {level} 级", f"Veto, level {level}", *said[level],
            _edition(
                _LIT, _REST,
                _item("B9", "B", "5", "承诺收益", "Promises a return", effect="deduct", veto=level),
                **_TWO,
            ),
            {(0, "A1"): 1, (0, "B1"): 1, (0, "B9"): 1},
            f"否决前 60 + (40 − 5) = 95；{results[level][1]}",
            f"before the veto 60 + (40 − 5) = 95; {results[level][1]}",
            {"score_before_veto": "95", "veto": str(level), "score": results[level][0]},
        )
        for level in (0, 1, 2)
    ]  # fmt: skip


def _exact() -> list[Example]:
    return [
        Example(
            "rounding", "四位小数，四舍六入五成双", "Four decimals, half-even",
            "全程用整数计算，只在最后取四位小数；恰在中间的取偶数。",
            "Whole numbers all the way; one rounding at the end, ties to even.",
            _edition(
                _item("A1", "A", "60.00005", "甲", "A"),
                _item("A2", "A", "0.00005", "乙", "B"),
                _item("B1", "B", "39.9999", "丙", "C"),
                A=("60.0001", "0"), B=("39.9999", "0"),
            ),
            {(0, "A1"): 1, (0, "A2"): 0, (0, "B1"): 0},
            "60.00005 恰在 60.0000 与 60.0001 中间，取偶数 60.0000",
            "60.00005 lies between 60.0000 and 60.0001: the even one, 60.0000",
            {"earned": "60.00005", "score": "60.0000"},
        ),
    ]  # fmt: skip


@cache
def examples() -> tuple[Example, ...]:
    """All examples in the order of the page."""
    groups = (
        _simple, _measured, _deductions, _deducted_sections, _applicability, _depending, _counters,
        _vetoes, _exact,
    )  # fmt: skip
    return tuple(example for group in groups for example in group())
