"""Both languages say the same things, with the same slots."""

from __future__ import annotations

import string

import pytest
from pydantic import ValidationError

from pipeline.reports import thresholds as module
from pipeline.reports.words import WORDS, keys, template


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_exists_in_both_languages_with_the_same_slots() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    apart = [k for k in keys() if slots(template("zh", k)) != slots(template("en", k))]
    assert not apart
    assert len(keys()) == len(set(keys())) > 200


def test_every_threshold_has_its_reason_and_a_sensible_value() -> None:
    assert module.thresholds().step_fair < module.thresholds().step_good
    with pytest.raises(ValidationError):
        module._Entry.model_validate({"value": 1, "why": "so"})
