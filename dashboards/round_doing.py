"""Doing the steps of a round: each step with its day, and buttons for those with a key."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from audits.procedure import ROLES
from audits.round_steps import Step
from audits.rounds import EVENTS, MOVES, STATES, WHO
from audits.scorecard import Edition
from dashboards import doing
from dashboards.access import Act, user_can
from dashboards.due import today
from dashboards.formats import literal
from dashboards.views import Context
from pipeline import rounds

Row = dict[str, Any]
# Main way first; what needs a reason on record.
_OFFERED = ("show", "open", "countersign", "seal", "decide", "refuse", "cancel")
_REASON = ("decide", "refuse", "cancel")
_MAIN = ("show", "open", "countersign", "seal")
_ICONS = {
    "done": ":material/check_circle:",
    "ready": ":material/play_circle:",
    "waits": ":material/hourglass_top:",
    "later": ":material/radio_button_unchecked:",
}


def act_of(event: str) -> Act:
    """Which right a step asks for; the procedure itself knows the roles more closely."""
    return "countersign" if event in ("countersign", "refuse") else "round"


def card(context: Context, one: Row, steps: list[Step]) -> None:
    """A round that is not over: its steps with their days, and what the viewer may do now."""
    words, id = context.words, one["round"]
    with st.container(border=True, key=f"round_{id}"):
        state = words.of(*STATES[one["state"]])
        st.markdown(f"**{literal(words('rounds.of', round=id, state=state))}**")
        with st.container(gap="xsmall"):  # each step a line of its own, on a phone too
            for step in steps:
                st.markdown(_said(context, step))
        for sentence in _mind(context, one, steps):
            st.caption(literal(sentence))
        _buttons(context, one)


def _said(context: Context, step: Step) -> str:
    """One step: a mark that is also a word, what, who, when."""
    words = context.words
    who = words("app.comma").join(words.of(*ROLES[r]) for r in step.who)
    what = words(f"rounds.step.{step.event}")
    key = f"rounds.{step.standing}" + ("_undated" if step.day is None else "")
    when = words(key, day=step.day) if step.day else words(key)
    if step.until and step.standing != "done":
        when += words("rounds.answer_by", until=step.until)
    return (
        f"{_ICONS[step.standing]} **{literal(what)}** · {literal(when)}  \n:small[{literal(who)}]"
    )


def _mind(context: Context, one: Row, steps: list[Step]) -> list[str]:
    """What waits for a day, and what may be done when it has passed."""
    words, said = context.words, []
    waiting = next((s for s in steps if s.standing in ("ready", "waits")), None)
    if waiting is None:
        return []
    if waiting.standing == "waits" and waiting.day is not None:
        days = (waiting.day - today()).days
        said.append(words("rounds.wait_for", day=waiting.day, days=days))
    if one["state"] in ("opened", "refused") and one["until"]:
        said.append(words("rounds.deadlock", until=one["until"]))
    if waiting.event == "seal":
        said.append(words("rounds.seal_means"))
    return said


def _possible(context: Context, one: Row) -> list[str]:
    """Steps that the state allows and that are for the viewer's role."""
    return [
        event for event in _OFFERED
        if (one["state"], event) in MOVES
        and context.viewer.role in WHO[event]
        and user_can(context.viewer, act_of(event))
    ]  # fmt: skip


def _is_early(one: Row, event: str) -> bool:
    """Whether a step waits for the end of the showing or of the union's time to answer."""
    waits = (one["state"] == "shown" and event == "open") or event == "decide"
    return bool(waits and one["until"] and today() <= date.fromisoformat(one["until"]))


def _buttons(context: Context, one: Row) -> None:
    possible, words, id = _possible(context, one), context.words, one["round"]
    if not possible:
        return
    reason = ""
    if set(possible) & {*_REASON, "seal"}:
        reason = st.text_input(words("rounds.reason"), key=f"round_reason_{id}")
    with st.container(horizontal=True, key=f"round_buttons_{id}"):
        for event in possible:
            lacking = event in _REASON and not reason.strip()
            if st.button(
                words(f"rounds.do.{event}"),
                key=f"round_{event}_{id}",
                type="primary" if event in _MAIN else "secondary",
                disabled=lacking or _is_early(one, event),
            ):
                _step(context, id, event, reason)


def _step(context: Context, id: str, event: str, reason: str) -> None:
    words, actor = context.words, context.viewer.actor
    doing.do(
        context,
        act_of(event),
        lambda: rounds.act(context.folder, id, event, actor, reason=reason),
        lambda made: words(
            "rounds.stepped",
            round=id,
            event=words.of(*EVENTS[event]),
            state=words.of(*STATES[made["state"]]),
        ),
    )
    st.rerun()


def draft(context: Context, editions: dict[str, Edition]) -> None:
    """Beginning a round, for the office: its quarter, its editions, and how long it will take."""
    if not user_can(context.viewer, "round"):
        return
    words = context.words
    with st.expander(words("rounds.draft"), icon=":material/add:"):
        steps = rounds.first_steps(context.folder)
        days = {s.event: s for s in steps}
        st.caption(words("rounds.takes", open=days["open"].day, until=days["countersign"].until))
        with st.form("round_draft", border=False):
            id = st.text_input(words("rounds.quarter"), value=_next_quarter(), width=320)
            chosen = st.multiselect(
                words("rounds.editions"),
                list(editions),
                format_func=lambda e: f"{e} · {words.of(editions[e].zh, editions[e].en)}",
                placeholder=words("rounds.choose"),
            )
            codes = st.text_input(words("rounds.branches"), placeholder=words("rounds.everywhere"))
            if st.form_submit_button(words("rounds.do.draft"), key="round_draft_do"):
                _drafted(context, id.strip(), chosen, codes)


def _next_quarter() -> str:
    day = today()
    quarter = (day.month - 1) // 3 + 2
    return f"{day.year + (quarter > 4)}Q{(quarter - 1) % 4 + 1}"


def _drafted(context: Context, id: str, editions: list[str], codes: str) -> None:
    words, actor = context.words, context.viewer.actor
    branches = codes.replace(",", " ").replace(words("app.comma"), " ").split()
    doing.do(
        context,
        "round",
        lambda: rounds.act(
            context.folder, id, "draft", actor, editions=editions, branches=branches
        ),
        words("rounds.drafted", round=id),
    )
    st.rerun()
