"""Two keys are two people, and a branch is one branch, however name and code are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from audits import actions, appeals, reviews, rounds
from audits.procedure import Actor, Refused
from tests.audits.procedures import works

DAY = date(2026, 9, 1)
# One person, 张 San: full width, case, blanks, a no-break space, a zero-width sign.
SPELLINGS = ["张san", "张 San", " 张San ", "张Ｓａｎ", "张\u3000SAN", "张\u00a0san", "张\u200bsan"]
# One branch, 0101.
CODES = ["0101", " 0101 ", "０１０１", "101", "00101", "0101\u200b", "01 01"]
ITEM = appeals.Contested("2026-09", "0101", "v" * 16, "ENV04", (0,))


def refused(run: object) -> str:
    with pytest.raises(Refused) as told:
        run()  # type: ignore[operator]
    return told.value.code


@pytest.mark.parametrize("name", SPELLINGS)
def test_one_person_turns_one_key(name: str) -> None:
    opened = rounds.Round("2026Q3", "opened", opened_by="张san", until=date(2026, 8, 1))
    for event, role in (("countersign", "union"), ("decide", "head")):
        act = rounds.Act(event, Actor(name, role), DAY, "逾期")
        assert refused(lambda a=act: rounds.completed(opened, a, rounds.Rules(), works)) == (
            "same_person"
        )
    proposed = appeals.Appeal(1, "proposed", ITEM, proposed_by="张san")
    agree = appeals.Act("agree", Actor(name, "union"), DAY)
    assert refused(lambda: appeals.completed(proposed, agree, appeals.Rules(), works)) == (
        "same_person"
    )
    said = [reviews.Decision("uphold", Actor("张san", "office"), DAY, "x")]
    word = reviews.Decision("uphold", Actor(name, "union"), DAY, "x")
    assert refused(lambda: reviews.check(said, word, None)) == "same_person"


@pytest.mark.parametrize("code", CODES)
def test_the_own_branch_is_known_however_it_is_written(code: str) -> None:
    said = reviews.Decision("uphold", Actor("吴霞", "union", code), DAY, "x")
    assert refused(lambda: reviews.check([], said, "0101")) == "own_branch"
    reviews.check([], said, "0110")
    with pytest.raises(actions.Refused):
        actions.check(replied(), decision("吴霞", code))


@pytest.mark.parametrize(
    ("event", "state", "role"),
    [("propose", "filed", "office"), ("agree", "proposed", "union"),
     ("object", "proposed", "union"), ("decide", "proposed", "head")],
)  # fmt: skip
def test_who_filed_an_appeal_has_no_other_part_in_it(event: str, state: str, role: str) -> None:
    """Also where the second role is given without a branch."""
    filed = appeals.Appeal(1, state, ITEM, filed_by="李东", until=date(2026, 8, 1))
    act = appeals.Act(event, Actor("李 东", role), DAY, "理由", outcome="rejected")
    assert refused(lambda: appeals.completed(filed, act, appeals.Rules(), works)) == "same_person"
    other = appeals.Act(event, Actor("周南", role), DAY, "理由", outcome="rejected")
    appeals.completed(filed, other, appeals.Rules(), works)


def replied() -> actions.Action:
    opened = actions.Action(
        "A1", "0101", "ENV04", "covert-1", "2026Q3", DAY, Decimal(2), "major", "李东", DAY, DAY
    )
    details = {"measure": "已改", "evidence": "p.jpg", "done": "2026-09-01"}
    told = actions.Act("reply", DAY, actions.Actor("branch", "李东", "0101"), details)
    actions.check(opened, told)
    return actions.apply(opened, told)


def decision(name: str, node: str | None = None) -> actions.Act:
    return actions.Act("accept", DAY, actions.Actor("office", name, node), {})


def test_who_answered_for_the_branch_does_not_accept_the_answer() -> None:
    for name in ("李东", "李 东"):
        with pytest.raises(actions.Refused):
            actions.check(replied(), decision(name))
    actions.check(replied(), decision("张敏"))
