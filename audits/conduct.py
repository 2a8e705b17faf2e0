"""Phrases that break sales-conduct rules, found in comments and scripts. A hit only proposes.

Conduct beats the handbook (操守高于手册). The list is data (`audits/phrases`), each phrase with the
rule it comes from and the veto item that it bears on. Text is normalised first; a phrase that is
denied (不得承诺收益), asked about (是否保本) or told not to have happened (未发现承诺收益) is no
hit. Whether what is left is a breach, people decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from audits.exact import SCORE
from audits.scorecard import Edition
from audits.scoring import Scored

# What parts clauses stays as one mark; whatever else stands between characters goes.
_STOPS = {"。": "。", "!": "。", "?": "。", ";": "。", "\n": "。", ".": "。", ",": "，", ":": "："}
_KEPT = re.compile(r"[^\w%，。：、]")
_DIGIT_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_TRADITIONAL = str.maketrans(
    "證險資產與訴諾擔無風類儲蓄賺賠虧錢單變換報絕對",
    "证险资产与诉诺担无风类储蓄赚赔亏钱单变换报绝对",
)
# Denied: a negation, then only words that carry it on to the phrase.
_NEGATION = (
    r"(?:不得|不准|不许|不能|不可以?|不应该?|不要|不会|不再|不曾|严禁|禁止|切勿|请勿|勿|未曾|未|没有|没|并非|"
    r"不是|非|杜绝|避免|防止|拒绝|反对|不|无)"
)
_CARRIES = (
    r"(?:向|对|给|为|客户|投资者|消费者|投保人|任何|以|或|和|与|及|、|进行|作出?|做出?|口头|书面|私下|变相|违规|"
    r"发现|发生|听到|看到|见到|出现|存在|使用|用|宣传|宣称|说|讲|提|提及|暗示|有|过|将|把|理财|基金|保险|"
    r"产品|承诺|保证|保本|保息|收益|本金|固定|等|话术|字样|行为|员工|工作人员|经理|其|所谓|的|得|被|会)"
)
_DENIED = re.compile(_NEGATION + _CARRIES + r"*$")
_NO_NEGATION = re.compile(
    r"(?:不但|不仅|不光|不只|无论|不管|不论|不过|不错|无疑|非常|没想到)[^，。]*$"
)
_ASKED = re.compile(r"(?:是否|能否|会否|可否|有无|有没有|是不是|会不会|能不能|问)[^，。]{0,8}$")
_AFTERWARDS = re.compile(
    r"^(?:的|等|之类|类)*(?:行为|情况|现象|话术|表述|说法|字样|问题|宣传)*"
    r"(?:：?(?:无|否|没有|未发现|未见|未出现|未发生|不存在|不成立|吗|么)(?:[。，]|$)|"
    r"(?:是)?(?:不允许|不可以|不对|违规的?|被禁止|禁止的?)|未发现|未发生|不存在|没有发生)"
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Frozen):
    """Where a prohibition comes from."""

    zh: str
    en: str


class Phrase(_Frozen):
    """What is looked for: regular expressions over normalised text."""

    id: str
    zh: str
    en: str
    rule: str
    item: str  # veto item of the covert edition
    level: Literal[0, 1, 2]
    patterns: tuple[str, ...]
    excuse: tuple[str, ...] = ()


class PhraseList(_Frozen):
    """One list, with the day from which it holds."""

    id: str
    valid_from: date
    rules: dict[str, Rule]
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Match:
    """One phrase found. `words` as normalised, `at` its place there."""

    phrase: Phrase
    words: str
    at: int


def parse_phrases(text: str) -> PhraseList:
    """A list written in YAML. ValueError: a phrase without its rule, a pattern that is none."""
    import yaml

    found = PhraseList.model_validate(yaml.safe_load(text))
    for phrase in found.phrases:
        if phrase.rule not in found.rules:
            raise ValueError(f"{phrase.id}: there is no rule {phrase.rule}")
        for pattern in phrase.patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{phrase.id}: {pattern} is no pattern") from error
    return found


@cache
def phrases() -> PhraseList:
    """The newest list that ships with the package."""
    folder = resources.files("audits") / "phrases"
    texts = [f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")]
    return max((parse_phrases(t) for t in texts), key=lambda p: (p.valid_from, p.id))


def normalised(text: str) -> str:
    """Half width, lower case, no spaces or marks within a clause, stops as 。 and commas as ，.

    承 诺 收 益, 承·诺·收·益 and ＡＢＣ are read as 承诺收益 and abc.
    """
    half = unicodedata.normalize("NFKC", text).lower().translate(_TRADITIONAL)
    half = _DIGIT_POINT.sub("点", half)
    return _KEPT.sub("", "".join(_STOPS.get(c, c) for c in half)).replace("_", "")


def matches(text: str, listed: PhraseList | None = None) -> list[Match]:
    """The phrases in a text that are neither denied nor asked about, each once, by place."""
    plain = normalised(text)
    found = [m for phrase in (listed or phrases()).phrases for m in _first(phrase, plain)]
    return sorted(found, key=lambda m: (m.at, m.phrase.id))


def _first(phrase: Phrase, plain: str) -> Iterator[Match]:
    for pattern in phrase.patterns:
        for hit in re.finditer(pattern, plain):
            if not _excused(phrase, plain, hit.start(), hit.end()):
                yield Match(phrase, hit.group(), hit.start())
                return


def _excused(phrase: Phrase, plain: str, start: int, end: int) -> bool:
    """Denied, asked about, told not to have happened, or one of the phrase's own excuses."""
    before = re.split(r"[，。：]", plain[:start])[-1]
    sentence_after = plain[end:].split("。")[0] + "。"
    clause = before + plain[start:end] + re.split(r"[，。]", plain[end:])[0]
    if any(excuse in clause for excuse in phrase.excuse):
        return True
    if _ASKED.search(before) or _AFTERWARDS.search(sentence_after):
        return True
    return bool(_DENIED.search(before)) and not _NO_NEGATION.search(before)


