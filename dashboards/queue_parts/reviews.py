"""A case of the review queue: what is doubted and why, what each side said, and one's own word."""

from __future__ import annotations

import streamlit as st

from audits.reviews import EFFECTS, EVENTS, STATES
from dashboards import doing
from dashboards.access import user_can
from dashboards.action_parts.one import item_name
from dashboards.formats import literal, named
from dashboards.queue_parts.inbox import SETTLED, Matter, Row, side_of
from dashboards.views import Context
from pipeline import reviews

_SIDES = ("office", "union")
_FEW = 3  # reasons shown at once


def body(context: Context, matter: Matter, names: dict[str, str]) -> None:
    """Inside its box on the page."""
    words, row = context.words, matter.row
    reasons = [named(words.of(r["zh"], r["en"]), names) for r in row["reasons"]]
    st.markdown("\n".join(f"- {literal(r)}" for r in reasons[:_FEW]))
    if len(reasons) > _FEW:
        with st.expander(words("queue.more_reasons", count=len(reasons) - _FEW)):
            st.markdown("\n".join(f"- {literal(r)}" for r in reasons[_FEW:]))
    effect = words("queue.if_upheld", effect=words.of(*EFFECTS[row["kind"]]))
    st.caption(literal(effect))
    for side in _SIDES:
        if side in row["decisions"]:
            st.markdown(literal(_word(context, side, row["decisions"][side])))
    if row["reopening"]:
        side = words(f"queue.side.{row['reopening']}")
        st.warning(words("queue.reopening", side=side, state=state(context, row)))
    if user_can(context.viewer, "review") and side_of(context):
        _form(context, row)


def place(context: Context, row: Row, names: dict[str, str]) -> str:
    """Where and what: branch and day of a visit, or the item."""
    parts = [names.get(row["branch_code"] or "", row["branch_code"] or ""), row["visit_date"] or ""]
    if row["item_id"]:
        parts.append(item_name(context, row["item_id"]))
    return " · ".join(p for p in parts if p)


def state(context: Context, row: Row) -> str:
    """How the case stands, in words."""
    return context.words.of(*STATES[row["state"]])


def _word(context: Context, side: str, said: Row) -> str:
    words = context.words
    verdict = words.of(*EVENTS[said["verdict"]])
    slots = {"side": words(f"queue.side.{side}"), "verdict": verdict}
    return words("queue.said", day=said["day"], reason=said["reason"], **slots)


def _form(context: Context, row: Row) -> None:
    """One's own word, with a reason; the newest of each side counts."""
    words, id = context.words, row["id"]
    own = row["decisions"].get(side_of(context))
    title = words("queue.again") if own else words("queue.decide")
    with st.expander(title), st.form(f"review_{id}", border=False):
        verdict = st.radio(
            words("queue.verdict"),
            list(EVENTS),
            format_func=lambda e: words.of(*EVENTS[e]),
            index=None,
            horizontal=True,
            key=f"review_verdict_{id}",
        )
        reason = st.text_input(words("doing.reason"), key=f"review_reason_{id}")
        if st.form_submit_button(words("queue.say"), key=f"review_do_{id}"):
            _decide(context, id, verdict, str(reason or ""))


def _decide(context: Context, id: str, verdict: str | None, reason: str) -> None:
    words = context.words
    if verdict is None:
        doing.tell("failed", words("queue.no_verdict"))
    else:
        doing.do(
            context,
            "review",
            lambda: reviews.decide(context.folder, [id], verdict, reason, context.viewer.actor),
            lambda made: words(_came_of_it(made[0]), state=words.of(*STATES[made[0].state])),
        )
    st.rerun()


def _came_of_it(made: reviews.Reviewed) -> str:
    if made.reopening:
        return "queue.asked_again"
    return "queue.agreed" if made.state in SETTLED else "queue.one_side"
