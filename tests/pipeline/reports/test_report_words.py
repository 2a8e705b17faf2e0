"""Both languages say the same things, with the same slots."""

from __future__ import annotations

import string

import pytest
from pydantic import ValidationError

from audits import scorecard
from pipeline.render import theme
from pipeline.reports import movement, onepager, saying
from pipeline.reports import thresholds as module
from pipeline.reports.blocks import Evidence, Reckoned
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


@pytest.mark.parametrize(
    ("change", "low", "high", "said"),
    [
        (0.0004, 0.0001, 0.0007, ("+0.04", "+0.01", "+0.07", "上升")),
        (-0.006, -0.0116, -0.0003, ("−0.60", "−1.16", "−0.03", "下降")),
        (0.004, 0.00004, 0.00796, ("+0.400", "+0.004", "+0.796", "上升")),
        (0.02, 0.01, 0.03, ("+2.0", "+1.0", "+3.0", "上升")),
        (0.0004, -0.0004, 0.0012, ("0.0", "0.0", "+0.1", "波动范围内")),
    ],
)
def test_a_judged_change_shows_its_sign(
    change: float, low: float, high: float, said: tuple[str, ...]
) -> None:
    """Up with a limit of 0.0 would contradict itself, in tables and in sentences."""
    at = Evidence("satisfaction", "p", "2026Q3", 0.9)
    m = movement.Movement(at, at, _of(change), _of(low), _of(high))
    row = movement.row("zh", "满意度", m)
    told = [theme.shown(row[k], "pp") for k in ("change", "low", "high")]
    assert (*told, row["verdict"]) == said
    assert f"{said[1]}至{said[2]}" in movement.clause("zh", m).text


def test_what_chance_would_give_is_told_from_nothing() -> None:
    told = [saying.rare(_of(v)).text for v in (2.14, 0.05, 0.014, 0.0014, 0.0)]
    assert told == ["2.1", "0.1", "0.01", "0.001", "0.0"]


def test_a_figure_is_rounded_as_excel_rounds_it() -> None:
    assert saying.number(_of(91.25)).text == "91.3" and saying.share(_of(0.0625)).text == "6.3%"
    assert saying.pp(_of(-0.00125)).text == "−0.1" and saying.whole(_of(2.5)).text == "3"
    assert [saying.points(v) for v in (2.0, 1.25, 0.5, 13.755)] == ["2", "1.25", "0.5", "13.76"]


def test_every_item_of_the_covert_scorecard_is_practised_in_its_own_way() -> None:
    """Two items of one step are two things to practise."""
    covert = scorecard.load_editions()["covert-1"]
    earning = [i for i in covert.items if i.effect == "earn"]
    keys = [
        onepager._drill({"item_id": i.id, "step": i.step, "section": i.section, "applicable": 1.0})
        for i in earning
    ]
    assert keys == [f"drill_{i.id}" for i in earning]
    for lang in ("zh", "en"):
        told = [template(lang, key) for key in keys]
        assert len(set(told)) == len(told)
    other = {"item_id": "NEW1", "step": "s3", "section": "STEP", "applicable": 1.0}
    assert onepager._drill(other) == "drill_s3"
    assert onepager._drill(other | {"applicable": 0.0}) == "drill_deduct"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0.0"), (0.4, "0.4"), (0.04, "0.04"), (0.025, "0.03"), (0.003, "0.003")],
)
def test_what_chance_gives_is_told_from_nothing(value: float, said: str) -> None:
    """On pages as in documents: 0.025 of one metric is 0.03 and not 0.0."""
    assert saying.rare_words(value) == said
    assert saying.rare(Reckoned(value, "SELECT 1")).text == said