@dataclass(frozen=True)
class Proposal:
    """A comment of a visit that names a breach: a veto of `level` for people to decide on."""

    visit_id: str
    item_id: str  # the veto item it bears on
    phrase: str
    level: int
    zh: str
    en: str


def proposals(answers: pl.DataFrame) -> list[Proposal]:
    """What the comments of visits propose: one per visit and phrase; by visit and phrase.

    `answers` [visit_id, item_id, reason].
    """
    found: dict[tuple[str, str], Proposal] = {}
    said = answers.filter(pl.col("reason").is_not_null()).sort("visit_id", "item_id", "reason")
    texts: dict[str, list[Match]] = {}
    for visit, item, reason in said.select("visit_id", "item_id", "reason").iter_rows():
        if reason not in texts:
            texts[reason] = matches(reason)
        for match in texts[reason]:
            found.setdefault((visit, match.phrase.id), _proposal(visit, item, reason, match))
    return [found[key] for key in sorted(found)]


def _proposal(visit: str, item: str, reason: str, match: Match) -> Proposal:
    phrase, rule = match.phrase, phrases().rules[match.phrase.rule]
    return Proposal(
        visit, phrase.item, phrase.id, phrase.level,
        f"{item} 的评语“{reason}”含“{match.words}”（{phrase.zh}）；依据：{rule.zh}。",
        f"The comment on {item} ({reason}) contains “{match.words}” ({phrase.en}); "
        f"source: {rule.en}.",
    )  # fmt: skip


def with_vetoes(
    scored: Scored, decided: pl.DataFrame | None, editions: dict[str, Edition]
) -> Scored:
    """`scored` with the vetoes that people decided [visit_id, level]; the highest level holds.

    Level 1 caps the published score, 2 makes it zero, 0 only flags; `score_before_veto` stays.
    """
    if decided is None or decided.is_empty():
        return scored
    worst = decided.group_by("visit_id").agg(pl.col("level").cast(pl.Int32).max())
    caps = {e.id: str(e.veto_cap) for e in editions.values()}
    cap = pl.col("edition").replace_strict(caps, default=None).cast(SCORE)
    veto = pl.max_horizontal("veto", "level")
    visits = scored.visits.join(worst, on="visit_id", how="left").with_columns(
        veto=veto.cast(scored.visits.schema["veto"]),
        score=pl.when(pl.col("score_before_veto").is_null())
        .then(pl.col("score"))
        .when(veto == 2)
        .then(pl.lit("0").cast(SCORE))
        .when(veto == 1)
        .then(pl.min_horizontal("score", cap))
        .otherwise(pl.col("score")),
    )
    return replace(scored, visits=visits.drop("level").sort("visit_id"))
