"""The review queue: every pair of words gives its state; who may speak is checked."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from audits.procedure import ROLES, Actor, Refused
from audits.reviews import DISMISS, UPHOLD, Decision, check, newest, reopening, state

DAY = date(2026, 10, 8)
WHO = {"office": "赵", "union": "钱", "head": "孙"}


def said(event: str, role: str, name: str | None = None, branch: str | None = None) -> Decision:
    return Decision(event, Actor(name or WHO.get(role, "李"), role, branch), DAY, "看过录像")


def test_the_state_follows_from_what_both_said() -> None:
    expected = {
        (UPHOLD, UPHOLD): "upheld", (DISMISS, DISMISS): "dismissed",
        (UPHOLD, DISMISS): "disputed", (DISMISS, UPHOLD): "disputed",
        (None, None): "open", (UPHOLD, None): "office_decided", (DISMISS, None): "office_decided",
        (None, UPHOLD): "union_decided", (None, DISMISS): "union_decided",
    }  # fmt: skip
    for office, union in product((None, UPHOLD, DISMISS), repeat=2):
        words = [said(e, r) for e, r in ((office, "office"), (union, "union")) if e]
        assert state(words) == expected[office, union]
        assert state(words[::-1]) == expected[office, union]


def test_the_newest_word_of_a_side_counts_and_the_head_speaks_for_the_office() -> None:
    words = [said(UPHOLD, "office"), said(DISMISS, "union"), said(DISMISS, "head")]
    assert state(words) == "dismissed"
    assert newest(words)["office"].actor.role == "head"


def test_what_both_agreed_on_is_undone_by_both_alone() -> None:
    """Alone one side had turned `upheld` into a dispute, and the visit counted again."""
    agreed = [said(UPHOLD, "office"), said(UPHOLD, "union")]
    for side, other in (("office", "union"), ("head", "union"), ("union", "head")):
        asked = [*agreed, said(DISMISS, side)]
        asks = "union" if side == "union" else "office"
        assert (state(asked), reopening(asked)) == ("upheld", asks)
        assert reopening(agreed) is None
        stays = [*asked, said(UPHOLD, other)]  # the other side does not follow: no change
        assert (state(stays), reopening(stays)) == ("upheld", asks)
        taken_back = [*asked, said(UPHOLD, side)]
        assert (state(taken_back), reopening(taken_back)) == ("upheld", None)
        followed = [*asked, said(DISMISS, other)]
        assert (state(followed), reopening(followed)) == ("dismissed", None)
        back = [*followed, said(UPHOLD, side)]
        assert (state(back), reopening(back)) == ("dismissed", asks)
    assert reopening([said(UPHOLD, "office"), said(DISMISS, "union")]) is None  # never agreed


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_office_and_union_decide(role: str) -> None:
    if role in ("office", "head", "union"):
        check([], said(UPHOLD, role), "0101")
        return
    with pytest.raises(Refused) as refused:
        check([], said(UPHOLD, role), "0101")
    assert refused.value.code == "role"


def test_nobody_decides_alone_silently_or_about_the_own_branch() -> None:
    for former, new, code in (
        ([], said(UPHOLD, "office", branch="0101"), "own_branch"),
        ([], Decision(UPHOLD, Actor("赵", "office"), DAY, "  "), "reason"),
        ([], Decision(UPHOLD, Actor("赵", "office"), DAY, "长" * 2001), "reason"),
        ([], said("ponder", "office"), "event"),
        ([said(UPHOLD, "office", "周")], said(UPHOLD, "union", "周"), "same_person"),
    ):
        with pytest.raises(Refused) as refused:
            check(former, new, "0101")
        assert refused.value.code == code
        assert refused.value.zh.endswith("。")
    check([], Decision(UPHOLD, Actor("赵", "office"), DAY, "长" * 2000), "0101")
    check([said(UPHOLD, "office", "周")], said(DISMISS, "office", "周"), "0101")  # a change of mind
