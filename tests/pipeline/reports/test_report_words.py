"""Both languages say the same things, with the same slots."""

from __future__ import annotations

import string

import pytest
from pydantic import ValidationError

from pipeline.reports import saying
from pipeline.reports import thresholds as module
from pipeline.reports.blocks import Reckoned
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


def _of(value: float) -> Reckoned:
    return Reckoned(value, "")


def test_a_difference_is_more_less_or_the_same_as_it_is_printed() -> None:
    told = [saying.direction(_of(v)) for v in (0.021, -0.021, 0.0004, -0.0004, 0.0)]
    assert told == ["more", "less", "same", "same", "same"]


def test_what_chance_would_give_is_told_from_nothing() -> None:
    told = [saying.rare(_of(v)).text for v in (2.14, 0.05, 0.014, 0.0014, 0.0)]
    assert told == ["2.1", "0.1", "0.01", "0.001", "0.0"]
