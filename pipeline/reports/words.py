"""The sentences of documents, in both languages: here and in `wording/*.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "关于{period}网点销售服务流程执行情况的通报",
        "subtitle": "第{revision}版 · {stage}",
        "preview": "预发布稿，供核对",
        "formal": "正式通报",
        "issuer": "省行个人金融部",
        "overall": "总体情况",
        "procedure": "轮次、核对与申诉",
        "round_signed": "轮次{round}按公示的评分标准（{editions}）由省行开启、工会会签。",
        "round_without_union": "轮次{round}按公示的评分标准（{editions}）由省行开启，工会未会签"
        "，经省行负责人裁定进行。",
        "round_unsigned": "轮次{round}没有双签记录。",
        "round_open": "轮次{round}尚未封存，评分仍可能补报。",
        "round_missing": "轮次{round}封存时有{n}次计划暗访未完成。",
        "checked": "{all}家网点中，已核对本期数据的{done}家。",
        "check_until": "核对期至{until}，可确认，也可对考核项申诉。",
        "check_waived": "核对期未满，经省行负责人决定提前通报。",
        "check_none": "本期未设核对期，经省行负责人决定直接通报。",
        "appeals": "在系统中对本期暗访提出的申诉共{filed}项：成立{upheld}项，部分成立{partly}项，"
        "不成立{rejected}项，待处理{pending}项；另撤回{withdrawn}项。",
        "league": "网点名次",
        "steps": "流程执行情况",
        "items": "失分集中的考核项",
        "business": "指标一览",
        "reporting": "报送与暗访覆盖",
        "restated": "数据修订",
        "ruler": "自{month}起暗访改用评分标准 {edition}：相同 {same} 项、改写 {reworded} 项、"
        "拆分 {split} 项、停用 {dropped} 项、新增 {new} 项；与此前比较的升降含评分标准变化。",
        "missing": "期内仍有{n}家网点至少一个月未报送或待更正。",
        "none_missing": "期内各网点业绩报表均已报送。",
        "none_missing_late": "期内各网点业绩报表均已报送，其中至少一个月迟报的{n}家。",
        "no_restatement": "本版与上一版相比没有数据修订。",
        "restatement": "本版较上一版修订指标值{n}个，属于全省、各行和同类组的见下表。",
        "league_note": "得分已扣除所在轮次普遍偏高或偏低的部分，个别可略超过100分。"
        "先看等次与名次区间，再看名次。依据自{since}起截至期末的计分暗访{visits}次，{of}家网点可比；名次区间（九成把握）"
        "的中位宽度为{width}名，区间重叠的网点没有可靠差别，名次不宜单独用于奖惩。",
        "league_unreliable": "其中{n}家网点信度不足，只列等次与名次区间，"
        "全省名次和组内名次都不列。",
        "league_by_decision": "其中{n}家网点信度不足，名次按省行决定列出（已记入台账）："
        "名次不稳定，不宜单独用于奖惩。",
        "league_no_visit_variance": "没有一家网点被暗访两次以上，分不清偶然与差别，"
        "因此不列名次区间，也不排名次。",
        "league_no_spread": "同一网点各次得分完全相同，无法估计一次暗访的偶然误差，"
        "因此不列名次区间，也不排名次。",
        "league_unknown": "本版没有名次区间，名次不宜单独用于奖惩。",
        "reward": "“{name}”：照规则{paid}家网点得奖，预计其中{doubtful}家出于偶然而非真正应得；"
        "可比的{all}家中，确定应得{certain}家，可能应得{possible}家，把握很小{impossible}家，"
        "因否决不得奖{barred}家。",
        "reward_withheld": "名次因信度不足全部不列：凡按名次授奖的规则，目前不能可靠授奖。",
        "reward_money": "共{money}元，预计{noise}元取决于偶然。",
        "tier_above": "高于",
        "tier_average": "无显著差异",
        "tier_below": "低于",
        "colon": "：",
        "interval": "名次区间",
        "chance": "进前{k}名",
        "certain": "确定",
        "possible": "可能",
        "impossible": "把握很小",
        "unreliable": "信度不足",
        "by_decision": "名次不稳定，不宜单独用于奖惩",
        "no_visit_variance": "无法估计误差",
        "no_spread": "无法估计误差",
        "alone": "只有一家",
        "league_says": "从{low}到{high}。",
        "city_title": "各二级分行及直管机构流程执行率",
        "league_title": "全省网点名次表",
        "item_title": "失分率最高的考核项",
        "business_title": "全省主要指标",
        "missing_title": "未报与待更正",
        "restated_title": "修订明细",
        "dictionary_title": "指标口径",
        "rank": "名次",
        "branch": "网点",
        "city": "所属行",
        "peer": "同类组",
        "score": "得分",
        "visits": "计分暗访",
        "tier": "等次",
        "peer_rank": "组内名次",
        "part": "板块/步骤",
        "value": "本期",
        "before": "上期",
        "item": "考核项",
        "item_id": "编号",
        "lost": "失分率",
        "answers": "检查次数",
        "metric": "指标",
        "unit": "单位",
        "formula": "公式",
        "kind": "口径",
        "observed": "暗访观察",
        "self": "自报/系统",
        "month": "月份",
        "due": "应报日",
        "status": "状态",
        "reported": "已报",
        "late": "迟报",
        "not_reported": "未报",
        "pending_correction": "待更正",
        "former": "原值",
        "cause": "原因",
        "scope": "范围",
        "effect_title": "有结论的指标",
        "verdict": "结论",
        "mean_change": "平均变化",
        "interval_low": "区间下限",
        "interval_high": "区间上限",
        "introduced_branches": "可比导入网点",
        "units_compared": "参与机构",
        "period": "时期",
        "insufficient": "样本不足",
        "not_visited": "未暗访",
        "adherence_axis": "执行率",
        "more": "（只列前{n}行，其余见 Excel 版。）",
        "lasting": "固化与回落",
        "s_adoption": "{all}家网点中，常态化{sustained}家，固化期{consolidating}家，导入期"
        "{introducing}家，回落{relapsed}家，数据不足{insufficient}家，未导入{not_introduced}家。",
        "s_claims": "近十二个月可比的网点{n}家，自报开口率明显高于暗访的{found}家；"
        "若各网点自报都属实，单凭偶然也约有{chance}家。"
        "与暗访所见开口率相近的网点相比，自报高得反常（全凭偶然只有千分之一机会）的{unusual}家；"
        "若全凭偶然，{n}家里平均只会出现约{few}家。",
        "relapse_title": "处于回落的网点",
        "s_early": "按月报看，{n}家可比网点中有{found}家的主要指标同时走低，"
        "单凭偶然平均约有{chance}家。",
        "early_title": "月报先露出苗头的网点",
        "claim_title": "自报高于暗访的网点（开口率）",
        "since": "自",
        "baseline": "基线",
        "latest": "最近",
        "reason": "说明",
        "claimed": "自报",
        "seen": "暗访",
        "gap_low": "自报减暗访，下限",
        "gap_high": "自报减暗访，上限",
        "method_1": "不适用的考核项同时从得分与满分中剔除，不按零分处理；"
        "可适用分值不足七成的暗访不计分。",
        "method_2": "支行、二级分行与全省的比率均为分子合计除以分母合计，不是下级比率的平均。",
        "trust": "暗访质量",
        "s_pairs": "近十二个月双人暗访，每家网点取最近一对，共{n}对；"
        "总分一致性ICC(A,1)为{icc}（95%区间{low}至{high}）。",
        "s_needed": "按近十二个月的计分暗访{visits}次估计，一次暗访的信度为{icc}，"
        "要使网点得分的信度达到0.80，约需暗访{n}次。",
        "s_reword": "{n}个考核项的暗访员一致性低于下限，应改写后再用：{items}。",
        "s_left_out": "经省行与工会决定，下列考核项不计入排名：{items}。",
        "s_excluded": "截至期末，经省行与工会共同认定不计分的暗访共{n}次，"
        "不在各处计分暗访之内，见下表。",
        "excluded_title": "不计分的暗访",
        "visit_date": "暗访日期",
        "round": "轮次",
        "because": "原因类别",
    },
    "en": {
        "procedure": "Rounds, checking and appeals",
        "round_signed": "Round {round} ran by the edition shown to all staff ({editions}), "
        "opened by the office and countersigned by the union.",
        "round_without_union": "Round {round} ran by the edition shown to all staff "
        "({editions}), opened by the office; the union did not countersign, and the head of the "
        "office decided that it run.",
        "round_unsigned": "Round {round} has no record of two signatures.",
        "round_open": "Round {round} is not sealed; scorecards may still come.",
        "round_missing": "Planned visits of round {round} not made when it was sealed: {n}.",
        "checked": "Figures confirmed by {done} of {all} branches.",
        "check_until": " The check period lasts until {until}: branches confirm, or appeal an "
        "item.",
        "check_waived": " The check period was not over; the head of the office decided not to "
        "wait.",
        "check_none": "There was no check period; the head of the office decided to publish at "
        "once.",
        "appeals": "Appeals made in the system on visits of the period: {filed}; upheld {upheld}, "
        "partly upheld {partly}, rejected {rejected}, pending {pending}; withdrawn besides "
        "{withdrawn}.",
        "title": "Circular on the sales-service process of the branches, {period}",
        "subtitle": "Revision {revision} · {stage}",
        "preview": "preview, for checking",
        "formal": "formal",
        "issuer": "Provincial office, personal banking",
        "overall": "Overall",
        "league": "Ranks of the branches",
        "steps": "How the process is carried out",
        "items": "Items that cost most points",
        "business": "Metrics at a glance",
        "reporting": "Reporting and visit coverage",
        "restated": "Restatements",
        "ruler": "From {month} on visits are scored by {edition}: {same} items are the same, "
        "{reworded} reworded, {split} split, {dropped} dropped, {new} new. A change against the "
        "time before includes the change of scorecard.",
        "missing": "Branches with at least one month not reported or awaiting correction: {n}.",
        "none_missing": "All branches have reported their performance sheets.",
        "none_missing_late": "All branches have reported their performance sheets; late in at "
        "least one month: {n}.",
        "no_restatement": "Nothing was restated against the former revision.",
        "restatement": "Values restated against the former revision: {n}; those of the province, "
        "its regions and peer groups stand below.",
        "league_note": "Scores are less the effect of their round, so one may pass 100. "
        "Look at tier and rank interval first, at the rank second. {of} branches can be compared "
        "by their scored visits since {since}, {visits} in all. Half of the 90% rank intervals "
        "are wider than {width} places; branches whose intervals overlap do not differ reliably, "
        "and ranks should not alone decide rewards or penalties.",
        "league_unreliable": "Not reliable enough, so with tier and rank interval but no rank, "
        "neither in the province nor in the peer group: {n}.",
        "league_by_decision": "Not reliable enough, ranks printed by decision of the office (on "
        "record): {n}; unstable, not to decide alone about rewards or penalties.",
        "league_no_visit_variance": "No branch was visited twice, so chance cannot be told from "
        "difference: no rank interval and no rank are given.",
        "league_no_spread": "All visits of a branch have the same score, so the chance in one "
        "visit cannot be estimated: no rank interval and no rank are given.",
        "league_unknown": "There are no rank intervals in this revision; ranks should not alone "
        "decide rewards or penalties.",
        "reward": "Reward “{name}”: branches paid by the rule: {paid}, of these expected to owe it "
        "to luck: {doubtful}. Of {all} that can be compared: certain to deserve it {certain}, "
        "possibly {possible}, hardly {impossible}, barred by a veto {barred}.",
        "reward_withheld": "All ranks are withheld for want of reliability: a rule that rewards by "
        "rank cannot be applied reliably now.",
        "reward_money": "Of {money} yuan {noise} are expected to hang on chance.",
        "tier_above": "above",
        "tier_average": "not different",
        "tier_below": "below",
        "colon": ": ",
        "interval": "Rank interval",
        "chance": "In the first {k}",
        "certain": "certain",
        "possible": "possible",
        "impossible": "hardly",
        "unreliable": "not reliable enough",
        "by_decision": "unstable rank, not to decide alone",
        "no_visit_variance": "chance unknown",
        "no_spread": "chance unknown",
        "alone": "the only branch",
        "league_says": "from {low} to {high}.",
        "city_title": "Adherence by city and direct institution",
        "league_title": "All branches",
        "item_title": "Items that lose the largest share of their points, and at how many branches",
        "business_title": "Main metrics of the province",
        "missing_title": "Not reported, or awaiting correction",
        "restated_title": "What was restated",
        "dictionary_title": "Definitions",
        "rank": "Rank",
        "branch": "Branch",
        "city": "Belongs to",
        "peer": "Peer group",
        "score": "Score",
        "visits": "Visits scored",
        "tier": "Tier",
        "peer_rank": "Rank in group",
        "part": "Section/step",
        "value": "Now",
        "before": "Before",
        "item": "Item",
        "item_id": "Id",
        "lost": "Share lost",
        "answers": "Times seen",
        "metric": "Metric",
        "unit": "Unit",
        "formula": "Formula",
        "kind": "Source",
        "observed": "observed",
        "self": "reported/system",
        "month": "Month",
        "due": "Due",
        "status": "Status",
        "reported": "reported",
        "late": "late",
        "not_reported": "not reported",
        "pending_correction": "awaiting correction",
        "former": "Former",
        "cause": "Cause",
        "scope": "Scope",
        "effect_title": "Metrics with a verdict",
        "verdict": "Verdict",
        "mean_change": "Mean change",
        "interval_low": "95% low",
        "interval_high": "95% high",
        "introduced_branches": "Introduced, compared",
        "units_compared": "Units",
        "period": "Period",
        "insufficient": "insufficient",
        "not_visited": "not visited",
        "adherence_axis": "adherence",
        "more": "(First {n} rows; the rest is in the Excel edition.)",
        "lasting": "Does it last",
        "s_adoption": "Branches: {all}; sustained {sustained}, consolidating {consolidating}, "
        "introducing {introducing}, relapsed {relapsed}, without enough data {insufficient}, "
        "not introduced {not_introduced}.",
        "s_claims": "Branches that can be compared over twelve months: {n}; reporting a speak-up "
        "rate clearly above what shoppers saw: {found}. If every report were true, "
        "chance alone would give about {chance}. Reporting so much more than "
        "branches seen to do the same that chance has one in a thousand: {unusual}; by chance "
        "alone about {few} of the {n} would.",
        "relapse_title": "Relapsed branches",
        "s_early": "Branches whose main rates fall together by the monthly sheets: {found} of {n} "
        "that can be compared; chance alone would give {chance}.",
        "early_title": "Early signs in the monthly sheets",
        "claim_title": "Branches that report more than was seen (speak-up rate)",
        "since": "Since",
        "baseline": "Baseline",
        "latest": "Latest",
        "reason": "Why",
        "claimed": "Reported",
        "seen": "Observed",
        "gap_low": "Gap, 95% low",
        "gap_high": "Gap, 95% high",
        "method_1": "Items that do not apply leave both the earned and the full points and "
        "are no zeros; a visit with less than 70% of its points applicable has no score.",
        "method_2": "Rates of sub-branches, cities and the province are sums over sums, "
        "never means of rates.",
        "trust": "Quality of the visits",
        "s_pairs": "Paired visits over twelve months, the newest of each branch: {n}; they "
        "agree in their totals with ICC(A,1) {icc} (95% limits {low} to {high}).",
        "s_needed": "By the visits scored over twelve months ({visits}) one visit has a "
        "reliability of {icc}; visits needed for 0.80: about {n}.",
        "s_reword": "Items judged too unlike by shoppers, to be reworded ({n}): {items}.",
        "s_left_out": "Left out of ranks by decision of office and union: {items}.",
        "s_excluded": "Visits not scored by joint decision of office and union up to the end of "
        "the period: {n}; they are in no count of scored visits (below).",
        "excluded_title": "Visits that are not scored",
        "visit_date": "Date of visit",
        "round": "Round",
        "because": "Kind of reason",
    },
}


@cache
def _entries() -> dict[str, dict[str, str]]:
    """Every sentence of `wording/*.yaml` by key: {"zh": …, "en": …}. ValueError: a key twice."""
    import yaml

    found: dict[str, dict[str, str]] = {}
    files = resources.files(__package__).joinpath("wording").iterdir()
    for file in sorted(files, key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            told = yaml.load(file.read_text("utf-8"), Loader=loader) or {}
            if twice := (found.keys() & told.keys()) | (WORDS["zh"].keys() & told.keys()):
                raise ValueError(f"{file.name} says again: {sorted(twice)}")
            found |= told
    return found


def keys() -> tuple[str, ...]:
    """Every key there is."""
    return (*WORDS["zh"], *_entries())


@cache
def known() -> frozenset[str]:
    """The same, to be asked for one."""
    return frozenset(keys())


def template(language: str, key: str) -> str:
    """The sentence or label `key` with its slots open. KeyError if it does not exist."""
    own = WORDS[language].get(key)
    return _entries()[key][language] if own is None else own


def over_formal(told: Mapping[str, Any], language: str) -> list[str]:
    """The sentence that a preview made after a formal revision does not take its place; none where
    it was not. `told`: a manifest, or the JSON of publish, rehearsal or report."""
    if not (formal := told.get("over_formal")):
        return []
    return [word(language, "over_formal", revision=told["revision"], formal=formal)]


def word(language: str, key: str, **slots: Any) -> str:
    """The sentence or label `key`, filled. KeyError if it does not exist: nothing is left out."""
    return template(language, key).format(**slots)
