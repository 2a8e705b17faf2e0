"""Rounds: every state × event × role by a table written here, guards, and a stateful test."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from audits.procedure import Refused
from audits.rounds import Act, Round, Rules, after, completed
from tests.audits.procedures import EVERYBODY, actor, is_told, works

OFFICE = {"office", "head"}
# State → event → (who may, what follows). Everything else is refused. Written from domain §1 and
# §6 and the issue, not from the code.
TABLE: dict[str, dict[str, tuple[set[str], str]]] = {
    "none": {"draft": (OFFICE, "draft")},
    "draft": {"show": (OFFICE, "shown"), "cancel": (OFFICE, "cancelled")},
    "shown": {"open": (OFFICE, "opened"), "cancel": (OFFICE, "cancelled")},
    "opened": {
        "countersign": ({"union"}, "running"),
        "refuse": ({"union"}, "refused"),
        "decide": ({"head"}, "running"),
        "cancel": (OFFICE, "cancelled"),
    },
    "refused": {
        "countersign": ({"union"}, "running"),
        "open": (OFFICE, "opened"),
        "decide": ({"head"}, "running"),
        "cancel": (OFFICE, "cancelled"),
    },
    "running": {"seal": (OFFICE, "sealed")},
    "sealed": {},
    "cancelled": {"draft": (OFFICE, "draft")},
}
EVENTS = ("draft", "show", "open", "countersign", "refuse", "decide", "seal", "cancel")
EDITION = (("covert-2", "ab" * 32),)
LATE = date(2026, 9, 1)  # long after every deadline of the states below
RULES = Rules()


def at(state: str, branches: tuple[str, ...] = ()) -> Round:
    until = date(2026, 6, 10) if state in ("shown", "opened", "refused") else None
    return Round("2026Q3", state, EDITION, branches, opened_by="开启人", until=until)


def act(event: str, role: str, day: date = LATE, **more: object) -> Act:
    told: dict[str, object] = {"editions": EDITION, "reason": "写明的理由"} | more
    branch = told.pop("own", None)
    who = actor(role, str(branch) if branch else None, str(told.pop("name", f"某{role}")))
    return Act(event, who, day, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(("state", "event"), list(product(TABLE, EVENTS)))
def test_every_state_event_and_role(state: str, event: str) -> None:
    who, follows = TABLE[state].get(event, (set(), ""))
    for role in EVERYBODY:
        wanted = act(event, role)
        if role in who:
            assert after(at(state), completed(at(state), wanted, RULES, works)).state == follows
            continue
        with pytest.raises(Refused) as refused:
            completed(at(state), wanted, RULES, works)
        is_told(refused.value)
        some = any(role in w.get(event, (set(),))[0] for w in TABLE.values())
        assert refused.value.code == ("state" if some else "role")


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        completed(at("draft"), act("publish", "office"), RULES, works)
    assert refused.value.code == "event"


GUARDS = [
    ("none", act("draft", "office", editions=()), "edition"),
    ("shown", act("open", "office", day=date(2026, 6, 10)), "early"),
    ("shown", act("open", "office", editions=(("covert-2", "cd" * 32),)), "changed"),
    ("opened", act("countersign", "union", name="开启人"), "same_person"),
    ("opened", act("refuse", "union", reason=" "), "reason"),
    ("opened", act("decide", "head", day=date(2026, 6, 10)), "early"),
    ("refused", act("decide", "head", day=date(2026, 6, 10)), "early"),
    ("opened", act("decide", "head", reason=""), "reason"),
    ("running", act("seal", "office", missing=3, reason=""), "incomplete"),
    ("draft", act("cancel", "office", reason=""), "reason"),
]


@pytest.mark.parametrize(("state", "wanted", "code"), GUARDS)
def test_what_else_stands_in_the_way(state: str, wanted: Act, code: str) -> None:
    with pytest.raises(Refused) as refused:
        completed(at(state), wanted, RULES, works)
    assert refused.value.code == code
    is_told(refused.value)


def test_nobody_decides_about_the_own_branch() -> None:
    """A round of a few branches: whoever belongs to one of them has no hand in it."""
    for state, event, role in (("opened", "countersign", "union"), ("running", "seal", "office"),
                               ("opened", "decide", "head")):  # fmt: skip
        few = at(state, branches=("0101", "0102"))
        with pytest.raises(Refused) as refused:
            completed(few, act(event, role, own="0101"), RULES, works)
        assert refused.value.code == "own_branch"
        is_told(refused.value)
        completed(few, act(event, role, own="0201"), RULES, works)


def test_without_the_union_nothing_runs_where_the_rule_says_so() -> None:
    with pytest.raises(Refused) as refused:
        completed(at("opened"), act("decide", "head"), Rules(head_decides=False), works)
    assert refused.value.code == "union"


def test_the_showing_counts_working_days_across_national_day() -> None:
    """Shown on Tuesday 29 September 2026 for 5 working days: 30 September, 8, 9 and 10 October
    (Saturday, worked), 12 October; opened from 13 October on. Counted by hand."""
    drafted = after(Round("2026Q4"), act("draft", "office", day=date(2026, 9, 28)))
    showing = completed(drafted, act("show", "office", day=date(2026, 9, 29)), RULES, works)
    assert showing.until == date(2026, 10, 12)
    shown = after(drafted, showing)
    with pytest.raises(Refused):
        completed(shown, act("open", "office", day=date(2026, 10, 12)), RULES, works)
    opening = completed(shown, act("open", "office", day=date(2026, 10, 13)), RULES, works)
    assert opening.until == date(2026, 10, 20)  # 14, 15, 16, 19, 20


def test_silence_of_the_union_across_spring_festival() -> None:
    """Opened on Thursday 12 February 2026: 13 (Friday), 14 (Saturday, worked), then 24, 25 and 26
    February. The head decides from the 27th on, and it is on record that he did."""
    shown = Round("2026Q1", "shown", EDITION, until=date(2026, 2, 11))
    opened = after(shown, completed(shown, act("open", "office", day=date(2026, 2, 12)),
                                    RULES, works))  # fmt: skip
    assert opened.until == date(2026, 2, 26)
    decide = act("decide", "head", day=date(2026, 2, 27), reason="工会逾期未答复")
    running = after(opened, completed(opened, decide, RULES, works))
    assert (running.state, running.decided, running.reason) == ("running", True, "工会逾期未答复")
    signed = after(opened, completed(opened, act("countersign", "union"), RULES, works))
    assert (signed.state, signed.decided) == ("running", False)


def test_a_refusal_gives_the_same_time_to_talk() -> None:
    refusing = act("refuse", "union", day=date(2026, 10, 9))  # 10 (Saturday), 12, 13, 14, 15
    refused = after(at("opened"), completed(at("opened"), refusing, RULES, works))
    assert (refused.state, refused.until) == ("refused", date(2026, 10, 15))


class Rounds(RuleBasedStateMachine):
    """Whatever is tried in whatever order: nothing runs without two keys or a deadlock's word."""

    def __init__(self) -> None:
        super().__init__()
        self.round = Round("2026Q3")
        self.day = date(2026, 9, 1)
        self.done: list[Act] = []

    @rule(days=st.integers(0, 12))
    def time_passes(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(
        event=st.sampled_from(EVENTS),
        role=st.sampled_from(("office", "head", "union", "branch")),
        name=st.sampled_from(("甲", "乙")),
        reason=st.sampled_from(("", "理由")),
        missing=st.sampled_from((0, 2)),
    )
    def tries(self, event: str, role: str, name: str, reason: str, missing: int) -> None:
        wanted = act(event, role, self.day, name=name, reason=reason, missing=missing)
        before = self.round
        try:
            self.done.append(completed(before, wanted, RULES, works))
        except Refused as refused:
            is_told(refused)
            return
        self.round = after(before, self.done[-1])
        self.day += timedelta(days=1)

    @invariant()
    def replayed_alike(self) -> None:
        again = Round("2026Q3")
        for one in self.done:
            again = after(again, one)
        assert again == self.round

    @invariant()
    def two_keys(self) -> None:
        if self.round.state not in ("running", "sealed"):
            return
        opening = [a for a in self.done if a.event == "open"][-1]
        (key,) = [a for a in self.done[self.done.index(opening):]
                  if a.event in ("countersign", "decide")]  # fmt: skip
        if key.event == "countersign":
            assert key.actor.role == "union" and key.actor.name != opening.actor.name
        else:
            waited = sum(works(opening.day + timedelta(days=n + 1))
                         for n in range((key.day - opening.day).days))  # fmt: skip
            assert key.actor.role == "head" and key.reason and waited > 5 - (not works(key.day))

    @invariant()
    def shown_long_enough(self) -> None:
        opened = [a for a in self.done if a.event == "open"]
        shown = [a for a in self.done if a.event == "show"]
        if opened and self.round.state in ("opened", "running", "sealed"):
            assert (opened[-1].day - shown[-1].day).days > 5

    @invariant()
    def sealed_for_good(self) -> None:
        sealed = [n for n, a in enumerate(self.done) if a.event == "seal"]
        if sealed:
            assert sealed == [len(self.done) - 1]
            assert self.done[-1].missing == 0 or self.done[-1].reason


Rounds.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestRounds = Rounds.TestCase
