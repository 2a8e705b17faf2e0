"""Both languages say the same things, with the same slots."""

from __future__ import annotations

import string

from pipeline.reports.words import WORDS


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_exists_in_both_languages_with_the_same_slots() -> None:
    zh, en = WORDS["zh"], WORDS["en"]
    assert zh.keys() == en.keys()
    assert {k: slots(v) for k, v in zh.items()} == {k: slots(v) for k, v in en.items()}
