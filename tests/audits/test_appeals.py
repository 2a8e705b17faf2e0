"""Appeals and the check period: every state × event × role by tables written here, and guards."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from audits import checking
from audits.appeals import Act, Appeal, Contested, Rules, after, completed
from audits.checking import Check, refuse_formal
from audits.procedure import Refused, last_day
from pipeline.periods import is_open
from tests.audits.procedures import EVERYBODY, actor, is_told, works

OFFICE = {"office", "head"}
# From the issue: a branch files; office proposes, union agrees or not; the head ends a deadlock.
TABLE: dict[str, dict[str, tuple[set[str], str]]] = {
    "none": {"file": ({"branch"}, "filed")},
    "filed": {"propose": (OFFICE, "proposed"), "withdraw": ({"branch"}, "withdrawn")},
    "proposed": {
        "agree": ({"union"}, "partly"),
        "object": ({"union"}, "objected"),
        "decide": ({"head"}, "partly"),
        "withdraw": ({"branch"}, "withdrawn"),
    },
    "objected": {
        "propose": (OFFICE, "proposed"),
        "decide": ({"head"}, "partly"),
        "withdraw": ({"branch"}, "withdrawn"),
    },
    "upheld": {},
    "partly": {},
    "rejected": {},
    "withdrawn": {},
}
EVENTS = ("file", "withdraw", "propose", "agree", "object", "decide")
ABOUT = Contested("2026Q3", "0101", "ab" * 8, "T1", (1, 2))
LATE = date(2026, 9, 1)
RULES = Rules()
BETTER = {"outcome": "partly", "answers": ((1, "是"),), "effect": "better"}


def at(state: str) -> Appeal:
    if state == "none":
        return Appeal(7)
    until = date(2026, 6, 10)
    about = {"contested": ABOUT, "until": until, "proposed_by": "经办", "outcome": "partly"}
    return Appeal(7, state, answers=((1, "是"),), **about)  # type: ignore[arg-type]


def act(event: str, role: str, **more: Any) -> Act:
    told = {"reason": "写明的理由", "contested": ABOUT, "last": LATE} | BETTER | more
    own = told.pop("own", "0101" if role == "branch" else None)
    who = actor(role, own, told.pop("name", None))
    return Act(event, who, told.pop("day", LATE), **told)


@pytest.mark.parametrize(("state", "event"), list(product(TABLE, EVENTS)))
def test_every_state_event_and_role(state: str, event: str) -> None:
    who, follows = TABLE[state].get(event, (set(), ""))
    for role in EVERYBODY:
        if role in who:
            done = completed(at(state), act(event, role), RULES, works)
            assert after(at(state), done).state == follows
            continue
        with pytest.raises(Refused) as refused:
            completed(at(state), act(event, role), RULES, works)
        is_told(refused.value)
        some = any(role in w.get(event, (set(),))[0] for w in TABLE.values())
        assert refused.value.code == ("state" if some else "role")


GUARDS = [
    ("none", act("file", "branch", own="0102"), "other_branch"),
    ("filed", act("withdraw", "branch", own="0102"), "other_branch"),
    ("none", act("file", "branch", last=None), "not_shown"),
    ("none", act("file", "branch", last=LATE - timedelta(days=1)), "late"),
    ("none", act("file", "branch", reason="  "), "reason"),
    ("filed", act("propose", "office", own="0101"), "own_branch"),
    ("proposed", act("agree", "union", own="0101"), "own_branch"),
    ("proposed", act("object", "union", own="0101"), "own_branch"),
    ("objected", act("decide", "head", own="0101"), "own_branch"),
    ("proposed", act("agree", "union", name="经办"), "same_person"),
    ("proposed", act("decide", "head", name="经办"), "same_person"),
    ("proposed", act("decide", "head", day=date(2026, 6, 10)), "early"),
    ("objected", act("decide", "head", reason=""), "reason"),
    ("proposed", act("object", "union", reason=""), "reason"),
    ("filed", act("propose", "office", reason=""), "reason"),
    ("filed", act("propose", "office", outcome="maybe"), "outcome"),
    ("filed", act("propose", "office", effect="worse"), "worse"),
    ("filed", act("propose", "office", outcome="upheld"), "answers"),  # not all in full
    ("filed", act("propose", "office", effect="full"), "answers"),  # partly, yet all in full
    ("filed", act("propose", "office", effect="same"), "answers"),  # partly, yet nothing changes
    ("filed", act("propose", "office", outcome="rejected"), "answers"),  # rejected, yet changes
]


@pytest.mark.parametrize(("state", "wanted", "code"), GUARDS)
def test_what_else_stands_in_the_way(state: str, wanted: Act, code: str) -> None:
    with pytest.raises(Refused) as refused:
        completed(at(state), wanted, RULES, works)
    assert refused.value.code == code
    is_told(refused.value)


@pytest.mark.parametrize(
    ("outcome", "answers", "effect"),
    [("upheld", ((1, "是"), (2, "不适用")), "full"), ("partly", ((1, "是"),), "better"),
     ("rejected", (), "same")],
)  # fmt: skip
def test_what_was_proposed_is_what_is_agreed(outcome: str, answers: Any, effect: str) -> None:
    proposing = act("propose", "office", outcome=outcome, answers=answers, effect=effect)
    proposed = after(at("filed"), completed(at("filed"), proposing, RULES, works))
    agreed = after(proposed, completed(proposed, act("agree", "union"), RULES, works))
    assert (agreed.state, agreed.answers, agreed.by_head) == (outcome, answers, False)
    assert agreed.decided == LATE and not agreed.open


def test_an_item_is_appealed_once() -> None:
    with pytest.raises(Refused) as refused:
        completed(Appeal(8), act("file", "branch"), RULES, works, earlier=at("rejected"))
    assert refused.value.code == "again" and "7" in refused.value.zh
    completed(Appeal(8), act("file", "branch"), RULES, works, earlier=None)


def test_the_head_ends_a_deadlock_otherwise_than_proposed() -> None:
    deciding = act("decide", "head", outcome="rejected", answers=(), effect="same")
    over = after(at("objected"), completed(at("objected"), deciding, RULES, works))
    assert (over.state, over.answers, over.by_head) == ("rejected", (), True)
    with pytest.raises(Refused) as refused:
        completed(at("objected"), deciding, Rules(head_decides=False), works)
    assert refused.value.code == "union"


HAND_COUNTED = [
    # (from, working days, last day): counted on a paper calendar of 2026
    (date(2026, 9, 30), 3, date(2026, 10, 10)),  # 8, 9, 10 (Saturday, worked)
    (date(2026, 9, 30), 4, date(2026, 10, 12)),
    (date(2026, 9, 18), 1, date(2026, 9, 20)),  # a Sunday, worked
    (date(2026, 2, 13), 1, date(2026, 2, 14)),  # a Saturday, worked
    (date(2026, 2, 13), 3, date(2026, 2, 25)),  # 14, 24, 25
    (date(2026, 2, 13), 6, date(2026, 2, 28)),  # …, 26, 27, 28 (Saturday, worked)
    (date(2026, 2, 17), 3, date(2026, 2, 26)),  # from within the holiday: 24, 25, 26
    (date(2026, 3, 4), 3, date(2026, 3, 9)),  # 5, 6, 9: an ordinary weekend
    (date(2026, 3, 4), 0, date(2026, 3, 4)),
]


@pytest.mark.parametrize(("start", "days", "last"), HAND_COUNTED)
def test_working_days_counted_by_hand(start: date, days: int, last: date) -> None:
    assert last_day(start, days, works) == last
    assert last_day(start, days, is_open) == last  # the calendar that the system uses


def test_a_calendar_without_working_days_is_told() -> None:
    with pytest.raises(ValueError, match="no working days"):
        last_day(LATE, 1, lambda day: False)
    with pytest.raises(ValueError, match="at least 0"):
        last_day(LATE, -1, works)


def check_act(event: str, role: str, day: date, **more: Any) -> checking.Act:
    own = more.pop("own", "0101" if role == "branch" else None)
    given = {"branch": "0101", "branches": ("0101", "0102"), "reason": "理由"} | more
    return checking.Act(event, actor(role, own), day, **given)


KNOWN = ("0101", "0102")
RUNNING = Check("2026Q3", date(2026, 10, 13), date(2026, 10, 16), 1, 2)
# state → event → (who may). A check period is not begun, runs, or is over.
CHECKS = {
    "none": {"open": OFFICE, "waive": {"head"}},
    "runs": {"open": OFFICE, "confirm": {"branch"}, "waive": {"head"}},
    "over": {"open": OFFICE, "waive": {"head"}},
}


@pytest.mark.parametrize(("state", "event"), list(product(CHECKS, ("open", "confirm", "waive"))))
def test_the_check_period_by_state_event_and_role(state: str, event: str) -> None:
    check = Check("2026Q3") if state == "none" else RUNNING
    day = date(2026, 10, 17) if state == "over" else date(2026, 10, 16)
    for role in EVERYBODY:
        wanted = check_act(event, role, day)
        if role in CHECKS[state].get(event, set()):
            checking.completed(check, wanted, 3, works, KNOWN)
            continue
        with pytest.raises(Refused) as refused:
            checking.completed(check, wanted, 3, works, KNOWN)
        is_told(refused.value)


def test_a_branch_confirms_its_own_figures_once() -> None:
    day = date(2026, 10, 14)
    for wanted, code in (
        (check_act("confirm", "branch", day, own="0102"), "other_branch"),
        (check_act("confirm", "branch", day, own="0999", branch="0999"), "unknown_branch"),
    ):
        with pytest.raises(Refused) as refused:
            checking.completed(RUNNING, wanted, 3, works, KNOWN)
        assert refused.value.code == code
        is_told(refused.value)
    done = checking.completed(RUNNING, check_act("confirm", "branch", day), 3, works, KNOWN)
    told = checking.after(RUNNING, done)
    assert told.confirmed == (("0101", day),)
    with pytest.raises(Refused) as refused:
        checking.completed(told, check_act("confirm", "branch", day), 3, works, KNOWN)
    assert refused.value.code == "again"


def test_nobody_confirms_against_the_own_appeal() -> None:
    wanted = check_act("confirm", "branch", date(2026, 10, 14))
    with pytest.raises(Refused) as refused:
        checking.completed(RUNNING, wanted, 3, works, KNOWN, [7, 3])
    assert refused.value.code == "appealed" and "3、7 号" in refused.value.zh
    is_told(refused.value)
    assert checking.completed(RUNNING, wanted, 3, works, KNOWN, []) == wanted


def test_formal_waits_for_the_end_of_the_check_period() -> None:
    """A preview of Wednesday 30 September 2026 is checked until Saturday 10 October."""
    opening = check_act("open", "office", date(2026, 9, 30))
    check = Check("2026Q3")
    with pytest.raises(Refused) as refused:
        refuse_formal(check, date(2026, 10, 30))
    assert refused.value.code == "not_shown"
    check = checking.after(check, checking.completed(check, opening, 3, works))
    assert (check.until, check.branches) == (date(2026, 10, 10), 2)
    with pytest.raises(Refused) as refused:
        refuse_formal(check, date(2026, 10, 10))
    assert refused.value.code == "checking" and "0/2" in refused.value.zh
    is_told(refused.value)
    refuse_formal(check, date(2026, 10, 11))
    waiving = check_act("waive", "head", date(2026, 10, 8))
    waived = checking.after(check, checking.completed(check, waiving, 3, works))
    refuse_formal(waived, date(2026, 10, 8))
    with pytest.raises(Refused) as refused:
        checking.completed(check, check_act("waive", "head", LATE, reason=""), 3, works)
    assert refused.value.code == "reason"
    anew = checking.after(waived, checking.completed(waived, opening, 3, works))
    assert anew.waived is None and anew.confirmed == ()


class Appeals(RuleBasedStateMachine):
    """Whatever is tried: no outcome without the union's or, in time, the head's word."""

    def __init__(self) -> None:
        super().__init__()
        self.appeal = Appeal(1)
        self.day = date(2026, 9, 21)
        self.done: list[Act] = []

    @rule(days=st.integers(0, 12))
    def time_passes(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(
        event=st.sampled_from(EVENTS),
        role=st.sampled_from(("office", "head", "union", "branch")),
        name=st.sampled_from(("甲", "乙")),
        own=st.sampled_from(("0101", "0102", None)),
        outcome=st.sampled_from((("upheld", "full"), ("partly", "better"), ("rejected", "same"))),
    )
    def tries(self, event: str, role: str, name: str, own: str, outcome: tuple[str, str]) -> None:
        answers = () if outcome[0] == "rejected" else ((1, "是"),)
        words = {"outcome": outcome[0], "effect": outcome[1], "answers": answers}
        wanted = act(event, role, name=name, own=own, day=self.day,
                     last=date(2026, 10, 10), **words)  # fmt: skip
        try:
            self.done.append(completed(self.appeal, wanted, RULES, works))
        except Refused as refused:
            is_told(refused)
            return
        self.appeal = after(self.appeal, self.done[-1])

    @invariant()
    def nobody_about_the_own_branch(self) -> None:
        for one in self.done:
            assert (one.actor.role == "branch") == (one.actor.branch == "0101")

    @invariant()
    def two_people_or_a_deadlock(self) -> None:
        if self.appeal.state not in ("upheld", "partly", "rejected"):
            return
        last = self.done[-1]
        proposing = [a for a in self.done if a.event == "propose"][-1]
        assert last.event in ("agree", "decide") and last.actor.name != proposing.actor.name
        if last.event == "agree":
            assert last.actor.role == "union" and self.appeal.outcome == proposing.outcome
        else:
            assert last.actor.role == "head" and last.day > proposing.day + timedelta(days=4)

    @invariant()
    def filed_in_time(self) -> None:
        assert not self.done or self.done[0].event == "file"
        assert all(a.day <= date(2026, 10, 10) for a in self.done if a.event == "file")


Appeals.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAppeals = Appeals.TestCase
