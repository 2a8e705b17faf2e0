"""The days of the steps ahead, counted on a calendar by hand and held against the procedure.

November 2026: the 27th is a Friday; only Saturdays and Sundays are free.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from audits.procedure import Actor, Refused
from audits.round_steps import ORDER, Step, ahead
from audits.rounds import Act, Round, Rules, after, completed

RULES = Rules(show_days=5, countersign_days=5)
OFFICE, UNION = Actor("zhang", "office"), Actor("wu", "union")
FRIDAY = date(2026, 11, 27)


def works(day: date) -> bool:
    return day.weekday() < 5


def told(steps: list[Step]) -> list[tuple[str, str, date | None, date | None]]:
    return [(s.event, s.standing, s.day, s.until) for s in steps]


def test_a_draft_tells_every_day_ahead() -> None:
    # shown on Friday: Mon-Fri are the five days, so it opens on Saturday the 5th at the earliest;
    # five working days after that end on Friday the 11th
    opens, answers = date(2026, 12, 5), date(2026, 12, 11)
    assert told(ahead(Round("r", "draft"), RULES, works, FRIDAY)) == [
        ("draft", "done", None, None),
        ("show", "ready", FRIDAY, None),
        ("open", "later", opens, None),
        ("countersign", "later", opens, answers),
        ("seal", "later", opens, None),
    ]


def test_while_it_is_shown_opening_waits_for_its_day() -> None:
    shown = Round("r", "shown", shown=date(2026, 11, 23), until=date(2026, 11, 30))
    steps = {s.event: s for s in ahead(shown, RULES, works, FRIDAY)}
    assert (steps["open"].standing, steps["open"].day) == ("waits", date(2026, 12, 1))
    assert (steps["show"].standing, steps["show"].day) == ("done", date(2026, 11, 23))
    later = {s.event: s for s in ahead(shown, RULES, works, date(2026, 12, 1))}
    assert later["open"].standing == "ready"


def test_the_union_has_its_days_and_may_answer_at_once() -> None:
    opened = Round("r", "opened", opened=FRIDAY, until=date(2026, 12, 4))
    steps = {s.event: s for s in ahead(opened, RULES, works, FRIDAY)}
    assert (steps["countersign"].standing, steps["countersign"].until) == ("ready", opened.until)
    assert steps["countersign"].who == ("union",)


@pytest.mark.parametrize("state", ["cancelled"])
def test_what_is_over_has_no_steps(state: str) -> None:
    assert ahead(Round("r", state), RULES, works, FRIDAY) == []
    assert {s.standing for s in ahead(Round("r", "sealed"), RULES, works, FRIDAY)} == {"done"}


def test_the_days_are_those_on_which_the_procedure_lets_it_happen() -> None:
    """Walked at the earliest days told, every step passes, and none a day before."""
    round, day = Round("r"), FRIDAY
    for event in ORDER:
        (step,) = [s for s in ahead(round, RULES, works, day) if s.standing in ("ready", "waits")]
        assert step.event == event and step.day is not None
        if step.standing == "waits":
            with pytest.raises(Refused):
                completed(round, _act(event, step.day - timedelta(days=1)), RULES, works)
        day = step.day
        round = after(round, completed(round, _act(event, day), RULES, works))
    assert round.state == "sealed"


def _act(event: str, day: date) -> Act:
    actor = UNION if event == "countersign" else OFFICE
    return Act(event, actor, day, editions=(("e", "0"),) if event in ("draft", "open") else ())
