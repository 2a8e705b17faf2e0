"""Phrases that break conduct rules: what must hit, what must not, and what a decision does."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from audits import conduct
from audits.scorecard import load_editions
from audits.scoring import score

BREACHES = {
    "理财经理承诺保本保收益": "principal_promised",
    "保 本，没问题": "principal_promised",
    "不仅保本，还保息": "principal_promised",
    "本金绝对安全": "principal_promised",
    "说不会亏": "principal_promised",
    "承・诺・收・益": "return_promised",
    "口头承諾收益": "return_promised",
    "客户经理没有提示风险，承诺收益5.2%": "return_promised",
    "没有做风险提示，说肯定能赚": "return_promised",
    "员工说零风险": "no_risk",
    "说这产品没有风险": "no_risk",
    "理财经理说基金就是存款": "like_a_deposit",
    "把保险说成定期存款": "like_a_deposit",
    "定投跟零存整取差不多": "like_a_deposit",
    # the handbook's own old lines, in other words: conduct beats the handbook
    "基金定投很好，类似于零存整取": "like_a_deposit",
    "收益一般是零存整取的３倍以上": "times_of_savings",
    "您不用再盯市场涨跌，一样能赚钱": "whatever_the_market",
    "无论市场涨跌都能赚": "whatever_the_market",
    "保险公司人员在大厅推销保险": "outsiders_sell",
    "与客户发生争吵": "quarrel",
    "大声念出余额": "data_leaked",
    "替客户输入密码": "operated_for",
    "凭衣着判断客户是否有钱": "slighting",
}
HONEST = (
    "不得承诺收益", "未承诺收益", "没有承诺保本", "员工明确告知不保本", "是否保本未说明",
    "未发现承诺收益的行为", "承诺收益：无", "承诺收益的情况不存在", "不能承诺保本保收益",
    "严禁使用“保本”“保收益”等话术", "没有向客户承诺任何收益", "客户问能不能保本，答复不能",
    "明确说明理财不是存款", "说明不会保证收益", "不承诺保本、不承诺收益", "理财产品不等于存款",
    "避免出现承诺收益的说法", "告知客户非保本浮动收益", "承诺收益是不允许的", "不 得 承 诺 收 益",
    "未与客户争吵", "没有风险提示", "未做风险提示", "无风险测评", "卫生较好，无风险隐患",
    "总体较好，个别细节需加强", "现场未见做到", "",
)  # fmt: skip


@pytest.mark.parametrize(("text", "phrase"), BREACHES.items())
def test_a_breach_is_found(text: str, phrase: str) -> None:
    assert phrase in {m.phrase.id for m in conduct.matches(text)}


@pytest.mark.parametrize("text", HONEST)
def test_what_is_denied_asked_or_harmless_is_none(text: str) -> None:
    assert conduct.matches(text) == []


def test_text_is_read_whatever_its_width_and_marks() -> None:
    assert conduct.normalised("Ｕ盾，保　本·收\u200b益！5.2%") == "u盾，保本收益。5点2%"


def test_every_phrase_has_a_source_and_a_veto_item_of_the_covert_edition() -> None:
    listed = conduct.phrases()
    items = {i.id: i for i in load_editions()["covert-1"].items}
    for phrase in listed.phrases:
        assert listed.rules[phrase.rule].zh and listed.rules[phrase.rule].en
        assert items[phrase.item].veto is not None
        assert phrase.level <= int(items[phrase.item].veto or 0)


def test_a_list_with_a_mistake_is_told() -> None:
    head = "id: x\nvalid_from: 2026-01-01\nrules: {r: {zh: 甲, en: a}}\nphrases:\n"
    row = "- {{id: p, zh: 甲, en: a, rule: {rule}, item: COMP21, level: 2, patterns: ['{p}']}}\n"
    assert conduct.parse_phrases(head + row.format(rule="r", p="甲")).id == "x"
    with pytest.raises(ValueError, match="no rule"):
        conduct.parse_phrases(head + row.format(rule="s", p="甲"))
    with pytest.raises(ValueError, match="no pattern"):
        conduct.parse_phrases(head + row.format(rule="r", p="(甲"))


def test_comments_propose_one_veto_for_a_visit_and_phrase() -> None:
    said = [("v1", "MGR01", "承诺保本"), ("v1", "MGR02", "又说保本"), ("v2", "MGR01", "未承诺保本")]
    answers = pl.DataFrame(said, ["visit_id", "item_id", "reason"], orient="row")
    (proposal,) = conduct.proposals(answers)
    assert (proposal.visit_id, proposal.item_id, proposal.level) == ("v1", "COMP21", 2)
    assert "MGR01 的评语“承诺保本”" in proposal.zh and "银发〔2018〕106号" in proposal.zh


def test_only_a_decision_changes_a_score() -> None:
    edition = load_editions()["covert-1"]
    visits = pl.DataFrame({
        "visit_id": ["a", "b", "c"], "branch_code": ["1"] * 3, "edition": ["covert-1"] * 3,
        "customer_role": ["普通客户"] * 3,
    })  # fmt: skip
    answers = [
        (
            v,
            place,
            i.id,
            0.0 if i.effect == "deduct" else float(i.levels or i.target or 1),
            False,
            None,
        )
        for v in "abc"
        for i in edition.items
        for place in ([0] if i.scope == "visit" else [1])
    ]
    names = ["visit_id", "encounter", "item_id", "answer", "not_applicable", "reason"]
    given = pl.DataFrame(answers, names, orient="row").cast({"reason": pl.String})
    given = given.cast({"encounter": pl.Int32})
    scored = score(given, visits, {"covert-1": edition})
    before = scored.visits["score"].to_list()
    assert conduct.with_vetoes(scored, None, {"covert-1": edition}) is scored
    decided = pl.DataFrame({"visit_id": ["a", "b", "b"], "level": [2, 0, 1]})
    after = conduct.with_vetoes(scored, decided, {"covert-1": edition}).visits
    assert after["score"].to_list() == [Decimal(0), min(before[1], Decimal(60)), before[2]]
    assert after["score_before_veto"].to_list() == before
    assert after["veto"].to_list() == [2, 1, None]
