"""The state machine of corrective actions: every state × actor × event, by table and by play.

The table is written out here by hand from the rules of the house (domain §1, §2): the branch head
answers, the city manager chases, the office decides, nobody about the own branch.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audits.actions import (
    EVENTS,
    ROLES,
    STATES,
    Act,
    Action,
    Actor,
    Event,
    Refused,
    apply,
    check,
    due_date,
    overdue,
    recurring,
    recurs,
    waits_for,
)
from pipeline.periods import is_open

BRANCH, OTHER, CITY, ELSEWHERE = "01010101", "01010102", "0101", "0102"
ABOVE = ("010101", CITY, "01")
TODAY = date(2026, 10, 20)
NEW = Action(
    id="Z2026Q3-01010101-HALL01",
    branch=BRANCH,
    item="HALL01",
    edition="covert-1",
    round="2026Q3",
    found=date(2026, 9, 10),
    lost=Decimal(2),
    severity="minor",
    owner="branch_head",
    issued=date(2026, 10, 8),
    due=date(2026, 10, 22),
)
# Everybody who may come along: role and node.
ACTORS = {
    "office": Actor("office", "a"),
    "office of the branch": Actor("office", "b", BRANCH),
    "office of another branch": Actor("office", "c", OTHER),
    "head": Actor("head", "j"),
    "head of the branch": Actor("head", "k", BRANCH),
    "head office": Actor("hq", "l"),
    "city": Actor("city", "d", CITY),
    "another city": Actor("city", "e", ELSEWHERE),
    "branch": Actor("branch", "f", BRANCH),
    "another branch": Actor("branch", "g", OTHER),
    "union": Actor("union", "h"),
    "system": Actor("system", "i"),
}
# event: (who, in which states) → state afterwards; "=": as before. All else is refused.
DECIDES = ("office", "office of another branch", "head")
ANY_OFFICE = (*DECIDES, "office of the branch", "head of the branch")
ALLOWED: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "progress": (("branch",), {"open": "=", "returned": "="}),
    "reply": (("branch",), {"open": "replied", "returned": "replied", "replied": "="}),
    "chase": ((*ANY_OFFICE, "city"), {"open": "=", "returned": "="}),
    "accept": (DECIDES, {"replied": "closed"}),
    "return": (DECIDES, {"replied": "returned"}),
    "withdraw": (
        DECIDES,
        {"open": "withdrawn", "replied": "withdrawn", "returned": "withdrawn"},
    ),
    "recur": (("system",), {"open": "=", "replied": "=", "returned": "=", "closed": "="}),
}
DETAILS: dict[str, Mapping[str, str]] = {
    "progress": {"measure": "已安排"},
    "reply": {"measure": "已重训", "done": "2026-10-19", "evidence": "照片.jpg"},
    "return": {"reason": "照片不清"},
    "withdraw": {"reason": "申诉成立"},
    "recur": {"round": "2026Q4"},
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def standing(state: str) -> Action:
    """An action in a state, with what has led to it."""
    answered = state in ("replied", "closed")
    return replace(
        NEW,
        state=state,  # type: ignore[arg-type]
        measure="已重训" if answered else "",
        evidence="照片.jpg" if answered else "",
        done=date(2026, 10, 15) if answered else None,
        closed=date(2026, 10, 18) if state == "closed" else None,
    )


def act(event: str, who: Actor, **details: str) -> Act:
    return Act(event, TODAY, who, {**DETAILS.get(event, {}), **details})  # type: ignore[arg-type]


def test_the_table_names_every_event() -> None:
    assert set(ALLOWED) == set(EVENTS)
    assert {a.role for a in ACTORS.values()} == set(ROLES)


@pytest.mark.parametrize("state", STATES)
def test_every_actor_and_event(state: str) -> None:
    tried = 0
    for (name, who), event in itertools.product(ACTORS.items(), EVENTS):
        before, done = standing(state), act(event, who)
        able, leads = ALLOWED[event]
        if name in able and state in leads:
            check(before, done, ABOVE)
            after = apply(before, done)
            wanted = state if leads[state] == "=" else leads[state]
            assert after.state == wanted, (name, event)
            assert after.acts == before.acts + 1
        else:
            with pytest.raises(Refused) as refusal:
                check(before, done, ABOVE)
            assert CHINESE.search(refusal.value.zh) and refusal.value.zh.endswith("。")
            assert refusal.value.en.endswith(".") and not CHINESE.search(refusal.value.en)
        tried += 1
    assert tried == len(ACTORS) * len(EVENTS) == 12 * 7


@pytest.mark.parametrize(
    ("state", "event", "given", "says"),
    [
        ("open", "reply", {"measure": " "}, "整改措施"),
        ("open", "progress", {"measure": ""}, "整改措施"),
        ("open", "reply", {"done": ""}, "完成日期"),
        ("open", "reply", {"done": "2026-10-21"}, "晚于今天"),
        ("open", "reply", {"done": "2026-09-09"}, "早于检查发现日期"),
        ("replied", "return", {"reason": " "}, "原因"),
        ("open", "withdraw", {"reason": ""}, "原因"),
    ],
)
def test_what_is_missing_is_asked_for(
    state: str, event: str, given: dict[str, str], says: str
) -> None:
    who = ACTORS["branch"] if event in ("reply", "progress") else ACTORS["office"]
    with pytest.raises(Refused, match=says):
        check(standing(state), act(event, who, **given), ABOVE)


def test_nothing_is_closed_without_evidence() -> None:
    silent = replace(standing("replied"), evidence="")
    with pytest.raises(Refused, match="佐证"):
        check(silent, act("accept", ACTORS["office"]), ABOVE)


def test_what_an_act_leaves_behind() -> None:
    chased = apply(NEW, act("chase", ACTORS["city"]))
    replied = apply(chased, act("reply", ACTORS["branch"]))
    assert (replied.chased, replied.done) == (1, date(2026, 10, 19))
    assert (replied.measure, replied.evidence) == ("已重训", "照片.jpg")
    back = apply(replied, act("return", ACTORS["office"]))
    assert (back.done, back.reason, back.returns) == (None, "照片不清", 1)
    again = apply(back, act("reply", ACTORS["branch"], evidence=""))
    assert again.evidence == ""  # the evidence that was not enough does not stand for the new
    closed = apply(replied, act("accept", ACTORS["office"]))
    assert closed.closed == TODAY
    failed = apply(closed, act("recur", ACTORS["system"]))
    assert (failed.state, failed.again) == ("closed", ("2026Q4",))
    assert recurring(failed) and not recurring(closed)


def test_overdue_is_a_fact_of_the_calendar() -> None:
    last = NEW.due
    for state in STATES:
        late = overdue(standing(state), last + timedelta(days=1))
        assert late == (state in ("open", "replied", "returned"))
        assert not overdue(standing(state), last)
    assert [waits_for(standing(s)) for s in STATES] == ["branch", "office", "branch", None, None]


def test_due_days_are_working_days_of_the_chinese_calendar() -> None:
    """2026: 1 to 7 October are holidays, Saturday 10 October is worked (State Council notice)."""
    eve = date(2026, 9, 30)
    assert due_date(eve, 1, is_open) == date(2026, 10, 8)
    assert due_date(eve, 3, is_open) == date(2026, 10, 10)
    assert due_date(eve, 4, is_open) == date(2026, 10, 12)
    assert due_date(date(2026, 11, 20), 1, is_open) == date(2026, 11, 23)  # a Friday
    with pytest.raises(ValueError, match="0 working days"):
        due_date(eve, 0, is_open)


ORDER = ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]


@pytest.mark.parametrize(
    ("round", "seen", "wanted"),
    [
        ("2026Q2", date(2026, 5, 2), True),  # the next round, after the closing
        ("2026Q3", date(2026, 8, 1), True),  # the second
        ("2026Q4", date(2026, 11, 1), False),  # the third is too far
        ("2026Q2", date(2026, 5, 1), False),  # on the day of closing: not yet put to the test
        ("2026Q1", date(2026, 5, 2), False),  # its own round
        ("2025Q4", date(2026, 5, 2), False),  # not a round of this publication
    ],
)
def test_recurrence_by_hand(round: str, seen: date, wanted: bool) -> None:
    closed = replace(NEW, round="2026Q1", state="closed", closed=date(2026, 5, 1))
    assert recurs(closed, round, seen, ORDER) is wanted
    assert not recurs(replace(closed, closed=None), round, seen, ORDER)


def test_one_round_instead_of_two() -> None:
    closed = replace(NEW, round="2026Q1", state="closed", closed=date(2026, 5, 1))
    assert recurs(closed, "2026Q2", date(2026, 6, 1), ORDER, within=1)
    assert not recurs(closed, "2026Q3", date(2026, 8, 1), ORDER, within=1)


class Play(RuleBasedStateMachine):
    """Anybody tries anything on any day; what must hold holds whatever was let through."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.today = NEW, NEW.issued
        self.done: list[Act] = []
        self.refused = 0

    @rule(days=st.integers(0, 9))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(
        who=st.sampled_from(sorted(ACTORS)),
        event=st.sampled_from(EVENTS),
        evidence=st.sampled_from(["", "照片.jpg"]),
        reason=st.sampled_from(["", "不足"]),
        back=st.integers(-2, 40),
    )
    def somebody_tries(self, who: str, event: Event, evidence: str, reason: str, back: int) -> None:
        details = {
            "measure": "已办",
            "evidence": evidence,
            "reason": reason,
            "round": "2026Q4",
            "done": (self.today - timedelta(days=back)).isoformat(),
        }
        tried = Act(event, self.today, ACTORS[who], details)
        try:
            check(self.action, tried, ABOVE)
        except Refused:
            self.refused += 1
            return
        self.action = apply(self.action, tried)
        self.done.append(tried)

    @precondition(lambda self: self.action.state == "replied" and self.action.evidence)
    @rule()
    def the_office_accepts(self) -> None:
        """So that the closed ends of the machine are reached often."""
        accepted = Act("accept", self.today, ACTORS["office"], {})
        check(self.action, accepted, ABOVE)
        self.action = apply(self.action, accepted)
        self.done.append(accepted)

    @invariant()
    def a_closed_one_was_answered_with_evidence_and_decided_by_another(self) -> None:
        a = self.action
        assert (a.state == "closed") == (a.closed is not None)
        if a.closed:
            assert a.evidence and a.done and NEW.found <= a.done <= a.closed
            (decision,) = [d for d in self.done if d.event == "accept"]
            assert decision.actor.role in ("office", "head") and decision.actor.node != BRANCH

    @invariant()
    def settled_is_settled(self) -> None:
        ends = [n for n, d in enumerate(self.done) if d.event in ("accept", "withdraw")]
        if ends:
            assert {d.event for d in self.done[ends[0] + 1 :]} <= {"recur"}

    @invariant()
    def all_acts_are_counted(self) -> None:
        a, events = self.action, [d.event for d in self.done]
        assert a.acts == 1 + len(events)
        assert (a.returns, a.chased) == (events.count("return"), events.count("chase"))
        assert len(a.again) == events.count("recur")
        assert all(d.actor.node == BRANCH for d in self.done if d.event == "reply")


TestPlay = Play.TestCase
TestPlay.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
