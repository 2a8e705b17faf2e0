"""Every statistic has its words in both languages, whole and without the other language's signs."""

from __future__ import annotations

import re
import string

import pytest

from audits.statistics.words import Explained, explained, statistics

CJK = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
NEEDED = {
    "effect", "rank_interval", "tier", "reliability", "first_k", "joint_set", "control_chart",
    "relapse", "chance_signals", "claimed_gap", "copied_counts", "composite",
    "weight_sensitivity", "agreement", "visits_needed", "severity",
}  # fmt: skip


def _pairs(words: Explained) -> list[tuple[str, str]]:
    plain = [words.name, words.sentence, *words.phrases.values()]
    notes = zip(words.method.zh, words.method.en, strict=True)
    return [(t.zh, t.en) for t in plain] + list(notes)


def _slots(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_all_statistics_have_words() -> None:
    assert set(statistics()) >= NEEDED
    with pytest.raises(KeyError):
        explained("no such statistic")


@pytest.mark.parametrize("name", statistics())
def test_both_languages_say_it_with_the_same_slots(name: str) -> None:
    for zh, en in _pairs(explained(name)):
        assert CJK.search(zh) and zh == zh.strip()
        assert en and not CJK.search(en), en
        assert _slots(zh) == _slots(en)


@pytest.mark.parametrize("name", statistics())
def test_one_sentence_and_two_paragraphs(name: str) -> None:
    words = explained(name)
    assert words.sentence.zh.endswith("。") and words.sentence.zh.count("。") == 1
    assert words.sentence.en.endswith(".") and ". " not in words.sentence.en.removesuffix(".")
    assert all(len(p) > 40 for p in words.method.zh) and all(len(p) > 120 for p in words.method.en)
